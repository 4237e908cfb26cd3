// Start, stop, and what else is told to a session from outside, RFC 4271 §8.1.2; Cease RFC 4486, RFC 8538,
// RFC 9384.
import type { Family } from '../net/address.ts'
import { uint32Bytes, formatHex } from '../net/bytes.ts'
import type { SessionConfig } from './config.ts'
import type { FsmEvent } from './fsm-event.ts'
import { CeaseSubcode } from './iana.ts'
import { forgetKept } from './keeping.ts'
import { moveLane } from './lanes.ts'
import type { Turn } from './lanes.ts'
import { familyBytes } from './multiprotocol.ts'
import { unicast } from './nlri.ts'
import { ceaseNotification, hardReset } from './notification.ts'
import type { Notification } from './notification.ts'
import { andThen } from './session.ts'
import type { Effect, Event, Lane, Session, Step, StopKind } from './session.ts'
import { isDamped } from './timing.ts'

/** The operator's start ends an idle hold; our own comes when it is over. */
export function started(session: Session, by: 'operator' | 'itself', turn: Turn): Step {
  const fresh = by === 'operator' ? { ...session, failures: 0 } : session
  return moveLane(fresh, fresh.lanes[0], startEvent(session.config, by), turn)
}

/** Events 1 and 3 to 7: who starts, whether we dial, whether oscillation is damped. */
function startEvent(config: SessionConfig, by: 'operator' | 'itself'): FsmEvent {
  if (by === 'operator') return { type: config.passive ? 'manual-start-passive' : 'manual-start' }
  if (!isDamped(config)) return { type: config.passive ? 'automatic-start-passive' : 'automatic-start' }
  return { type: config.passive ? 'automatic-start-damped-passive' : 'automatic-start-damped' }
}

const stopSubcodes: Record<Exclude<StopKind, 'restart'>, number> = {
  shutdown: CeaseSubcode.administrativeShutdown,
  reconfigured: CeaseSubcode.otherConfigurationChange,
  moved: CeaseSubcode.peerDeconfigured,
  deconfigured: CeaseSubcode.peerDeconfigured,
}

const stopReasons: Record<StopKind, string> = {
  shutdown: 'stopped by the operator',
  reconfigured: 'configuration changed',
  moved: 'the peer is now another one',
  deconfigured: 'no longer configured',
  restart: 'stopped for a restart; the peer is to keep our routes',
}

/** Every lane; afterwards the session is Idle until it is started. */
export function stopped(session: Session, how: StopKind, text: string | undefined, turn: Turn): Step {
  const reason = stopReason(how, text)
  const plain = how === 'restart' ? undefined : ceaseNotification(stopSubcodes[how], text)
  const ended = endAll(
    session,
    (lane) => ({ type: 'manual-stop', notification: lasting(lane, plain), reason }),
    turn,
  )
  return andThen({ ...ended, session: { ...ended.session, failures: 0 } }, forgetKept)
}

/** Where the peer has moved, the text says all: who it is now, and since when. */
function stopReason(how: StopKind, text: string | undefined): string {
  if (text === undefined) return stopReasons[how]
  return how === 'moved' ? text : `${stopReasons[how]}: ${text}`
}

/** RFC 8538 §3: between speakers that agreed on it, only a hard reset makes the peer drop our routes. */
function lasting({ agreement }: Lane, notification: Notification | undefined): Notification | undefined {
  const isKept = agreement?.gracefulRestart?.notification === true
  return notification !== undefined && isKept ? hardReset(notification) : notification
}

function endAll(session: Session, event: (lane: Lane) => FsmEvent, turn: Turn): Step {
  return session.lanes.reduce<Step>(
    (step, lane) => andThen(step, (next) => moveLane(next, lane, event(lane), turn)),
    { session, effects: [] },
  )
}

/** Ends the session by itself; it starts again after the idle hold. */
function endBy(session: Session, notification: Notification, reason: string, turn: Turn): Step {
  return endAll(
    session,
    (lane) => ({ type: 'automatic-stop', notification: lasting(lane, notification), reason }),
    turn,
  )
}

/** RFC 9384; RFC 5882 §4.2. */
export function bfdDown(session: Session, why: string, turn: Turn): Step {
  return endBy(session, ceaseNotification(CeaseSubcode.bfdDown), `BFD: ${why}`, turn)
}

/** RFC 4486 §4: the data is the family and the limit. */
export function overLimit(
  session: Session,
  { family, count, limit }: Extract<Event, { readonly type: 'prefix-limit' }>,
  turn: Turn,
): Step {
  const cease = ceaseNotification(CeaseSubcode.maximumPrefixes)
  const data = limitData(family, limit)
  return endBy(session, { ...cease, data }, `${count} ${family} prefixes, the limit is ${limit}`, turn)
}

function limitData(family: Family, limit: number): string {
  return formatHex(Uint8Array.of(...familyBytes(unicast[family]), ...uint32Bytes(limit)))
}

/** What the OPEN says of us: nothing of it changes under a running session. */
const identityFields = ['localAs', 'peerAs', 'identifier', 'families', 'role'] as const

/** What the next OPEN or the next connection takes up by itself. */
const laterFields = [
  'holdTimeS',
  'keepaliveS',
  'sendHoldMs',
  'passive',
  'delayOpenMs',
  'gracefulRestart',
  'hostname',
  'softwareVersion',
] as const

/** A changed wish; the session falls only for what a running one cannot take up. */
export function configured(session: Session, config: SessionConfig, turn: Turn): Step {
  const differs = (field: keyof SessionConfig) =>
    JSON.stringify(session.config[field]) !== JSON.stringify(config[field])
  const next: Session = { ...session, config }
  const isRunning = session.lanes.some(({ connection }) => connection !== undefined)
  if (!isRunning) return { session: next, effects: [] }
  const identity = identityFields.filter(differs)
  if (identity.length > 0) {
    const cease = ceaseNotification(CeaseSubcode.otherConfigurationChange)
    const reason = `configuration changed: ${identity.join(', ')}`
    const ended = endAll(
      next,
      (lane) => ({ type: 'manual-stop', notification: lasting(lane, cease), reason }),
      turn,
    )
    return andThen(ended, (idle) => started(idle, 'operator', turn))
  }
  const later = laterFields.filter(differs)
  const text = `configuration changed, from the next OPEN on: ${later.join(', ')}`
  return { session: next, effects: later.length === 0 ? [] : [{ type: 'note', text } satisfies Effect] }
}
