// Who gets which address. First everything that stands and may stay, then what is wanted, oldest Service first;
// so a restart of everything moves nobody, and equal input gives equal output in any order of objects.
import type { Service } from '../crds/core.ts'
import type { Family } from '../protocols/net/address.ts'
import { addressesInUse } from './addresses-in-use.ts'
import { compareAge } from './age.ts'
import { findAddresses, findInPool } from './allocation.ts'
import { startBookkeeping } from './bookkeeping.ts'
import type { Bookkeeping } from './bookkeeping.ts'
import type { Books, Draft, Entry } from './books.ts'
import { contestOf, settleContests } from './books.ts'
import { assigned as plainlyAssigned, isToBeLeft, satisfies } from './entries.ts'
import type { LayeredMap } from './layered-map.ts'
import { layeredMap, withChanges } from './layered-map.ts'
import type { Ledger } from './ledger.ts'
import { give, openLedger } from './ledger.ts'
import { recollect } from './memory.ts'
import type { ReplacedAssignment, ServicePlan } from './plan.ts'
import type { PoolEntry, PoolIndex } from './pools.ts'
import { mayAssign } from './pools.ts'
import { requestOf } from './request.ts'
import { samePlan } from './same-plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { Ground, Held, Lost, Standing } from './standing.ts'
import type { Tallies } from './tally.ts'
import { copyTallies, count, tallyOf } from './tally.ts'
import type { Verdict } from './verdict.ts'

export type Allocation = {
  readonly services: ReadonlyMap<string, ServicePlan>
  readonly tallies: Tallies // of every address that somebody has, once
  readonly wantedInVain: ReadonlySet<PoolEntry> // pools that have nothing left for Services that wait
}

export type Allocator = (snapshot: Snapshot, index: PoolIndex) => Allocation

/** An allocator remembers the last snapshot, to be quicker with the next one; its answers do not depend on it. */
export function startAllocator(keep: Bookkeeping = startBookkeeping()): Allocator {
  let last: Done | undefined
  return (snapshot, index) => {
    const { namespaces } = snapshot
    const inUse = addressesInUse(snapshot, index)
    const ground = { index, namespaces, inUse, recollection: recollect(snapshot, index) }
    const books = keep(snapshot, index)
    const before = last?.books === books ? last : undefined
    const isGood = before?.edition === books.edition && isSameGround(before.ground, ground)
    last = isGood ? before : allocate(books, ground, before)
    return last.allocation
  }
}

export const planServices: Allocator = startAllocator()

/** An allocation, and what it was made of. */
type Done = {
  readonly books: Books
  readonly edition: number // of the books
  readonly ground: Ground
  readonly services: LayeredMap<ServicePlan>
  readonly left: ReadonlyMap<Entry, Draft>
  readonly allocation: Allocation
}

function isSameGround(a: Ground, b: Ground): boolean {
  return (
    a.index === b.index &&
    a.namespaces === b.namespaces &&
    a.inUse === b.inUse &&
    a.recollection === b.recollection
  )
}

// What is decided stands in the books; only who wants something is served. A plan that comes out as it was before is the
// same object, so that nobody downstream looks at it again.
function allocate(books: Books, ground: Ground, before: Done | undefined): Done {
  const ledger = openLedger(ground, books)
  const left = settleContests(books)
  const plans = new Map(books.decisions)
  for (const entry of before?.left.keys() ?? [])
    if (!left.has(entry) && !plans.has(entry.key)) plans.set(entry.key, entry.decided)
  for (const draft of draftsWaiting(books, left)) plans.set(draft.service.key, settle(ledger, draft))
  const services = withPlans(before?.services ?? layeredMap(), plans)
  books.decisions.clear()
  const allocation = { services, tallies: talliesOf(ledger), wantedInVain: ledger.wantedInVain }
  return { books, edition: books.edition, ground, services, left, allocation }
}

