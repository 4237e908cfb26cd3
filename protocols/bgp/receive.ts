// Messages of the peer, and bytes that are none. RFC 4271 §6 and §8.1.5.
import { collisionOf } from './connections.ts'
import { BgpError } from './fault.ts'
import { ErrorCode, OpenSubcode, RefreshSubtype } from './iana.ts'
import type { FsmEvent } from './fsm-event.ts'
import { endOfStale } from './keeping.ts'
import { laneOf } from './lane-list.ts'
import { moveLane } from './lanes.ts'
import type { Turn } from './lanes.ts'
import type { Message } from './message.ts'
import { checkPeerOpen } from './negotiate.ts'
import { unicastFamily } from './nlri.ts'
import type { Notification } from './notification.ts'
import type { Open } from './open.ts'
import type { RouteRefresh } from './refresh.ts'
import { resend } from './routes.ts'
import { andThen, violationOf } from './session.ts'
import type { ConnectionId, Effect, Lane, Session, Step, Violation } from './session.ts'
import { endOfRib } from './update.ts'
import type { Update } from './update.ts'

/** A message on a connection that is gone says nothing. */
export function received(session: Session, connection: ConnectionId, message: Message, turn: Turn): Step {
  const lane = laneOf(session, connection)
  if (lane === undefined) return { session, effects: [] }
  switch (message.type) {
    case 'open':
      return receivedOpen(session, lane, message, turn)
    case 'notification':
      return moveLane(session, lane, notificationEvent(message), turn)
    case 'keepalive':
      return moveLane(session, lane, { type: 'keepalive' }, turn)
    case 'update':
      return receivedUpdate(session, lane, message, turn)
    case 'route-refresh':
      return receivedRefresh(session, lane, message, turn)
  }
}

/** RFC 4271 §8.1.5 tells a version that was refused (event 24) from all other NOTIFICATIONs (event 25). */
function notificationEvent(notification: Notification): FsmEvent {
  const { code, subcode } = notification
  const isVersion = code === ErrorCode.open && subcode === OpenSubcode.unsupportedVersionNumber
  return { type: isVersion ? 'notification-version-error' : 'notification', notification }
}

/** Its content first, then a collision, then the machine. */
function receivedOpen(session: Session, lane: Lane, open: Open, turn: Turn): Step {
  const objection = objectionTo(session, open)
  if (objection !== undefined)
    return moveLane(session, lane, { type: 'open-error', violation: objection }, turn)
  const isDelayed = lane.timers.delayOpen !== undefined
  const event = { type: isDelayed ? 'open-while-delayed' : 'open', open } as const
  if (!isDelayed && lane.state !== 'OpenSent') return moveLane(session, lane, event, turn)
  const collision = collisionOf(session, lane, open)
  if (collision === undefined) return moveLane(session, lane, event, turn)
  if (collision === 'this gives way') return moveLane(session, lane, { type: 'collision-dump' }, turn)
  const other = session.lanes.find((each) => each !== lane)
  const yielding = { type: 'collision-dump' } as const
  const lost = { type: 'tcp-fails', why: 'the peer opened a new connection (RFC 4724 §5)' } as const
  const gone =
    other === undefined
      ? { session, effects: [] }
      : moveLane(session, other, collision === 'other gives way' ? yielding : lost, turn)
  return andThen(gone, (next) => moveLane(next, lane, event, turn))
}

function objectionTo({ config }: Session, open: Open): Violation | undefined {
  try {
    checkPeerOpen(config, open)
    return undefined
  } catch (error) {
    if (error instanceof BgpError) return violationOf(error)
    throw error
  }
}

function receivedUpdate(session: Session, lane: Lane, update: Update, turn: Turn): Step {
  const moved = moveLane(session, lane, { type: 'update' }, turn)
  if (lane.state !== 'Established') return moved
  const faults = (update.faults ?? []).map(({ verdict, message }) => `${verdict}: ${message}`)
  const notes = faults.map((text): Effect => ({ type: 'note', text }))
  const change: Effect = { type: 'rib-in', change: { type: 'update', update } }
  const told: Step = { session: moved.session, effects: [...moved.effects, ...notes, change] }
  const family = endOfRib(update)
  return family === undefined ? told : andThen(told, (next) => endOfStale(next, family))
}

/** It is no event of RFC 4271; it shows that the peer lives as an UPDATE does. */
function receivedRefresh(session: Session, lane: Lane, refresh: RouteRefresh, turn: Turn): Step {
  const moved = moveLane(session, lane, { type: 'update' }, turn)
  const family = unicastFamily(refresh)
  if (lane.state !== 'Established' || family === undefined || refresh.subtype !== RefreshSubtype.normal)
    return moved
  // RFC 2918 §4: without the capability on both sides "the BGP speaker will ignore such a message".
  if (lane.agreement?.routeRefresh !== true) return moved
  return andThen(moved, (next) => resend(next, family))
}

/** Bytes that are no message: the event by what is broken. */
export function violate(session: Session, connection: ConnectionId, violation: Violation, turn: Turn): Step {
  const lane = laneOf(session, connection)
  if (lane === undefined) return { session, effects: [] }
  return moveLane(session, lane, { type: violationEvent(violation), violation }, turn)
}

function violationEvent({ code }: Violation): 'header-error' | 'open-error' | 'update-error' {
  if (code === ErrorCode.messageHeader) return 'header-error'
  return code === ErrorCode.open ? 'open-error' : 'update-error'
}
