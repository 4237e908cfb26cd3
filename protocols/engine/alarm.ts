// One timer for many deadlines.
import type { Clock } from './clock.ts'

export class Alarm {
  private readonly clock: Clock
  private readonly ring: (dueAt: number) => void
  private timer: { readonly at: number; readonly cancel: () => void } | undefined

  constructor(clock: Clock, ring: (dueAt: number) => void) {
    this.clock = clock
    this.ring = ring
  }

  /** It rings at `at`, or before when it was set so: a deadline that has moved back costs one ring in vain. */
  setBy(at: number): void {
    if (this.timer !== undefined && this.timer.at <= at) return
    this.timer?.cancel()
    const wait = Math.max(0, at - this.clock.now())
    this.timer = { at, cancel: this.clock.after(wait, () => this.due(at)) }
  }

  cancel(): void {
    this.timer?.cancel()
    this.timer = undefined
  }

  private due(at: number): void {
    this.timer = undefined
    this.ring(at)
  }
}
