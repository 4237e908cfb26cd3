// One open capture for each interface that may carry claims: opened when it comes, closed when it goes or fails.
import { objectionToOpening } from '../l2/link.ts'
import type { Exclusion, Link } from '../l2/link.ts'
import { whenReadable } from './libc.ts'
import type { PollHandle } from './libc.ts'
import { neighbourCapture, openCapture } from './libpcap.ts'
import type { Capture, CapturedFrame } from './libpcap.ts'

export type CaptureEvents = {
  readonly onFrame: (link: number, captured: CapturedFrame) => void
  readonly onFailed: (link: number, error: string) => void // it is closed already
}

/**
 * So many frames are read before timers, messages and the other interfaces get their turn: a flood fills its own
 * ring, and nothing else waits for more than the millisecond that this takes.
 */
const framesPerTurn = 128

type Open = { readonly capture: Capture; readonly poll: PollHandle }

export class Captures {
  private readonly open = new Map<number, Open>()
  private readonly failures = new Map<number, string>()
  private readonly events: CaptureEvents

  constructor(events: CaptureEvents) {
    this.events = events
  }

  /** Opens and closes until it fits; what could not be opened says why. */
  follow(links: readonly Link[], exclusion: Exclusion): readonly Link[] {
    const wanted = new Set<number>()
    for (const link of links) {
      if (objectionToOpening(link, exclusion) !== undefined) continue
      wanted.add(link.index)
      if (!this.open.has(link.index)) this.tryOpen(link)
    }
    for (const index of this.open.keys()) if (!wanted.has(index)) this.close(index)
    for (const index of this.failures.keys()) if (!wanted.has(index)) this.failures.delete(index)
    return this.described(links)
  }

  /** The links with the state of their captures. */
  described(links: readonly Link[]): readonly Link[] {
    return links.map((link) => this.withState(link))
  }

  /** Links that ought to be open and are not. */
  get failed(): number {
    return this.failures.size
  }

  /** False when it could not be sent. */
  inject(link: number, frame: Uint8Array): boolean {
    return this.send(link, (capture) => capture.inject(frame))
  }

  /** When it went out, wall clock, µs. */
  injectAt(link: number, frame: Uint8Array): number | false {
    return this.send(link, (capture) => capture.injectAt(frame))
  }

  private send<T>(link: number, how: (capture: Capture) => T): T | false {
    const open = this.open.get(link)
    if (open === undefined) return false
    try {
      return how(open.capture)
    } catch (error) {
      this.fail(link, error)
      return false
    }
  }

  closeAll(): void {
    for (const index of this.open.keys()) this.close(index)
  }

  private withState(link: Link): Link {
    if (this.open.has(link.index)) return { ...link, capture: 'open' }
    const captureError = this.failures.get(link.index)
    return captureError === undefined ? link : { ...link, capture: 'failed', captureError }
  }

  private tryOpen({ index, name }: Link): void {
    try {
      const capture = openCapture(name, neighbourCapture)
      this.open.set(index, { capture, poll: this.watch(index, capture) })
      this.failures.delete(index)
    } catch (error) {
      this.failures.set(index, messageOf(error))
    }
  }

  private watch(index: number, capture: Capture): PollHandle {
    return whenReadable(
      capture.fd,
      () => this.drain(index),
      (error) => {
        if (capture.tookLateStamps()) this.watchAnew(index)
        else this.fail(index, error)
      },
    )
  }

  private watchAnew(index: number): void {
    const open = this.open.get(index)
    if (open === undefined) return
    open.poll.close()
    this.open.set(index, { capture: open.capture, poll: this.watch(index, open.capture) })
  }

  private drain(index: number): void {
    for (let count = 0; count < framesPerTurn; count++) {
      const captured = this.open.get(index)?.capture.read()
      if (captured === undefined) return
      this.events.onFrame(index, captured)
    }
  }

  private close(index: number): void {
    const open = this.open.get(index)
    this.open.delete(index)
    open?.poll.close() // before the descriptor, which the kernel may give to somebody else
    open?.capture.close()
  }

  private fail(index: number, error: unknown): void {
    if (!this.open.has(index)) return
    this.close(index)
    this.failures.set(index, messageOf(error))
    this.events.onFailed(index, messageOf(error))
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
