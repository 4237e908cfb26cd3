// A plain client of the API server for tests and lab: JSON over undici, a watch as a stream of lines.
// It shares nothing with operator/kube, so that it is an independent eye on what the product did.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Agent, request } from 'undici'
import type { Certificate } from './certificates.ts'
import { digText } from './dig.ts'

export type ApiCredentials = {
  readonly server: string // https://host:port
  readonly authorityFile: string
  readonly client: Certificate
}

export type WatchEvent = { readonly type: string; readonly object: unknown }

export type Api = {
  readonly get: (path: string) => Promise<unknown>
  readonly create: (path: string, body: unknown) => Promise<unknown>
  readonly replace: (path: string, body: unknown) => Promise<unknown>
  readonly merge: (path: string, patch: unknown) => Promise<unknown> // JSON merge patch
  readonly apply: (path: string, body: unknown) => Promise<unknown> // server-side apply as 'herald-test', forced
  readonly remove: (path: string, options?: unknown) => Promise<unknown>
  readonly raw: (path: string) => Promise<string> // any content, as text
  /**
   * Until stopped; a watch that ends by itself is an error. `path` with its query: with a resourceVersion that a list
   * gave, because Debian's etcd 3.4 cannot tell the API server that its cache is the newest.
   */
  readonly watch: (path: string, onEvent: (event: WatchEvent) => void) => Promise<Watching>
  readonly close: () => Promise<void>
}

export type Watching = { readonly stop: () => void; readonly ended: Promise<void> }

/** What the API server refused, with its words. */
export class ApiError extends Error {
  readonly status: number
  readonly body: unknown
  constructor(status: number, body: unknown) {
    super(digText(body, 'message') ?? `HTTP ${status}`)
    this.status = status
    this.body = body
  }
}

export function connectApi(credentials: ApiCredentials): Api {
  const agent = new Agent({
    connect: {
      ca: readFileSync(credentials.authorityFile),
      cert: readFileSync(credentials.client.certificateFile),
      key: readFileSync(credentials.client.keyFile),
    },
    connections: 64,
    bodyTimeout: 0, // a watch rests
  })
  const call = async (method: Method, path: string, sent?: Sent): Promise<string> => {
    const answer = await request(credentials.server + path, {
      method,
      dispatcher: agent,
      ...(sent === undefined
        ? {}
        : { headers: { 'content-type': sent.type }, body: JSON.stringify(sent.body) }),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new ApiError(answer.statusCode, parseOr(text))
    return text
  }
  const json = async (...args: Parameters<typeof call>): Promise<unknown> => parseOr(await call(...args))
  return {
    get: (path) => json('GET', path),
    raw: (path) => call('GET', path),
    create: (path, body) => json('POST', path, { type: 'application/json', body }),
    replace: (path, body) => json('PUT', path, { type: 'application/json', body }),
    merge: (path, body) => json('PATCH', path, { type: 'application/merge-patch+json', body }),
    apply: (path, body) =>
      json('PATCH', withQuery(path, 'fieldManager=herald-test&force=true'), {
        type: 'application/apply-patch+yaml',
        body,
      }),
    remove: (path, body) =>
      json('DELETE', path, body === undefined ? undefined : { type: 'application/json', body }),
    watch: (path, onEvent) => watch({ agent, url: credentials.server + withQuery(path, 'watch=1') }, onEvent),
    close: () => agent.destroy(),
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Sent = { readonly type: string; readonly body: unknown }

async function watch(
  at: { readonly agent: Agent; readonly url: string },
  onEvent: (event: WatchEvent) => void,
): Promise<Watching> {
  const abort = new AbortController()
  const answer = await request(at.url, { dispatcher: at.agent, signal: abort.signal })
  if (answer.statusCode >= 300) throw new ApiError(answer.statusCode, parseOr(await answer.body.text()))
  const read = async (): Promise<void> => {
    for await (const line of createInterface({ input: answer.body })) {
      const event = parseOr(line)
      onEvent({ type: digText(event, 'type') ?? 'UNKNOWN', object: objectOf(event) })
    }
    throw new Error(`the watch of ${at.url} ended`)
  }
  const ended = read().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error
  })
  ended.catch(() => undefined) // whoever cares waits for it
  return { stop: () => abort.abort(), ended }
}

function objectOf(event: unknown): unknown {
  return typeof event === 'object' && event !== null && 'object' in event ? event.object : undefined
}

function withQuery(path: string, query: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${query}`
}

function parseOr(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return { message: text }
  }
}
