// So many at once, then so many a second.
import type { Clock } from './clock.ts'

export type TokenBucket = { readonly take: () => number } // how long to rest for the token that was taken, ms

export type BucketOptions = {
  readonly perSecond: number
  readonly burst: number
  readonly clock: Clock
}

export function createTokenBucket({ perSecond, burst, clock }: BucketOptions): TokenBucket {
  let tokens = burst
  let countedAt = clock.now()

  function take(): number {
    const now = clock.now()
    tokens = Math.min(burst, tokens + ((now - countedAt) * perSecond) / 1_000) - 1
    countedAt = now
    return tokens >= 0 ? 0 : (-tokens * 1_000) / perSecond
  }

  return { take }
}
