// Every event and effect of BGP and BFD sessions as lines of a trace (test/traces): one file for each peer, off unless a
// file is named. No password and no key stands in them.
import type { BfdEffect, BfdEvent } from '../bfd/session.ts'
import type { BfdSession } from '../bfd/state.ts'
import { formatBfdEffect, formatBfdEvent, formatBfdSession } from '../bfd/trace.ts'
import type { Effect, Event, Session } from '../bgp/session.ts'
import { formatSession } from '../bgp/session-text.ts'
import { formatEffect, formatEvent } from '../bgp/trace.ts'
import type { JournalStep } from './named-journals.ts'

export type BgpStepped = {
  readonly event: Event
  readonly effects: readonly Effect[]
  readonly now: number
  readonly before: Session
}

export function bgpLines({ event, effects, now, before }: BgpStepped): JournalStep {
  return {
    at: String(Math.round(now)),
    before: () => `bgp-session ${formatSession(before)}`,
    event: formatEvent(event),
    effects: effects.map(formatEffect),
  }
}

export type BfdStepped = {
  readonly event: BfdEvent
  readonly effects: readonly BfdEffect[]
  readonly now: number
  readonly before: BfdSession
}

export function bfdLines({ event, effects, now, before }: BfdStepped): JournalStep {
  return {
    at: String(Number(now.toFixed(3))),
    before: () => `bfd-session ${formatBfdSession(before)}`,
    event: formatBfdEvent(event),
    effects: effects.map(formatBfdEffect),
  }
}
