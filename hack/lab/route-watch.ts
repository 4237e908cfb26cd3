// The kernel of a router tells of its routes: when one came that one waits for.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { namespaceName } from './names.ts'
import type { RouterName } from './names.ts'
import { monotonicMs } from './probe/records.ts'

export type RouteWatch = {
  /** When the kernel first had a route to exactly that address; within 20 s. */
  readonly routed: (address: string) => Promise<number>
  readonly stop: () => void
}

/** Opened before what it is to see. Of rows like '10.30.0.1 nhid 30 proto bgp metric 20 …'. */
export async function watchRoutes(id: string, router: RouterName): Promise<RouteWatch> {
  const firstSeen = new Map<string, number>()
  const waiting = new Set<() => void>()
  const child = spawn('ip', ['-netns', namespaceName(id, router), '-o', 'monitor', 'route'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  createInterface({ input: child.stdout }).on('line', (row) => {
    const [destination = ''] = row.split(' ')
    if (!firstSeen.has(destination)) firstSeen.set(destination, monotonicMs())
    for (const look of waiting) look()
  })
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  const routed = (address: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => end(() => reject(new Error(`${router} has no route to ${address}`))),
        20_000,
      )
      const end = (settle: () => void): void => {
        clearTimeout(timer)
        waiting.delete(look)
        settle()
      }
      const look = (): void => {
        const at = firstSeen.get(address)
        if (at !== undefined) end(() => resolve(at))
      }
      waiting.add(look)
      look()
    })
  return { routed, stop: () => void child.kill('SIGKILL') }
}
