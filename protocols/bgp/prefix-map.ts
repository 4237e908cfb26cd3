// A map from prefixes that is never changed, only replaced; the old one stays as it was. A small one is a Map that is copied;
// a bigger one is a tree of two levels over such Maps, by the prefix' hash: a change copies one of them and the two nodes
// above it. So 100,000 routes take a change of one in microseconds and one of 100 in half a millisecond, and step stays
// pure. (Changes over a base that both share cost the copy of the base, 100 ms, at every thousandth change.)

export type PrefixMap<Value> = Small<Value> | Tree<Value>

type Small<Value> = { readonly size: number; readonly leaf: Leaf<Value> }
type Leaf<Value> = ReadonlyMap<string, Value>

/** 64 branches of 64 leaves: 25 prefixes in each of 100,000. */
type Tree<Value> = { readonly size: number; readonly branches: readonly (Branch<Value> | undefined)[] }
type Branch<Value> = readonly (Leaf<Value> | undefined)[]

export const emptyPrefixMap: PrefixMap<never> = { size: 0, leaf: new Map<string, never>() }

const fanOut = 64
/** Up to here a map is small; at half of it a tree becomes small again. */
const smallSize = 64

/** The map must not be changed any more. */
export function prefixMapOf<Value>(entries: ReadonlyMap<string, Value>): PrefixMap<Value> {
  if (entries.size <= smallSize) return { size: entries.size, leaf: entries }
  return changeTree<Value>({ size: 0, branches: [] }, entries)
}

export function getPrefix<Value>(map: PrefixMap<Value>, prefix: string): Value | undefined {
  if ('leaf' in map) return map.leaf.get(prefix)
  const hash = hashOf(prefix)
  return map.branches[outer(hash)]?.[inner(hash)]?.get(prefix)
}

/** Undefined takes a prefix out. */
export function changePrefixes<Value>(
  map: PrefixMap<Value>,
  wanted: Iterable<readonly [string, Value | undefined]>,
): PrefixMap<Value> {
  if ('leaf' in map) return changeSmall(map.leaf, wanted)
  const tree = changeTree(map, wanted)
  return tree.size > smallSize / 2 ? tree : prefixMapOf(new Map(entriesOf(tree)))
}

function changeSmall<Value>(
  leaf: Leaf<Value>,
  wanted: Iterable<readonly [string, Value | undefined]>,
): PrefixMap<Value> {
  const copy = new Map(leaf)
  for (const [prefix, value] of wanted)
    if (value === undefined) copy.delete(prefix)
    else copy.set(prefix, value)
  return prefixMapOf(copy)
}

function changeTree<Value>(
  tree: Tree<Value>,
  wanted: Iterable<readonly [string, Value | undefined]>,
): Tree<Value> {
  const draft = new Draft(tree)
  for (const [prefix, value] of wanted) draft.change(prefix, value)
  return draft.done()
}

/** What is copied once is changed in place until it is done. */
class Draft<Value> {
  private readonly before: Tree<Value>
  private readonly branches: (Branch<Value> | undefined)[]
  private readonly copies = new Map<number, (Leaf<Value> | undefined)[]>() // of branches
  private readonly leaves = new Map<number, Map<string, Value>>() // copies, by both places
  private size: number

  constructor(before: Tree<Value>) {
    this.before = before
    this.branches = [...before.branches]
    this.size = before.size
  }

  change(prefix: string, value: Value | undefined): void {
    const hash = hashOf(prefix)
    const [place, within] = [outer(hash), inner(hash)]
    const known = this.branches[place]?.[within]?.get(prefix)
    if (known === value) return
    const leaf = this.leafAt(place, within)
    if (value === undefined) leaf.delete(prefix)
    else leaf.set(prefix, value)
    this.size += (value === undefined ? 0 : 1) - (known === undefined ? 0 : 1)
  }

  done(): Tree<Value> {
    return this.leaves.size === 0 ? this.before : { size: this.size, branches: this.branches }
  }

  private leafAt(place: number, within: number): Map<string, Value> {
    const key = place * fanOut + within
    const own = this.leaves.get(key)
    if (own !== undefined) return own
    const branch = this.copies.get(place) ?? [...(this.branches[place] ?? [])]
    const leaf = new Map(branch[within])
    this.copies.set(place, branch)
    this.leaves.set(key, leaf)
    this.branches[place] = branch
    branch[within] = leaf
    return leaf
  }
}

/** Every entry once, in no order that means anything. */
export function* entriesOf<Value>(map: PrefixMap<Value>): Generator<readonly [string, Value]> {
  if ('leaf' in map) return yield* map.leaf
  for (const branch of map.branches) for (const leaf of branch ?? []) if (leaf !== undefined) yield* leaf
}

/** The first so many prefixes, in that order. */
export function firstPrefixes(map: PrefixMap<unknown>, count: number): string[] {
  const found: string[] = []
  for (const [prefix] of entriesOf(map)) {
    if (found.length === count) break
    found.push(prefix)
  }
  return found
}

/** Where a prefix stands among all, whatever else a map holds: a walk by places can be put down and resumed. */
export function placeOf(prefix: string): number {
  return hashOf(prefix)
}

const places = fanOut * fanOut

export type Stretch<Value> = {
  readonly entries: readonly (readonly [string, Value])[]
  readonly next: number | undefined // the place where the rest begins; undefined: there is no rest
}

/** All entries from place `from` on, up to the end of the place at which there are `count` of them. */
export function stretchOf<Value>(map: PrefixMap<Value>, from: number, count: number): Stretch<Value> {
  if ('leaf' in map)
    return {
      entries: [...map.leaf].filter(([prefix]) => from === 0 || hashOf(prefix) >= from),
      next: undefined,
    }
  const entries: (readonly [string, Value])[] = []
  let place = from
  for (; place < places && entries.length < count; place++) {
    const leaf = map.branches[outer(place)]?.[inner(place)]
    if (leaf !== undefined) entries.push(...leaf)
  }
  return { entries, next: place < places ? place : undefined }
}

function hashOf(prefix: string): number {
  let hash = 0
  for (let index = 0; index < prefix.length; index++) hash = Math.imul(hash, 31) + prefix.charCodeAt(index)
  return Math.imul(hash, 0x9e3779b1) >>> 20 // Fibonacci hashing: the upper bits depend on all
}

function outer(hash: number): number {
  return hash >>> 6
}

function inner(hash: number): number {
  return hash & (fanOut - 1)
}
