// Timers of a session, RFC 4271 §8.1.3 and §10: which are due, and when the next one is.
import type { FsmEvent } from './fsm-event.ts'
import { expireKept } from './keeping.ts'
import { moveLane } from './lanes.ts'
import type { Turn } from './lanes.ts'
import { started } from './lifecycle.ts'
import { hasLeft } from './routes.ts'
import { andThen } from './session.ts'
import type { Lane, Session, Step, TimerName } from './session.ts'
import type { Millis } from './timing.ts'

/** In this order when several are due: what ends a connection before what keeps it. */
const timerEvents: readonly (readonly [TimerName, FsmEvent])[] = [
  ['hold', { type: 'hold-expires' }],
  ['sendHold', { type: 'send-hold-expires' }],
  ['connectRetry', { type: 'connect-retry-expires' }],
  ['delayOpen', { type: 'delay-open-expires' }],
  ['idleHold', { type: 'idle-hold-expires' }],
  ['keepalive', { type: 'keepalive-expires' }],
]

/** All that is due now, each timer at most once. */
export function woken(session: Session, turn: Turn): Step {
  const { wakeAt: _, ...rest } = session
  const kept = expireKept(rest, turn.now)
  return timerEvents.reduce(
    (step, [name, event]) => andThen(step, (next) => expire(next, { name, event }, turn)),
    kept,
  )
}

type Timer = { readonly name: TimerName; readonly event: FsmEvent }

function expire(session: Session, timer: Timer, turn: Turn): Step {
  return session.lanes
    .filter((lane) => (lane.timers[timer.name] ?? Infinity) <= turn.now)
    .reduce<Step>((step, lane) => andThen(step, (next) => expireOn(next, lane, timer, turn)), {
      session,
      effects: [],
    })
}

function expireOn(session: Session, lane: Lane, { name, event }: Timer, turn: Turn): Step {
  if (!session.lanes.includes(lane)) return { session, effects: [] } // gone with the other lane
  const moved = moveLane(session, lane, event, turn)
  // RFC 4271 §8.1.3, event 13: the peer may be "restarted" now.
  return name === 'idleHold' ? andThen(moved, (next) => started(next, 'itself', turn)) : moved
}

/** The next moment at which something is due. */
function nextDeadline(session: Session, now: Millis): Millis | undefined {
  if (hasLeft(session)) return now
  const { lanes, keeping } = session
  const times = [
    ...lanes.flatMap(({ timers }) => timerEvents.map(([name]) => timers[name])),
    ...Object.values(keeping).map(({ until }) => until),
  ].filter((at) => at !== undefined)
  return times.length === 0 ? undefined : Math.min(...times)
}

/** Asks for a wake-up, unless an earlier one is due anyhow: it will ask again. */
export function withWake(step: Step, now: Millis): Step {
  const at = nextDeadline(step.session, now)
  const { wakeAt } = step.session
  if (at === undefined || (wakeAt !== undefined && wakeAt <= at)) return step
  return { session: { ...step.session, wakeAt: at }, effects: [...step.effects, { type: 'wake-at', at }] }
}
