// Durations as Go reads them (time.ParseDuration), the form of metav1.Duration: 90s, 1m30s, 1.5h, 500ms, 0.

const unitMs: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3], // U+00B5
  ['μs', 1e-3], // U+03BC
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

const longestMs = 2 ** 63 / 1e6 // Go counts nanoseconds in 64 bits

/** Milliseconds, with a fraction where written so, or undefined for what Go refuses. */
export function parseDuration(text: string): number | undefined {
  const match = /^([-+]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|\u03bcs|ms|s|m|h))+)$/.exec(text)
  const [, sign = '', rest = ''] = match ?? []
  if (match === null || text.length > 100) return undefined
  let total = 0
  for (const [, number = '', unit = ''] of rest.matchAll(/(\d+\.?\d*|\.\d+)([^\d.]+)/g))
    total += Number(number) * (unitMs.get(unit) ?? 0)
  if (total > longestMs) return undefined
  return sign === '-' ? -total : total
}
