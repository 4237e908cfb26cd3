// Which addresses of the pools are free, while one plan is made. Nothing is given back within a plan, so the search of
// each pool only goes forward; what stood before is skipped by binary search, a run at a time. O(log n), any IPv6 size.
import type { Address, Family } from '../protocols/net/address.ts'
import { rangeSize } from '../protocols/net/address.ts'
import type { PoolEntry, Segment } from './pools.ts'
import { isAvoided } from './pools.ts'

/** Changes as the plan grows; it never outlives the plan. */
export type FreeAddresses = {
  readonly used: Map<Segment, SegmentUse>
  readonly positions: Map<readonly Segment[], number> // of each pool and family: the stretches before are full
}

type SegmentUse = {
  readonly noted: number[] // offsets from the start of the stretch, in use before this plan, as they came
  stood: Float64Array // the same, ascending and distinct, once somebody searches
  readonly taken: Set<number> // in this plan
  next: number // no free offset is below
}

// Offsets are plain numbers: the search starts at the bottom and no plan assigns 2^53 addresses,
// so what is in use beyond cannot be met.
const highestOffset = 2n ** 53n - 1n

export function allFree(): FreeAddresses {
  return { used: new Map(), positions: new Map() }
}

/** The address stood in a status before this plan. Call it before the first search. */
export function markStanding(free: FreeAddresses, segment: Segment, offset: number | undefined): void {
  if (offset !== undefined) useOf(free, segment).noted.push(offset)
}

/** The address is given out in this plan. */
export function markTaken(free: FreeAddresses, segment: Segment, offset: number | undefined): void {
  if (offset !== undefined) useOf(free, segment).taken.add(offset)
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
  const use = useOf(free, segment)
  if (use.noted.length > 0) sortOffsets(use)
  for (let offset = use.next; BigInt(offset) < rangeSize(segment); offset = use.next) {
    use.next = firstGap(use.stood, offset)
    if (use.next !== offset) continue
    const address = { family: segment.family, value: segment.first + BigInt(offset) }
    if (!use.taken.has(offset) && !isAvoided(segment.pool.pool, address)) return address
    use.next = offset + 1
  }
  return undefined
}

function sortOffsets(use: SegmentUse): void {
  const sorted = Float64Array.from(use.noted).sort()
  use.stood = sorted.filter((offset, position) => offset !== sorted[position - 1])
  use.noted.length = 0
}

/**
 * The first number from `offset` on that is not in the ascending list of distinct numbers.
 * In a run without gaps the numbers grow with their positions, so its end is found by halving.
 */
function firstGap(numbers: Float64Array, offset: number): number {
  const start = lowerBound(numbers, offset)
  if (numbers[start] !== offset) return offset
  let low = start
  let high = numbers.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (numbers[middle] === offset + (middle - start)) low = middle
    else high = middle - 1
  }
  return offset + (low - start) + 1
}

function lowerBound(numbers: Float64Array, wanted: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((numbers[middle] ?? wanted) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

function useOf(free: FreeAddresses, segment: Segment): SegmentUse {
  const known = free.used.get(segment)
  if (known !== undefined) return known
  const use = { noted: [], stood: new Float64Array(0), taken: new Set<number>(), next: 0 }
  free.used.set(segment, use)
  return use
}
