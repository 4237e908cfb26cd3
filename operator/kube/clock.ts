// Time and chance as this folder sees them: passed in, so that a test is its own clock.

export type Clock = {
  readonly now: () => number // monotonic ms
  readonly wall: () => number // ms since the epoch
  readonly random: () => number // [0, 1)
  readonly after: (ms: number, run: () => void) => () => void // returns what cancels it
}

/** The clock of the process. */
export const processClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  random: () => Math.random(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
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
