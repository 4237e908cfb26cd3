// How many addresses of each pool are in use.
import type { Family } from '../protocols/net/address.ts'
import type { PoolEntry } from './pools.ts'
import { mayAssign } from './pools.ts'
import type { Held } from './standing.ts'

export type Tally = {
  readonly assigned: Record<Family, number> // given by the pool
  readonly gone: Record<Family, number> // of its own addresses that it may assign
  readonly resting: Record<Family, number> // … of those gone: nobody has them, and others must wait for them
}

export type Tallies = Map<PoolEntry, Tally>

/** One address in use more, or less: where pools overlap, of the pool that gave it and of the pool that owns it. */
export function count(tallies: Tallies, { address, pool, place }: Held, by: 1 | -1): void {
  tallyOf(tallies, pool).assigned[address.family] += by
  if (place !== undefined && mayAssign(place.segment, address))
    tallyOf(tallies, place.segment.pool).gone[address.family] += by
}

export function tallyOf(tallies: Tallies, entry: PoolEntry): Tally {
  const known = tallies.get(entry)
  if (known !== undefined) return known
  const tally = {
    assigned: { IPv4: 0, IPv6: 0 },
    gone: { IPv4: 0, IPv6: 0 },
    resting: { IPv4: 0, IPv6: 0 },
  }
  tallies.set(entry, tally)
  return tally
}

export function copyTallies(tallies: Tallies): Tallies {
  return new Map(
    [...tallies].map(([entry, { assigned, gone, resting }]) => [
      entry,
      { assigned: { ...assigned }, gone: { ...gone }, resting: { ...resting } },
    ]),
  )
}
