// Work in slices: no turn of the loop takes much longer than a few milliseconds, whatever there is to do, so that BFD and
// all other sessions have their turn in between.

import { LoopLag } from './loop-lag.ts'

/** The rest of the work, when there is more. */
export type Task = () => Task | undefined

export type Turns = {
  readonly now: () => number // ms
  readonly nextTurn: (run: () => void) => void // after timers and sockets have been served
}

/** With one task of up to 1 ms more, and the loop's own, below 5 ms. */
const turnMs = 3

export const realTurns: Turns = { now: () => performance.now(), nextTurn: (run) => void setImmediate(run) }

/** Does at once what the turn has time for, the rest in turns of its own, one task after the other in a circle. */
export class Slicer {
  readonly lag: LoopLag = new LoopLag() // how long turns took: so much later than due did everything else come
  private readonly turns: Turns
  private readonly queue: Task[] = []
  private startedAt: number | undefined // of this turn
  private isRunning = false

  constructor(turns: Turns = realTurns) {
    this.turns = turns
  }

  add(task: Task): void {
    this.queue.push(task)
    if (!this.isRunning) this.run()
  }

  private run(): void {
    if (this.startedAt === undefined) {
      this.startedAt = this.turns.now()
      this.turns.nextTurn(() => this.turn())
    }
    this.isRunning = true
    try {
      while (this.queue.length > 0 && this.turns.now() - this.startedAt < turnMs) {
        const rest = this.queue.shift()?.()
        if (rest !== undefined) this.queue.push(rest)
      }
    } finally {
      this.isRunning = false
      this.lag.note(this.startedAt, this.turns.now())
    }
  }

  private turn(): void {
    this.startedAt = undefined
    if (this.queue.length > 0) this.run()
  }
}
