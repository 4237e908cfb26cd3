// Time and chance as this folder sees them: passed in, so that a test is its own clock.

export type Clock = {
  readonly now: () => number // monotonic ms
  readonly wall: () => number // ms since the epoch
  readonly random: () => number // [0, 1)
  readonly after: (ms: number, run: () => void) => () => void // returns what cancels it
}

/** Node takes a longer timer for one of 1 ms. */
const longestTimerMs = 2 ** 31 - 1

/** The clock of the process. */
export const processClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  random: () => Math.random(),
  after: (ms, run) => {
    if (ms > 0) {
      const timer = setTimeout(run, Math.min(ms, longestTimerMs))
      return () => clearTimeout(timer)
    }
    const immediate = setImmediate(run) // a timer of 0 would take a millisecond
    return () => clearImmediate(immediate)
  },
}

/** Resolves after `ms`, or at once when `signal` is aborted: the caller looks at the signal anyway. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal.addEventListener('abort', done)
  })
}
