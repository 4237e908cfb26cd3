// One journal for each of several machines, by name. The state that the first line found stands at the head of each file,
// so that `node hack/replay.ts FILE` can go through the rest again.
import { JournalFile } from './journal-file.ts'

export type JournalStep = {
  readonly at: string // the moment, as it stands in the file
  readonly before: () => string // the state of the machine, as one line
  readonly event: string
  readonly effects: readonly string[]
}

export class NamedJournals {
  private readonly file: string
  private readonly maxBytes: number
  private readonly files = new Map<string, JournalFile>()

  /** Each is `file`, a full stop and its name. */
  constructor(file: string, maxBytes: number) {
    this.file = file
    this.maxBytes = maxBytes
  }

  write(name: string, { at, before, event, effects }: JournalStep): void {
    const known = this.files.get(name)
    const file = known ?? new JournalFile(`${this.file}.${name}`, this.maxBytes)
    this.files.set(name, file)
    const head = () => `@${at} ${before()}`
    const lines = [`@${at} ${event}`, ...effects.map((effect) => `  ${effect}`)]
    file.write(known === undefined ? [head(), ...lines] : lines, { before: head })
  }

  forget(name: string): void {
    this.files.get(name)?.close()
    this.files.delete(name)
  }

  close(): void {
    for (const name of this.files.keys()) this.forget(name)
  }
}
