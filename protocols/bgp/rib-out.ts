// What one peer was told and is still to be told (Adj-RIB-Out, RFC 4271 §3.2). Withdrawals go first: a router
// with a full table must lose before it can win, and a stale route misleads more than a missing one.
import type { Family } from '../net/address.ts'
import type { OutRoute } from './advertise.ts'
import type { Context } from './context.ts'
import { RefreshSubtype } from './iana.ts'
import { encodeMessage } from './message.ts'
import { prefixFamily, unicast } from './nlri.ts'
import type { Prefix } from './nlri.ts'
import { packAnnouncement, packEndOfRib, packWithdrawal } from './pack.ts'
import type { RouteGroup } from './pack.ts'

export type RibOut = {
  readonly told: ReadonlyMap<Prefix, OutRoute> // what the peer holds once the queue is out
  readonly queue: Queue
}

/** Batches are sent in this order, each from its first prefix on; `from` is the place in the first one left. */
export type Queue = {
  readonly begin: readonly Family[] // Begin-of-RR markers, RFC 7313 §4
  readonly withdrawals: readonly Pick<RouteGroup, 'family' | 'prefixes'>[]
  readonly announcements: readonly RouteGroup[]
  readonly from: number
  readonly end: readonly { readonly family: Family; readonly marker: 'end-of-rib' | 'end-of-refresh' }[]
}

const emptyQueue: Queue = { begin: [], withdrawals: [], announcements: [], from: 0, end: [] }

/** A peer that was told nothing yet. */
export const emptyRibOut: RibOut = { told: new Map(), queue: emptyQueue }

export function isIdle({ queue }: RibOut): boolean {
  return queue.begin.length + queue.withdrawals.length + queue.announcements.length + queue.end.length === 0
}

/** The routes that the peer shall hold replace what it was to hold before; only what differs is queued. */
export function wish(ribOut: RibOut, next: ReadonlyMap<Prefix, OutRoute>): RibOut {
  const changed = unsent(ribOut.queue)
  for (const [prefix, route] of next) if (ribOut.told.get(prefix)?.key !== route.key) changed.add(prefix)
  for (const prefix of ribOut.told.keys()) if (!next.has(prefix)) changed.add(prefix)
  const { begin, end } = ribOut.queue
  return { told: next, queue: { ...emptyQueue, ...batches(changed, next), begin, end } }
}

/** Prefixes whose last word has not been said. A withdrawal of what was never announced does no harm. */
function unsent({ withdrawals, announcements, from }: Queue): Set<Prefix> {
  const prefixes = new Set<Prefix>()
  let skip = from
  for (const batch of [...withdrawals, ...announcements]) {
    for (const prefix of batch.prefixes.slice(skip)) prefixes.add(prefix)
    skip = 0
  }
  return prefixes
}

function batches(
  changed: ReadonlySet<Prefix>,
  next: ReadonlyMap<Prefix, OutRoute>,
): Pick<Queue, 'withdrawals' | 'announcements'> {
  const withdrawn: Record<Family, Prefix[]> = { IPv4: [], IPv6: [] }
  const groups = new Map<string, { readonly route: OutRoute; readonly prefixes: Prefix[] }>()
  for (const prefix of changed) {
    const route = next.get(prefix)
    if (route === undefined) {
      withdrawn[prefixFamily(prefix)].push(prefix)
      continue
    }
    const group = groups.get(route.key) ?? { route, prefixes: [] }
    group.prefixes.push(prefix)
    groups.set(route.key, group)
  }
  const families = ['IPv4', 'IPv6'] as const
  return {
    withdrawals: families
      .map((family) => ({ family, prefixes: withdrawn[family] }))
      .filter(({ prefixes }) => prefixes.length > 0),
    announcements: [...groups.values()].map(({ route, prefixes }) => ({ ...route, prefixes })),
  }
}

/** After all that is queued: the initial routes are complete, RFC 4724 §2. */
export function queueEndOfRib(ribOut: RibOut, families: readonly Family[]): RibOut {
  const end = families.map((family) => ({ family, marker: 'end-of-rib' }) as const)
  return { ...ribOut, queue: { ...ribOut.queue, end: [...ribOut.queue.end, ...end] } }
}

/** The peer asks for all routes of a family again, RFC 2918 §4; between markers where both know them, RFC 7313. */
export function refresh(ribOut: RibOut, family: Family, withMarkers: boolean): RibOut {
  const again = unsent(ribOut.queue)
  for (const prefix of ribOut.told.keys()) if (prefixFamily(prefix) === family) again.add(prefix)
  const queue = { ...ribOut.queue, from: 0, ...batches(again, ribOut.told) }
  const isUnderWay = queue.end.some((end) => end.family === family && end.marker === 'end-of-refresh')
  if (!withMarkers || isUnderWay) return { ...ribOut, queue }
  const begin = [...queue.begin, family]
  const end = [...queue.end, { family, marker: 'end-of-refresh' } as const]
  return { ...ribOut, queue: { ...queue, begin, end } }
}

export type Outgoing = { readonly bytes: Uint8Array; readonly text: string; readonly ribOut: RibOut }

/** The next message to this peer; nothing when it has been told all. */
export function nextMessage(ribOut: RibOut, context: Context): Outgoing | undefined {
  const { begin, withdrawals, announcements, end } = ribOut.queue
  const [marked] = begin
  if (marked !== undefined)
    return outgoing(ribOut, { begin: begin.slice(1) }, marker(marked, RefreshSubtype.begin, context))
  const [batch] = withdrawals
  if (batch !== undefined) return nextWithdrawal(ribOut, batch, context)
  const [group] = announcements
  if (group !== undefined) return nextAnnouncement(ribOut, group, context)
  const [last] = end
  if (last === undefined) return undefined
  const message =
    last.marker === 'end-of-rib'
      ? { bytes: packEndOfRib(last.family, context), text: `UPDATE end of RIB ${last.family}` }
      : marker(last.family, RefreshSubtype.end, context)
  return outgoing(ribOut, { end: end.slice(1) }, message)
}

function nextWithdrawal(
  ribOut: RibOut,
  batch: Pick<RouteGroup, 'family' | 'prefixes'>,
  context: Context,
): Outgoing {
  const { from, withdrawals } = ribOut.queue
  const { message, next } = packWithdrawal(batch, from, context)
  const isDone = next === batch.prefixes.length
  const change = isDone ? { withdrawals: withdrawals.slice(1), from: 0 } : { from: next }
  return outgoing(ribOut, change, {
    bytes: message,
    text: `UPDATE -${routesText(batch.prefixes, from, next)}`,
  })
}

function nextAnnouncement(ribOut: RibOut, group: RouteGroup, context: Context): Outgoing {
  const { from, announcements } = ribOut.queue
  const { message, next } = packAnnouncement(group, from, context)
  const isDone = next === group.prefixes.length
  const change = isDone ? { announcements: announcements.slice(1), from: 0 } : { from: next }
  return outgoing(ribOut, change, {
    bytes: message,
    text: `UPDATE +${routesText(group.prefixes, from, next)}`,
  })
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
  return { ...message, ribOut: { ...ribOut, queue: { ...ribOut.queue, ...change } } }
}
