// Runs a layer 2 trace, or a journal, through the machine again: what it does now, beside what it did then.
import { newSession } from '../../protocols/l2/session.ts'
import { step } from '../../protocols/l2/step.ts'
import { formatEffect, parseEvent } from '../../protocols/l2/trace.ts'
import type { TraceEntry } from './trace-file.ts'

export type Replayed = TraceEntry & { readonly now: readonly string[] } // effects of the machine as it is

/** Throws with the line of an event that it cannot read. */
export function* replayL2(entries: readonly TraceEntry[]): Generator<Replayed> {
  const indexes = new Map<string, number>()
  const indexOf = (name: string) => indexes.get(name) ?? (/^\d+$/.test(name) ? Number(name) : undefined)
  const nameOf = (index: number) => [...indexes].find(([, value]) => value === index)?.[0] ?? String(index)
  let session = newSession()
  for (const entry of entries) {
    const event = parseEvent(entry.event, indexOf)
    if (event === undefined) throw new Error(`line ${entry.line} is no event of layer 2: ${entry.event}`)
    if (event.type === 'interfaces') {
      indexes.clear()
      for (const { name, index } of event.links) indexes.set(name, index)
    }
    const next = step(session, event, entry.at)
    session = next.session
    yield { ...entry, now: next.effects.map((effect) => formatEffect(effect, nameOf)) }
  }
}
