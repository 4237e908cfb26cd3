// Connections that come, go and collide, RFC 4271 §6.8 and §8.2.1.
import { laneOf } from './lane-list.ts'
import { moveLane } from './lanes.ts'
import type { Turn } from './lanes.ts'
import { openAs } from './open.ts'
import type { Open } from './open.ts'
import { andThen, idleLane } from './session.ts'
import type { ConnectionId, Event, Lane, Session, Step } from './session.ts'

type EventOf<Type extends Event['type']> = Extract<Event, { readonly type: Type }>

/** What we dialled is open. */
export function connected(session: Session, { connection, local }: EventOf<'connected'>, turn: Turn): Step {
  const lane = laneOf(session, connection)
  if (lane?.state !== 'Connect' || lane.connection?.local !== undefined) return unwanted(session, connection)
  return moveLane(session, lane, { type: 'tcp-acked', connection, local }, turn)
}

/**
 * The peer connected. It gets the lane that waits for it, or a second one beside the connection that we opened:
 * which of the two stays is judged when its OPEN has come.
 */
export function accepted(session: Session, { connection, local }: EventOf<'accepted'>, turn: Turn): Step {
  const event = { type: 'tcp-confirmed', connection, local } as const
  const [first] = session.lanes
  if (first.state === 'Idle') return moveLane(session, first, event, turn)
  const waiting = session.lanes.find((lane) => lane.state === 'Active' && lane.connection === undefined)
  if (waiting !== undefined) return moveLane(session, waiting, event, turn)
  const older = session.lanes.find(isUnheard)
  if (older === undefined && session.lanes.length > 1) return unwanted(session, connection)
  const added = moveLane(session, { ...idleLane, state: 'Active' }, event, turn)
  if (older === undefined) return added
  return andThen(added, (next) => moveLane(next, older, { type: 'collision-dump' }, turn))
}

/** The peer opened it and has said nothing: when it opens another one, it has given this one up. */
function isUnheard({ connection, agreement, state }: Lane): boolean {
  return connection?.initiator === 'peer' && agreement === undefined && state !== 'Idle'
}

function unwanted(session: Session, connection: ConnectionId): Step {
  return { session, effects: [{ type: 'close', connection }] }
}

export function closed(session: Session, { connection, why }: EventOf<'closed'>, turn: Turn): Step {
  const lane = laneOf(session, connection)
  if (lane === undefined) return { session, effects: [] }
  return moveLane(session, lane, { type: 'tcp-fails', why }, turn)
}

/** Knocks and refusals concern the lane that is shown; no state changes by them. */
export function knocked(session: Session, turn: Turn): Step {
  return moveLane(session, session.lanes[0], { type: 'tcp-valid' }, turn)
}

export function turnedAway(session: Session, { why }: EventOf<'turned-away'>, turn: Turn): Step {
  const moved = moveLane(session, session.lanes[0], { type: 'tcp-invalid' }, turn)
  return { ...moved, effects: [...moved.effects, { type: 'note', text: `connection turned away: ${why}` }] }
}

/** Which connection gives way to the one whose OPEN has come; nothing when there is no collision. */
export type Collision = 'this gives way' | 'other gives way' | 'other was left by a restarted peer'

/**
 * RFC 4271 §6.8: two connections of which the other one is in OpenConfirm or Established. The one that the
 * speaker with the higher identifier opened stays (of equal identifiers, the higher AS: RFC 6286 §2.3). The
 * RFC's own words speak of "the newly created" and "the already existing" one, which comes to the same, unless
 * both were opened by the same side: then the older one stays.
 */
export function collisionOf(session: Session, lane: Lane, open: Open): Collision | undefined {
  const other = session.lanes.find((each) => each !== lane && each.agreement !== undefined)
  if (other === undefined) return undefined
  if (other.state === 'Established')
    // RFC 4724 §5: a peer that connects anew has lost the old connection, and does not know it.
    return other.agreement?.gracefulRestart === undefined
      ? 'this gives way'
      : 'other was left by a restarted peer'
  const stays = isHigher(session, open) ? 'us' : 'peer'
  const isThis = lane.connection?.initiator === stays && other.connection?.initiator !== stays
  return isThis ? 'other gives way' : 'this gives way'
}

/** Our identifier against the peer's, as unsigned numbers. */
function isHigher({ config }: Session, open: Open): boolean {
  const ours = identifierNumber(config.identifier)
  const theirs = identifierNumber(open.identifier)
  return ours === theirs ? config.localAs > openAs(open) : ours > theirs
}

function identifierNumber(identifier: string): number {
  return identifier.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)
}
