// Who has which address while one plan is made: what stands by the books, and what the plan gives. It never outlives the plan.
import type { Service } from '../crds/core.ts'
import type { Family } from '../protocols/net/address.ts'
import { addressesInUse } from './addresses-in-use.ts'
import { compareAge } from './age.ts'
import { booksOf } from './bookkeeping.ts'
import type { Books } from './books.ts'
import { by, contestOf, enter, holdersIn, newBooks, settleContests } from './books.ts'
import type { FreeAddresses } from './free-addresses.ts'
import { freeBeside, markTaken } from './free-addresses.ts'
import type { Recollection } from './memory.ts'
import { noRecollection, recollect } from './memory.ts'
import type { PoolEntry, PoolIndex } from './pools.ts'
import type { Named } from './request.ts'
import { sharingKeyOf } from './sharing.ts'
import type { Snapshot } from './snapshot.ts'
import type { Ground, Held } from './standing.ts'
import type { Verdict } from './verdict.ts'

export type Ledger = {
  readonly ground: Ground
  readonly books: Books
  readonly recollection: Recollection
  readonly free: FreeAddresses
  readonly given: Map<string, Service[]> // by address, in this plan
  readonly fresh: Held[] // given in this plan, and nobody had it before
  readonly shared: Map<string, Map<string, Held>> // by sharing key and address: what was asked for so far
  readonly givenShared: Map<string, Held[]> // by sharing key, in this plan
  readonly wantedInVain: Set<PoolEntry> // exhausted, and a Service waits
  readonly leaving: Map<Service, readonly Named[]> // what a Service has while it is served: a new address takes its place
  readonly refusals: Map<string, Refusal> // by what is wished: since the last address was given
  readonly used: Map<PoolEntry, Map<string, Used>> // of pools with a quota, by namespace: what was asked for so far
}

type Used = Readonly<Record<Family, Set<string>>>

export type Refusal = {
  readonly verdict: Verdict
  readonly exhausted: readonly PoolEntry[] // pools that would have given
}

export function openLedger(ground: Ground, books: Books): Ledger {
  const free = freeBeside(books.stood)
  for (const { place } of ground.inUse?.values() ?? []) markTaken(free, place.segment, place.offset)
  const recollection = ground.recollection ?? noRecollection
  for (const { place } of recollection.resting.values()) markTaken(free, place.segment, place.offset)
  return {
    ground,
    books,
    recollection,
    free,
    given: new Map(),
    fresh: [],
    shared: new Map(),
    givenShared: new Map(),
    wantedInVain: new Set(),
    leaving: new Map(),
    refusals: new Map(),
    used: new Map(),
  }
}

/** The plan gives the Service addresses that it did not have. */
export function give(ledger: Ledger, service: Service, held: readonly Held[]): void {
  ledger.refusals.clear()
  for (const one of held) {
    const { text } = one.address
    if (one.place !== undefined) markTaken(ledger.free, one.place.segment, one.place.offset)
    if (!ledger.given.has(text) && holdersIn(ledger.books, text).length === 0) ledger.fresh.push(one)
    ledger.given.set(text, [...(ledger.given.get(text) ?? []), service])
    noteShared(ledger, sharingKeyOf(service), one)
    if (one.pool.pool.quota !== undefined)
      usedIn(ledger, one.pool, service.namespace)[one.address.family].add(text)
  }
}

function noteShared({ shared, givenShared }: Ledger, key: string, held: Held): void {
  if (key === '') return
  const known = shared.get(key)
  if (known !== undefined && !known.has(held.address.text)) known.set(held.address.text, held)
  const given = givenShared.get(key)
  if (given === undefined) givenShared.set(key, [held])
  else given.push(held)
}

/** The other Services that have the address. */
export function holdersOf({ books, given }: Ledger, { text }: Named, but: Service): readonly Service[] {
  const standing = holdersIn(books, text).flatMap(({ draft }) => draft?.service ?? [])
  return [...standing, ...(given.get(text) ?? [])].filter((service) => service !== but)
}

/** The addresses of a pool with a quota that Services of the namespace have. */
export function usedIn({ books, used }: Ledger, entry: PoolEntry, namespace: string): Used {
  const ofPool = used.get(entry) ?? new Map<string, Used>()
  used.set(entry, ofPool)
  const known = ofPool.get(namespace)
  if (known !== undefined) return known
  const standing = books.usage.get(entry)?.get(namespace)
  const own = { IPv4: had(books, namespace, standing?.IPv4), IPv6: had(books, namespace, standing?.IPv6) }
  ofPool.set(namespace, own)
  return own
}

// Of an address that several Services have, some may not stay on it.
function had(books: Books, namespace: string, counts: ReadonlyMap<string, number> = new Map()): Set<string> {
  const texts = [...counts.keys()].filter(
    (text) =>
      contestOf(books, text) === undefined ||
      holdersIn(books, text).some(({ draft }) => draft?.service.namespace === namespace),
  )
  return new Set(texts)
}

/** The addresses of Services with this sharing key, each once. */
export function addressesShared(ledger: Ledger, sharingKey: string): Iterable<Held> {
  if (sharingKey === '') return []
  const known = ledger.shared.get(sharingKey)
  if (known !== undefined) return known.values()
  const all = new Map<string, Held>()
  for (const held of [...standingShared(ledger, sharingKey), ...(ledger.givenShared.get(sharingKey) ?? [])])
    if (!all.has(held.address.text)) all.set(held.address.text, held)
  ledger.shared.set(sharingKey, all)
  return all.values()
}

function standingShared({ books }: Ledger, sharingKey: string): readonly Held[] {
  const sharers = [...(books.sharers.get(sharingKey) ?? [])].toSorted(by(compareAge))
  return sharers.flatMap((entry) =>
    (entry.draft?.standing.held ?? []).filter(
      ({ address }) => contestOf(books, address.text)?.refused.has(entry) !== true,
    ),
  )
}

/** The object that has the address and is not ours to plan. */
export function strangerWith({ books }: Ledger, { text }: Named): string | undefined {
  const keys = (books.strangers.get(text) ?? []).map(({ key }) => key)
  return keys.toSorted()[0]
}

/** The ledger before anything is given, without what this Service has: what it could have. */
export function ledgerWithout(snapshot: Snapshot, index: PoolIndex, key: string): Ledger {
  const { books, entries } = booksOf(snapshot, index)
  const left = settleContests(books)
  const others = newBooks()
  for (const entry of entries) {
    if (entry.key === key) continue
    const draft = left.get(entry) ?? entry.draft
    enter(others, draft === undefined ? entry : { ...entry, draft })
  }
  const inUse = addressesInUse(snapshot, index)
  const recollection = recollect(snapshot, index)
  return openLedger({ index, namespaces: snapshot.namespaces, inUse, recollection }, others)
}
