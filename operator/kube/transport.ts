// Requests to one API server over kept connections. HTTP/1.1: measured against the real API server it carries a tenth
// more writes a second than one HTTP/2 connection, and a connection that dies takes one request with it, not all.
import { Agent, ProxyAgent, Socks5ProxyAgent, request } from 'undici'
import type { Dispatcher } from 'undici'
import { ApiError } from './api-error.ts'
import type { Auth, Connection, Credentials } from './auth.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type ApiRequest = {
  readonly method: Method
  readonly path: string // with its query
  readonly contentType?: string
  readonly body?: string
  readonly signal: AbortSignal
  readonly lane: Lane
  readonly mayWrite?: () => boolean // asked as the first byte is about to go out: a request may have waited in line
}

/** 'shared': so many at once, the others wait in line. 'own': watches, which last, and Leases, which may not wait. */
export type Lane = 'shared' | 'own'

export type ApiAnswer = {
  readonly status: number
  readonly retryAfter?: string
  readonly body: Dispatcher.ResponseData['body']
  readonly credentials: Credentials // that it was asked with
}

export type Transport = {
  readonly send: (asked: ApiRequest) => Promise<ApiAnswer>
  readonly close: () => Promise<void>
}

/** The writes that a publisher makes at once, and some for who else asks. */
export const sharedConnections = 40

type Lanes = { readonly connection: Connection; readonly dispatchers: Readonly<Record<Lane, Dispatcher>> }

export function createTransport(auth: Auth, userAgent: string): Transport {
  let lanes: Lanes | undefined
  let closed = false

  /** New certificates are new connections; the old ones end with what runs on them. */
  function lanesFor(connection: Connection): Lanes {
    if (lanes?.connection === connection) return lanes
    if (lanes !== undefined)
      for (const old of Object.values(lanes.dispatchers)) old.close().catch(() => undefined)
    const dispatchers = {
      shared: createDispatcher(connection, sharedConnections),
      own: createDispatcher(connection, null),
    }
    lanes = { connection, dispatchers }
    return lanes
  }

  async function send(asked: ApiRequest): Promise<ApiAnswer> {
    const credentials = await auth.credentials()
    if (closed) throw new Error('the client is closed')
    const dispatcher = lanesFor(credentials.connection).dispatchers[asked.lane]
    const answer = await request(auth.server + asked.path, {
      dispatcher: asked.mayWrite === undefined ? dispatcher : guarded(dispatcher, asked.mayWrite),
      method: asked.method,
      signal: asked.signal,
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...credentials.headers,
        ...(asked.contentType === undefined ? {} : { 'content-type': asked.contentType }),
      },
      body: asked.body ?? null,
    })
    const retryAfter = answer.headers['retry-after']
    return {
      status: answer.statusCode,
      body: answer.body,
      credentials,
      ...(typeof retryAfter === 'string' ? { retryAfter } : {}),
    }
  }

  async function close(): Promise<void> {
    closed = true
    if (lanes === undefined) return
    await Promise.all(Object.values(lanes.dispatchers).map((dispatcher) => dispatcher.destroy()))
  }

  return { send, close }
}

/** Nothing of the request is sent when it may not be any more. */
function guarded(dispatcher: Dispatcher, mayWrite: () => boolean): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => dispatch(options, guard(handler, mayWrite)))
}

function guard(handler: Dispatcher.DispatchHandler, mayWrite: () => boolean): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller, context) => {
      if (!mayWrite()) throw calledBack() // to abort would end the connection, over which nothing has gone yet
      handler.onRequestStart?.(controller, context)
    },
    onRequestUpgrade: (...of) => handler.onRequestUpgrade?.(...of),
    onResponseStart: (...of) => handler.onResponseStart?.(...of),
    onResponseData: (...of) => handler.onResponseData?.(...of),
    onResponseEnd: (...of) => handler.onResponseEnd?.(...of),
    onResponseError: (...of) => handler.onResponseError?.(...of),
  }
}

function calledBack(): ApiError {
  const message = 'not sent: this process may not write any more'
  return new ApiError({ status: 0, reason: 'Aborted', message, executed: 'no' })
}

function createDispatcher({ tls, proxy }: Connection, connections: number | null): Dispatcher {
  const options = {
    connections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: 60_000, // the API server closes idle connections after 90 s: we are first, so no request meets that
    headersTimeout: 0, // every call has its own deadline
    bodyTimeout: 0,
  }
  const connect = { ...tls, timeout: 5_000, keepAlive: true, keepAliveInitialDelay: 15_000 }
  if (proxy === undefined) return new Agent({ ...options, connect })
  if (proxy.startsWith('socks5')) {
    return new Socks5ProxyAgent(proxy.replace(/^socks5h:/, 'socks5:'), { ...options, requestTls: tls })
  }
  if (proxy.startsWith('http')) return new ProxyAgent({ ...options, uri: proxy, requestTls: connect })
  throw new Error(`proxy-url ${proxy}: http, https and socks5 are known`)
}
