// The next messages to one peer, out of what is queued for it (rib-out.ts): some thousand prefixes at a time are
// put together by their attributes and packed into UPDATEs, RFC 4271 §9.2.
import type { Family } from '../net/address.ts'
import type { OutRoute, Withheld } from './advertise.ts'
import type { RouteAttributes } from './config.ts'
import { agreesOn } from './context.ts'
import type { Context } from './context.ts'
import { RefreshSubtype } from './iana.ts'
import { encodeMessage } from './message.ts'
import { prefixFamily, unicast } from './nlri.ts'
import type { Prefix } from './nlri.ts'
import { packAnnouncement, packEndOfRib, packWithdrawal } from './pack.ts'
import type { RouteGroup } from './pack.ts'
import { noPortion } from './portion.ts'
import type { Batch, Portion } from './portion.ts'
import { changePrefixes, firstPrefixes, getPrefix, stretchOf } from './prefix-map.ts'
import type { PrefixMap, Stretch } from './prefix-map.ts'
import type { Queue, RibOut, Sweep } from './rib-out.ts'

/** So many prefixes are grouped at a time: a millisecond of work, and enough to fill a message. */
const portionSize = 1024
/** Sets of attributes are the dearer part of it: no more of them at a time. */
const portionSets = 64

/** What a route says to this peer, or the reason why it is not told: `resolverFor` of advertise.ts. */
export type Resolve = (family: Family, attributes: RouteAttributes) => OutRoute | string

export type Outgoing = {
  readonly ribOut: RibOut
  readonly message?: { readonly bytes: Uint8Array; readonly text: string } // absent: only the queue has changed
  readonly withheld?: readonly Withheld[] // found on the way: routes that are not told
}

/** The next message to this peer; undefined when it has been told all. */
export function nextMessage(ribOut: RibOut, context: Context, resolve: Resolve): Outgoing | undefined {
  const { begin, withdrawals, announcements, sweep, portion, end } = ribOut.queue
  const [marked] = begin
  if (marked !== undefined)
    return outgoing(ribOut, { begin: begin.slice(1) }, marker(marked, RefreshSubtype.begin, context))
  if (portion.withdrawals.length + portion.announcements.length > 0) return fromPortion(ribOut, context)
  if (withdrawals.size > 0) return { ribOut: takeWithdrawals(ribOut, context) }
  if (announcements.size > 0) return takeAnnouncements(ribOut, context, resolve)
  if (sweep !== undefined) return takeStretch(ribOut, sweep, { context, resolve })
  const [last] = end
  if (last === undefined) return undefined
  const message =
    last.marker === 'end-of-rib'
      ? { bytes: packEndOfRib(last.family, context), text: `UPDATE end of RIB ${last.family}` }
      : marker(last.family, RefreshSubtype.end, context)
  return outgoing(ribOut, { end: end.slice(1) }, message)
}

function takeWithdrawals(ribOut: RibOut, context: Context): RibOut {
  const { table, queue } = ribOut
  const taken = firstPrefixes(queue.withdrawals, portionSize)
  const gone = taken.filter((prefix) => getPrefix(table, prefix) === undefined)
  const portion = { ...noPortion, withdrawals: withdrawalBatches(gone, context) }
  return { ...ribOut, queue: { ...queue, withdrawals: less(queue.withdrawals, taken), portion } }
}

function less(set: PrefixMap<true>, taken: readonly Prefix[]): PrefixMap<true> {
  return changePrefixes(
    set,
    taken.map((prefix) => [prefix, undefined]),
  )
}

/** By family; what the session does not carry was never told on it. */
function withdrawalBatches(prefixes: readonly Prefix[], context: Context): Batch[] {
  return (['IPv4', 'IPv6'] as const)
    .filter((family) => agreesOn(context, unicast[family]))
    .map((family) => ({ family, prefixes: prefixes.filter((prefix) => prefixFamily(prefix) === family) }))
    .filter((batch) => batch.prefixes.length > 0)
}

type Grouped = {
  readonly groups: RouteGroup[]
  readonly untold: Prefix[]
  readonly withheld: readonly Withheld[]
}

function takeAnnouncements(ribOut: RibOut, context: Context, resolve: Resolve): Outgoing {
  const { table, queue } = ribOut
  const taken: Prefix[] = []
  const routes: Entry[] = []
  const sets = new Set<RouteAttributes>()
  for (const prefix of firstPrefixes(queue.announcements, portionSize)) {
    if (sets.size === portionSets) break
    taken.push(prefix)
    const attributes = getPrefix(table, prefix)
    if (attributes === undefined) continue
    routes.push([prefix, attributes])
    sets.add(attributes)
  }
  const rest = { announcements: less(queue.announcements, taken) }
  return portionOf(ribOut, grouped(routes, resolve), { context, rest })
}

