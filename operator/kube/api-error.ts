// What a failed call to the API server says: its Status object, or why no answer came.
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status
import { isObject } from '../../crds/read.ts'

export type Failure = {
  readonly status: number // 0 = no answer
  readonly reason: string // Status.reason, or 'Unreachable', 'Timeout', 'Malformed'
  readonly message: string
  readonly retryAfterMs?: number
  readonly executed?: 'no' | 'unknown' // of a request that was not answered; an answer says it by itself
  readonly cause?: unknown
}

export class ApiError extends Error {
  readonly status: number
  readonly reason: string
  readonly retryAfterMs: number | undefined
  /** Whether the API server may have done what it was asked for; matters for writes. */
  readonly executed: 'no' | 'unknown'

  constructor(failure: Failure) {
    super(failure.message, { cause: failure.cause })
    this.name = 'ApiError'
    this.status = failure.status
    this.reason = failure.reason
    this.retryAfterMs = failure.retryAfterMs
    this.executed = failure.executed ?? 'unknown'
  }
}

export const isNotFound = hasStatus(404)
export const isForbidden = hasStatus(403)

/** The version that the call was made for is too old: of a watch, or of a list's continuation. */
export const isGone = hasStatus(410)

/** Another version stands there, another object (uid), or another field manager's value. */
export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason !== 'AlreadyExists'
}

export function isAlreadyExists(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists'
}

function hasStatus(status: number) {
  return (error: unknown): error is ApiError => error instanceof ApiError && error.status === status
}

/** Whoever asks for longer rests, a proxy in maintenance perhaps, would leave us deaf for so long: a failover may hang on it. */
const longestRetryAfterMs = 60_000

/** The error in an answer with a status of 400 and more. `text` is the body: a Status, or what a proxy wrote. */
export function errorOfAnswer(status: number, text: string, retryAfter?: string): ApiError {
  const said = parseStatus(text)
  const seconds = Number(retryAfter)
  return new ApiError({
    status,
    reason: said.reason ?? `Http${status}`,
    message: said.message ?? `HTTP ${status}: ${text.slice(0, 200)}`,
    executed: notExecuted.has(status) ? 'no' : 'unknown',
    ...(retryAfter !== undefined && seconds >= 0
      ? { retryAfterMs: Math.min(seconds * 1_000, longestRetryAfterMs) }
      : {}),
  })
}

// Refused at the door: authentication, authorization, too many requests, and all that the object itself did wrong.
const notExecuted: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429])

/** The error in a watch's ERROR event, whose object is a Status. */
export function errorOfStatus(status: unknown): ApiError {
  if (!isObject(status) || typeof status['code'] !== 'number') {
    return new ApiError({ status: 0, reason: 'Malformed', message: 'an ERROR event without a Status' })
  }
  return errorOfAnswer(status['code'], JSON.stringify(status))
}

/** The error of a call that got no answer. */
export function errorOfConnection(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause
  const message = messageOf(cause)
  const executed = neverSent.has(codeOf(cause)) ? 'no' : 'unknown'
  return new ApiError({ status: 0, reason: 'Unreachable', message, executed, cause })
}

// The connection did not come about, so the request cannot have.
const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])

function codeOf(cause: unknown): string {
  if (cause instanceof AggregateError) return codeOf(cause.errors[0]) // every address of the name was tried
  return isObject(cause) && typeof cause['code'] === 'string' ? cause['code'] : ''
}

function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return messageOf(cause.errors[0])
  return cause instanceof Error ? cause.message : String(cause)
}

function parseStatus(text: string): { readonly reason?: string; readonly message?: string } {
  try {
    const value: unknown = JSON.parse(text)
    if (!isObject(value)) return {}
    const { reason, message } = value
    return {
      ...(typeof reason === 'string' && reason !== '' ? { reason } : {}),
      ...(typeof message === 'string' && message !== '' ? { message } : {}),
    }
  } catch {
    return {} // a proxy's HTML, or half an answer
  }
}
