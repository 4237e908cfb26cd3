// What an L2Advertisement tells of itself: what is wrong in it, and what it names that is not there.
import type { L2Advertisement } from '../crds/l2-advertisement.ts'
import { anySelectorMatches } from '../crds/selector.ts'
import type { L2View } from './l2-view.ts'
import { selectsPool } from './l2-view.ts'
import { rememberLast } from './once.ts'
import type { ObjectPlan } from './plan.ts'
import { invalidSpec } from './pool-counts.ts'
import type { Read } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

export const planAdvertisements: (
  advertisements: readonly Read<L2Advertisement>[],
  view: L2View,
) => ReadonlyMap<string, ObjectPlan> = rememberLast(
  (advertisements: readonly Read<L2Advertisement>[], view: L2View) =>
    new Map(
      advertisements.map(({ value, objections }) => [
        value.name,
        {
          verdicts: [...objections.map(invalidSpec), ...noPool(value, view)],
          warnings: [...unknownPools(value, view), ...noNode(value, view), ...unknownInterfaces(value, view)],
        },
      ]),
    ),
)

// Without any choice of pools it waits for the first pool, and nothing is wrong with that.
function noPool(advertisement: L2Advertisement, { index }: L2View): readonly Verdict[] {
  const { ipAddressPools, ipAddressPoolSelectors } = advertisement
  if (ipAddressPools.length === 0 && ipAddressPoolSelectors.length === 0) return []
  if (index.entries.some((entry) => selectsPool(advertisement, entry))) return []
  const named = ipAddressPools.length > 0 ? `; it names ${ipAddressPools.slice(0, 10).join(', ')}` : ''
  return [{ reason: 'NoPoolSelected', message: `no existing pool is selected${named}` }]
}

function unknownPools({ ipAddressPools }: L2Advertisement, { index }: L2View): readonly Verdict[] {
  return [...new Set(ipAddressPools)]
    .filter((name) => !index.byName.has(name))
    .map((name) => ({
      reason: 'UnknownPool',
      message: `spec.ipAddressPools names ${name}, which is no pool`,
    }))
}

function noNode({ nodeSelectors }: L2Advertisement, { candidacies }: L2View): readonly Verdict[] {
  if (nodeSelectors.length === 0) return []
  const nodes = [...candidacies.values()].flatMap(({ node }) => node ?? [])
  if (nodes.length === 0 || nodes.some(({ labels }) => anySelectorMatches(nodeSelectors, labels))) return []
  return [
    { reason: 'NoNodeSelected', message: `spec.nodeSelectors select none of the ${nodes.length} nodes` },
  ]
}

// Only when every living speaker has said which interfaces it has.
function unknownInterfaces({ interfaces }: L2Advertisement, { candidacies }: L2View): readonly Verdict[] {
  const speakers = [...candidacies.values()].flatMap(({ speaker }) => speaker ?? [])
  if (speakers.length === 0 || speakers.some((speaker) => speaker.interfaces === undefined)) return []
  const present = new Set(speakers.flatMap((speaker) => speaker.interfaces ?? []))
  return [...new Set(interfaces)]
    .filter((name) => !present.has(name))
    .map((name) => ({
      reason: 'UnknownInterface',
      message: `spec.interfaces names ${name}, which no node with a living speaker has`,
    }))
}
