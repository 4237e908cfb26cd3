// One kind, parsed and in order: follows a cache, parses an object once per resourceVersion, and keeps the parsed value
// of an object in which nothing changed that we read: the planner's own caches live on that.
import type { ObjectMeta, Resource } from '../../crds/kind.ts'
import { sameValue } from '../equal.ts'

/** What a table follows: the part of kube/cache.ts that it needs. */
export type Followed = {
  readonly objects: () => ReadonlyMap<string, Resource>
  readonly onChange: (listener: (change: FollowedChange) => void) => () => void
}

export type FollowedChange =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly key: string; readonly object: Resource }
  | { readonly type: 'synced' }

export type Table<T> = {
  readonly rows: () => readonly T[] // in order; the same array until something changes
  readonly get: (key: string) => T | undefined
  readonly stop: () => void
}

export type TableOptions<T> = {
  readonly cache: Followed
  readonly parse: (object: Resource) => T // never throws
  readonly order?: (a: ObjectMeta, b: ObjectMeta) => number // by key where absent
}

type Row<T> = { readonly key: string; readonly object: Resource; readonly value: T }

/** Oldest first, then by name: the order of pools and Services. */
export function oldestFirst(a: ObjectMeta, b: ObjectMeta): number {
  return compareText(a.creationTimestamp ?? '', b.creationTimestamp ?? '')
}

export function startTable<T>({ cache, parse, order = () => 0 }: TableOptions<T>): Table<T> {
  const compare = (a: Row<T>, b: Row<T>) =>
    order(a.object.metadata, b.object.metadata) || compareText(a.key, b.key)
  const byKey = new Map<string, Row<T>>()
  let sorted: Row<T>[] = []
  let rows: readonly T[] | undefined

  function set(key: string, object: Resource): void {
    const before = byKey.get(key)
    if (before?.object === object) return
    const value = parse(object)
    const unchanged = before !== undefined && sameValue(before.value, value)
    const row = { key, object, value: unchanged ? before.value : value }
    byKey.set(key, row)
    if (!unchanged) rows = undefined
    if (before !== undefined && compare(before, row) === 0) {
      sorted[place(sorted, before, compare)] = row
      return
    }
    if (before !== undefined) sorted.splice(place(sorted, before, compare), 1)
    sorted.splice(place(sorted, row, compare), 0, row)
  }

  function remove(key: string): void {
    const before = byKey.get(key)
    if (before === undefined) return
    byKey.delete(key)
    sorted.splice(place(sorted, before, compare), 1)
    rows = undefined
  }

  function fill(): void {
    for (const [key, object] of cache.objects()) byKey.set(key, { key, object, value: parse(object) })
    sorted = [...byKey.values()].toSorted(compare)
  }

  fill()
  const stop = cache.onChange((change) => {
    if (change.type === 'synced') return
    if (change.type === 'deleted') remove(change.key)
    else set(change.key, change.object)
  })
  return {
    rows: () => (rows ??= Object.freeze(sorted.map((row) => row.value))),
    get: (key) => byKey.get(key)?.value,
    stop,
  }
}

/** Where `row` stands or would stand. */
function place<T>(sorted: readonly T[], row: T, compare: (a: T, b: T) => number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const candidate = sorted[middle]
    if (candidate !== undefined && compare(candidate, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** By code units: the same everywhere, whatever the locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
