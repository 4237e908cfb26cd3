// A small API server on loopback for the tests of operator/kube: lists in pages, watches, writes, and faults on demand.
// It remembers every request. For what a real one does see control-plane.ts.
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Auth, Credentials } from '../../operator/kube/auth.ts'
import { digText, isRecord } from './dig.ts'
import { createFakeStore, holds, merge, targetOf } from './fake-api-store.ts'
import type { FakeStore, StoreEvent, StoredObject, Target } from './fake-api-store.ts'

export type FakeRequest = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly contentType: string | undefined
  readonly authorization: string | undefined
  readonly body: unknown
}

/** How the next requests that match are answered instead. */
export type Fault = { readonly on: (request: FakeRequest) => boolean; readonly times?: number } & (
  | { readonly type: 'reset' | 'silence' } // silence: no answer ever
  | { readonly type: 'reset-after' | 'silence-after' } // carried out, but nobody hears of it
  | { readonly type: 'body'; readonly body: unknown } // a good answer that says this
  | {
      readonly type: 'status'
      readonly status: number
      readonly reason?: string
      readonly retryAfter?: string
    }
)

export type FakeApi = {
  readonly server: string
  readonly requests: readonly FakeRequest[] // those that are watches too
  readonly store: FakeStore
  readonly put: (path: string, fields?: Readonly<Record<string, unknown>>) => StoredObject
  readonly remove: (path: string) => void
  readonly fault: (fault: Fault) => void
  readonly requireToken: (token: string) => void
  readonly watchers: () => number
  readonly connections: () => number // so many were ever opened
  readonly say: (event: unknown) => void // one more line in every open watch
  readonly sayBookmark: () => void
  readonly endWatches: () => void // in good order
  readonly resetWatches: () => void
  readonly close: () => Promise<void>
}

type Watcher = { readonly target: Target; readonly answer: ServerResponse }

export async function startFakeApi(): Promise<FakeApi> {
  const api = new Serving()
  const port = await api.listen()
  return {
    server: `http://127.0.0.1:${port}`,
    requests: api.requests,
    store: api.store,
    put: (path, fields = {}) => api.store.put(named(path), fields),
    remove: (path) => void api.store.remove(named(path)),
    fault: (fault) => void api.faults.push({ fault, left: fault.times ?? 1 }),
    requireToken: (token) => void (api.token = token),
    watchers: () => api.watchers.size,
    connections: () => api.connections,
    say: (event) => api.say(event),
    sayBookmark: () => api.sayBookmark(),
    endWatches: () => api.watchers.forEach(({ answer }) => answer.end()),
    resetWatches: () => api.watchers.forEach(({ answer }) => answer.socket?.resetAndDestroy()),
    close: () => api.close(),
  }
}

/** Tokens one after the other: the next with every reload, the last one stays. */
export function fakeAuth(
  server: string,
  tokens: readonly string[] = ['token'],
): Auth & { readonly reloads: () => number } {
  const connection = { tls: {} }
  let reloads = 0
  const read = (): Credentials => {
    const token = tokens[Math.min(reloads, tokens.length - 1)] ?? ''
    return { headers: { authorization: `Bearer ${token}` }, connection }
  }
  return {
    server,
    namespace: undefined,
    credentials: () => Promise.resolve(read()),
    reload: async () => void (reloads += 1),
    reloads: () => reloads,
  }
}

class Serving {
  readonly requests: FakeRequest[] = []
  readonly store = createFakeStore()
  readonly faults: { readonly fault: Fault; left: number }[] = []
  readonly watchers = new Set<Watcher>()
  token: string | undefined
  connections = 0
  readonly #server: Server

  constructor() {
    this.#server = createServer((asked, answer) => void this.#serve(asked, answer))
    this.#server.on('connection', () => void (this.connections += 1))
    this.store.onEvent((event) => this.#spread(event))
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('a port was expected')
    return address.port
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  say(event: unknown): void {
    for (const { answer } of this.watchers) answer.write(lineOf(event))
  }

  sayBookmark(): void {
    const metadata = { resourceVersion: String(this.store.version()) }
    this.say({ type: 'BOOKMARK', object: { metadata } })
  }

  #spread(event: StoreEvent): void {
    for (const { target, answer } of this.watchers)
      if (holds(target, event.target)) answer.write(lineOf(event))
  }

  async #serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const request = await read(asked)
    this.requests.push(request)
    const entry = this.faults.find(({ fault, left }) => left > 0 && fault.on(request))
    if (entry === undefined) return this.#answer(request, answer)
    entry.left -= 1
    this.#fail(entry.fault, request, answer)
  }

