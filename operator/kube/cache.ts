// The objects of one kind as last seen, fed by a watch; every change gets a number and is told to listeners.
import type { KindName, Resource } from '../../crds/kind.ts'
import type { Keep } from './keep.ts'

export type Cache = {
  readonly kind: KindName
  readonly version: () => number // grows by one with every change
  readonly isSynced: () => boolean // the first list is whole
  readonly keepsParts: boolean // get() and objects() give only what it was told to keep; listeners see the whole
  readonly get: (key: string) => Resource | undefined
  readonly objects: () => ReadonlyMap<string, Resource> // by key; live: it changes under whoever holds it
  readonly onChange: (listener: (change: Change) => void) => () => void // returns what ends it
  /** Takes the answer of an own write, so that nobody plans on what stood there before. False: nothing new. */
  readonly upsertIfNewer: (object: Resource) => boolean
}

export type Change =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly key: string; readonly object: Resource } // deleted: as kept, or whole
  | { readonly type: 'synced' } // a list was whole: what it said differently has been told before this

/** What the watch tells a cache. */
export type CacheFeed = {
  readonly replace: (objects: readonly Resource[], resourceVersion: string) => void
  readonly put: (object: Resource) => void
  readonly drop: (object: Resource) => void // in its last state
}

export type FedCache = Cache & CacheFeed

/** 'namespace/name', or 'name' where there is no namespace. */
export function keyOf({ metadata: { namespace, name } }: Resource): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}

export type CacheOptions = {
  readonly failed?: (error: unknown) => void // a listener threw; that is its own trouble, and nobody else misses a change for it
  readonly keep?: Keep // all
}

export function createCache(kind: KindName, { failed = throwLater, keep }: CacheOptions = {}): FedCache {
  const objects = new Map<string, Resource>()
  const listeners = new Set<(change: Change) => void>()
  let version = 0
  let synced = false
  let seen = 0n // the newest version that list and watch have shown

  function tell(change: Change): void {
    version += 1
    for (const listener of listeners) {
      try {
        listener(change)
      } catch (error) {
        failed(error)
      }
    }
  }

  function store(object: Resource): void {
    const key = keyOf(object)
    const before = objects.get(key)
    if (before !== undefined && before.metadata.uid !== object.metadata.uid) remove(key, before)
    objects.set(key, keep === undefined ? object : keep(object))
    if (before?.metadata.uid === object.metadata.uid) tell({ type: 'modified', key, object })
    else tell({ type: 'added', key, object })
  }

  function remove(key: string, object: Resource): void {
    objects.delete(key)
    tell({ type: 'deleted', key, object })
  }

  function put(object: Resource): void {
    const before = objects.get(keyOf(object))
    seen = later(seen, versionOf(object))
    // Not newer where an own write's answer came first, or where a relist tells what is known.
    if (before === undefined || versionOf(object) > versionOf(before)) store(object)
  }

  function drop(object: Resource): void {
    const key = keyOf(object)
    seen = later(seen, versionOf(object))
    if (objects.get(key)?.metadata.uid === object.metadata.uid) remove(key, object)
  }

  function replace(listed: readonly Resource[], resourceVersion: string): void {
    const listVersion = BigInt(resourceVersion)
    const keys = new Set(listed.map(keyOf))
    for (const [key, object] of objects) {
      if (!keys.has(key) && versionOf(object) <= listVersion) remove(key, object) // else written after the list
    }
    for (const object of listed) put(object)
    seen = later(seen, listVersion)
    synced = true
    tell({ type: 'synced' })
  }

  function upsertIfNewer(object: Resource): boolean {
    const before = objects.get(keyOf(object))
    const sameLife = before?.metadata.uid === object.metadata.uid
    // Not in the store, or there in another life: whatever the watch has shown since is the last word.
    const newer = sameLife ? versionOf(object) > versionOf(before) : versionOf(object) > seen
    if (newer) store(object)
    return newer
  }

  return {
    kind,
    version: () => version,
    isSynced: () => synced,
    keepsParts: keep !== undefined,
    get: (key) => objects.get(key),
    objects: () => objects,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    upsertIfNewer,
    replace,
    put,
    drop,
  }
}

/** Comparable within a kind: KEP-5504 made a promise of what has always been so. */
function versionOf({ metadata }: Resource): bigint {
  return BigInt(metadata.resourceVersion)
}

function later(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
