// How long a watch rests after a failure. The first time hardly at all: a failover may hang on it.
import { ApiError } from './api-error.ts'

const firstMs = 200
const secondMs = 800
const longestMs = 5_000 // an API server that is back must be heard soon: failover hangs on it

export type Failed = {
  readonly error: unknown
  readonly failures: number // one after the other, this one included
  readonly random: number // [0, 1)
}

/**
 * Full jitter: anything from nothing to the bound, so that many do not come back at once. A refusal is no other: an API
 * server that starts refuses everybody until it has read its roles, and new roles take a moment to be seen.
 */
export function restAfter({ error, failures, random }: Failed): number {
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
  const bound = failures <= 1 ? firstMs : Math.min(secondMs * 2 ** (failures - 2), longestMs)
  return asked + bound * random
}

/** A kind that is not there or not allowed: most often an administrator's to mend. */
export function isRefused(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403 || error.status === 404)
}
