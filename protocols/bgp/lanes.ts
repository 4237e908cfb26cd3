// The lanes of a session: one event on one of them, and what it means for the whole (RFC 4271 §6.8 and §8.2.1).
import type { FsmEvent } from './fsm-event.ts'
import { keepRoutes, welcomeBack } from './keeping.ts'
import type { Move, Surroundings } from './lane.ts'
import { ordered } from './lane-list.ts'
import { andThen } from './session.ts'
import type { Effect, Lane, Session, Step } from './session.ts'
import { forgetTold } from './rib-out.ts'
import { beginRoutes } from './routes.ts'
import { idleHoldMs, stableMs } from './timing.ts'
import type { Millis } from './timing.ts'
import { stepLane } from './transitions.ts'

/** One call of step: when, and the number it may draw on. */
export type Turn = { readonly now: Millis; readonly random: number }

/** `lane` is one of the session, or a new one. */
export function moveLane(session: Session, lane: Lane, event: FsmEvent, turn: Turn): Step {
  const around = surroundings(session, turn)
  return settle(session, lane, stepLane(lane, event, around), around)
}

function surroundings(session: Session, { now, random }: Turn): Surroundings {
  const { config, restarting, dials } = session
  const pause = idleHoldMs(config, failuresIfFailed(session, now), random)
  return { config, now, random, restarting, idleHoldMs: pause, dial: `dial-${dials + 1}` }
}

function failuresIfFailed({ failures, establishedAt }: Session, now: Millis): number {
  const wasStable = establishedAt !== undefined && now - establishedAt >= stableMs
  return wasStable ? 1 : failures + 1
}

function settle(session: Session, lane: Lane, move: Move, around: Surroundings): Step {
  const lanes = ordered(session.lanes, lane, move.lane)
  const isLost = move.ending?.failed === true && lanes.includes(move.lane) // no other lane stands in
  const dialled = move.lane.connection?.id === around.dial
  const next: Session = {
    ...session,
    lanes,
    failures: isLost ? failuresIfFailed(session, around.now) : session.failures,
    dials: session.dials + (dialled ? 1 : 0),
    ...(isLost ? { lastFailure: { reason: move.reason ?? '', at: around.now } } : {}),
  }
  const told = tellState(session, { session: next, effects: move.effects }, move.reason, around.now)
  if (lane.state === 'Established' && move.lane.state !== 'Established')
    return endEstablished(told, lane, move, around.now)
  if (lane.state !== 'Established' && move.lane.state === 'Established')
    return beginEstablished(told, move.lane, around)
  return told
}

function tellState(before: Session, step: Step, reason: string | undefined, now: Millis): Step {
  const { state } = step.session.lanes[0]
  if (reason === undefined || state === before.lanes[0].state) return step
  const effect: Effect = { type: 'state', state, reason }
  return { session: { ...step.session, reason, since: now }, effects: [...step.effects, effect] }
}

function endEstablished(step: Step, lane: Lane, { ending }: Move, now: Millis): Step {
  const { establishedAt: _, ...rest } = step.session
  const session: Session = { ...rest, ribOut: forgetTold(rest.ribOut), withheld: [] }
  const loss = { keepsRoutes: ending?.keepsRoutes === true, now }
  return andThen({ session, effects: step.effects }, (next) => keepRoutes(next, lane, loss))
}

function beginEstablished(step: Step, lane: Lane, around: Surroundings): Step {
  const { now } = around
  const begun = andThen(step, (session) =>
    welcomeBack({ ...session, establishedAt: now, restarting: false }, lane, now),
  )
  return dumpOthers(andThen(begun, beginRoutes), lane, around)
}

/** RFC 4271 §6.8: next to an established connection no other one stands. */
function dumpOthers(step: Step, lane: Lane, turn: Turn): Step {
  const others = step.session.lanes.filter((each) => each !== lane)
  return others.reduce(
    (before, other) =>
      andThen(before, (session) => moveLane(session, other, { type: 'collision-dump' }, turn)),
    step,
  )
}
