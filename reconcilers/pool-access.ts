// Whom a pool admits: spec.paused and spec.serviceAllocation (metallb.md §4.1), except its hole: a namespace selector
// that matches no namespace admits no namespace, where MetalLB then admits all.
import type { Namespace, Service } from '../crds/core.ts'
import type { IPAddressPool, ServiceAllocation } from '../crds/ip-address-pool.ts'
import { anySelectorMatches } from '../crds/selector.ts'
import type { PoolEntry, PoolIndex } from './pools.ts'
import { rememberPerObject } from './once.ts'
import type { Verdict } from './verdict.ts'

export type Namespaces = ReadonlyMap<string, Namespace>

/** What stands against it that the Service has addresses of this pool. */
export function accessVerdict(
  pool: IPAddressPool,
  service: Service,
  namespaces: Namespaces,
): Verdict | undefined {
  const allocation = pool.serviceAllocation
  if (allocation === undefined) return undefined
  const namespaceAdmitted = admitsNamespace(allocation, service.namespace, namespaces)
  if (namespaceAdmitted && admitsLabels(allocation, service)) return undefined
  const what = namespaceAdmitted ? 'the labels of the Service' : `the namespace ${service.namespace}`
  return {
    reason: 'PoolNotForService',
    message: `spec.serviceAllocation of pool ${pool.name} does not admit ${what}`,
  }
}

/** Why it gives nothing new, though it is valid. */
export function pausedVerdict({ name, pool }: PoolEntry): Verdict | undefined {
  if (pool.paused !== true) return undefined
  return { reason: 'PoolPaused', message: `pool ${name} has paused: true and assigns nothing new` }
}

function admitsNamespace(allocation: ServiceAllocation, name: string, namespaces: Namespaces): boolean {
  const { namespaces: names, namespaceSelectors } = allocation
  if (names.length === 0 && namespaceSelectors.length === 0) return true
  return names.includes(name) || anySelectorMatches(namespaceSelectors, namespaces.get(name)?.labels ?? {})
}

function admitsLabels({ serviceSelectors }: ServiceAllocation, service: Service): boolean {
  return serviceSelectors.length === 0 || anySelectorMatches(serviceSelectors, service.labels)
}

/** Some pool chooses Services by their labels. */
export const looksAtLabels = rememberPerObject(({ entries }: PoolIndex): boolean =>
  entries.some(({ pool }) => (pool.serviceAllocation?.serviceSelectors.length ?? 0) > 0),
)

/** Pools that give without being named, in the order they are tried: pinned ones by priority, then the rest by age. */
export const automaticPools = rememberPerObject((index: PoolIndex): readonly PoolEntry[] => {
  const automatic = index.entries.filter(({ pool }) => pool.autoAssign)
  const pinned = automatic.filter(({ pool }) => pool.serviceAllocation !== undefined)
  const open = automatic.filter(({ pool }) => pool.serviceAllocation === undefined)
  return [...pinned.toSorted((a, b) => rankOf(a) - rankOf(b)), ...open]
})

// Priority 1 is tried first; 0 is "none" and comes last.
function rankOf({ pool }: PoolEntry): number {
  const priority = pool.serviceAllocation?.priority ?? 0
  return priority === 0 ? Number.MAX_SAFE_INTEGER : priority
}
