// A map that is never changed, and of which a changed copy costs what changed: a few changes lie over a large map that
// copies share. To fill a map of 10,000 entries anew takes longer than all the rest of a plan.

/** Lookups go through two maps at most. A changed copy of it is made by withChanges(). */
export type LayeredMap<Value> = ReadonlyMap<string, Value> & {
  readonly base: ReadonlyMap<string, Value>
  readonly changes: ReadonlyMap<string, Value | undefined> // undefined: not there any more
}

/** So many changes are copied again and again; with more the whole is made anew. */
const mostChanges = 512

export function layeredMap<Value>(base: ReadonlyMap<string, Value> = new Map()): LayeredMap<Value> {
  return isLayered(base) ? base : layer(base, new Map())
}

/** `undefined` takes an entry away. */
export function withChanges<Value extends object>(
  before: LayeredMap<Value>,
  changes: ReadonlyMap<string, Value | undefined>,
): LayeredMap<Value> {
  if (changes.size === 0) return before
  const all = new Map(before.changes)
  for (const [key, value] of changes) all.set(key, value)
  return all.size > mostChanges ? layer(flatten(before.base, all), new Map()) : layer(before.base, all)
}

/** The keys at which two maps differ; quickly, when one is a changed copy of the other. */
export function keysToCompare<Value>(
  before: ReadonlyMap<string, Value> | undefined,
  now: ReadonlyMap<string, Value>,
): ReadonlySet<string> {
  if (before === now) return none
  if (before === undefined) return new Set(now.keys())
  const others = compared.get(now) ?? new WeakMap<object, ReadonlySet<string>>()
  compared.set(now, others)
  const keys = others.get(before) ?? compare(before, now)
  others.set(before, keys)
  return keys
}

const none: ReadonlySet<string> = new Set()

/** A pass asks several times about the same two. Neither is kept for the other: each was compared with one before it. */
const compared = new WeakMap<object, WeakMap<object, ReadonlySet<string>>>()

function compare<Value>(
  before: ReadonlyMap<string, Value>,
  now: ReadonlyMap<string, Value>,
): ReadonlySet<string> {
  const keys = new Set<string>()
  const look = (key: string) => {
    if (before.get(key) !== now.get(key)) keys.add(key)
  }
  const [old, fresh] = [isLayered(before) ? before : undefined, isLayered(now) ? now : undefined]
  const isCopy = old !== undefined && old.base === fresh?.base
  for (const key of (isCopy ? old.changes : before).keys()) look(key)
  for (const key of (isCopy ? (fresh?.changes ?? now) : now).keys()) look(key)
  return keys
}

function isLayered<Value>(map: ReadonlyMap<string, Value>): map is LayeredMap<Value> {
  return 'base' in map
}

function flatten<Value>(
  base: ReadonlyMap<string, Value>,
  changes: ReadonlyMap<string, Value | undefined>,
): ReadonlyMap<string, Value> {
  const all = new Map(base)
  for (const [key, value] of changes) {
    if (value === undefined) all.delete(key)
    else all.set(key, value)
  }
  return all
}

function layer<Value>(
  base: ReadonlyMap<string, Value>,
  changes: ReadonlyMap<string, Value | undefined>,
): LayeredMap<Value> {
  let { size } = base
  for (const [key, value] of changes) size += Number(value !== undefined) - Number(base.has(key))
  const get = (key: string) => (changes.has(key) ? changes.get(key) : base.get(key))

  function* entries(): MapIterator<[string, Value]> {
    for (const [key, value] of base) if (!changes.has(key)) yield [key, value]
    for (const [key, value] of changes) if (value !== undefined) yield [key, value]
  }
  function* keys(): MapIterator<string> {
    for (const [key] of entries()) yield key
  }
  function* values(): MapIterator<Value> {
    for (const [, value] of entries()) yield value
  }
  const map: LayeredMap<Value> = {
    base,
    changes,
    size,
    get,
    has: (key) => get(key) !== undefined,
    entries,
    keys,
    values,
    forEach: (visit) => {
      for (const [key, value] of entries()) visit(value, key, map)
    },
    [Symbol.iterator]: entries,
  }
  return map
}
