// A test's own hands and eyes on the wire of a host: sends any bytes, keeps every frame that comes in. It stands in the
// test's process; only its socket lives in the host's namespace.
import { whenReadable } from '../../protocols/engine/libc.ts'
import type { PollHandle } from '../../protocols/engine/libc.ts'
import { openCapture } from '../../protocols/engine/libpcap.ts'
import type { Capture } from '../../protocols/engine/libpcap.ts'
import { formatFrame, parseFrame } from '../../protocols/l2/frame-text.ts'
import { inNamespace } from '../support/namespace.ts'
import type { Host } from './lan.ts'

export type Seen = {
  readonly at: number // wall clock, µs, by the kernel
  readonly frame: Uint8Array
  readonly text: string // in the words of a trace
}

/** Neighbour discovery and ARP of others, whole frames. */
const everything = {
  snaplen: 2048,
  bufferBytes: 4 * 1024 * 1024,
  filter: 'arp or icmp6',
  allMulticast: true,
}

const framesPerTurn = 500

export class Wire {
  readonly seen: Seen[] = []
  private readonly capture: Capture
  private readonly poll: PollHandle
  private readonly waiters: (() => void)[] = []

  /** `filter`: all that is kept, by pcap-filter(7); amid a flood only what the kernel lets through is never lost. */
  constructor(host: Host, filter: string = everything.filter) {
    const options = { ...everything, filter }
    this.capture = inNamespace(host.namespace, () => openCapture(host.device, options))
    this.poll = whenReadable(
      this.capture.fd,
      () => this.drain(),
      () => this.close(), // its interface is gone
    )
  }

  /** In the words of a trace, or bytes. */
  send(frame: string | Uint8Array): void {
    const bytes = typeof frame === 'string' ? parseFrame(frame) : frame
    if (bytes === undefined) throw new Error(`no frame: ${String(frame)}`)
    if (!this.capture.inject(bytes)) throw new Error('the interface takes no more frames')
  }

  /** The first frame, of those since `from`, whose words match; waits for it. */
  async find(pattern: RegExp, { from = 0, timeoutMs = 60_000 } = {}): Promise<Seen> {
    const deadline = performance.now() + timeoutMs
    let place = from // each frame is looked at once: a flood brings 100,000 a second
    for (;;) {
      for (; place < this.seen.length; place++) {
        const seen = this.seen[place]
        if (seen !== undefined && pattern.test(seen.text)) return seen
      }
      const left = deadline - performance.now()
      if (left <= 0)
        throw new Error(
          `no frame ${pattern} within ${timeoutMs} ms, but:\n${this.texts(from).slice(-100).join('\n')}`,
        )
      await this.next(left)
    }
  }

  texts(from = 0): readonly string[] {
    return this.seen.slice(from).map(({ text }) => text)
  }

  close(): void {
    this.poll.close()
    this.capture.close()
  }

  private next(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.waiters.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Not all that is there: amid a flood there is always more, and nobody else in this process would have a turn. */
  private drain(): void {
    for (let count = 0; count < framesPerTurn; count++) {
      const frame = this.capture.read()
      if (frame === undefined) break
      const bytes = frame.frame.slice()
      this.seen.push({ at: frame.capturedAt, frame: bytes, text: formatFrame(bytes) })
    }
    for (const wake of this.waiters.splice(0)) wake()
  }
}