function withPlans(
  before: LayeredMap<ServicePlan>,
  plans: ReadonlyMap<string, ServicePlan | undefined>,
): LayeredMap<ServicePlan> {
  const changes = new Map<string, ServicePlan | undefined>()
  for (const [key, plan] of plans) if (!samePlan(before.get(key), plan)) changes.set(key, plan)
  return withChanges(before, changes)
}

/** Oldest first: who wants something, and who may not keep what it has. */
function draftsWaiting(books: Books, left: ReadonlyMap<Entry, Draft>): readonly Draft[] {
  const others = [...books.waiting].flatMap((entry) => {
    const { draft } = entry
    return draft === undefined || left.has(entry) ? [] : [draft]
  })
  return [...left.values(), ...others].sort((a, b) => compareAge(a.service, b.service))
}

function talliesOf({ books, fresh, given, ground, recollection }: Ledger): Tallies {
  const tallies = copyTallies(books.tallies)
  for (const text of books.contests.keys()) {
    const counted = contestOf(books, text)?.counted
    if (counted !== undefined) count(tallies, counted, 1)
  }
  for (const held of fresh) count(tallies, held, 1)
  for (const [text, [stranger]] of books.strangers) {
    if (stranger === undefined || books.holders.has(text) || given.has(text)) continue
    const { address, place } = stranger
    if (mayAssign(place.segment, address)) tallyOf(tallies, place.segment.pool).gone[address.family]++
  }
  for (const [text, { address, place }] of ground.inUse ?? []) {
    if (books.strangers.has(text) || books.holders.has(text) || given.has(text)) continue
    if (mayAssign(place.segment, address)) tallyOf(tallies, place.segment.pool).gone[address.family]++
  }
  for (const [text, { address, place }] of recollection.resting) {
    if (books.strangers.has(text) || books.holders.has(text) || given.has(text)) continue
    if (!mayAssign(place.segment, address) || ground.inUse?.has(text) === true) continue
    const tally = tallyOf(tallies, place.segment.pool)
    tally.gone[address.family]++
    tally.resting[address.family]++
  }
  return tallies
}

/** A Service that lacks something: what it has is kept until what it wants is had. */
function settle(ledger: Ledger, { service, standing, flaw }: Draft): ServicePlan {
  const { held, lost } = standing
  ledger.leaving.set(service, standing.addresses)
  const request = requestOf(service)
  const hindrance = flaw ?? request.forbidden ?? request.unreadable ?? deletingVerdict(service)
  if (hindrance !== undefined) return keep(standing, hindrance)
  if (!satisfies(held, request)) {
    const found = findAddresses(ledger, service)
    if ('held' in found) return move(ledger, { service, standing, held: found.held })
    noteExhausted(ledger, found.exhausted)
    return keep(standing, found.verdict)
  }
  const left = held.filter((one) => isToBeLeft(one, request))
  if (left.length > 0) return leave(ledger, { service, standing, left })
  if (held.length < request.families.length) return complete(ledger, service, standing)
  return assigned(held, undefined, replacedBy(lost, held))
}

function noteExhausted(ledger: Ledger, exhausted: readonly PoolEntry[]): void {
  for (const entry of exhausted) ledger.wantedInVain.add(entry)
}

function deletingVerdict(service: Service): Verdict | undefined {
  if (!service.deleting) return undefined
  return { reason: 'Deleting', message: 'the Service is being deleted' }
}

function keep({ held, lost }: Standing, verdict: Verdict): ServicePlan {
  const replaced = replacedBy(lost, held)
  if (held.length > 0) return assigned(held, verdict, replaced)
  return { state: 'pending', verdict, ...(replaced === undefined ? {} : { replaced }) }
}

type Move = { readonly service: Service; readonly standing: Standing; readonly held: readonly Held[] }

function move(ledger: Ledger, { service, standing, held }: Move): ServicePlan {
  give(
    ledger,
    service,
    held.filter((one) => !has(standing.held, one)),
  )
  const left = standing.held
    .filter((one) => !has(held, one))
    .map(({ address, inUse }): Lost => ({ address: address.text, verdict: inUse ?? requestChanged(held) }))
  return assigned(held, missingFamily(ledger, service, held), replacedBy([...standing.lost, ...left], held))
}

