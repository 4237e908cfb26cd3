// Which addresses belong to which pool. Of two pools that overlap the older keeps the overlap (creationTimestamp, then name).
// Addresses are never walked: ranges are cut once per change of the pools, and looked up by binary search.
import type { PoolRange } from '../crds/address-list.ts'
import type { IPAddressPool } from '../crds/ip-address-pool.ts'
import type { Objection } from '../crds/kind.ts'
import type { Address, AddressRange, Family } from '../protocols/net/address.ts'
import { rangeContains, rangeSize } from '../protocols/net/address.ts'
import { rememberLast } from './once.ts'
import type { Read } from './snapshot.ts'

/** A pool among its peers. */
export type PoolEntry = {
  readonly name: string
  readonly pool: IPAddressPool
  readonly objections: readonly Objection[] // any at all: it assigns nothing new
  readonly addressesUnreadable: boolean // some entry of spec.addresses is not known: it may hold any address
  readonly segments: Readonly<Record<Family, readonly Segment[]>> // what is its own to give, in the order written
  readonly capacity: Readonly<Record<Family, bigint>> // addresses of its own that it may assign
  readonly overlaps: readonly Overlap[]
}

/** A stretch of addresses that one pool owns, all of them excluded or none. */
export type Segment = AddressRange & {
  readonly pool: PoolEntry
  readonly index: number // of its entry in spec.addresses
  readonly excluded: boolean // by spec.excludeAddresses: the pool gives none of it
}

export type Overlap = {
  readonly with: PoolEntry
  readonly keeps: boolean // this pool is the older one
  readonly example: AddressRange // the lowest addresses that both hold
}

export type PoolIndex = {
  readonly entries: readonly PoolEntry[] // oldest first, then by name
  readonly byName: ReadonlyMap<string, PoolEntry>
  readonly segments: Readonly<Record<Family, readonly Segment[]>> // disjoint, ascending
}

export const families = ['IPv4', 'IPv6'] as const satisfies readonly Family[]

type Draft = Omit<PoolEntry, 'segments' | 'capacity' | 'overlaps'> & {
  readonly segments: Record<Family, Segment[]>
  readonly capacity: Record<Family, bigint>
  readonly overlaps: Overlap[]
}

export const indexPools: (pools: readonly Read<IPAddressPool>[]) => PoolIndex = rememberLast((pools) => {
  const entries = pools.toSorted(olderFirst).map(draftEntry)
  const segments = { IPv4: cut(entries, 'IPv4'), IPv6: cut(entries, 'IPv6') }
  for (const entry of entries) {
    for (const family of families) {
      entry.segments[family].sort((a, b) => a.index - b.index) // as written, and ascending in one range
      entry.capacity[family] = entry.segments[family].reduce(
        (sum, segment) => sum + rangeSize(segment) - avoidedIn(entry.pool, segment),
        0n,
      )
    }
  }
  return { entries, segments, byName: new Map(entries.map((entry) => [entry.name, entry])) }
})

function olderFirst(a: Read<IPAddressPool>, b: Read<IPAddressPool>): number {
  return compare(a.value.createdAt, b.value.createdAt) || compare(a.value.name, b.value.name)
}

function draftEntry({ value: pool, objections }: Read<IPAddressPool>): Draft {
  return {
    name: pool.name,
    pool,
    objections,
    addressesUnreadable: objections.some(({ field }) => concernsAddresses(field)),
    segments: { IPv4: [], IPv6: [] },
    capacity: { IPv4: 0n, IPv6: 0n },
    overlaps: [],
  }
}

// An objection to the whole spec leaves nothing known of its addresses either.
function concernsAddresses(field: string): boolean {
  return field === 'spec' || field === 'spec.addresses' || field.startsWith('spec.addresses[')
}

type Bound = { readonly at: bigint; readonly opens: boolean; readonly span: Span }
type Span = {
  readonly rank: number
  readonly entry: Draft
  readonly range: PoolRange
  readonly excludes: boolean
}

type Sweep = {
  readonly open: Span[] // ranges, oldest pool first
  readonly excluding: Map<Draft, number> // how many exclusions of the pool are open
  readonly result: Segment[]
}

/** One sweep over the bounds of all ranges: between two bounds the oldest pool that is open owns the addresses. */
function cut(entries: readonly Draft[], family: Family): readonly Segment[] {
  const sweep: Sweep = { open: [], excluding: new Map(), result: [] }
  let from = 0n
  for (const bound of boundsOf(entries, family)) {
    if (from < bound.at) own(sweep, { family, first: from, last: bound.at - 1n })
    from = bound.at
    pass(sweep, bound)
  }
  return sweep.result
}

