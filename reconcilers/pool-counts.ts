// What a pool tells of itself: how much of it is in use, and what is wrong with it. Exact for any size.
import type { Objection } from '../crds/kind.ts'
import type { Family } from '../protocols/net/address.ts'
import { formatRange } from '../protocols/net/address.ts'
import type { Stranger } from './ledger.ts'
import { rememberPerObject } from './once.ts'
import type { PoolPlan } from './plan.ts'
import type { Overlap, PoolEntry, PoolIndex } from './pools.ts'
import { isAvoided, segmentOf } from './pools.ts'
import type { Named } from './request.ts'
import { named } from './request.ts'
import type { Allocation } from './services.ts'
import type { Held } from './standing.ts'
import type { Verdict } from './verdict.ts'

type Tally = {
  readonly assigned: Record<Family, number> // given by the pool
  readonly gone: Record<Family, number> // of its own addresses that it may assign
}

export function planPools(
  index: PoolIndex,
  { inUse, wantedInVain, strangers }: Omit<Allocation, 'services'>,
): ReadonlyMap<string, PoolPlan> {
  const tallies = new Map<PoolEntry, Tally>()
  for (const { address, pool, place } of inUse) {
    tallyOf(tallies, pool).assigned[address.family]++
    const owner = place?.segment.pool
    if (owner !== undefined && !isAvoided(owner.pool, address)) tallyOf(tallies, owner).gone[address.family]++
  }
  for (const { pool, address } of strangersIn(index, inUse, strangers))
    tallyOf(tallies, pool).gone[address.family]++
  return new Map(
    index.entries.map((entry) => {
      const { assigned, gone } = tallyOf(tallies, entry)
      const plan = {
        assignedIPv4: BigInt(assigned.IPv4),
        assignedIPv6: BigInt(assigned.IPv6),
        availableIPv4: entry.capacity.IPv4 - BigInt(gone.IPv4),
        availableIPv6: entry.capacity.IPv6 - BigInt(gone.IPv6),
        verdicts: [...entry.objections.map(invalidSpec), ...nothingLeft(entry)],
        warnings: [
          ...entry.overlaps.map((overlap) => overlapVerdict(entry, overlap)),
          ...full(entry, wantedInVain),
        ],
      }
      return [entry.name, plan]
    }),
  )
}

/** Addresses of our pools that others have, each once, and not those that our own Services have too. */
function strangersIn(
  index: PoolIndex,
  inUse: readonly Held[],
  strangers: readonly Stranger[],
): readonly { readonly pool: PoolEntry; readonly address: Named }[] {
  if (strangers.length === 0) return []
  const ours = new Set(inUse.map(({ address }) => address.text))
  const theirs = new Map(
    strangers
      .flatMap(({ texts }) => texts.flatMap((text) => named(text) ?? []))
      .map((address) => [address.text, address]),
  )
  return [...theirs.values()].flatMap((address) => {
    const pool = segmentOf(index, address)?.pool
    const counts = pool !== undefined && !ours.has(address.text) && !isAvoided(pool.pool, address)
    return counts ? [{ pool, address }] : []
  })
}

function tallyOf(tallies: Map<PoolEntry, Tally>, entry: PoolEntry): Tally {
  const known = tallies.get(entry)
  if (known !== undefined) return known
  const tally = { assigned: { IPv4: 0, IPv6: 0 }, gone: { IPv4: 0, IPv6: 0 } }
  tallies.set(entry, tally)
  return tally
}

/** One thing wrong in an object: the field, what stands there, what would be right. */
export const invalidSpec = rememberPerObject(
  ({ field, value, message }: Objection): Verdict => ({
    reason: 'InvalidSpec',
    message: `${field} ${value}: ${message}`,
  }),
)

function nothingLeft({ name, objections, capacity, overlaps }: PoolEntry): readonly Verdict[] {
  if (objections.length > 0 || capacity.IPv4 + capacity.IPv6 > 0n) return []
  const older = overlaps.filter(({ keeps }) => !keeps).map((overlap) => overlap.with.name)
  const whose = older.length > 0 ? `belongs to ${older.join(', ')}, which are older` : 'is avoided'
  return [{ reason: 'NoAddressLeft', message: `every address of pool ${name} ${whose}` }]
}

function overlapVerdict({ name }: PoolEntry, overlap: Overlap): Verdict {
  const other = overlap.with.name
  const [older, younger] = overlap.keeps ? [name, other] : [other, name]
  const what = formatRange(overlap.example)
  const message = `pools ${older} and ${younger} both hold ${what}; ${older} is the older one and keeps it`
  return { reason: 'OverlappingPools', message }
}

function full(entry: PoolEntry, wantedInVain: ReadonlySet<PoolEntry>): readonly Verdict[] {
  if (!wantedInVain.has(entry)) return []
  return [{ reason: 'PoolFull', message: `Services wait for an address of pool ${entry.name}` }]
}
