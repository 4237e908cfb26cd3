// Our routes on their way to the peer: what the wish comes to on this session, and how much of it is sent now.
import type { Family } from '../net/address.ts'
import { advertise } from './advertise.ts'
import type { Withheld } from './advertise.ts'
import type { Route } from './config.ts'
import { send, sendBytes, withTimers } from './lane.ts'
import { laneOf, replaceLane } from './lane-list.ts'
import { nextMessage, queueEndOfRib, refresh, wish } from './rib-out.ts'
import type { ConnectionId, Effect, Lane, Millis, Session, Step } from './session.ts'

/** Octets handed to the connection at once; more follow when the peer has taken them. */
const flightLimit = 65_536

/** The wish of all routes to this peer, for the first time or again. */
export function setRoutes(session: Session, routes: readonly Route[]): Step {
  const isFirst = session.routes === undefined
  const next: Session = { ...session, routes }
  return isFirst ? beginRoutes(next) : updateRoutes(next)
}

/** Every route says GRACEFUL_SHUTDOWN, or none any more, RFC 8326. */
export function setDraining(session: Session, draining: boolean): Step {
  return updateRoutes({ ...session, draining })
}

/**
 * The initial routes of an established session, then End-of-RIB. While nobody has said which routes there are,
 * nothing is sent: an End-of-RIB would make a peer that kept our routes drop them (RFC 4724 §4.1).
 */
export function beginRoutes(session: Session): Step {
  const [lane] = session.lanes
  if (session.routes === undefined || lane.state !== 'Established') return { session, effects: [] }
  const updated = updateRoutes(session)
  const ribOut = queueEndOfRib(updated.session.ribOut, lane.agreement?.families ?? [])
  return { session: { ...updated.session, ribOut }, effects: updated.effects }
}

function updateRoutes(session: Session): Step {
  const [{ state, agreement, connection }] = session.lanes
  const local = connection?.local
  if (state !== 'Established' || agreement === undefined || local === undefined)
    return { session, effects: [] }
  const { config, draining, routes = [] } = session
  const advertised = advertise(routes, { config, agreement, local, draining })
  const next = {
    ...session,
    ribOut: wish(session.ribOut, advertised.routes),
    withheld: advertised.withheld,
  }
  return { session: next, effects: withheldNotes(session.withheld, advertised.withheld) }
}

/** Only what is new: the same routes are withheld for the same reason at every change of the others. */
function withheldNotes(before: readonly Withheld[], after: readonly Withheld[]): Effect[] {
  return after
    .filter(({ reason }) => before.every((each) => each.reason !== reason))
    .map(({ reason, count, example }) => ({
      type: 'note',
      text: `${count === 1 ? example : `${count} routes, ${example} first,`} withheld: ${reason}`,
    }))
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
  let { session } = step
  const [lane] = session.lanes
  if (lane.state !== 'Established' || lane.connection?.isBusy !== false) return step
  const effects: Effect[] = []
  let current: Lane = lane
  let size = 0
  while (size < flightLimit && lane.agreement !== undefined) {
    const next = nextMessage(session.ribOut, lane.agreement.context)
    if (next === undefined) break
    const sent = sendBytes(current, next, now)
    size += next.bytes.length
    current = sent.lane
    effects.push(...sent.effects)
    session = { ...session, ribOut: next.ribOut }
  }
  if (effects.length === 0) return step
  return { session: replaceLane(session, lane, current), effects: [...step.effects, ...effects] }
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
