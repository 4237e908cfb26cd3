// The routes of the bgp bench by number, how they change one by one, and the clock that its processes share.

/** From 10.0.0.0/32 on. */
export function prefixAt(number: number): string {
  return `10.${number >>> 16}.${(number >>> 8) & 255}.${number & 255}/32`
}

/** All have it: one attribute set. */
export const sameCommunity = '65001:1'

export type Change = { readonly kind: 'announce' | 'withdraw'; readonly prefix: string }

/** Of a window of prefixes: a new one comes, then the oldest goes. No change is like another. */
export function changeAt(index: number, window: number): Change {
  const pair = index >>> 1
  return index % 2 === 0
    ? { kind: 'announce', prefix: prefixAt(window + pair) }
    : { kind: 'withdraw', prefix: prefixAt(pair) }
}

export type ChangePlan = { readonly count: number; readonly everyMs: number; readonly window: number }

/** Does them at their rate, catching up after a delay; gives when each was done. */
export async function inTime(
  { count, everyMs }: Pick<ChangePlan, 'count' | 'everyMs'>,
  change: (index: number) => void,
): Promise<readonly number[]> {
  const wall = wallClock()
  const at: number[] = []
  const startedAt = wall()
  while (at.length < count) {
    while (at.length < count && wall() >= startedAt + at.length * everyMs) {
      at.push(wall())
      change(at.length - 1)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return at
}

/** Wall clock in ms with fractions, as the time stamps of a capture: set by the tick of Date at each call. */
export function wallClock(): () => number {
  const before = Date.now()
  while (Date.now() === before);
  const offset = Date.now() - performance.now()
  return () => performance.now() + offset
}
