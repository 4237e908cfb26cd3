// Durations as Go writes them: 500ms, 4s, 1m30s, 1h. Without a unit it is refused, as in Go.

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** Whole milliseconds, or undefined when it is no duration. */
export function parseDurationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined
  let total = 0
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    if (unit === 'ms' || unit === 's' || unit === 'm' || unit === 'h') total += Number(number) * unitMs[unit]
  }
  return Math.round(total)
}
