// Every event and effect of the layer 2 session as lines of a trace (test/traces): a user's journal is a test,
// and hack/replay.ts steps through it. Off unless a file is named; bounded by rotation.
import { closeSync, openSync, renameSync, writeSync, fstatSync } from 'node:fs'
import type { Link } from '../l2/link.ts'
import type { Effect, Event } from '../l2/session.ts'
import { formatEffect, formatEvent, formatMillis } from '../l2/trace.ts'

export type JournalEntry = {
  readonly event: Event
  readonly effects: readonly Effect[]
  readonly now: number
  readonly links: ReadonlyMap<number, Link> // for their names
}

/** Written when so many characters have gathered, or after a while. */
const gatherLength = 64 * 1024
const gatherMs = 200

export class Journal {
  private readonly file: string
  private readonly maxBytes: number
  private fd: number
  private size: number
  private gathered = ''
  private timer: NodeJS.Timeout | undefined
  private readonly standing = new Map<Event['type'], string>() // the last config and the last interfaces

  /** Of at most twice `maxBytes`: the file, and the one before it as `file.1`. */
  constructor(file: string, maxBytes: number) {
    this.file = file
    this.maxBytes = maxBytes
    this.fd = openSync(file, 'a')
    this.size = fstatSync(this.fd).size
  }

  write({ event, effects, now, links }: JournalEntry): void {
    const nameOf = (index: number) => links.get(index)?.name ?? String(index)
    const line = `@${formatMillis(now)} ${formatEvent(event, nameOf)}\n`
    if (event.type === 'configured' || event.type === 'interfaces') this.standing.set(event.type, line)
    this.gathered += line
    for (const effect of effects) this.gathered += `  ${formatEffect(effect, nameOf)}\n`
    if (this.gathered.length >= gatherLength) this.flush()
    else this.timer ??= setTimeout(() => this.flush(), gatherMs)
  }

  flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.size + this.gathered.length > this.maxBytes && this.size > 0) this.rotate()
    writeSync(this.fd, this.gathered)
    this.size += this.gathered.length
    this.gathered = ''
  }

  close(): void {
    this.flush()
    closeSync(this.fd)
  }

  private rotate(): void {
    closeSync(this.fd)
    renameSync(this.file, `${this.file}.1`)
    this.fd = openSync(this.file, 'w')
    const heading = ['# goes on from the file before\n', ...this.standing.values()].join('')
    this.size = writeSync(this.fd, heading)
  }
}
