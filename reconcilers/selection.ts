// What an advertisement of either kind selects: pools, Services and nodes, and what it names that is not there.
import type { Advertisement } from '../crds/advertisement.ts'
import type { Service } from '../crds/core.ts'
import type { Labels } from '../crds/selector.ts'
import { anySelectorMatches } from '../crds/selector.ts'
import type { PoolEntry, PoolIndex } from './pools.ts'
import type { Verdict } from './verdict.ts'

/** By name or by label; no choice at all means every pool. */
export function selectsPool(advertisement: Advertisement, { name, pool }: PoolEntry): boolean {
  const { ipAddressPools, ipAddressPoolSelectors } = advertisement
  if (ipAddressPools.length === 0 && ipAddressPoolSelectors.length === 0) return true
  return ipAddressPools.includes(name) || anySelectorMatches(ipAddressPoolSelectors, pool.labels)
}

export function selectsService({ serviceSelectors }: Advertisement, { labels }: Service): boolean {
  return serviceSelectors.length === 0 || anySelectorMatches(serviceSelectors, labels)
}

/** Without any choice of pools it waits for the first pool, and nothing is wrong with that. */
export function noPool(advertisement: Advertisement, index: PoolIndex): readonly Verdict[] {
  const { ipAddressPools, ipAddressPoolSelectors } = advertisement
  if (ipAddressPools.length === 0 && ipAddressPoolSelectors.length === 0) return []
  if (index.entries.some((entry) => selectsPool(advertisement, entry))) return []
  const named = ipAddressPools.length > 0 ? `; it names ${ipAddressPools.slice(0, 10).join(', ')}` : ''
  return [{ reason: 'NoPoolSelected', message: `no existing pool is selected${named}` }]
}

export function unknownPools({ ipAddressPools }: Advertisement, index: PoolIndex): readonly Verdict[] {
  return ipAddressPools
    .filter((name) => !index.byName.has(name))
    .map((name) => ({
      reason: 'UnknownPool',
      message: `spec.ipAddressPools names ${name}, which is no pool`,
    }))
}

export function noNode(
  { nodeSelectors }: Advertisement,
  nodes: readonly { readonly labels: Labels }[],
): readonly Verdict[] {
  if (nodeSelectors.length === 0 || nodes.length === 0) return []
  if (nodes.some(({ labels }) => anySelectorMatches(nodeSelectors, labels))) return []
  return [
    { reason: 'NoNodeSelected', message: `spec.nodeSelectors select none of the ${nodes.length} nodes` },
  ]
}
