// When the next report of the layer 2 worker is due: urgent news at once, counters together with what comes after them.
import { monotonicClock } from './clock.ts'
import type { Clock } from './clock.ts'

/** Counters and other news that can wait are told this often. */
const reportMs = 100
/**
 * What must not wait is told at once, but a flood of it no more often than this, or than this for each claim: the main
 * thread makes its view of all claims anew each time, 2 ms for 10,000.
 */
const urgentMs = 10
const urgentMsPerClaim = 0.01

export class ReportTimer {
  private readonly report: () => void
  private readonly clock: Clock
  private cancel: (() => void) | undefined
  private dueAt = 0
  private reportedAt = 0

  constructor(report: () => void, clock: Clock = monotonicClock) {
    this.report = report
    this.clock = clock
  }

  /** For what can wait. */
  ask(): void {
    if (this.cancel === undefined) this.dueBy(this.reportedAt + reportMs)
  }

  askUrgently(claims: number): void {
    const gapMs = Math.max(urgentMs, urgentMsPerClaim * claims)
    this.dueBy(Math.max(this.clock.now(), this.reportedAt + gapMs))
  }

  /** A report is made now, whoever asked for it. */
  reported(): void {
    this.close()
    this.reportedAt = this.clock.now()
  }

  close(): void {
    this.cancel?.()
    this.cancel = undefined
  }

  private dueBy(dueAt: number): void {
    if (this.cancel !== undefined && this.dueAt <= dueAt) return
    this.cancel?.()
    this.dueAt = dueAt
    this.cancel = this.clock.after(Math.max(0, dueAt - this.clock.now()), () => this.report())
  }
}
