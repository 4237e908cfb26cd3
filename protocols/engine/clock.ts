// Time, as a driver asks for it: a number of ms that never goes back, and one call later.

export type Clock = {
  now(): number
  /** The returned function takes it back. */
  after(ms: number, run: () => void): () => void
}

export const monotonicClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.ceil(ms))
    return () => clearTimeout(timer)
  },
}
