// Every event and effect of a BGP session as lines of a trace (test/traces/bgp): one file for each peer, off unless a file is
// named. A password stands in no event.
import type { Effect, Event } from '../bgp/session.ts'
import { formatEffect, formatEvent } from '../bgp/trace.ts'
import { JournalFile } from './journal-file.ts'

export class BgpJournal {
  private readonly file: string
  private readonly maxBytes: number
  private readonly files = new Map<string, JournalFile>()

  constructor(file: string, maxBytes: number) {
    this.file = file
    this.maxBytes = maxBytes
  }

  write(
    peer: string,
    event: Event,
    { effects, now }: { readonly effects: readonly Effect[]; readonly now: number },
  ): void {
    const file = this.files.get(peer) ?? new JournalFile(`${this.file}.${peer}`, this.maxBytes)
    this.files.set(peer, file)
    const lines = [
      `@${Math.round(now)} ${formatEvent(event)}`,
      ...effects.map((effect) => `  ${formatEffect(effect)}`),
    ]
    file.write(lines, event.type === 'configured' ? event.type : undefined)
  }

  forget(peer: string): void {
    this.files.get(peer)?.close()
    this.files.delete(peer)
  }

  close(): void {
    for (const peer of this.files.keys()) this.forget(peer)
  }
}
