// Which addresses Services have given back between two plans, and the plan that knows of them: an address that becomes
// free and rests is given to nobody else in the very plan that sees it become free.
import type { Service } from '../crds/core.ts'
import type { Release } from '../crds/pool-memory.ts'
import { l2View } from './l2-view.ts'
import { keysToCompare } from './layered-map.ts'
import { withinBounds } from './memory-bounds.ts'
import type { Memory } from './memory.ts'
import { expiryOf, identity, latestFirst } from './memory.ts'
import { rememberPerObject } from './once.ts'
import type { ControllerPlan, ServicePlan } from './plan.ts'
import { planController } from './plan.ts'
import type { PoolIndex } from './pools.ts'
import { segmentOf } from './pools.ts'
import { named } from './request.ts'
import { servicesByKey } from './services-by-key.ts'
import type { Snapshot } from './snapshot.ts'

/** An entry of which nothing follows any more may stand for so long until a write is made for that alone. */
const overdueMs = 3_600_000

export type Informed = { readonly snapshot: Snapshot; readonly plan: ControllerPlan }

/** The plan, and the snapshot with the memory that it was made with. Without a memory in the snapshot: planController. */
export function planRemembering(before: Snapshot, previous: ControllerPlan | undefined): Informed {
  const { memory } = before
  if (memory === undefined) return { snapshot: before, plan: planController(before) }
  const { index } = l2View(before)
  const kept = tidied(memory, before, index)
  const snapshot = kept === memory ? before : { ...before, memory: kept }
  const plan = planController(snapshot)
  const released = releasesBetween(previous, plan, snapshot)
  if (released.length === 0) return { snapshot, plan }
  const informed = { ...snapshot, memory: withReleases(kept, released, snapshot) }
  return { snapshot: informed, plan: planController(informed) }
}

type Released = Release & { readonly pool: string }

/** What Services had by the plan before, and have not by this one; without a plan before: what this one takes away. */
export function releasesBetween(
  previous: ControllerPlan | undefined,
  plan: ControllerPlan,
  snapshot: Snapshot,
): readonly Released[] {
  const { index } = l2View(snapshot)
  const releasedAt = Math.ceil(snapshot.takenAt / 1_000) * 1_000 // rather a second too long a rest than too short a one
  const released: Released[] = []
  for (const key of keysToCompare(previous?.services, plan.services)) {
    const [was, now] = [previous?.services.get(key), plan.services.get(key)]
    if (was === now) continue
    const has = now?.state === 'assigned' ? now.addresses : []
    for (const address of hadBefore(previous, was, now)) {
      const pool = has.includes(address) ? undefined : (poolOf(index, address) ?? poolNamed(was))
      if (pool !== undefined) released.push({ address, service: key, releasedAt, pool })
    }
  }
  return released
}

function hadBefore(
  previous: ControllerPlan | undefined,
  was: ServicePlan | undefined,
  now: ServicePlan | undefined,
): readonly string[] {
  if (was?.state === 'assigned') return was.addresses
  return previous === undefined && now !== undefined && now.state !== 'not-ours'
    ? (now.replaced?.addresses ?? [])
    : []
}

function poolOf(index: PoolIndex, text: string): string | undefined {
  const address = named(text)
  return address === undefined ? undefined : segmentOf(index, address)?.pool.name
}

/** Of a pool that is gone: it may come back. */
function poolNamed(was: ServicePlan | undefined): string | undefined {
  return was?.state === 'assigned' ? was.pool : undefined
}

/** The memory with what was given back since; only lists that change are other lists. */
export function withReleases(memory: Memory, released: readonly Released[], snapshot: Snapshot): Memory {
  const { index } = l2View(snapshot)
  const all = new Map(memory)
  for (const [pool, fresh] of Map.groupBy(released, (one) => one.pool)) {
    const again = Map.groupBy(fresh, (one) => one.address)
    const isAgain = ({ address, service }: Release) =>
      again.get(address)?.some((one) => one.service === service) === true
    const others = (memory.get(pool) ?? []).filter((one) => !isAgain(one))
    const stand = withoutDone(others, snapshot, index.byName.get(pool))
    const added = fresh.map(({ address, service, releasedAt }) => ({ address, service, releasedAt }))
    all.set(pool, withinBounds([...added, ...stand].sort(latestFirst)))
  }
  return all
}

/** Of an entry of both the later one. */
export function bothMemories(one: Memory, other: Memory): Memory {
  if (other.size === 0) return one
  const all = new Map(one)
  for (const [pool, releases] of other) {
    const sorted = [...releases, ...(one.get(pool) ?? [])].sort(latestFirst)
    const firsts = new Map(sorted.toReversed().map((each) => [identity(each), each]))
    all.set(pool, withinBounds(sorted.filter((each) => firsts.get(identity(each)) === each)))
  }
  return all
}

/** The same map while no entry is long overdue. */
function tidied(memory: Memory, snapshot: Snapshot, index: PoolIndex): Memory {
  const overdue = [...memory].filter(([pool, releases]) => {
    const oldest = oldestOf(releases)
    return oldest !== undefined && expiryOf(oldest, index.byName.get(pool)) + overdueMs <= snapshot.takenAt
  })
  if (overdue.length === 0) return memory
  const all = new Map(memory)
  for (const [pool, releases] of overdue)
    all.set(pool, withoutDone(releases, snapshot, index.byName.get(pool)))
  return all
}

const oldestOf = rememberPerObject((releases: readonly Release[]) =>
  releases.reduce<Release | undefined>(
    (oldest, one) => (oldest === undefined || one.releasedAt < oldest.releasedAt ? one : oldest),
    undefined,
  ),
)

/** Without entries that are over, and those whose Service has its address again. */
function withoutDone(
  releases: readonly Release[],
  snapshot: Snapshot,
  entry: PoolIndex['entries'][number] | undefined,
): readonly Release[] {
  const services = servicesByKey(snapshot)
  return releases.filter(
    (one) =>
      expiryOf(one, entry) > snapshot.takenAt &&
      !standsAgain(one, services.get(one.service), snapshot.written),
  )
}

/** For all to see, not only by a plan; nor is it still there only because the write that takes it away is under way. */
function standsAgain(
  { address }: Release,
  service: Service | undefined,
  written: Snapshot['written'],
): boolean {
  if (service?.ingress.includes(address) !== true) return false
  return written?.get(service.uid)?.includes(address) !== false
}
