// Pools that hold addresses which the cluster itself uses: of nodes, of cluster IPs, of pods. A Service that got one of
// them would take it from its owner, or would not be reached. What a pool excludes is no clash.
import type { Node } from '../crds/core.ts'
import type { Cidr, ServiceCIDR } from '../crds/service-cidr.ts'
import type { AddressRange } from '../protocols/net/address.ts'
import { parseAddress } from '../protocols/net/address.ts'
import { rememberLast } from './once.ts'
import type { PoolEntry, PoolIndex, Segment } from './pools.ts'
import { segmentsWithin } from './pools.ts'
import type { Snapshot } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

export type PoolClashes = ReadonlyMap<PoolEntry, readonly Verdict[]>

/** Something of the cluster that is in a pool. */
type Clash = { readonly reason: ClashReason; readonly what: string }

type ClashReason = 'PoolHoldsNodeAddress' | 'PoolOverlapsServiceCIDR' | 'PoolOverlapsPodCIDR'

const reasonsInOrder = ['PoolHoldsNodeAddress', 'PoolOverlapsServiceCIDR', 'PoolOverlapsPodCIDR'] as const

export function poolClashes(index: PoolIndex, { nodes, serviceCIDRs = none }: Snapshot): PoolClashes {
  return findClashes(index, nodes, serviceCIDRs)
}

const none: readonly ServiceCIDR[] = []

const findClashes = rememberLast(
  (index: PoolIndex, nodes: readonly Node[], serviceCIDRs: readonly ServiceCIDR[]): PoolClashes => {
    const found = new Map<PoolEntry, Clash[]>()
    const note = (range: AddressRange, clash: Clash) => {
      for (const entry of poolsWithin(index, range)) {
        const known = found.get(entry)
        if (known === undefined) found.set(entry, [clash])
        else known.push(clash)
      }
    }
    for (const node of nodes) noteNode(node, note)
    for (const { name, cidrs } of serviceCIDRs)
      for (const cidr of cidrs)
        note(cidr, { reason: 'PoolOverlapsServiceCIDR', what: `${cidr.text} of ServiceCIDR ${name}` })
    return new Map([...found].map(([entry, clashes]) => [entry, verdictsOf(entry, clashes)]))
  },
)

function noteNode(
  { name, addresses, podCIDRs = [] }: Node,
  note: (range: AddressRange, clash: Clash) => void,
) {
  for (const text of addresses) {
    const address = parseAddress(text)
    if (address === undefined) continue
    const { family, value } = address
    const range = { family, first: value, last: value }
    note(range, { reason: 'PoolHoldsNodeAddress', what: `${text} of node ${name}` })
  }
  for (const cidr of podCIDRs) note(cidr, podClash(cidr, name))
}

function podClash({ text }: Cidr, node: string): Clash {
  return { reason: 'PoolOverlapsPodCIDR', what: `${text} of node ${node}` }
}

function poolsWithin(index: PoolIndex, range: AddressRange): ReadonlySet<PoolEntry> {
  const given = segmentsWithin(index, range).filter(({ excluded }: Segment) => !excluded)
  return new Set(given.map(({ pool }) => pool))
}

const mostNamed = 3

function verdictsOf({ name }: PoolEntry, clashes: readonly Clash[]): readonly Verdict[] {
  return reasonsInOrder.flatMap((reason): readonly Verdict[] => {
    const all = clashes.filter((clash) => clash.reason === reason).map(({ what }) => what)
    if (all.length === 0) return []
    const rest = all.length - mostNamed
    const examples = `${all.slice(0, mostNamed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
    return [{ reason, message: `pool ${name} ${words[reason]} ${examples}` }]
  })
}

const words = {
  PoolHoldsNodeAddress: 'holds addresses of nodes:',
  PoolOverlapsServiceCIDR: 'overlaps cluster IPs of Services:',
  PoolOverlapsPodCIDR: 'overlaps addresses of pods:',
} as const satisfies Record<ClashReason, string>
