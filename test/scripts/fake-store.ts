// The objects of a fake API server: stored, versioned, watched, applied by field ownership. In one process, no time.
// It has what Herald relies on: resourceVersions, uids, the status subresource, server-side apply with owners of fields.
import type { KindName, Resource } from '../../crds/kind.ts'
import { isObject } from '../../crds/read.ts'
import { appliedFields, fieldPaths, withoutPaths } from './field-ownership.ts'

export type StoreEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly kind: KindName
  readonly object: Resource
  readonly before?: Resource
}

export type ApplyRequest = {
  readonly kind: KindName
  readonly key: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly manager: string
  readonly subresource?: 'status'
}

export class StoreError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

type Table = Map<string, Resource>

export type Store = ReturnType<typeof createStore>

/** `wall` in ms; creationTimestamp comes from it. */
export function createStore(wall: () => number) {
  const tables = new Map<string, Table>()
  const owned = new Map<string, ReadonlySet<string>>() // paths, by manager, subresource and object
  const listeners = new Set<(event: StoreEvent) => void>()
  const history: StoreEvent[] = []
  let version = 100
  let uids = 0

  const table = (kind: KindName): Table => {
    const name = `${kind.plural}.${kind.group}`
    const found = tables.get(name) ?? new Map<string, Resource>()
    tables.set(name, found)
    return found
  }

  function tell(event: StoreEvent): void {
    history.push(event)
    for (const listener of listeners) listener(event)
  }

  function put(kind: KindName, key: string, fields: Readonly<Record<string, unknown>>): Resource {
    const before = table(kind).get(key)
    const object = resource(kind, key, fields, before)
    table(kind).set(key, object)
    const type = before === undefined ? 'ADDED' : 'MODIFIED'
    tell({ type, kind, object, ...(before === undefined ? {} : { before }) })
    return object
  }

  function resource(
    kind: KindName,
    key: string,
    fields: Readonly<Record<string, unknown>>,
    before?: Resource,
  ): Resource {
    const meta = isObject(fields['metadata']) ? fields['metadata'] : {}
    const [namespace, name] = kind.namespaced ? splitKey(key) : [undefined, key]
    const specChanged = JSON.stringify(before?.['spec']) !== JSON.stringify(fields['spec'])
    const generation = (before?.metadata.generation ?? 0) + (specChanged || before === undefined ? 1 : 0)
    return {
      ...fields,
      apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
      kind: kind.kind,
      metadata: {
        ...meta,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        uid: before?.metadata.uid ?? `uid-${++uids}`,
        resourceVersion: String(++version),
        generation,
        creationTimestamp:
          before?.metadata.creationTimestamp ?? `${new Date(wall()).toISOString().slice(0, 19)}Z`,
      },
    }
  }

  function remove(kind: KindName, key: string): void {
    const object = table(kind).get(key)
    if (object === undefined) return
    table(kind).delete(key)
    for (const name of owned.keys()) if (name.endsWith(` ${kind.plural} ${key}`)) owned.delete(name)
    const gone = { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } }
    tell({ type: 'DELETED', kind, object: gone, before: object })
  }

  function apply({ kind, key, fields, manager, subresource }: ApplyRequest): Resource {
    const before = table(kind).get(key)
    if (before === undefined && subresource !== undefined)
      throw new StoreError(404, `${kind.plural} "${key}" not found`)
    const wanted = isObject(fields['metadata']) ? fields['metadata'] : {}
    if (typeof wanted['uid'] === 'string' && wanted['uid'] !== before?.metadata.uid)
      throw new StoreError(409, 'Precondition failed: UID in precondition')
    const { resourceVersion } = wanted
    if (typeof resourceVersion === 'string' && resourceVersion !== before?.metadata.resourceVersion)
      throw new StoreError(409, 'the object has been modified')
    const owner = `${manager}/${subresource ?? ''} ${kind.plural} ${key}`
    const paths = new Set(fieldPaths(fields))
    const others = [...owned].filter(([name]) => name !== owner && name.endsWith(` ${kind.plural} ${key}`))
    const left = [...(owned.get(owner) ?? [])].filter(
      (path) => !paths.has(path) && !others.some(([, theirs]) => theirs.has(path)),
    )
    owned.set(owner, paths)
    for (const [name, theirs] of others) owned.set(name, theirs.difference(paths)) // by force
    const merged = appliedFields(withoutPaths(before ?? {}, left), fields)
    if (before !== undefined && sameButVersion(before, merged)) return before
    return put(kind, key, merged)
  }

  return {
    list: (kind: KindName): readonly Resource[] => [...table(kind).values()],
    get: (kind: KindName, key: string): Resource | undefined => table(kind).get(key),
    version: () => String(version),
    since: (from: string): readonly StoreEvent[] =>
      history.filter(({ object }) => Number(object.metadata.resourceVersion) > Number(from)),
    put,
    remove,
    apply,
    listen: (listener: (event: StoreEvent) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

function splitKey(key: string): readonly [string, string] {
  const [namespace = '', name = ''] = key.split('/')
  return [namespace, name]
}

function sameButVersion(before: Resource, merged: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify(sorted(before)) === JSON.stringify(sorted({ ...before, ...merged }))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  )
}
