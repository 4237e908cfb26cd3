// What one peer was told and is still to be told (Adj-RIB-Out, RFC 4271 §3.2). Withdrawals go first: a router
// with a full table must lose before it can win, and a stale route misleads more than a missing one.
//
//   change ──▶ withdrawals, announcements (prefixes only) ─┬─a portion──▶ groups of equal attributes ──▶ UPDATEs
//   all again ──▶ a sweep over the table ──────────────────┘
//
// What is queued is a prefix, not a route: what is said of it is what is wished when its turn comes, so a prefix
// that changes ten times while the peer is slow is said once or twice. To say all is a place in the table from which on it
// is still to be said: nothing here takes longer because there are more routes.
import type { Family } from '../net/address.ts'
import type { RouteAttributes } from './config.ts'
import { prefixFamily } from './nlri.ts'
import type { Prefix } from './nlri.ts'
import { noPortion, without, withoutFamilies } from './portion.ts'
import type { Portion } from './portion.ts'
import { changePrefixes, emptyPrefixMap, entriesOf, getPrefix, placeOf, prefixMapOf } from './prefix-map.ts'
import type { PrefixMap } from './prefix-map.ts'

export type RouteTable = PrefixMap<RouteAttributes>

export type RibOut = {
  readonly table: RouteTable // the wish: what the peer holds once the queue is out, as far as it can be told
  readonly sizes: Readonly<Record<Family, number>> // of the table
  readonly queue: Queue
}

export type Queue = {
  readonly isFirst: boolean // nothing that is queued was ever told: what cannot be told need not be withdrawn
  readonly begin: readonly Family[] // Begin-of-RR markers, RFC 7313 §4
  readonly withdrawals: PrefixMap<true> // in the table again by now: not withdrawn
  readonly announcements: PrefixMap<true> // out of the table by now: not announced
  readonly sweep?: Sweep
  readonly again?: Again // asked for while it was under way
  readonly portion: Portion // of all three, what is being packed
  readonly end: readonly { readonly family: Family; readonly marker: 'end-of-rib' | 'end-of-refresh' }[]
}

/** To be said once more when all else is out. */
export type Again = { readonly families: readonly Family[]; readonly withMarkers: boolean }

/** All routes of these families, from a place of the table on (prefix-map.ts). */
export type Sweep = { readonly families: readonly Family[]; readonly from: number }

const emptyQueue: Queue = {
  isFirst: false,
  begin: [],
  withdrawals: emptyPrefixMap,
  announcements: emptyPrefixMap,
  portion: noPortion,
  end: [],
}

/** A peer that was told nothing yet. */
export const emptyRibOut: RibOut = {
  table: emptyPrefixMap,
  sizes: { IPv4: 0, IPv6: 0 },
  queue: emptyQueue,
}

/** The session is gone, and with it all that the peer was told; the wish stays. */
export function forgetTold(ribOut: RibOut): RibOut {
  return { ...ribOut, queue: emptyQueue }
}

export function isIdle({ queue }: RibOut): boolean {
  const { begin, withdrawals, announcements, sweep, again, portion, end } = queue
  const packing = portion.withdrawals.length + portion.announcements.length
  const waiting = withdrawals.size + announcements.size + (sweep === undefined ? 0 : 1)
  return begin.length + waiting + (again?.families.length ?? 0) + packing + end.length === 0
}

export type RouteChange = {
  readonly set: readonly { readonly prefix: Prefix; readonly attributes: RouteAttributes }[]
  readonly unset: readonly Prefix[]
}

/** Only what really differs is queued. What is both set and unset is set. */
export function changeRoutes(ribOut: RibOut, change: RouteChange): RibOut {
  const { table } = ribOut
  const wanted = new Map<Prefix, RouteAttributes | undefined>()
  for (const prefix of change.unset) wanted.set(prefix, undefined)
  for (const { prefix, attributes } of change.set) wanted.set(prefix, attributes)
  const changed = [...wanted].filter(([prefix, wish]) => !sameAttributes(getPrefix(table, prefix), wish))
  const added = changed.flatMap(([prefix, wish]) => (wish === undefined ? [] : [prefix]))
  const gone = changed.flatMap(([prefix, wish]) => (wish === undefined ? [prefix] : []))
  return queueChanges(ribOut, { table: changePrefixes(table, changed), added, gone })
}

