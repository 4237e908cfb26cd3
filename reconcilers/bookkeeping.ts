// The books follow the snapshots: what changed is struck and entered anew, the rest stays. A pure cache: books that were
// kept for long and books made afresh are equal (a property holds them to it), and they are as large as one snapshot.
import type { Service } from '../crds/core.ts'
import type { Withheld } from './addresses-in-use.ts'
import { addressesInUse } from './addresses-in-use.ts'
import { compareAge, oldestFirst } from './age.ts'
import type { Books, Entry } from './books.ts'
import { enter, newBooks, strike } from './books.ts'
import type { Setting } from './entries.ts'
import { entryOf, strangersAmong } from './entries.ts'
import { everyService, flawsOf } from './flaws.ts'
import { sameItems } from './once.ts'
import type { PoolIndex } from './pools.ts'
import { named } from './request.ts'
import type { Flawed, Snapshot } from './snapshot.ts'

/** Books are good until they are asked for again. */
export type Bookkeeping = (snapshot: Snapshot, index: PoolIndex) => Books

type Kept = {
  readonly books: Books
  readonly entries: Map<Service, Entry>
  readonly services: readonly Service[] // oldest first
  readonly flawed: readonly Flawed[]
  readonly unread: readonly Entry[] // of objects of which nothing but the addresses is known
  readonly setting: Setting
}

export function startBookkeeping(): Bookkeeping {
  let last: Kept | undefined
  return (snapshot, index) => {
    const setting = settingOf(snapshot, index)
    const before = last !== undefined && isSameGround(last.setting, setting) ? last : nothingKept(setting)
    last = undefined // what is half brought up to date is of no use to anybody
    const now = bringUpToDate(before, snapshot, setting)
    last = now
    return now.books
  }
}

/** Made afresh, with all that is entered in them. */
export function booksOf(
  snapshot: Snapshot,
  index: PoolIndex,
): { readonly books: Books; readonly entries: readonly Entry[] } {
  const setting = settingOf(snapshot, index)
  const { books, entries, unread } = bringUpToDate(nothingKept(setting), snapshot, setting)
  return { books, entries: [...entries.values(), ...unread] }
}

function settingOf(snapshot: Snapshot, index: PoolIndex): Setting {
  const { namespaces, settings, flawedServices, written } = snapshot
  const inUse = addressesInUse(snapshot, index)
  return { index, namespaces, settings, flaws: flawsOf(flawedServices), written, inUse }
}

/** Pools change rarely, and with them the place of every address. */
function isSameGround(a: Setting, b: Setting): boolean {
  return a.index === b.index && a.settings.loadBalancerClass === b.settings.loadBalancerClass
}

function nothingKept(setting: Setting): Kept {
  return { books: newBooks(), entries: new Map(), services: [], flawed: [], unread: [], setting }
}

function bringUpToDate(before: Kept, snapshot: Snapshot, setting: Setting): Kept {
  const { books, entries } = before
  const services = followOrder(before.services, everyService(snapshot))
  const { gone, come } = difference(before.services, services)
  for (const service of touched(services, before.setting, setting)) {
    if (!entries.has(service)) continue // it is new anyway
    gone.push(service)
    come.push(service)
  }
  for (const service of gone) {
    const entry = entries.get(service)
    if (entry !== undefined) strike(books, entry)
    entries.delete(service)
  }
  for (const service of come) {
    const entry = entryOf(service, setting)
    entries.set(service, entry)
    enter(books, entry)
  }
  const unread = keepUnread(before, snapshot.flawedServices, setting.index)
  return { books, entries, services, flawed: snapshot.flawedServices, unread, setting }
}

/** In order, and the list of before when nothing changed: then nothing is compared either. */
function followOrder(before: readonly Service[], now: readonly Service[]): readonly Service[] {
  return sameItems(before, now) ? before : oldestFirst(now)
}

type Difference = { readonly gone: Service[]; readonly come: Service[] }

/** Both lists are oldest first: one walk finds what only one of them has. */
function difference(before: readonly Service[], now: readonly Service[]): Difference {
  const gone: Service[] = []
  const come: Service[] = []
  if (before === now) return { gone, come }
  let [i, j] = [0, 0]
  while (i < before.length || j < now.length) {
    const [old, fresh] = [before[i], now[j]]
    const order = old === fresh ? 0 : compareEnds(old, fresh)
    if (order <= 0) i++
    if (order >= 0) j++
    if (old === fresh) continue
    if (order <= 0 && old !== undefined) gone.push(old)
    if (order >= 0 && fresh !== undefined) come.push(fresh)
  }
  return { gone, come }
}

function compareEnds(a: Service | undefined, b: Service | undefined): number {
  if (a === undefined) return 1
  return b === undefined ? -1 : compareAge(a, b)
}

/** Services that are the same objects, and of which something else changed that their entries depend on. */
function touched(services: readonly Service[], before: Setting, now: Setting): readonly Service[] {
  const uids = differing(before.written, now.written, sameTexts)
  const namespaces = differing(before.namespaces, now.namespaces, Object.is)
  const keys = differing(before.flaws, now.flaws, Object.is)
  const addresses = differing(before.inUse, now.inUse, sameVerdict)
  if (uids.size + namespaces.size + keys.size + addresses.size === 0) return []
  return services.filter(
    (service) =>
      uids.has(service.uid) ||
      namespaces.has(service.namespace) ||
      keys.has(service.key) ||
      (addresses.size > 0 && textsOf(service, now).some((text) => addresses.has(text))),
  )
}

function textsOf({ uid, ingress }: Service, { written }: Setting): readonly string[] {
  return [...ingress, ...(written?.get(uid) ?? [])].map((text) => named(text)?.text ?? text)
}

function sameVerdict(a: Withheld | undefined, b: Withheld | undefined): boolean {
  return a?.verdict.message === b?.verdict.message
}

function sameTexts(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && sameItems(a, b))
}

function differing<Value>(
  a: ReadonlyMap<string, Value> | undefined,
  b: ReadonlyMap<string, Value> | undefined,
  same: (a: Value | undefined, b: Value | undefined) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>()
  if (a === b) return found
  for (const [name, value] of a ?? []) if (!same(value, b?.get(name))) found.add(name)
  for (const [name, value] of b ?? []) if (!same(a?.get(name), value)) found.add(name)
  return found
}

/** Objects of which nothing can be read but that they have addresses. */
function keepUnread(
  { books, flawed, unread }: Kept,
  now: readonly Flawed[],
  index: PoolIndex,
): readonly Entry[] {
  if (sameItems(flawed, now) && unread.length + now.length === 0) return unread
  for (const entry of unread) strike(books, entry)
  const fresh = now.flatMap(({ namespace, name, ingress = [], service }): Entry[] => {
    const key = `${namespace}/${name}`
    return service === undefined && ingress.length > 0
      ? [{ key, strangers: strangersAmong(key, ingress, index) }]
      : []
  })
  for (const entry of fresh) enter(books, entry)
  return fresh
}
