// One kind, parsed and in order: follows a cache, parses an object once per resourceVersion, and keeps the parsed value
// of an object in which nothing changed that we read: the planner's own caches live on that.
import type { Resource } from '../../crds/kind.ts'
import { sameValue } from '../equal.ts'

/** What a table follows: the part of kube/cache.ts that it needs. */
export type Followed = {
  readonly keepsParts?: boolean // then whoever parses must be there before the first object is
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
  readonly order?: (a: Age, b: Age) => number // by key where absent
}

type Age = { readonly createdAt: string } // RFC 3339

type Row<T> = Age & { readonly key: string; readonly value: T }

/** Oldest first, then by name: the order of pools and Services. */
export function oldestFirst(a: Age, b: Age): number {
  return compareText(a.createdAt, b.createdAt)
}

export function startTable<T>({ cache, parse, order = () => 0 }: TableOptions<T>): Table<T> {
  const compare = (a: Row<T>, b: Row<T>) => order(a, b) || compareText(a.key, b.key)
  const byKey = new Map<string, Row<T>>()
  let sorted: Row<T>[] = []
  let rows: readonly T[] | undefined

  function set(key: string, object: Resource): void {
    const before = byKey.get(key)
    const row = rowOf(key, object)
    const isOrderKept = before !== undefined && compare(before, row) === 0
    if (isOrderKept && sameValue(before.value, row.value)) return
    byKey.set(key, row)
    rows = undefined
    if (isOrderKept) {
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

  function rowOf(key: string, object: Resource): Row<T> {
    return { key, createdAt: object.metadata.creationTimestamp ?? '', value: parse(object) }
  }

  function fill(): void {
    refuseParts(cache)
    for (const [key, object] of cache.objects()) byKey.set(key, rowOf(key, object))
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

/** What is no more there can be parsed no more. */
export function refuseParts(cache: Followed): void {
  if (cache.keepsParts === true && cache.objects().size > 0)
    throw new Error('objects of which only parts are kept must be followed from the first one on')
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
