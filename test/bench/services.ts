// Services by the thousand: created, deleted and watched as an ordinary client of the API server does it.
import { serviceObject, servicesPath } from '../../hack/lab/objects.ts'
import { addressesOf } from '../../hack/lab/service-watch.ts'
import { heraldNamespace } from '../../hack/lab/workload.ts'
import type { Api } from '../support/api.ts'
import { dig, digList, digText } from '../support/dig.ts'
import { until } from '../support/until.ts'

/** Names of one batch; no two batches share one. */
export function serviceNames(batch: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${batch}-${index}`)
}

/** So many at once, in order. */
export async function eachOf<T>(
  items: readonly T[],
  writers: number,
  write: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index]
      if (item !== undefined) await write(item, index)
    }
  }
  await Promise.all(Array.from({ length: writers }, work))
}

const writers = 16

export function createServices(api: Api, names: readonly string[]): Promise<void> {
  return eachOf(names, writers, (name) => api.create(servicesPath, serviceObject({ name })))
}

/** IPv4 alone: half the work for the API server, which makes an object for each cluster address. */
export function createSingleStack(api: Api, names: readonly string[]): Promise<void> {
  const spec = { ipFamilyPolicy: 'SingleStack' }
  return eachOf(names, writers, (name) => api.create(servicesPath, serviceObject({ name, spec })))
}

export function deleteServices(api: Api, names: readonly string[]): Promise<void> {
  return eachOf(names, writers, (name) => api.remove(`${servicesPath}/${name}`))
}

export type ServicesWatch = {
  readonly addresses: ReadonlyMap<string, string> // by name; of those that have all
  readonly addressedAt: ReadonlyMap<string, number> // performance.now() of when the watch first said so
  /** Resolves when all of them have their addresses, with when the last one got them. */
  readonly allAddressed: (names: readonly string[], timeoutMs?: number) => Promise<number>
  readonly stop: () => void
}

/** What stands now, and every change from then on; a Service has its addresses when there is one of each family. */
export async function watchServices(api: Api): Promise<ServicesWatch> {
  const addresses = new Map<string, string>()
  const addressedAt = new Map<string, number>()
  const note = (service: unknown, isGone: boolean): void => {
    const name = digText(service, 'metadata', 'name') ?? ''
    const has = addressesOf(service)
    if (isGone || has.length === 0 || has.length < digList(service, 'spec', 'ipFamilies').length) {
      addresses.delete(name)
      addressedAt.delete(name)
    } else {
      if (!addressedAt.has(name)) addressedAt.set(name, performance.now())
      addresses.set(name, has.join(' '))
    }
  }
  const list = await api.get(servicesPath)
  for (const service of digList(list, 'items')) note(service, false)
  const version = digText(list, 'metadata', 'resourceVersion') ?? ''
  const watching = await api.watch(`${servicesPath}?resourceVersion=${version}`, ({ type, object }) =>
    note(object, type === 'DELETED'),
  )
  const allAddressed = async (names: readonly string[], timeoutMs = 120_000): Promise<number> => {
    const all = () => names.every((name) => addressedAt.has(name)) || undefined
    await Promise.race([
      until(`${names.length} Services have addresses`, all, { timeoutMs, everyMs: 20 }),
      watching.ended,
    ])
    return Math.max(...names.map((name) => addressedAt.get(name) ?? Number.NaN))
  }
  return { addresses, addressedAt, allAddressed, stop: watching.stop }
}

/** Resolves when the pool's own counter says so: the controller has seen and settled everything. */
export async function untilAssigned(api: Api, count: number, timeoutMs = 120_000): Promise<void> {
  const path = `/apis/metallb.io/v1beta1/namespaces/${heraldNamespace}/ipaddresspools/lan`
  const isSo = async () => dig(await api.get(path), 'status', 'assignedIPv4') === count || undefined
  await until(`the pool counts ${count} addresses`, isSo, { timeoutMs })
}

/** Resolves when so many Services are announced, by what the speaker reports. */
export async function untilReported(api: Api, count: number): Promise<void> {
  const path = `/apis/metallb.io/v1beta1/namespaces/${heraldNamespace}/servicel2statuses?resourceVersion=0`
  const isSo = async () => digList(await api.get(path), 'items').length === count || undefined
  await until(`${count} Services are announced`, isSo, { timeoutMs: 120_000, everyMs: 500 })
}

/** Resolves when the API server has served no write of Service status for two seconds. */
export async function untilQuiet(api: Api): Promise<void> {
  let before = Number.NaN
  const isQuiet = async (): Promise<boolean | undefined> => {
    const now = await writesOf(api, 'services', 'status')
    const same = now === before
    before = now
    return same || undefined
  }
  await until('nobody writes status', isQuiet, { timeoutMs: 120_000, everyMs: 2_000 })
}

/** How many writes of this kind the API server has served since it started, by its own metrics. */
export async function writesOf(api: Api, resource: string, subresource = ''): Promise<number> {
  const rows = (await api.raw('/metrics')).split('\n')
  const of = rows.filter(
    (row) =>
      row.startsWith('apiserver_request_total{') &&
      row.includes(`,resource="${resource}",`) &&
      row.includes(`,subresource="${subresource}",`) &&
      /,verb="(?:APPLY|PATCH|PUT|POST)"/.test(row),
  )
  return of.reduce((sum, row) => sum + Number(row.slice(row.lastIndexOf(' '))), 0)
}
