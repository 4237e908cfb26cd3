// One call: its deadline over all attempts, credentials that were refused, attempts again, and what is counted.
import type { KindName } from '../../crds/kind.ts'
import { ApiError, errorOfAnswer, errorOfConnection } from './api-error.ts'
import type { CallOptions, ClientOptions, WriteOptions, WriteOutcome } from './client.ts'
import { sleep } from './clock.ts'
import type { Clock } from './clock.ts'
import { withQuery } from './path.ts'
import { jsonText } from './json-text.ts'
import { restBefore } from './retry.ts'
import type { ApiAnswer, ApiRequest, Method, Transport } from './transport.ts'

export type Asked = Pick<ApiRequest, 'method' | 'path' | 'contentType' | 'body'>

export type WriteRequest = {
  readonly verb: WriteOutcome['verb']
  readonly kind: KindName
  readonly path: string
  readonly body: unknown
  readonly force?: boolean // of an apply
  readonly type?: 'merge' | 'json' // of a patch
}

export type Caller = {
  readonly call: (asked: Asked, options?: CallOptions) => Promise<string> // the body of a good answer
  readonly open: (asked: Asked, options: CallOptions) => Promise<AsyncIterable<Uint8Array>>
  readonly write: (asked: WriteRequest, options?: WriteOptions) => Promise<string>
  readonly onBack: (listener: () => void) => () => void
}

type Parts = Required<Pick<ClientOptions, 'auth' | 'clock'>> &
  Pick<ClientOptions, 'onWrite'> & { readonly transport: Transport }

const usualTimeoutMs = 10_000

export function createCaller({ transport, auth, clock, onWrite }: Parts): Caller {
  const reach = createReach()

  /** One attempt, and a second one where the credentials were out of date: refused is surely not executed. */
  async function attempt(asked: ApiRequest): Promise<ApiAnswer> {
    const answer = await answerOf(asked)
    if (answer.status !== 401) return answer
    await answer.body.dump()
    await auth.reload(answer.credentials)
    return answerOf(asked)
  }

  async function answerOf(asked: ApiRequest): Promise<ApiAnswer> {
    try {
      const answer = await transport.send(asked)
      reach.answered()
      return answer
    } catch (error) {
      if (!calledOff(asked.signal) && !neverSent(error)) reach.unanswered()
      throw error
    }
  }

  async function read<T>(asked: ApiRequest, use: (answer: ApiAnswer) => Promise<T>): Promise<T> {
    try {
      const answer = await orAborted(attempt(asked), asked.signal)
      if (answer.status < 400) return await use(answer)
      throw errorOfAnswer(answer.status, await answer.body.text(), answer.retryAfter)
    } catch (error) {
      throw asked.signal.aborted ? abortedError(asked.signal) : errorOfConnection(error)
    }
  }

  async function repeated(asked: ApiRequest, options: CallOptions, deadline: number): Promise<string> {
    for (let made = 1; ; made++) {
      try {
        return await read(asked, (answer) => answer.body.text())
      } catch (error) {
        if (!(error instanceof ApiError) || options.retry === false) throw error
        const rest = restBefore({ method: asked.method, error, made, random: clock.random() })
        if (rest === undefined || clock.now() + rest >= deadline) throw error
        await sleep(clock, rest, asked.signal)
      }
    }
  }

  async function call(asked: Asked, options: CallOptions = {}): Promise<string> {
    const timeoutMs = options.timeoutMs ?? usualTimeoutMs
    const limit = startLimit(clock, timeoutMs, options.signal)
    try {
      const request = requestOf(asked, options, limit)
      return await repeated(request, options, clock.now() + timeoutMs)
    } finally {
      limit.end()
    }
  }

  async function open(asked: Asked, options: CallOptions): Promise<AsyncIterable<Uint8Array>> {
    const limit = startLimit(clock, options.timeoutMs ?? usualTimeoutMs, options.signal)
    const request = requestOf(asked, options, limit)
    try {
      const body = await read(request, (answer) => Promise.resolve(answer.body))
      limit.endDeadline() // from here on only the caller ends it
      return body
    } catch (error) {
      limit.end()
      throw error
    }
  }

  async function write(asked: WriteRequest, options: WriteOptions = {}): Promise<string> {
    const startedAt = clock.now()
    const { verb, kind } = asked
    const done = (status: number) => onWrite?.({ verb, kind, status, tookMs: clock.now() - startedAt })
    try {
      const text = await call(writeCall(asked, options), options)
      done(200)
      return text
    } catch (error) {
      done(error instanceof ApiError ? error.status : 0)
      throw error
    }
  }

  return { call, open, write, onBack: reach.onBack }
}

const methods: Readonly<Record<WriteOutcome['verb'], Method>> = {
  create: 'POST',
  apply: 'PATCH',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
}

function writeCall({ verb, path, body, force, type }: WriteRequest, { fieldManager }: WriteOptions): Asked {
  const query = { fieldManager, force: force === undefined ? undefined : String(force) }
  return {
    method: methods[verb],
    path: withQuery(path, query),
    contentType: contentType(verb, type),
    body: jsonText(body),
  }
}

function contentType(verb: WriteOutcome['verb'], type: 'merge' | 'json' | undefined): string {
  if (verb === 'apply') return 'application/apply-patch+yaml' // JSON is YAML
  if (verb === 'patch')
    return type === 'json' ? 'application/json-patch+json' : 'application/merge-patch+json'
  return 'application/json'
}

function requestOf(asked: Asked, { lane = 'shared', mayWrite }: CallOptions, { signal }: Limit): ApiRequest {
  return { ...asked, signal, lane, ...(mayWrite === undefined ? {} : { mayWrite }) }
}

type Limit = { readonly signal: AbortSignal; readonly endDeadline: () => void; readonly end: () => void }

/** A signal that is aborted at the deadline, or with the caller's. */
function startLimit(clock: Clock, timeoutMs: number, caller: AbortSignal | undefined): Limit {
  const controller = new AbortController()
  const endDeadline = clock.after(timeoutMs, () => {
    controller.abort(
      new ApiError({ status: 0, reason: 'Timeout', message: `no answer within ${timeoutMs} ms` }),
    )
  })
  const follow = (): void => {
    endDeadline()
    controller.abort(caller?.reason)
  }
  if (caller?.aborted === true) follow()
  else caller?.addEventListener('abort', follow)
  const end = (): void => {
    endDeadline()
    caller?.removeEventListener('abort', follow)
  }
  return { signal: controller.signal, endDeadline, end }
}

/** Also where nothing listens to the signal: a plugin that gives credentials may wait for somebody to log in. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** By the caller, not by the deadline. */
function calledOff({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof ApiError)
}

/** Its sender may not write any more. */
function neverSent(error: unknown): boolean {
  return error instanceof ApiError && error.reason === 'Aborted'
}

function abortedError({ reason }: AbortSignal): ApiError {
  if (reason instanceof ApiError) return reason
  return new ApiError({ status: 0, reason: 'Aborted', message: 'called off', cause: reason })
}

type Reach = {
  readonly answered: () => void
  readonly unanswered: () => void
  readonly onBack: (listener: () => void) => () => void
}

/** Whether the API server answers, as all calls together see it: what waits need not wait on when one gets through. */
function createReach(): Reach {
  const listeners = new Set<() => void>()
  let away = false
  return {
    answered: () => {
      if (!away) return
      away = false
      for (const listener of listeners) listener()
    },
    unanswered: () => void (away = true),
    onBack: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