/** The next of what a sweep says. */
function takeStretch(
  ribOut: RibOut,
  { families, from }: Sweep,
  { context, resolve }: { readonly context: Context; readonly resolve: Resolve },
): Outgoing {
  const routes: Entry[] = []
  const sets = new Set<RouteAttributes>()
  let next: number | undefined = from
  for (let seen = 0; next !== undefined && seen < portionSize && sets.size < portionSets; ) {
    const stretch: Stretch<RouteAttributes> = stretchOf(ribOut.table, next, 1)
    next = stretch.next
    seen += stretch.entries.length
    for (const [prefix, attributes] of stretch.entries) {
      if (!families.includes(prefixFamily(prefix))) continue
      routes.push([prefix, attributes])
      sets.add(attributes)
    }
  }
  const { sweep: _, ...queue } = ribOut.queue
  const rest = next === undefined ? {} : { sweep: { families, from: next } }
  return portionOf({ ...ribOut, queue }, grouped(routes, resolve), { context, rest })
}

/** A route that can be told no longer, but may have been, is withdrawn. */
function portionOf(
  ribOut: RibOut,
  { groups, untold, withheld }: Grouped,
  { context, rest }: { readonly context: Context; readonly rest: Partial<Queue> },
): Outgoing {
  const { queue } = ribOut
  const portion: Portion = {
    withdrawals: queue.isFirst ? [] : withdrawalBatches(untold, context),
    announcements: groups,
    from: 0,
  }
  return { ribOut: { ...ribOut, queue: { ...queue, ...rest, portion } }, withheld }
}

type Entry = readonly [Prefix, RouteAttributes]

function grouped(routes: readonly Entry[], resolve: Resolve): Grouped {
  const groups = new Map<string, { readonly route: OutRoute; readonly prefixes: Prefix[] }>()
  const untold = new Map<string, Prefix[]>()
  for (const [prefix, attributes] of routes) {
    const route = resolve(prefixFamily(prefix), attributes)
    if (typeof route === 'string') {
      const list = untold.get(route)
      if (list === undefined) untold.set(route, [prefix])
      else list.push(prefix)
      continue
    }
    const group = groups.get(route.key)
    if (group === undefined) groups.set(route.key, { route, prefixes: [prefix] })
    else group.prefixes.push(prefix)
  }
  return {
    groups: [...groups.values()].map(({ route, prefixes }) => ({ ...route, prefixes })),
    untold: [...untold.values()].flat(),
    withheld: [...untold].map(([reason, prefixes]) => {
      return { reason, count: prefixes.length, example: prefixes[0] ?? '' }
    }),
  }
}

function fromPortion(ribOut: RibOut, context: Context): Outgoing {
  const { portion } = ribOut.queue
  const [batch] = portion.withdrawals
  if (batch !== undefined) {
    const packed = packWithdrawal(batch, portion.from, context)
    const rest = packed.next < batch.prefixes.length ? portion.withdrawals : portion.withdrawals.slice(1)
    return fromBatch(ribOut, { ...portion, withdrawals: rest }, { batch, sign: '-', ...packed })
  }
  const [group] = portion.announcements
  if (group === undefined) return { ribOut }
  const packed = packAnnouncement(group, portion.from, context)
  const rest = packed.next < group.prefixes.length ? portion.announcements : portion.announcements.slice(1)
  return fromBatch(ribOut, { ...portion, announcements: rest }, { batch: group, sign: '+', ...packed })
}

type PackedBatch = {
  readonly batch: Batch
  readonly sign: '+' | '-'
  readonly message: Uint8Array
  readonly next: number
}

function fromBatch(ribOut: RibOut, rest: Portion, { batch, sign, message, next }: PackedBatch): Outgoing {
  const { from } = ribOut.queue.portion
  const isDone = next === batch.prefixes.length
  const isLast = rest.withdrawals.length + rest.announcements.length === 0
  const portion = isLast ? noPortion : { ...rest, from: isDone ? 0 : next }
  const text = `UPDATE ${sign}${routesText(batch.prefixes, from, next)}`
  return outgoing(ribOut, { portion }, { bytes: message, text })
}

/** '192.0.2.1/32', or '3 from 192.0.2.1/32 on'. */
function routesText(prefixes: readonly Prefix[], from: number, next: number): string {
  const first = prefixes[from] ?? ''
  return next - from === 1 ? first : `${next - from} from ${first} on`
}

function marker(family: Family, subtype: number, context: Context) {
  const message = { type: 'route-refresh', ...unicast[family], subtype } as const
  const word = subtype === RefreshSubtype.begin ? 'begin' : 'end'
  return { bytes: encodeMessage(message, context), text: `ROUTE-REFRESH ${word} ${family}` }
}

function outgoing(
  ribOut: RibOut,
  change: Partial<Queue>,
  message: { readonly bytes: Uint8Array; readonly text: string },
): Outgoing {
  return { message, ribOut: { ...ribOut, queue: { ...ribOut.queue, ...change } } }
}
