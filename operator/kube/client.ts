// The verbs of the API server, each a promise with a deadline; a failure is an ApiError.
// https://kubernetes.io/docs/reference/using-api/api-concepts
import type { KindName, Resource } from '../../crds/kind.ts'
import { isObject } from '../../crds/read.ts'
import type { Json } from '../../reconcilers/status.ts'
import { isGone, isNotFound } from './api-error.ts'
import type { Auth } from './auth.ts'
import { createCaller } from './call.ts'
import type { Caller, WriteRequest } from './call.ts'
import { processClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { parseJson, receive, receivePage } from './door.ts'
import type { Page } from './door.ts'
import { apiVersionOf, collectionPath, objectPath, scopeQuery, withQuery } from './path.ts'
import type { Ref, Scope } from './path.ts'
import { createTransport } from './transport.ts'
import type { Lane } from './transport.ts'

export type { Page } from './door.ts'
export type { Ref, Scope } from './path.ts'

export type JsonObject = { readonly [field: string]: Json }

/** An object on its way to the API server. */
export type NewObject = {
  readonly metadata: {
    readonly name?: string
    readonly generateName?: string
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

export type CallOptions = {
  readonly timeoutMs?: number // over all attempts; 10 s
  readonly signal?: AbortSignal
  readonly retry?: boolean // false: one attempt, the caller has a rhythm of its own
  readonly lane?: Lane // 'own' does not wait in line behind other calls
  readonly mayWrite?: () => boolean // false as the first byte is about to go out: nothing is sent
}

export type WriteOptions = CallOptions & {
  readonly subresource?: 'status'
  readonly fieldManager?: string
}

export type WriteOutcome = {
  readonly verb: 'create' | 'apply' | 'update' | 'patch' | 'delete'
  readonly kind: KindName
  readonly status: number // 0 = no answer
  readonly tookMs: number
}

export type Client = {
  readonly server: string
  readonly namespace: string | undefined // of the kubeconfig's context or of the service account
  /** Every page. */
  readonly list: (kind: KindName, options?: Scope & CallOptions) => Promise<Listing>
  readonly page: (kind: KindName, options: Scope & PageOptions & CallOptions) => Promise<Page>
  readonly get: (ref: Ref, options?: CallOptions) => Promise<Resource>
  /** Undefined: there is none. */
  readonly find: (ref: Ref, options?: CallOptions) => Promise<Resource | undefined>
  readonly create: (kind: KindName, object: NewObject, options?: WriteOptions) => Promise<Resource>
  /** Server-side apply: `fields` are all that this field manager wants of the object. */
  readonly apply: (ref: Ref, fields: JsonObject, options: ApplyOptions) => Promise<Resource>
  /** PUT. A metadata.resourceVersion in it must still be current (else isConflict). */
  readonly update: (ref: Ref, object: NewObject, options?: WriteOptions) => Promise<Resource>
  readonly patch: (ref: Ref, body: unknown, options?: PatchOptions) => Promise<Resource>
  /** It is gone, or going; that it was not there is no error. */
  readonly remove: (ref: Ref, options?: CallOptions & Preconditions) => Promise<void>
  /** The bytes of a watch; watch.ts makes sense of them. */
  readonly watch: (kind: KindName, options: Scope & WatchOptions) => Promise<AsyncIterable<Uint8Array>>
  /** Whatever stands at a path: '/readyz', '/version'. */
  readonly text: (path: string, options?: CallOptions) => Promise<string>
  /** Calls `listener` when the API server answers again after calls without any answer. */
  readonly onBack: (listener: () => void) => () => void
  readonly close: () => Promise<void>
}

export type Listing = { readonly objects: readonly Resource[]; readonly resourceVersion: string }
export type PageOptions = { readonly limit: number; readonly continueToken?: string } // limit 0: all in one
export type ApplyOptions = WriteOptions & { readonly fieldManager: string; readonly force?: boolean } // force: true
export type PatchOptions = WriteOptions & { readonly type?: 'merge' | 'json' } // merge
export type Preconditions = { readonly uid?: string; readonly resourceVersion?: string }
export type WatchOptions = {
  readonly resourceVersion: string
  readonly timeoutSeconds: number
  readonly signal: AbortSignal
}

export type ClientOptions = {
  readonly auth: Auth
  readonly userAgent: string
  readonly clock?: Clock
  readonly onWrite?: (outcome: WriteOutcome) => void
}

export const pageSize = 500

export function createClient({ auth, userAgent, clock = processClock, onWrite }: ClientOptions): Client {
  const transport = createTransport(auth, userAgent)
  const caller = createCaller({ transport, auth, clock, ...(onWrite === undefined ? {} : { onWrite }) })
  return {
    server: auth.server,
    namespace: auth.namespace,
    ...reads(caller),
    ...writes(caller),
    onBack: caller.onBack,
    close: transport.close,
  }
}

function reads({ call, open }: Caller): Pick<Client, 'list' | 'page' | 'get' | 'find' | 'watch' | 'text'> {
  async function page(kind: KindName, options: Scope & PageOptions & CallOptions): Promise<Page> {
    const { limit, continueToken } = options
    const query = {
      ...scopeQuery(options),
      limit: limit === 0 ? undefined : String(limit),
      continue: continueToken,
    }
    const path = withQuery(collectionPath(kind, options.namespace), query)
    return receivePage(
      parseJson(await call({ method: 'GET', path }, { timeoutMs: 30_000, ...options })),
      kind,
    )
  }

  async function get(ref: Ref, options?: CallOptions): Promise<Resource> {
    return receive(parseJson(await call({ method: 'GET', path: objectPath(ref) }, options)), ref.kind)
  }

  async function find(ref: Ref, options?: CallOptions): Promise<Resource | undefined> {
    try {
      return await get(ref, options)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  function watch(kind: KindName, options: Scope & WatchOptions): Promise<AsyncIterable<Uint8Array>> {
    const query = {
      ...scopeQuery(options),
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
      timeoutSeconds: String(options.timeoutSeconds),
    }
    const path = withQuery(collectionPath(kind, options.namespace), query)
    return open({ method: 'GET', path }, { signal: options.signal, retry: false, lane: 'own' })
  }

  return {
    page,
    list: (kind, options) => listAll(page, kind, options ?? {}),
    get,
    find,
    watch,
    text: (path, options) => call({ method: 'GET', path }, options),
  }
}

/**
 * Page by page. A continuation that the API server no longer honours (410) is begun again, and, should that happen
 * twice, asked for in one piece, which cannot expire.
 */
export async function listAll(
  page: Client['page'],
  kind: KindName,
  options: Scope & CallOptions,
): Promise<Listing> {
  for (const limit of [pageSize, pageSize, 0]) {
    try {
      return await listPages(page, kind, { ...options, limit })
    } catch (error) {
      if (limit === 0 || !isGone(error)) throw error
    }
  }
  throw new Error('not reached: the last attempt returns or throws')
}

async function listPages(
  page: Client['page'],
  kind: KindName,
  options: Scope & CallOptions & { readonly limit: number },
): Promise<Listing> {
  const objects: Resource[] = []
  let next: Page = await page(kind, options)
  for (;;) {
    for (const object of next.objects) objects.push(object)
    const { resourceVersion, continueToken } = next
    if (continueToken === undefined) return { objects, resourceVersion }
    next = await page(kind, { ...options, continueToken })
  }
}

function writes({ write }: Caller): Pick<Client, 'create' | 'apply' | 'update' | 'patch' | 'remove'> {
  async function received(asked: WriteRequest, options?: WriteOptions): Promise<Resource> {
    return receive(parseJson(await write(asked, options)), asked.kind)
  }
  return {
    create: async (kind, object, options) => {
      const namespace = object.metadata['namespace']
      const path = collectionPath(kind, typeof namespace === 'string' ? namespace : undefined)
      return received({ verb: 'create', kind, path, body: typed(kind, object) }, options)
    },
    apply: async (ref, fields, { force = true, ...options }) => {
      const path = objectPath(ref, options.subresource)
      const body = typed(ref.kind, { ...fields, metadata: namedMetadata(ref, fields['metadata']) })
      return received({ verb: 'apply', kind: ref.kind, path, body, force }, options)
    },
    update: async (ref, object, options) => {
      const path = objectPath(ref, options?.subresource)
      return received({ verb: 'update', kind: ref.kind, path, body: typed(ref.kind, object) }, options)
    },
    patch: async (ref, body, { type = 'merge', ...options } = {}) => {
      const path = objectPath(ref, options.subresource)
      return received({ verb: 'patch', kind: ref.kind, path, body, type }, options)
    },
    remove: async (ref, { uid, resourceVersion, ...options } = {}) => {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } }
      try {
        await write({ verb: 'delete', kind: ref.kind, path: objectPath(ref), body }, options)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    },
  }
}

function typed(kind: KindName, object: object): object {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object }
}

function namedMetadata({ kind, namespace, name }: Ref, given: Json | undefined): object {
  return { ...(isObject(given) ? given : {}), name, ...(kind.namespaced ? { namespace } : {}) }
}
