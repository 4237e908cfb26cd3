// Attempts side by side: one that has no answer may be slow, or its connection may be dead, and only another one tells.
// The slow one is not given up; half of the time that is left later another one follows it, over a connection of its own.
import { sleep } from './clock.ts'
import type { Clock } from './clock.ts'

export type InsistOptions = {
  readonly attempt: (signal: AbortSignal) => Promise<boolean> // false: failed
  readonly leftMs: () => number // until success is of no more use
  readonly shortestMs: number // less is no time to wait for
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** True as soon as one of them succeeds; the others are called off then. False when all have failed. */
export async function insist(options: InsistOptions): Promise<boolean> {
  const over = new AbortController()
  const signal = AbortSignal.any([options.signal, over.signal])
  try {
    return await attempts({ ...options, signal })
  } finally {
    over.abort()
  }
}

/** Another one for as long as one is under way, however quickly others failed. */
async function attempts(options: InsistOptions, earlier?: Promise<boolean>): Promise<boolean> {
  const { attempt, leftMs, shortestMs, clock, signal } = options
  const patienceMs = leftMs() / 2
  const made = attempt(signal)
  const underWay = earlier === undefined ? made : firstTrue(earlier, made)
  if (patienceMs < shortestMs) return underWay
  const isOver = await Promise.race([
    underWay.then(() => true),
    sleep(clock, patienceMs, signal).then(() => false),
  ])
  return isOver || signal.aborted ? underWay : attempts(options, underWay)
}

function firstTrue(a: Promise<boolean>, b: Promise<boolean>): Promise<boolean> {
  const either = [a, b].map(async (one) => (await one) || Promise.reject(new Error('failed')))
  return Promise.any(either).catch(() => false)
}
