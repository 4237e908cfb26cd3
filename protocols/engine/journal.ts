// Every event and effect of the layer 2 session as lines of a trace (test/traces): a user's journal is a test,
// and hack/replay.ts steps through it. Off unless a file is named.
import type { Link } from '../l2/link.ts'
import type { Effect, Event } from '../l2/session.ts'
import { formatEffect, formatEvent, formatMillis } from '../l2/trace.ts'
import { JournalFile } from './journal-file.ts'

export type JournalEntry = {
  readonly event: Event
  readonly effects: readonly Effect[]
  readonly now: number
  readonly links: ReadonlyMap<number, Link> // for their names
}

export class Journal {
  private readonly file: JournalFile

  constructor(file: string, maxBytes: number) {
    this.file = new JournalFile(file, maxBytes)
  }

  /** The last config and the last interfaces stand at the head of every file. */
  write({ event, effects, now, links }: JournalEntry): void {
    const nameOf = (index: number) => links.get(index)?.name ?? String(index)
    const line = `@${formatMillis(now)} ${formatEvent(event, nameOf)}`
    const isStanding = event.type === 'configured' || event.type === 'interfaces'
    const lines = [line, ...effects.map((effect) => `  ${formatEffect(effect, nameOf)}`)]
    this.file.write(lines, isStanding ? { kind: event.type } : {})
  }

  close(): void {
    this.file.close()
  }
}