/** All that there is to announce: what is not in it goes. */
export function replaceRoutes(ribOut: RibOut, set: RouteChange['set']): RibOut {
  const added: Prefix[] = []
  const next = new Map<Prefix, RouteAttributes>()
  for (const { prefix, attributes } of set) {
    const before = getPrefix(ribOut.table, prefix)
    const isSame = before !== undefined && sameAttributes(before, attributes)
    next.set(prefix, isSame ? before : attributes)
    if (!isSame) added.push(prefix)
  }
  const gone: Prefix[] = []
  for (const [prefix] of entriesOf(ribOut.table)) if (!next.has(prefix)) gone.push(prefix)
  return queueChanges(ribOut, { table: prefixMapOf(next), added, gone })
}

type Changes = {
  readonly table: RouteTable
  readonly added: readonly Prefix[] // or changed
  readonly gone: readonly Prefix[]
}

function queueChanges(ribOut: RibOut, { table, added, gone }: Changes): RibOut {
  if (added.length + gone.length === 0) return ribOut
  const { queue } = ribOut
  const sizes = { ...ribOut.sizes }
  for (const prefix of added) if (getPrefix(ribOut.table, prefix) === undefined) sizes[prefixFamily(prefix)]++
  for (const prefix of gone) sizes[prefixFamily(prefix)]--
  const next: Queue = {
    ...queue,
    isFirst: false,
    withdrawals: marked(queue.withdrawals, gone),
    announcements: marked(
      queue.announcements,
      added.filter((prefix) => !isAhead(queue.sweep, prefix)),
    ),
    portion: without(queue.portion, added, gone),
  }
  return { table, sizes, queue: next }
}

function marked(set: PrefixMap<true>, prefixes: readonly Prefix[]): PrefixMap<true> {
  if (prefixes.length === 0) return set
  return changePrefixes(
    set,
    prefixes.map((prefix) => [prefix, true]),
  )
}

/** The sweep will come by. */
function isAhead(sweep: Sweep | undefined, prefix: Prefix): boolean {
  return sweep !== undefined && placeOf(prefix) >= sweep.from && sweep.families.includes(prefixFamily(prefix))
}

function sameAttributes(a: RouteAttributes | undefined, b: RouteAttributes | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b))
}

/** To a peer that was told nothing: all routes, then the End-of-RIB of each family (RFC 4724 §2). */
export function queueInitial(ribOut: RibOut, families: readonly Family[]): RibOut {
  const end = families.map((family) => ({ family, marker: 'end-of-rib' }) as const)
  const sweep = { families: everyFamily, from: 0 } // of those that the session does not carry, the reason is said
  return { ...ribOut, queue: { ...emptyQueue, isFirst: true, sweep, end } }
}

const everyFamily: readonly Family[] = ['IPv4', 'IPv6']

/** All again: to a peer that asks, or because every route says something else now. */
export function queueAll(ribOut: RibOut, family?: Family): RibOut {
  const { queue } = ribOut
  const asked = family === undefined ? everyFamily : [family]
  const before = queue.sweep?.families ?? []
  const families = everyFamily.filter((each) => asked.includes(each) || before.includes(each))
  const portion = withoutFamilies(queue.portion, families)
  return { ...ribOut, queue: { ...queue, isFirst: false, sweep: { families, from: 0 }, portion } }
}

/**
 * The peer asks for a family again, RFC 2918 §4; between markers where both know them, RFC 7313 §4. Before the family's
 * End-of-RIB no marker may be sent: the peer has all once that is there. While the family is being said, it waits for its
 * turn, and however often it is asked for, that is one: else a peer that asks without end would never hear the end.
 */
export function refresh(ribOut: RibOut, family: Family, withMarkers: boolean): RibOut {
  const { queue } = ribOut
  if (isBegun(queue, family)) {
    const families = queue.again?.families ?? []
    if (families.includes(family)) return ribOut
    return { ...ribOut, queue: { ...queue, again: { families: [...families, family], withMarkers } } }
  }
  const again = queueAll(ribOut, family)
  const { begin, end } = again.queue
  const isUnderWay = end.some((each) => each.family === family)
  if (!withMarkers || isUnderWay) return again
  const marked = { begin: [...begin, family], end: [...end, { family, marker: 'end-of-refresh' } as const] }
  return { ...again, queue: { ...again.queue, ...marked } }
}

/** Some of the family has been said, and its end has not. */
function isBegun({ sweep, portion, end }: Queue, family: Family): boolean {
  if (portion.announcements.some((group) => group.family === family)) return true
  if (sweep?.families.includes(family) === true) return sweep.from > 0
  return end.some((each) => each.family === family)
}

/** What was asked for in the meantime begins; nothing where nobody asked. */
export function refreshAgain(ribOut: RibOut): RibOut | undefined {
  const { again, ...queue } = ribOut.queue
  return again?.families.reduce<RibOut>((next, family) => refresh(next, family, again.withMarkers), {
    ...ribOut,
    queue,
  })
}
