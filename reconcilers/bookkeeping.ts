// The books follow the snapshots: what changed is struck and entered anew, the rest stays. A pure cache: books that were
// kept for long and books made afresh are equal (a property holds them to it), and they are as large as one snapshot.
import type { Service } from '../crds/core.ts'
import type { Withheld } from './addresses-in-use.ts'
import { addressesInUse } from './addresses-in-use.ts'
import { difference, followOrder } from './age.ts'
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
  readonly byUid: Map<string, Service> // of the entries
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
  const [entries, byUid] = [new Map<Service, Entry>(), new Map<string, Service>()]
  return { books: newBooks(), entries, byUid, services: [], flawed: [], unread: [], setting }
}

function bringUpToDate(before: Kept, snapshot: Snapshot, setting: Setting): Kept {
  const services = followOrder(before.services, everyService(snapshot))
  const { gone, come } = difference(before.services, services)
  for (const service of gone) strikeService(before, service)
  for (const service of touched(before, setting)) {
    strikeService(before, service)
    come.push(service)
  }
  for (const service of come) enterService(before, service, setting)
  const unread = keepUnread(before, snapshot.flawedServices, setting.index)
  return { ...before, services, flawed: snapshot.flawedServices, unread, setting }
}

function strikeService({ books, entries, byUid }: Kept, service: Service): void {
  const entry = entries.get(service)
  if (entry !== undefined) strike(books, entry)
  entries.delete(service)
  if (byUid.get(service.uid) === service) byUid.delete(service.uid)
}

function enterService({ books, entries, byUid }: Kept, service: Service, setting: Setting): void {
  const entry = entryOf(service, setting)
  entries.set(service, entry)
  byUid.set(service.uid, service)
  enter(books, entry)
}

/** Services that are the same objects, and of which something else changed that their entries depend on. */
function touched({ entries, byUid, setting: before }: Kept, now: Setting): ReadonlySet<Service> {
  const uids = differing(before.written, now.written, sameTexts)
  const found = new Set([...uids].flatMap((uid) => byUid.get(uid) ?? []))
  const namespaces = differing(before.namespaces, now.namespaces, Object.is)
  const keys = differing(before.flaws, now.flaws, Object.is)
  const addresses = differing(before.inUse, now.inUse, sameVerdict)
  if (namespaces.size + keys.size + addresses.size === 0) return found
  for (const service of entries.keys()) {
    const isTouched =
      namespaces.has(service.namespace) ||
      keys.has(service.key) ||
      (addresses.size > 0 && textsOf(service, now).some((text) => addresses.has(text)))
    if (isTouched) found.add(service)
  }
  return found
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
  if (sameItems(flawed, now)) return unread
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
