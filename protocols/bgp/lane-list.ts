// The lanes of a session as a list: which one is shown, which one goes.
import { states } from './session.ts'
import type { ConnectionId, Lane, Session } from './session.ts'

export function laneOf(session: Session, connection: ConnectionId): Lane | undefined {
  return session.lanes.find((lane) => lane.connection?.id === connection)
}

/** The more advanced one first; one that has no connection goes while another has one. */
export function ordered(lanes: readonly Lane[], before: Lane, after: Lane): readonly [Lane, ...Lane[]] {
  const others = lanes.filter((lane) => lane !== before)
  const stands = others.some((lane) => lane.connection !== undefined)
  const kept = after.connection === undefined && stands ? others : [...others, after]
  const [first = after, ...rest] = kept.toSorted((a, b) => rank(b) - rank(a))
  return [first, ...rest]
}

function rank({ state }: Lane): number {
  return states.indexOf(state)
}

/** Replaces a lane by what only its owner changed: no transition. */
export function replaceLane(session: Session, before: Lane, after: Lane): Session {
  return { ...session, lanes: ordered(session.lanes, before, after) }
}
