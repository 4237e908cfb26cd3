// What a pool tells of itself: how much of it is in use, and what is wrong with it. Exact for any size.
import type { Objection } from '../crds/kind.ts'
import type { AddressRange } from '../protocols/net/address.ts'
import { formatRange } from '../protocols/net/address.ts'
import { rememberPerObject } from './once.ts'
import { pausedVerdict } from './pool-access.ts'
import type { PoolPlan } from './plan.ts'
import type { PoolClashes } from './pool-clashes.ts'
import type { Overlap, PoolEntry, PoolIndex } from './pools.ts'
import type { Allocation } from './services.ts'
import { tallyOf } from './tally.ts'
import type { Verdict } from './verdict.ts'

export function planPools(
  index: PoolIndex,
  { tallies, wantedInVain }: Omit<Allocation, 'services'>,
  clashes: PoolClashes = new Map(),
): ReadonlyMap<string, PoolPlan> {
  return new Map(
    index.entries.map((entry) => {
      const { assigned, gone, resting } = tallyOf(tallies, entry)
      const restingCount = resting.IPv4 + resting.IPv6
      const plan = {
        assignedIPv4: BigInt(assigned.IPv4),
        assignedIPv6: BigInt(assigned.IPv6),
        availableIPv4: entry.capacity.IPv4 - BigInt(gone.IPv4),
        availableIPv6: entry.capacity.IPv6 - BigInt(gone.IPv6),
        ...(restingCount === 0 ? {} : { resting: BigInt(restingCount) }),
        verdicts: [...entry.objections.map(invalidSpec), ...nothingLeft(entry)],
        warnings: [
          ...entry.overlaps.map((overlap) => overlapVerdict(entry, overlap)),
          ...(clashes.get(entry) ?? []),
          ...full(entry, wantedInVain),
          ...idleExclusions(entry),
          ...[pausedVerdict(entry) ?? []].flat(),
        ],
      }
      return [entry.name, plan]
    }),
  )
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
  const whose =
    older.length > 0 ? `belongs to ${older.join(', ')}, which are older` : 'is avoided or excluded'
  return [{ reason: 'NoAddressLeft', message: `every address of pool ${name} ${whose}` }]
}

function overlapVerdict({ name }: PoolEntry, overlap: Overlap): Verdict {
  const other = overlap.with.name
  const [older, younger] = overlap.keeps ? [name, other] : [other, name]
  const what = formatRange(overlap.example)
  const message = `pools ${older} and ${younger} both hold ${what}; ${older} is the older one and keeps it`
  return { reason: 'OverlappingPools', message }
}

/** As a rule a slip of the pen: what was to be kept free is not. */
const idleExclusions = rememberPerObject(({ name, pool }: PoolEntry): readonly Verdict[] => {
  const idle = (pool.excluded ?? []).filter((range) => !pool.ranges.some((own) => rangesOverlap(own, range)))
  return idle.map(({ index, text }) => ({
    reason: 'ExclusionOutsidePool',
    message: `spec.excludeAddresses[${index}] ${text} holds no address of pool ${name}`,
  }))
})

function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last
}

function full(entry: PoolEntry, wantedInVain: ReadonlySet<PoolEntry>): readonly Verdict[] {
  if (!wantedInVain.has(entry)) return []
  return [{ reason: 'PoolFull', message: `Services wait for an address of pool ${entry.name}` }]
}
