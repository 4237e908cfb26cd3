// The objects of a fake API server, its versions, and what a watch from an earlier version has yet to hear.
import { dig, digText, isRecord } from './dig.ts'

export type StoredObject = {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string }
  readonly [field: string]: unknown
}

/** What a path names: '/api/v1/namespaces/default/services/web/status'. */
export type Target = {
  readonly collection: string // '/api/v1/services', whatever the namespace
  readonly namespace: string | undefined
  readonly name: string | undefined
}

export type StoreEvent = {
  readonly version: number
  readonly target: Target
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: StoredObject
}

export type FakeStore = {
  readonly version: () => number
  readonly list: (target: Target) => readonly StoredObject[]
  readonly get: (target: Target) => StoredObject | undefined
  readonly put: (target: Target, fields: Readonly<Record<string, unknown>>) => StoredObject
  readonly remove: (target: Target) => StoredObject | undefined
  readonly since: (version: number) => readonly StoreEvent[]
  /** What has happened so far is forgotten: older versions are too old to watch from. */
  readonly compact: () => void
  readonly compactedTo: () => number
  readonly onEvent: (listener: (event: StoreEvent) => void) => void
}

const pathPattern =
  /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/status)?$/

export function targetOf(path: string): Target | undefined {
  const [, group, namespace, plural, name] = pathPattern.exec(path) ?? []
  if (group === undefined || plural === undefined) return undefined
  return {
    collection: `${group}/${plural}`,
    namespace,
    name: name === undefined ? name : decodeURIComponent(name),
  }
}

/** `target` names a collection; `other` one of its objects. */
export function holds(target: Target, other: Target): boolean {
  if (target.collection !== other.collection) return false
  return target.namespace === undefined || target.namespace === other.namespace
}

export function createFakeStore(): FakeStore {
  const objects = new Map<string, { readonly target: Target; readonly object: StoredObject }>()
  const events: StoreEvent[] = []
  const listeners: ((event: StoreEvent) => void)[] = []
  let version = 100
  let compactedTo = 0

  function tell(event: StoreEvent): void {
    events.push(event)
    for (const listener of listeners) listener(event)
  }

  function put(target: Target, fields: Readonly<Record<string, unknown>>): StoredObject {
    version += 1
    const before = objects.get(keyOf(target))?.object
    const given = isRecord(fields['metadata']) ? fields['metadata'] : {}
    const { namespace, name = '' } = target
    const uid = digText(fields, 'metadata', 'uid') ?? before?.metadata.uid ?? `uid-${version}`
    const metadata = {
      ...given,
      ...(namespace === undefined ? {} : { namespace }),
      name,
      uid,
      resourceVersion: String(version),
    }
    const object = { ...fields, metadata }
    objects.set(keyOf(target), { target, object })
    tell({ version, target, type: before === undefined ? 'ADDED' : 'MODIFIED', object })
    return object
  }

  function remove(target: Target): StoredObject | undefined {
    const before = objects.get(keyOf(target))?.object
    if (before === undefined) return undefined
    version += 1
    objects.delete(keyOf(target))
    const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } }
    tell({ version, target, type: 'DELETED', object })
    return object
  }

  return {
    version: () => version,
    list: (target) =>
      [...objects.values()].filter((one) => holds(target, one.target)).map(({ object }) => object),
    get: (target) => objects.get(keyOf(target))?.object,
    put,
    remove,
    since: (from) => events.filter((event) => event.version > from),
    compact: () => {
      version += 1
      compactedTo = version
    },
    compactedTo: () => compactedTo,
    onEvent: (listener) => void listeners.push(listener),
  }
}

function keyOf({ collection, namespace = '', name = '' }: Target): string {
  return `${collection} ${namespace} ${name}`
}

/** RFC 7396: null takes away, objects are merged, all else replaces. */
export function merge(
  value: unknown,
  patch: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = isRecord(value) ? { ...value } : {}
  for (const [name, part] of Object.entries(patch)) {
    if (part === null) delete merged[name]
    else merged[name] = isRecord(part) ? merge(dig(value, name), part) : part
  }
  return merged
}
