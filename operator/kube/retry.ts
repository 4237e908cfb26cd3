// When a failed call is made again. Reads: after anything that may pass. Writes: only what surely was not carried out.
import type { ApiError } from './api-error.ts'
import type { Method } from './transport.ts'

export type Attempt = {
  readonly method: Method
  readonly error: ApiError
  readonly made: number // attempts so far
  readonly random: number // [0, 1)
}

const mostAttempts = 5
const firstRestMs = 100
const longestRestMs = 2_000

/** Milliseconds to rest before the next attempt; undefined = this error is the answer. */
export function restBefore({ method, error, made, random }: Attempt): number | undefined {
  if (made >= mostAttempts || !mayPass(method, error)) return undefined
  const rest = Math.min(firstRestMs * 2 ** (made - 1), longestRestMs) * random
  return error.retryAfterMs === undefined ? rest : error.retryAfterMs + rest // spread, or all come back at once
}

function mayPass(method: Method, error: ApiError): boolean {
  if (error.status === 429) return true // refused at the door, whatever it was
  const unanswered = error.status === 0 && error.reason === 'Unreachable'
  if (method !== 'GET') return unanswered && error.executed === 'no'
  return unanswered || error.status >= 500
}
