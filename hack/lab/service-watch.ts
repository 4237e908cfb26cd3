// The API server's watch of one Service: when its status first held what one waits for.
import type { Api, Watching } from '../../test/support/api.ts'
import { digList, digText } from '../../test/support/dig.ts'
import { monotonicMs } from './probe/records.ts'
import { servicesPath } from './objects.ts'

export type Allocated = { readonly at: number; readonly addresses: readonly string[] }

export type ServiceWatch = {
  /** Resolves when the status holds that many addresses; `at` is when the watch said so. */
  readonly allocated: (count: number, timeoutMs?: number) => Promise<Allocated>
  readonly stop: () => void
}

/** Opened before the Service is created, so that nothing is missed. */
export async function watchService(api: Api, name: string): Promise<ServiceWatch> {
  let seen: Allocated = { at: 0, addresses: [] }
  let tell = (): void => undefined
  const path = `${servicesPath}?fieldSelector=metadata.name%3D${name}`
  // From a version that was listed: 'the newest' would need progress notices, which Debian's etcd 3.4 does not give.
  const version = digText(await api.get(path), 'metadata', 'resourceVersion') ?? ''
  const watching: Watching = await api.watch(`${path}&resourceVersion=${version}`, ({ object }) => {
    seen = { at: monotonicMs(), addresses: addressesOf(object) }
    tell()
  })
  const allocated = (count: number, timeoutMs = 60_000): Promise<Allocated> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${name} has no ${count} addresses after ${timeoutMs} ms`)),
        timeoutMs,
      )
      tell = () => {
        if (seen.addresses.length < count) return
        clearTimeout(timer)
        resolve(seen)
      }
      tell()
    })
  return { allocated, stop: watching.stop }
}

export function addressesOf(service: unknown): readonly string[] {
  return digList(service, 'status', 'loadBalancer', 'ingress').flatMap((entry) => digText(entry, 'ip') ?? [])
}
