// The file of a journal: lines gathered and appended, bounded by rotation.
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

/** Written when so many characters have gathered, or after a while. */
const gatherLength = 64 * 1024
const gatherMs = 200

export class JournalFile {
  private readonly file: string
  private readonly maxBytes: number
  private fd = -1
  private size = 0
  private gathered = ''
  private timer: NodeJS.Timeout | undefined
  private readonly standing = new Map<string, string>()
  private before: (() => string) | undefined // what stood before the first line that is gathered
  private isBroken = false

  /**
   * Of at most twice `maxBytes`: the file, and the one before it as `file.1`. One that cannot be written, or not any more,
   * is no reason to end what is being written about: it is given up.
   */
  constructor(file: string, maxBytes: number) {
    this.file = file
    this.maxBytes = maxBytes
    try {
      this.fd = openSync(file, 'a')
      this.size = fstatSync(this.fd).size
    } catch {
      this.isBroken = true
    }
  }

  /**
   * At the head of every file stands what the rest cannot be replayed without: the last first line of each `kind`, and the
   * line that `before` makes of the state in which these lines found the machine.
   */
  write(
    lines: readonly string[],
    how: { readonly kind?: string; readonly before?: () => string } = {},
  ): void {
    if (this.isBroken) return
    const [first = ''] = lines
    if (how.kind !== undefined) this.standing.set(how.kind, `${first}\n`)
    if (this.gathered === '') this.before = how.before
    this.gathered += `${lines.join('\n')}\n`
    if (this.gathered.length >= gatherLength) this.flush()
    else this.timer ??= setTimeout(() => this.flush(), gatherMs)
  }

  flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.isBroken || this.gathered === '') return
    try {
      if (this.size + this.gathered.length > this.maxBytes && this.size > 0) this.rotate()
      writeSync(this.fd, this.gathered)
    } catch {
      this.isBroken = true
    }
    this.size += this.gathered.length
    this.gathered = ''
  }

  close(): void {
    this.flush()
    this.closeFile()
  }

  private closeFile(): void {
    const { fd } = this
    this.fd = -1 // the kernel may give its number to somebody else
    if (fd >= 0) closeSync(fd)
  }

  private rotate(): void {
    this.closeFile()
    renameSync(this.file, `${this.file}.1`)
    this.fd = openSync(this.file, 'w')
    const before = this.before === undefined ? [] : [`${this.before()}\n`]
    const heading = ['# goes on from the file before\n', ...this.standing.values(), ...before].join('')
    this.size = writeSync(this.fd, heading)
  }
}
