// Our routes on their way to the peer: what the wish comes to on this session, and how much of it is sent now.
import type { Family } from '../net/address.ts'
import { resolverFor } from './advertise.ts'
import type { Standpoint, Withheld } from './advertise.ts'
import { send, sendBytes, withTimers } from './lane.ts'
import { laneOf, replaceLane } from './lane-list.ts'
import type { LocalEnd } from './local-end.ts'
import { nextMessage } from './outgoing.ts'
import {
  changeRoutes,
  forgetTold,
  isIdle,
  queueAll,
  queueInitial,
  refresh,
  refreshAgain,
  replaceRoutes,
} from './rib-out.ts'
import type { RibOut } from './rib-out.ts'
import type { ConnectionId, Effect, Event, Lane, Session, Step } from './session.ts'
import type { Millis } from './timing.ts'

/** Octets handed to the connection at once, two milliseconds of work; more follow when the peer has taken them. */
const flightLimit = 16_384
/** Short messages, each with attributes of its own, are as dear as long ones. */
const flightMessages = 64
/** Portions that come to no message, because their routes are of no concern, are not gone through for ever. */
const emptyPortions = 2

/** The wish of routes to this peer: all of them, or what has changed. */
export function setRoutes(session: Session, { complete, set, unset }: RoutesEvent): Step {
  const { ribOut, routesKnown } = session
  const changed = complete ? replaceRoutes(ribOut, set) : changeRoutes(ribOut, { set, unset })
  const isTold = isEstablished(session) && routesKnown
  const next = { ...session, ribOut: isTold ? changed : forgetTold(changed) }
  return complete ? knowRoutes(next) : only(next)
}

/** All that there is to announce has been said, in whatever portions. */
export function knowRoutes(session: Session): Step {
  return session.routesKnown ? only(session) : beginRoutes({ ...session, routesKnown: true })
}

type RoutesEvent = Extract<Event, { readonly type: 'routes' }>

function only(session: Session): Step {
  return { session, effects: [] }
}

function isEstablished({ lanes }: Session): boolean {
  return lanes[0].state === 'Established'
}

/** Every route says GRACEFUL_SHUTDOWN, or none any more, RFC 8326. */
export function setDraining(session: Session, draining: boolean): Step {
  const { ribOut } = session
  return only({ ...session, draining, ribOut: isEstablished(session) ? queueAll(ribOut) : ribOut })
}

/** An address came or went where the connection ends, IPv6 after its duplicate check perhaps: all is told anew. */
export function setNextHops(session: Session, { connection, local }: NextHopsEvent): Step {
  const lane = laneOf(session, connection)
  if (lane?.connection?.local === undefined) return only(session)
  const moved = replaceLane(session, lane, { ...lane, connection: { ...lane.connection, local } })
  const isTold = session.routesKnown && lane === session.lanes[0] && isEstablished(session)
  if (!isTold) return only(moved)
  const families = familiesAffected(lane.connection.local, local)
  return only({ ...moved, withheld: [], ribOut: families.reduce(queueAll, moved.ribOut) })
}

type NextHopsEvent = Extract<Event, { readonly type: 'next-hops' }>

/** IPv4 goes by IPv6 next hops where it has none of its own, RFC 8950. */
function familiesAffected({ nextHops: before }: LocalEnd, { nextHops: now }: LocalEnd): readonly Family[] {
  const isOther = (family: Family): boolean => String(before[family] ?? '') !== String(now[family] ?? '')
  const byIPv6 = now.IPv4 === undefined && isOther('IPv6')
  return (['IPv4', 'IPv6'] as const).filter((family) => isOther(family) || (family === 'IPv4' && byIPv6))
}

/**
 * The initial routes of an established session, then End-of-RIB. While nobody has said which routes there are,
 * nothing is sent: an End-of-RIB would make a peer that kept our routes drop them (RFC 4724 §4.1).
 */
