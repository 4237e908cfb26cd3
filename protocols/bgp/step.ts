// step(session, event, now): what one event makes of a session with a peer, and what is to be done. RFC 4271 §8.
// Any event may come in any state; what has no meaning there changes nothing, or ends the connection as §8.2.2 says.
import { accepted, closed, connected, knocked, turnedAway } from './connections.ts'
import type { Turn } from './lanes.ts'
import { bfdDown, configured, overLimit, started, stopped } from './lifecycle.ts'
import { received, violate } from './receive.ts'
import { drained, flush, knowRoutes, setDraining, setNextHops, setRoutes } from './routes.ts'
import type { Event, Session, Step } from './session.ts'
import { withWake, woken } from './timers.ts'
import { draw } from './timing.ts'
import type { Millis } from './timing.ts'

export function step(session: Session, event: Event, now: Millis): Step {
  const { random, seed } = draw(session.seed)
  const handled = handle({ ...session, seed }, event, { now, random })
  return withWake(flush(handled, now), now)
}

function handle(session: Session, event: Event, turn: Turn): Step {
  switch (event.type) {
    case 'start':
      return started(session, event.by, turn)
    case 'stop':
      return stopped(session, event.how, event.text, turn)
    case 'configured':
      return configured(session, event.config, turn)
    case 'routes':
      return setRoutes(session, event)
    case 'routes-known':
      return knowRoutes(session)
    case 'drain':
      return setDraining(session, event.on)
    case 'next-hops':
      return setNextHops(session, event)
    case 'bfd-down':
      return bfdDown(session, event.why, turn)
    case 'prefix-limit':
      return overLimit(session, event, turn)
    case 'connected':
      return connected(session, event, turn)
    case 'accepted':
      return accepted(session, event, turn)
    case 'knocked':
      return knocked(session, turn)
    case 'turned-away':
      return turnedAway(session, event, turn)
    case 'closed':
      return closed(session, event, turn)
    case 'received':
      return received(session, event.connection, event.message, turn)
    case 'violation':
      return violate(session, event.connection, event.violation, turn)
    case 'drained':
      return drained(session, event.connection, turn.now)
    case 'wake':
      return woken(session, turn)
  }
}
