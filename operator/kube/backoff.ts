// How long a watch rests after a failure. The first time hardly at all: a failover may hang on it.
import { ApiError } from './api-error.ts'

const firstMs = 200
const secondMs = 800
const longestMs = 30_000

/** A kind that is not there or not allowed comes about by an administrator's hand. */
const refusedMs = 30_000

export type Failed = {
  readonly error: unknown
  readonly failures: number // one after the other, this one included
  readonly random: number // [0, 1)
}

/** Full jitter: anything from nothing to the bound, so that many do not come back at once. */
export function restAfter({ error, failures, random }: Failed): number {
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
  if (isRefused(error)) return refusedMs * (0.5 + random / 2)
  const bound = failures <= 1 ? firstMs : Math.min(secondMs * 2 ** (failures - 2), longestMs)
  return asked + bound * random
}

export function isRefused(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403 || error.status === 404)
}