type Leaving = { readonly service: Service; readonly standing: Standing; readonly left: readonly Held[] }

/** Other machines use these addresses of it: it gets others in their place, and keeps them while there are none. */
function leave(ledger: Ledger, { service, standing, left }: Leaving): ServicePlan {
  const kept = standing.held.filter((one) => !left.includes(one))
  const [first] = kept
  const families = left.map(({ address }) => address.family)
  const found =
    first === undefined
      ? findAddresses(ledger, service)
      : findInPool({ ledger, service, entry: first.pool, families })
  if ('held' in found)
    return move(ledger, { service, standing, held: inFamilyOrder([...kept, ...found.held]) })
  noteExhausted(ledger, found.exhausted)
  const why = left.map(({ inUse }) => inUse?.message ?? '').join('; ')
  const message = `${why}: it is not announced, and there is no other: ${found.verdict.message}`
  return keep(standing, { reason: 'AddressInUse', message })
}

function has(held: readonly Held[], { address }: Held): boolean {
  return held.some((one) => one.address.text === address.text)
}

function requestChanged(held: readonly Held[]): Verdict {
  const texts = held.map(({ address }) => address.text).join(', ')
  return { reason: 'RequestChanged', message: `the Service asks for something else and got ${texts}` }
}

/** It has one family and wants both: the second comes from the pool of the first, so that both are announced alike. */
function complete(ledger: Ledger, service: Service, standing: Standing): ServicePlan {
  const { held } = standing
  const [first] = held
  const families = familiesMissing(service, held)
  if (first === undefined) return keep(standing, noAddress)
  const found = findInPool({ ledger, service, entry: first.pool, families })
  if ('held' in found)
    return move(ledger, { service, standing, held: inFamilyOrder([...held, ...found.held]) })
  if (service.ipFamilyPolicy === 'RequireDualStack') {
    const pair = findAddresses(ledger, service)
    if ('held' in pair) return move(ledger, { service, standing, held: pair.held })
  }
  return keep(standing, missingFamily(ledger, service, held) ?? found.verdict)
}

const noAddress: Verdict = { reason: 'NoPoolFits', message: 'the Service has no address' }

function inFamilyOrder(held: readonly Held[]): readonly Held[] {
  return held.toSorted((a, b) => Number(a.address.family === 'IPv6') - Number(b.address.family === 'IPv6'))
}

function familiesMissing(service: Service, held: readonly Held[]): readonly Family[] {
  return requestOf(service).families.filter((family) =>
    held.every(({ address }) => address.family !== family),
  )
}

/** In the same words from the plan that gives the first address on: the condition and the event are written once. */
function missingFamily(ledger: Ledger, service: Service, held: readonly Held[]): Verdict | undefined {
  const families = familiesMissing(service, held)
  const [first] = held
  if (first === undefined || families.length === 0) return undefined
  const found = findInPool({ ledger, service, entry: first.pool, families })
  if ('held' in found) return undefined
  noteExhausted(ledger, found.exhausted)
  const message = `the Service also wants an ${families.join(', ')} address, and ${found.verdict.message}`
  return { reason: 'SecondFamilyMissing', message }
}

function assigned(held: readonly Held[], verdict?: Verdict, replaced?: ReplacedAssignment): ServicePlan {
  return {
    ...plainlyAssigned(held),
    ...(verdict === undefined ? {} : { verdict }),
    ...(replaced === undefined ? {} : { replaced }),
  }
}

function replacedBy(lost: readonly Lost[], held: readonly Held[]): ReplacedAssignment | undefined {
  const gone = lost.filter(({ address }) => !held.some((one) => one.address.text === address))
  const [first] = gone
  if (first === undefined) return undefined
  return { addresses: gone.map(({ address }) => address), verdict: first.verdict }
}