export function beginRoutes(session: Session): Step {
  if (!session.routesKnown || !isEstablished(session)) return only(session)
  const families = session.lanes[0].agreement?.families ?? []
  return only({ ...session, ribOut: queueInitial(session.ribOut, families) })
}

/** What the routes of this session depend on; nothing before it is established. */
export function standpointOf(session: Session): Standpoint | undefined {
  const [{ state, agreement, connection }] = session.lanes
  const local = connection?.local
  if (state !== 'Established' || agreement === undefined || local === undefined) return undefined
  return { config: session.config, agreement, local, draining: session.draining }
}

/** Only reasons that are new: the same routes are withheld for the same reason at every change of the others. */
function noteWithheld(session: Session, found: readonly Withheld[]): Step {
  const fresh = found.filter(({ reason }) => !session.withheld.includes(reason))
  if (fresh.length === 0) return only(session)
  const effects = fresh.map(({ reason, count, example }): Effect => {
    const which = count === 1 ? example : `${count} routes, ${example} first,`
    return { type: 'note', text: `${which} withheld: ${reason}` }
  })
  const reasons = [...session.withheld, ...fresh.map(({ reason }) => reason)]
  return { session: { ...session, withheld: reasons }, effects }
}

/** The peer asks for our routes again. */
export function resend(session: Session, family: Family): Step {
  const [{ agreement }] = session.lanes
  if (agreement === undefined || !agreement.families.includes(family)) return { session, effects: [] }
  const ribOut = refresh(session.ribOut, family, agreement.enhancedRefresh)
  return { session: { ...session, ribOut }, effects: [] }
}

/** As much of the queue as one flight takes, when the one before has been taken. */
export function flush(step: Step, now: Millis): Step {
  const standpoint = standpointOf(step.session)
  const [lane] = step.session.lanes
  if (standpoint === undefined || lane.connection?.isBusy !== false) return step
  const resolve = resolverFor(standpoint)
  const { context } = standpoint.agreement
  let { session, effects } = step
  let current: Lane = lane
  let [size, messages, portions] = [0, 0, 0]
  while (size < flightLimit && messages < flightMessages && portions < emptyPortions) {
    const next = nextMessage(session.ribOut, context, resolve)
    if (next === undefined) {
      const again = refreshAgain(session.ribOut)
      if (again === undefined) break
      session = { ...session, ribOut: again }
      continue
    }
    const noted = noteWithheld({ ...session, ribOut: next.ribOut }, next.withheld ?? [])
    session = noted.session
    effects = [...effects, ...noted.effects]
    if (next.message === undefined) {
      if (isEmpty(next.ribOut)) portions += 1
      continue
    }
    const sent = sendBytes(current, next.message, now)
    size += next.message.bytes.length
    messages += 1
    current = sent.lane
    effects = [...effects, ...sent.effects]
  }
  return { session: current === lane ? session : replaceLane(session, lane, current), effects }
}

function isEmpty({ queue: { portion } }: RibOut): boolean {
  return portion.withdrawals.length + portion.announcements.length === 0
}

/** Flush has left some of its work to the next step, and nothing on the wire will bring that about. */
export function hasLeft(session: Session): boolean {
  const isFree = session.lanes[0].connection?.isBusy === false
  return isFree && !isIdle(session.ribOut) && standpointOf(session) !== undefined
}

/** The peer's TCP has room for all that we gave: the send hold timer stops (RFC 9687 §4.3). */
export function drained(session: Session, id: ConnectionId, now: Millis): Step {
  const lane = laneOf(session, id)
  if (lane?.connection === undefined) return { session, effects: [] }
  const isOwed = lane.connection.keepaliveOwed
  const connection = { ...lane.connection, isBusy: false, keepaliveOwed: false }
  const free: Lane = { ...withTimers(lane, { sendHold: undefined }), connection }
  const sent = isOwed ? send(free, { type: 'keepalive' }, now) : { lane: free, effects: [] }
  return { session: replaceLane(session, lane, sent.lane), effects: sent.effects }
}