function pass({ open, excluding }: Sweep, { opens, span }: Bound): void {
  if (span.excludes) excluding.set(span.entry, (excluding.get(span.entry) ?? 0) + (opens ? 1 : -1))
  else if (opens) insert(open, span)
  else open.splice(open.indexOf(span), 1)
}

function boundsOf(entries: readonly Draft[], family: Family): readonly Bound[] {
  const spans = entries.flatMap((entry, rank): readonly Span[] => [
    ...entry.pool.ranges.map((range) => ({ rank, entry, range, excludes: false })),
    ...(entry.pool.excluded ?? []).map((range) => ({ rank, entry, range, excludes: true })),
  ])
  const bounds = spans
    .filter(({ range }) => range.family === family)
    .flatMap((span): readonly Bound[] => [
      { at: span.range.first, opens: true, span },
      { at: span.range.last + 1n, opens: false, span },
    ])
  return bounds.sort((a, b) => compare(a.at, b.at))
}

function insert(open: Span[], span: Span): void {
  const position = open.findIndex(({ rank }) => rank > span.rank)
  open.splice(position < 0 ? open.length : position, 0, span)
}

function own({ open, excluding, result }: Sweep, stretch: AddressRange): void {
  const [owner, ...others] = open
  if (owner === undefined) return
  for (const { entry } of others) noteOverlap(owner.entry, entry, stretch)
  const excluded = (excluding.get(owner.entry) ?? 0) > 0
  const segment = { ...stretch, pool: owner.entry, index: owner.range.index, excluded }
  const given = owner.entry.segments[stretch.family]
  const before = result.at(-1)
  if (before !== undefined && continues(before, segment)) {
    const joined = { ...segment, first: before.first }
    result.splice(-1, 1, joined)
    if (!excluded) given.splice(-1, 1, joined)
    return
  }
  result.push(segment)
  if (!excluded) given.push(segment)
}

function continues(before: Segment, after: Segment): boolean {
  return (
    before.pool === after.pool &&
    before.index === after.index &&
    before.excluded === after.excluded &&
    before.last + 1n === after.first
  )
}

function noteOverlap(older: Draft, younger: Draft, example: AddressRange): void {
  if (older === younger || younger.overlaps.some((known) => known.with === older)) return
  younger.overlaps.push({ with: older, keeps: false, example })
  older.overlaps.push({ with: younger, keeps: true, example })
}

function compare<T extends bigint | string | number>(a: T, b: T): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** The stretch that holds the address, if any. O(log n) in the number of ranges. */
export function segmentOf(index: PoolIndex, address: Address): Segment | undefined {
  const segments = index.segments[address.family]
  let low = 0
  let high = segments.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const segment = segments[middle]
    if (segment === undefined) return undefined
    if (address.value < segment.first) high = middle - 1
    else if (address.value > segment.last) low = middle + 1
    else return segment
  }
  return undefined
}

/** The stretches that hold some address of the range, ascending. O(log n) and what is found. */
export function segmentsWithin(index: PoolIndex, range: AddressRange): readonly Segment[] {
  const segments = index.segments[range.family]
  let low = 0
  let high = segments.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const segment = segments[middle]
    if (segment !== undefined && segment.last < range.first) low = middle + 1
    else high = middle
  }
  let end = low
  for (let next = segments[end]; next !== undefined && next.first <= range.last; next = segments[end]) end++
  return segments.slice(low, end)
}

/** Some range of the pool, as written, has the address; whose it is does not matter here. */
export function poolListsAddress(pool: IPAddressPool, address: Address): boolean {
  return pool.ranges.some((range) => rangeContains(range, address))
}

/** The pool that owns the stretch may assign this address of it. */
export function mayAssign({ excluded, pool }: Segment, address: Address): boolean {
  return !excluded && !isAvoided(pool.pool, address)
}

/** avoidBuggyIPs: some old devices take .0 and .255 for the addresses of a network. */
export function isAvoided(pool: IPAddressPool, address: Address): boolean {
  if (!pool.avoidBuggyIPs || address.family !== 'IPv4') return false
  const last = address.value & 255n
  return last === 0n || last === 255n
}

function avoidedIn(pool: IPAddressPool, range: AddressRange): bigint {
  if (!pool.avoidBuggyIPs || range.family !== 'IPv4') return 0n
  return avoidedBelow(range.last + 1n) - avoidedBelow(range.first)
}

/** How many addresses below `value` end in .0 or .255. */
function avoidedBelow(value: bigint): bigint {
  return 2n * (value / 256n) + (value % 256n > 0n ? 1n : 0n)
}
