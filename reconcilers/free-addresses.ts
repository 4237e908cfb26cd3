// Which addresses of the pools are free. What stands is kept from plan to plan, address by address; what one plan gives
// lies over it and is forgotten with the plan. Nothing is given back within a plan, so the search only goes forward.
import type { Address, Family } from '../protocols/net/address.ts'
import { rangeSize } from '../protocols/net/address.ts'
import type { PoolEntry, Segment } from './pools.ts'
import { isAvoided } from './pools.ts'

/** Addresses that stand, of each stretch: kept by books.ts. */
export type StoodAddresses = Map<Segment, Stood>

type Stood = {
  readonly counts: Map<number, number> // how often each offset from the start of the stretch is in use
  lowest: number // below, every address is in use or avoided, but for
  readonly holes: number[] // those given back since, in ascending order
}

/** Changes as the plan grows; it never outlives the plan. */
export type FreeAddresses = {
  readonly stood: StoodAddresses
  readonly taken: Map<Segment, Taken>
  readonly positions: Map<readonly Segment[], number> // of each pool and family: the stretches before are full
}

type Taken = {
  readonly offsets: Set<number> // in this plan
  holes: number // how many of the holes are taken or avoided, from the first one on
  next: number // beyond the holes: no free offset is below
}

// Offsets are plain numbers: the search starts at the bottom and no plan assigns 2^53 addresses,
// so what is in use beyond cannot be met.
const highestOffset = 2n ** 53n - 1n

export function freeBeside(stood: StoodAddresses): FreeAddresses {
  return { stood, taken: new Map(), positions: new Map() }
}

/** The address stands in one more status. */
export function markStanding(stood: StoodAddresses, segment: Segment, offset: number | undefined): void {
  if (offset === undefined) return
  const { counts, holes, lowest } = stoodIn(stood, segment)
  const count = counts.get(offset) ?? 0
  counts.set(offset, count + 1)
  if (count === 0 && offset < lowest) fill(holes, offset)
}

/** … and in one less. */
export function unmarkStanding(stood: StoodAddresses, segment: Segment, offset: number | undefined): void {
  if (offset === undefined) return
  const own = stoodIn(stood, segment)
  const count = own.counts.get(offset) ?? 0
  if (count > 1) own.counts.set(offset, count - 1)
  else own.counts.delete(offset)
  if (count === 1 && offset < own.lowest) own.holes.splice(placeOf(own.holes, offset), 0, offset)
}

function fill(holes: number[], offset: number): void {
  const place = placeOf(holes, offset)
  if (holes[place] === offset) holes.splice(place, 1)
}

/** Where the number stands in the ascending list, or would stand. */
function placeOf(ascending: readonly number[], wanted: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? wanted) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** The address is given out in this plan. */
export function markTaken(free: FreeAddresses, segment: Segment, offset: number | undefined): void {
  if (offset !== undefined) takenIn(free, segment).offsets.add(offset)
}

/** Where the address is in its stretch; undefined: so far up that no search gets there. */
export function offsetIn(segment: Segment, address: Address): number | undefined {
  const offset = address.value - segment.first
  return offset <= highestOffset ? Number(offset) : undefined
}

/** The lowest free address of the pool, its ranges in the order written. It stays free until it is marked. */
export function nextFree(
  free: FreeAddresses,
  pool: PoolEntry,
  family: Family,
): { readonly segment: Segment; readonly address: Address } | undefined {
  const segments = pool.segments[family]
  for (let position = free.positions.get(segments) ?? 0; position < segments.length; position++) {
    free.positions.set(segments, position)
    const segment = segments[position]
    const address = segment === undefined ? undefined : lowestFree(free, segment)
    if (segment !== undefined && address !== undefined) return { segment, address }
  }
  free.positions.set(segments, segments.length)
  return undefined
}

function lowestFree(free: FreeAddresses, segment: Segment): Address | undefined {
  const { counts, holes } = stoodIn(free.stood, segment)
  const use = takenIn(free, segment)
  for (let hole = holes[use.holes]; hole !== undefined; hole = holes[++use.holes])
    if (!use.offsets.has(hole) && !isAvoidedAt(segment, hole)) return addressAt(segment, hole)
  while (counts.has(use.next) || use.offsets.has(use.next) || isAvoidedAt(segment, use.next)) use.next++
  if (BigInt(use.next) >= rangeSize(segment)) return undefined
  return addressAt(segment, use.next)
}

function addressAt({ family, first }: Segment, offset: number): Address {
  return { family, value: first + BigInt(offset) }
}

function isAvoidedAt(segment: Segment, offset: number): boolean {
  const { pool } = segment.pool
  if (!pool.avoidBuggyIPs) return false
  return isAvoided(pool, { family: segment.family, value: segment.first + BigInt(offset) })
}

function stoodIn(stood: StoodAddresses, segment: Segment): Stood {
  const known = stood.get(segment)
  if (known !== undefined) return known
  const own = { counts: new Map<number, number>(), lowest: 0, holes: [] }
  stood.set(segment, own)
  return own
}

function takenIn(free: FreeAddresses, segment: Segment): Taken {
  const known = free.taken.get(segment)
  if (known !== undefined) return known
  const own = stoodIn(free.stood, segment)
  while (own.counts.has(own.lowest) || isAvoidedAt(segment, own.lowest)) own.lowest++
  const use = { offsets: new Set<number>(), holes: 0, next: own.lowest }
  free.taken.set(segment, use)
  return use
}
