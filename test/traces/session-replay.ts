// Runs a journal of a BGP or BFD session through the machine again: what it does now, beside what it did then. Each has the
// session that its first line found at its head; a process that started anew wrote another one further down.
import { newBfdSession, stepBfd } from '../../protocols/bfd/session.ts'
import { formatBfdEffect, parseBfdEvent, parseBfdSession } from '../../protocols/bfd/trace.ts'
import { newSession } from '../../protocols/bgp/session.ts'
import { parseSession } from '../../protocols/bgp/session-text.ts'
import { step } from '../../protocols/bgp/step.ts'
import { formatEffect, parseEvent } from '../../protocols/bgp/trace.ts'
import type { Replayed } from './l2-replay.ts'
import { replayL2 } from './l2-replay.ts'
import type { TraceEntry } from './trace-file.ts'

/** Of layer 2, BGP or BFD: what stands first says which. Throws with the line of an event that cannot be read. */
export function replay(entries: readonly TraceEntry[]): Generator<Replayed> {
  const [first] = entries
  if (first?.event.startsWith('bgp-session ') === true) return replayThrough(entries, bgpMachine())
  if (first?.event.startsWith('bfd-session ') === true) return replayThrough(entries, bfdMachine())
  return replayL2(entries)
}

type Machine = {
  readonly head: string // the word before a whole session
  readonly stand: (text: string) => boolean // false: that is no session
  readonly take: (text: string, at: number) => readonly string[] | undefined // undefined: that is no event
}

function* replayThrough(entries: readonly TraceEntry[], machine: Machine): Generator<Replayed> {
  for (const entry of entries) {
    const { event, line, at } = entry
    if (event.startsWith(`${machine.head} `)) {
      if (!machine.stand(event.slice(machine.head.length + 1)))
        throw new Error(`line ${line} is no ${machine.head}`)
      continue
    }
    const now = machine.take(event, at)
    if (now === undefined) throw new Error(`line ${line} is no event of a ${machine.head}: ${event}`)
    yield { ...entry, now }
  }
}

function bgpMachine(): Machine {
  const nobody = { localAs: 0, peerAs: 0, identifier: '', families: ['IPv4'], holdTimeS: 0 } as const
  const idle = { ...nobody, passive: true, connectRetryMs: 0, delayOpenMs: 0 }
  let session = newSession(idle, { seed: 0, now: 0 })
  return {
    head: 'bgp-session',
    stand: (text) => {
      const found = parseSession(text)
      session = found ?? session
      return found !== undefined
    },
    take: (text, at) => {
      const event = parseEvent(text)
      if (event === undefined) return undefined
      const next = step(session, event, at)
      session = next.session
      return next.effects.map(formatEffect)
    },
  }
}

function bfdMachine(): Machine {
  const config = {
    desiredMinTxUs: 0,
    requiredMinRxUs: 0,
    detectMultiplier: 1,
    passive: true,
    multihop: false,
    minimumTtl: 255,
  }
  let session = newBfdSession(config, 1, 0)
  return {
    head: 'bfd-session',
    stand: (text) => {
      const found = parseBfdSession(text)
      session = found ?? session
      return found !== undefined
    },
    take: (text, at) => {
      const event = parseBfdEvent(text)
      if (event === undefined) return undefined
      const next = stepBfd(session, event, at)
      session = next.session
      return next.effects.map(formatBfdEffect)
    },
  }
}
