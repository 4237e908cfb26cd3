// The file of a journal: lines gathered and appended, bounded by rotation.
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

/** Written when so many characters have gathered, or after a while. */
const gatherLength = 64 * 1024
const gatherMs = 200

export class JournalFile {
  private readonly file: string
  private readonly maxBytes: number
  private fd: number
  private size: number
  private gathered = ''
  private timer: NodeJS.Timeout | undefined
  private readonly standing = new Map<string, string>()

  /** Of at most twice `maxBytes`: the file, and the one before it as `file.1`. */
  constructor(file: string, maxBytes: number) {
    this.file = file
    this.maxBytes = maxBytes
    this.fd = openSync(file, 'a')
    this.size = fstatSync(this.fd).size
  }

  /** The last first line of each `kind` stands at the head of every file: without it the rest cannot be replayed. */
  write(lines: readonly string[], kind?: string): void {
    const [first = ''] = lines
    if (kind !== undefined) this.standing.set(kind, `${first}\n`)
    this.gathered += `${lines.join('\n')}\n`
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
