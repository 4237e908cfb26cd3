// The machine of layer 2: what happens, and what is to be done about it. Pure: the clock and the wire are outside.
import { announceAnew, noteAnnounced, wake } from './announce.ts'
import { configure, connect } from './configure.ts'
import { beginYield } from './handover.ts'
import { receive } from './receive.ts'
import type { Event, Millis, Session, Step } from './session.ts'

export function step(session: Session, event: Event, now: Millis): Step {
  switch (event.type) {
    case 'configured':
      return configure(session, event.config, now)
    case 'interfaces':
      return connect(session, event.links, now)
    case 'frame':
      return receive(session, event, now)
    case 'announced':
      return noteAnnounced(session, { link: event.link, addresses: event.addresses, at: event.at, now })
    case 'announce-anew':
      return announceAnew(session, event.addresses, now)
    case 'wake':
      return wake(session, now)
    case 'yield':
      return beginYield(session, { addresses: event.addresses, deadline: event.deadline, now })
  }
}
