// How late the timers of a thread come: the worst of the last slot and of the one that runs.

const slotMs = 10_000

export class LoopLag {
  private slotEndsAt = Number.NEGATIVE_INFINITY
  private worst = 0
  private worstBefore = 0

  /** A timer that was due at `dueAt` runs now. */
  note(dueAt: number, now: number): void {
    this.turn(now)
    this.worst = Math.max(this.worst, now - dueAt)
  }

  /** Worst delay within the last 10 to 20 s, ms. */
  value(now: number): number {
    this.turn(now)
    return Math.round(Math.max(this.worst, this.worstBefore) * 10) / 10
  }

  private turn(now: number): void {
    if (now < this.slotEndsAt) return
    this.worstBefore = now < this.slotEndsAt + slotMs ? this.worst : 0
    this.worst = 0
    this.slotEndsAt = now + slotMs
  }
}
