// How often n speakers renew their Leases, and what that costs the API server.
// Every renewal is one write and one watch event to each speaker, so events grow with n²; they stay under 10,000/s.

const eventsPerSecond = 10_000
const shortestMs = 1_000

/** max(1 s, n²/10,000 s). */
export function renewIntervalMs(speakers: number): number {
  return Math.max(shortestMs, Math.ceil((speakers * speakers * 1_000) / eventsPerSecond))
}

export type LeaseFigures = {
  readonly speakers: number
  readonly intervalMs: number
  readonly deadAfterMs: number
  readonly writesPerSecond: number
  readonly watchEventsPerSecond: number
}

/** What `speakers` Leases cost; `missed` as in the settings. */
export function leaseFigures(speakers: number, missed: number): LeaseFigures {
  const intervalMs = renewIntervalMs(speakers)
  const writesPerSecond = (speakers * 1_000) / intervalMs
  return {
    speakers,
    intervalMs,
    deadAfterMs: missed * intervalMs,
    writesPerSecond,
    watchEventsPerSecond: (speakers * speakers * 1_000) / intervalMs,
  }
}
