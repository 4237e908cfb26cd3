// A client of the fake API server: every verb at once, watches as streams of lines, and a cable that can be pulled.
import type { KindName, Resource } from '../../crds/kind.ts'
import { isObject } from '../../crds/read.ts'
import { ApiError } from '../../operator/kube/api-error.ts'
import type { Client, WatchOptions } from '../../operator/kube/client.ts'
import type { Ref, Scope } from '../../operator/kube/path.ts'
import { StoreError } from './fake-store.ts'
import type { Store, StoreEvent } from './fake-store.ts'

export type FakeClient = {
  readonly client: Client
  readonly cut: () => void // no answer any more, and every watch ends
  readonly mend: () => void
}

type Stream = { readonly push: (line: string) => void; readonly end: () => void }

export function createFakeClient(store: Store): FakeClient {
  const streams = new Set<Stream>()
  const backListeners = new Set<() => void>()
  let isCut = false

  /** Each call is answered in a later turn, as over a network. */
  async function answer<T>(work: () => T): Promise<T> {
    await Promise.resolve()
    if (isCut)
      throw new ApiError({ status: 0, reason: 'Unreachable', message: 'the cable is pulled', executed: 'no' })
    try {
      return work()
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      throw new ApiError({ status: error.status, reason: 'Refused', message: error.message })
    }
  }

  const found = (ref: Ref): Resource => {
    const object = store.get(ref.kind, keyOf(ref))
    if (object === undefined) throw new StoreError(404, `${ref.kind.plural} "${ref.name}" not found`)
    return object
  }

  const listed = (kind: KindName, scope: Scope) => ({
    objects: store.list(kind).filter((object) => isInScope(object, scope)),
    resourceVersion: store.version(),
  })

  function watch(
    kind: KindName,
    { resourceVersion, signal, ...scope }: Scope & WatchOptions,
  ): AsyncIterable<Uint8Array> {
    const { stream, chunks } = openStream()
    streams.add(stream)
    const tell = (event: StoreEvent) => {
      if (event.kind.plural !== kind.plural || event.kind.group !== kind.group) return
      const line = lineFor(event, scope)
      if (line !== undefined) stream.push(line)
    }
    for (const event of store.since(resourceVersion)) tell(event)
    const unlisten = store.listen(tell)
    const end = () => {
      unlisten()
      streams.delete(stream)
      stream.end()
    }
    signal.addEventListener('abort', end)
    return chunks
  }

  const client: Client = {
    server: 'https://fake.invalid',
    namespace: undefined,
    list: (kind, options = {}) => answer(() => listed(kind, options)),
    page: (kind, options) => answer(() => listed(kind, options)),
    get: (ref) => answer(() => found(ref)),
    find: (ref) => answer(() => store.get(ref.kind, keyOf(ref))),
    create: (kind, object) =>
      answer(() => {
        const { namespace, name = '' } = object.metadata
        const key = typeof namespace === 'string' ? `${namespace}/${name}` : name
        if (store.get(kind, key) !== undefined)
          throw new StoreError(409, `${kind.plural} "${name}" already exists`)
        return store.put(kind, key, { ...object })
      }),
    apply: (ref, fields, { fieldManager, subresource }) =>
      answer(() =>
        store.apply({
          kind: ref.kind,
          key: keyOf(ref),
          fields: { ...fields },
          manager: fieldManager,
          ...(subresource === undefined ? {} : { subresource }),
        }),
      ),
    update: (ref, object) =>
      answer(() => {
        const before = found(ref)
        const wanted = object.metadata['resourceVersion']
        if (wanted !== undefined && wanted !== before.metadata.resourceVersion)
          throw new StoreError(409, 'the object has been modified')
        return store.put(ref.kind, keyOf(ref), { ...object })
      }),
    patch: (ref, body) => answer(() => store.put(ref.kind, keyOf(ref), mergePatched(found(ref), body))),
    remove: (ref) => answer(() => store.remove(ref.kind, keyOf(ref))),
    watch: (kind, options) => answer(() => watch(kind, options)),
    text: () => answer(() => 'ok'),
    onBack: (listener) => {
      backListeners.add(listener)
      return () => void backListeners.delete(listener)
    },
    close: () => Promise.resolve(),
  }

  function cut(): void {
    isCut = true
    for (const stream of streams) stream.end()
    streams.clear()
  }

  function mend(): void {
    if (!isCut) return
    isCut = false
    for (const listener of backListeners) listener()
  }

  return { client, cut, mend }
}

function keyOf({ kind, namespace, name }: Ref): string {
  return kind.namespaced ? `${namespace ?? ''}/${name}` : name
}

/** A change that takes an object into or out of a scope is an arrival or a departure there. */
function lineFor(event: StoreEvent, scope: Scope): string | undefined {
  const isIn = event.type !== 'DELETED' && isInScope(event.object, scope)
  const wasIn = event.before !== undefined && isInScope(event.before, scope)
  if (!isIn && !wasIn) return undefined
  const type = !isIn ? 'DELETED' : wasIn ? 'MODIFIED' : 'ADDED'
  return JSON.stringify({ type, object: event.object })
}

function isInScope(object: Resource, { namespace, labelSelector, fieldSelector }: Scope): boolean {
  const { metadata } = object
  if (namespace !== undefined && metadata.namespace !== namespace) return false
  const labels: Readonly<Record<string, string>> = metadata.labels ?? {}
  return (
    equalities(labelSelector).every(([key, value]) => labels[key] === value) &&
    equalities(fieldSelector).every(([path, value]) => String(fieldAt(object, path.split('.'))) === value)
  )
}

function equalities(selector: string | undefined): readonly (readonly [string, string])[] {
  if (selector === undefined || selector === '') return []
  return selector.split(',').map((term) => {
    const [key = '', value = ''] = term.split('=')
    return [key, value] as const
  })
}

function fieldAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((part: unknown, key) => (isObject(part) ? part[key] : undefined), value)
}

/** RFC 7386. */
function mergePatched(target: unknown, patch: unknown): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of isObject(patch) ? Object.entries(patch) : []) {
    if (value === null) delete result[key]
    else result[key] = isObject(value) ? mergePatched(result[key], value) : value
  }
  return result
}

function openStream(): { readonly stream: Stream; readonly chunks: AsyncIterable<Uint8Array> } {
  const queue: Uint8Array[] = []
  const encoder = new TextEncoder()
  let ended = false
  let wake = () => {}
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = queue.shift()
      if (chunk !== undefined) yield chunk
      else if (ended) return
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  const stream = {
    push: (line: string) => {
      queue.push(encoder.encode(`${line}\n`))
      wake()
    },
    end: () => {
      ended = true
      wake()
    },
  }
  return { stream, chunks: chunks() }
}
