// When one looks for BFD packets that are dropped for their TTL: some seconds after sessions are down, and again and again
// while they are. One packet a look, so that a flood of them costs nothing.
import type { FarPacket, FarPeer, WatchFar } from './bfd-distance.ts'
import type { Clock } from './clock.ts'

export type DistanceWatchOptions = {
  readonly clock: Clock
  readonly watchFar: WatchFar
  readonly onSeen: (packet: FarPacket) => void
}

/** A session comes up within three exchanges of a packet a second, or something is wrong. */
const firstLookMs = 5_000
const nextLookMs = 10_000

export class DistanceWatch {
  private readonly options: DistanceWatchOptions
  private waiting: readonly FarPeer[] = []
  private known = '[]'
  private watch: { close(): void } | undefined
  private cancelLook: (() => void) | undefined

  constructor(options: DistanceWatchOptions) {
    this.options = options
  }

  /** Those that are not up. */
  follow(waiting: readonly FarPeer[]): void {
    const now = JSON.stringify(waiting)
    if (now === this.known) return
    this.known = now
    this.waiting = waiting
    this.watch?.close()
    this.watch = undefined
    if (waiting.length === 0) this.rest()
    else if (this.cancelLook === undefined) this.lookIn(firstLookMs) // else one that comes and goes would put off all looks
  }

  close(): void {
    this.follow([])
  }

  private rest(): void {
    this.cancelLook?.()
    this.cancelLook = undefined
  }

  private lookIn(ms: number): void {
    this.rest()
    this.cancelLook = this.options.clock.after(ms, () => this.look())
  }

  /** Where a packet socket cannot be had there is nothing to see, and later perhaps. */
  private look(): void {
    this.cancelLook = undefined
    try {
      this.watch = this.options.watchFar(this.waiting, (packet) => {
        this.watch = undefined
        this.lookIn(nextLookMs)
        this.options.onSeen(packet)
      })
    } catch {
      this.lookIn(nextLookMs)
    }
  }
}