  #fail(fault: Fault, request: FakeRequest, answer: ServerResponse): void {
    switch (fault.type) {
      case 'silence':
        return
      case 'reset':
        return reset(answer)
      case 'silence-after':
        carryOut(this.store, request)
        return
      case 'reset-after':
        carryOut(this.store, request)
        return reset(answer)
      case 'body':
        return send(answer, { status: 200, body: fault.body })
      case 'status': {
        const { status, reason = `Http${status}`, retryAfter } = fault
        if (retryAfter !== undefined) answer.setHeader('retry-after', retryAfter)
        return send(answer, failure(status, reason))
      }
    }
  }

  #answer(request: FakeRequest, answer: ServerResponse): void {
    if (this.token !== undefined && request.authorization !== `Bearer ${this.token}`)
      return send(answer, failure(401, 'Unauthorized'))
    if (request.query.get('watch') === '1') return this.#watch(request, answer)
    send(answer, carryOut(this.store, request))
  }

  #watch({ path, query }: FakeRequest, answer: ServerResponse): void {
    const target = targetOf(path)
    const from = Number(query.get('resourceVersion'))
    if (target === undefined) return send(answer, failure(404, 'NotFound'))
    if (from < this.store.compactedTo()) return send(answer, failure(410, 'Expired'))
    answer.writeHead(200, { 'content-type': 'application/json' })
    answer.flushHeaders()
    const watcher = { target, answer }
    this.watchers.add(watcher)
    answer.on('close', () => this.watchers.delete(watcher))
    for (const event of this.store.since(from)) if (holds(target, event.target)) answer.write(lineOf(event))
  }
}

type Answer = { readonly status: number; readonly body: unknown }

function carryOut(store: FakeStore, request: FakeRequest): Answer {
  const target = targetOf(request.path)
  if (target === undefined) return failure(404, 'NotFound')
  switch (request.method) {
    case 'GET':
      return target.name === undefined ? list(store, target, request.query) : found(store.get(target))
    case 'POST':
      return create(store, target, request.body)
    case 'PUT':
      return replace(store, target, request.body)
    case 'PATCH':
      return patch(store, target, request)
    case 'DELETE':
      return found(store.remove(target))
    default:
      return failure(405, 'MethodNotAllowed')
  }
}

/** A continue token is the version of the list and how far it has come; it dies with its version. */
function list(store: FakeStore, target: Target, query: URLSearchParams): Answer {
  const limit = Number(query.get('limit') ?? Number.POSITIVE_INFINITY)
  const [version = String(store.version()), from = '0'] = query.get('continue')?.split(':') ?? []
  if (Number(version) < store.compactedTo()) return failure(410, 'Expired')
  const all = store.list(target)
  const end = Number(from) + limit
  const metadata = {
    resourceVersion: version,
    ...(end < all.length ? { continue: `${version}:${end}` } : {}),
  }
  return { status: 200, body: { kind: 'List', metadata, items: all.slice(Number(from), end) } }
}

function create(store: FakeStore, target: Target, body: unknown): Answer {
  const named = { ...target, name: digText(body, 'metadata', 'name') }
  if (store.get(named) !== undefined) return failure(409, 'AlreadyExists')
  return { status: 201, body: store.put(named, isRecord(body) ? body : {}) }
}

function replace(store: FakeStore, target: Target, body: unknown): Answer {
  const before = store.get(target)
  if (before === undefined) return failure(404, 'NotFound')
  const version = digText(body, 'metadata', 'resourceVersion')
  if (version !== undefined && version !== before.metadata.resourceVersion) return failure(409, 'Conflict')
  return { status: 200, body: store.put(target, isRecord(body) ? body : {}) }
}

/** Apply and merge patch are one here: who owns which field is for the real API server. */
function patch(store: FakeStore, target: Target, { contentType, body }: FakeRequest): Answer {
  const before = store.get(target)
  if (before === undefined && contentType !== 'application/apply-patch+yaml') return failure(404, 'NotFound')
  return { status: 200, body: store.put(target, merge(before, isRecord(body) ? body : {})) }
}

function found(object: StoredObject | undefined): Answer {
  return object === undefined ? failure(404, 'NotFound') : { status: 200, body: object }
}

function failure(status: number, reason: string): Answer {
  const message = `the test says ${reason}`
  return {
    status,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message },
  }
}

function send(answer: ServerResponse, { status, body }: Answer): void {
  answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function reset({ socket }: ServerResponse): void {
  socket?.resetAndDestroy()
}

function lineOf(event: unknown): string {
  if (!isRecord(event)) return `${JSON.stringify(event)}\n`
  return `${JSON.stringify({ type: event['type'], object: event['object'] })}\n`
}

async function read(asked: IncomingMessage): Promise<FakeRequest> {
  const chunks: Uint8Array[] = []
  for await (const chunk of asked) chunks.push(Buffer.from(chunk))
  const text = Buffer.concat(chunks).toString()
  const url = new URL(asked.url ?? '/', 'http://fake')
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  const { authorization, 'content-type': contentType } = asked.headers
  return {
    method: asked.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    contentType,
    authorization,
    body,
  }
}

function named(path: string): Target {
  const target = targetOf(path)
  if (target?.name === undefined) throw new Error(`${path} names no object`)
  return target
}
