// Finding addresses for one Service, in MetalLB's order (metallb.md §4.1): those it asks for, those of the pool it asks
// for, those of any pool that gives by itself. What stands in the way is the first objection of a list of facts.
import type { Service } from '../crds/core.ts'
import type { Family } from '../protocols/net/address.ts'
import { nextFree, offsetIn } from './free-addresses.ts'
import type { Ledger, Refusal } from './ledger.ts'
import { addressesShared, holdersOf, strangerWith } from './ledger.ts'
import type { Former } from './memory.ts'
import { formerAddresses, restVerdict, timeText } from './memory.ts'
import { accessVerdict, automaticPools, looksAtLabels, pausedVerdict } from './pool-access.ts'
import type { PoolEntry } from './pools.ts'
import { isAvoided, mayAssign, segmentOf } from './pools.ts'
import { hasRoom, hasRoomFor, quotaVerdict } from './quota.ts'
import type { Named, Request } from './request.ts'
import { requestOf, withText } from './request.ts'
import { sharingKeyOf, sharingVerdict } from './sharing.ts'
import type { Held } from './standing.ts'
import { avoidedVerdict, excludedVerdict, placeOf } from './standing.ts'
import { quote } from './text.ts'
import type { Fact, Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

export type Found = { readonly held: readonly Held[] } | Refusal

/** A Service that wants addresses of one pool, one of each family. */
export type PoolWish = {
  readonly ledger: Ledger
  readonly service: Service
  readonly entry: PoolEntry
  readonly families: readonly Family[]
}

export const poolFacts: readonly Fact<PoolWish>[] = [
  { fact: 'the pool is valid', check: poolIsValid },
  { fact: 'the pool is not paused', check: poolIsNotPaused },
  { fact: 'the pool admits the Service', check: poolAdmits },
  { fact: 'the pool has every family that is needed', check: poolHasFamilies },
  { fact: 'the namespace is within its quota of the pool', check: namespaceIsWithinQuota },
  { fact: 'the pool has a free address of each', check: poolHasFreeAddress },
]

/** For Services that name neither an address nor a pool. */
export const automaticFacts: readonly Fact<PoolWish>[] = [
  { fact: 'the pool gives without being named', check: poolIsAutomatic },
  ...poolFacts,
]

/** One address that a Service asks for. */
export type AddressWish = {
  readonly ledger: Ledger
  readonly service: Service
  readonly address: Named
}

export const addressFacts: readonly Fact<AddressWish>[] = [
  { fact: 'the address is in a pool', check: addressIsInPool },
  { fact: 'the pool does not avoid the address', check: addressIsNotAvoided },
  { fact: 'the pool does not exclude the address', check: addressIsNotExcluded },
  { fact: 'it is the pool that the Service names, if it names one', check: addressIsInNamedPool },
  { fact: 'the pool of the address is valid', check: poolOfAddressIsValid },
  { fact: 'the pool of the address is not paused', check: poolOfAddressIsNotPaused },
  { fact: 'the pool of the address admits the Service', check: poolOfAddressAdmits },
  { fact: 'the namespace is within its quota of that pool', check: addressIsWithinQuota },
  { fact: 'no other load balancer has the address', check: noStrangerHasAddress },
  { fact: 'no other machine of the network uses the address', check: noMachineUsesAddress },
  { fact: 'the address does not rest for those that had it', check: addressDoesNotRest },
  { fact: 'the Service may share the address with those that have it', check: holdersAgree },
]

/** Addresses for the whole Service; nothing is given yet. Of many that ask for the same in vain one is refused for all. */
export function findAddresses(ledger: Ledger, service: Service): Found {
  const wish = plainWishOf(ledger, service)
  const known = wish === undefined ? undefined : ledger.refusals.get(wish)
  if (known !== undefined) return known
  const found = findAnew(ledger, service)
  if (wish !== undefined && 'verdict' in found) ledger.refusals.set(wish, found)
  return found
}

/** All that decides about a Service that differs from others in nothing but its name; undefined: in something else. */
function plainWishOf({ ground, leaving, recollection }: Ledger, service: Service): string | undefined {
  const { families, firstFamily, addresses, pool } = requestOf(service)
  const isPlain =
    addresses.length === 0 &&
    sharingKeyOf(service) === '' &&
    (leaving.get(service) ?? []).length === 0 &&
    !recollection.formerly.has(service.key) &&
    !looksAtLabels(ground.index)
  if (!isPlain) return undefined
  const { namespace, ipFamilyPolicy } = service
  const which = pool === undefined ? 'any' : `in ${pool}`
  return `${namespace} ${ipFamilyPolicy} ${families.join(' ')} ${firstFamily} ${which}`
}

function findAnew(ledger: Ledger, service: Service): Found {
  const request = requestOf(service)
  if (request.addresses.length > 0) return findRequested(ledger, service, request)
  if (request.pool === undefined) return findAutomatic(ledger, service, request)
  const named = namedPool(ledger, request.pool)
  if ('verdict' in named) return { ...named, exhausted: [] }
  return findByPreference(service, request, (families) =>
    findInPool({ ledger, service, entry: named.entry, families }),
  )
}

function namedPool(
  ledger: Ledger,
  name: string,
): { readonly entry: PoolEntry } | { readonly verdict: Verdict } {
  const entry = ledger.ground.index.byName.get(name)
  if (entry !== undefined) return { entry }
  return { verdict: { reason: 'UnknownPool', message: `there is no pool ${quote(name)}` } }
}

function findRequested(ledger: Ledger, service: Service, request: Request): Found {
  for (const address of request.addresses) {
    const verdict = firstVerdict(addressFacts, { ledger, service, address })
    if (verdict !== undefined) return { verdict, exhausted: [] }
  }
  const held = request.addresses.flatMap((address): Held[] => {
    const place = placeOf(ledger.ground.index, address)
    return place === undefined ? [] : [{ address, place, pool: place.segment.pool }]
  })
  const [first, second] = held
  if (first === undefined || second === undefined || first.pool === second.pool) return { held }
  const message = `${first.address.text} is in pool ${first.pool.name} and ${second.address.text} in pool ${second.pool.name}`
  return { verdict: { reason: 'AddressesInDifferentPools', message }, exhausted: [] }
}

function findAutomatic(ledger: Ledger, service: Service, request: Request): Found {
  return findByPreference(service, request, (families) => {
    const exhausted: PoolEntry[] = []
    for (const entry of poolsInOrder(ledger, service, families)) {
      const found = findInPool({ ledger, service, entry, families })
      if ('held' in found) return found
      exhausted.push(...found.exhausted)
    }
    return { verdict: nothingAutomatic(ledger, service, families), exhausted }
  })
}

/** The pool of an address that it had, and may have back, comes first. */
function poolsInOrder(ledger: Ledger, service: Service, families: readonly Family[]): readonly PoolEntry[] {
  const pools = automaticPools(ledger.ground.index)
  const former = formerAddresses(ledger.recollection, service).find(({ address, place }) => {
    const entry = place.segment.pool
    const wish = { ledger, service, entry, families }
    return families.includes(address.family) && pools.includes(entry) && mayHaveBack(wish, { address, place })
  })
  if (former === undefined) return pools
  const first = former.place.segment.pool
  return [first, ...pools.filter((entry) => entry !== first)]
}

/** With two families: both, which must be of one pool; with PreferDualStack otherwise the first, otherwise the other. */
function findByPreference(
  service: Service,
  { families, firstFamily }: Request,
  find: (families: readonly Family[]) => Found,
): Found {
  const all = find(families)
  if ('held' in all || families.length < 2 || service.ipFamilyPolicy !== 'PreferDualStack') return all
  const first = find([firstFamily])
  if ('held' in first) return first
  const second = find(families.filter((family) => family !== firstFamily))
  return 'held' in second ? second : first
}

/** One address of each family from this pool. */
export function findInPool(wish: PoolWish): Found {
  const verdict = firstVerdict(poolFacts, wish)
  if (verdict !== undefined)
    return { verdict, exhausted: verdict.reason === 'PoolExhausted' ? [wish.entry] : [] }
  return { held: wish.families.flatMap((family) => pick(wish, family) ?? []) }
}

/** What the Service had before is preferred to what it can share, and that to a fresh address. */
function pick(wish: PoolWish, family: Family): Held | undefined {
  const known = pickKnown(wish, family)
  if (known !== undefined || !hasRoom(wish, family)) return known
  const free = nextFree(wish.ledger.free, wish.entry, family)
  if (free === undefined) return undefined
  const address = withText(free.address)
  return {
    address,
    pool: wish.entry,
    place: { segment: free.segment, offset: offsetIn(free.segment, address) },
  }
}

function pickKnown(wish: PoolWish, family: Family): Held | undefined {
  return pickFormer(wish, family) ?? pickShared(wish, family)
}

function pickFormer(wish: PoolWish, family: Family): Held | undefined {
  const former = formerAddresses(wish.ledger.recollection, wish.service).find(
    (one) => one.address.family === family && one.place.segment.pool === wish.entry && mayHaveBack(wish, one),
  )
  return former === undefined ? undefined : { ...former, pool: wish.entry }
}

function mayHaveBack(wish: PoolWish, { address, place }: Omit<Former, 'until'>): boolean {
  const { ledger, service } = wish
  if (!mayAssign(place.segment, address) || ledger.ground.inUse?.has(address.text) === true) return false
  if (strangerWith(ledger, address) !== undefined) return false
  return (
    restVerdict(ledger.recollection, service, address) === undefined &&
    mayShare(wish, { address, place, pool: place.segment.pool })
  )
}

function pickShared(wish: PoolWish, family: Family): Held | undefined {
  for (const held of addressesShared(wish.ledger, sharingKeyOf(wish.service)))
    if (held.pool === wish.entry && held.address.family === family && mayShare(wish, held)) return held
  return undefined
}

function mayShare(wish: PoolWish, { address, place, inUse }: Held): boolean {
  const { ledger, service } = wish
  if (place?.segment.excluded === true || inUse !== undefined || !hasRoomFor(wish, address)) return false
  return holdersOf(ledger, address, service).every(
    (holder) => sharingVerdict({ newcomer: service, holder, address: address.text }) === undefined,
  )
}

function poolIsValid({ entry }: PoolWish): Verdict | undefined {
  return invalidPool(entry)
}

function invalidPool({ name, objections: [objection] }: PoolEntry): Verdict | undefined {
  if (objection === undefined) return undefined
  const message = `pool ${name} is invalid and assigns nothing new: ${objection.field} ${objection.value} ${objection.message}`
  return { reason: 'PoolInvalid', message }
}

function poolIsNotPaused({ entry }: PoolWish): Verdict | undefined {
  return pausedVerdict(entry)
}

function poolAdmits({ entry, service, ledger }: PoolWish): Verdict | undefined {
  return accessVerdict(entry.pool, service, ledger.ground.namespaces)
}

function poolHasFamilies({ entry, families }: PoolWish): Verdict | undefined {
  const missing = families.find((family) => !entry.pool.ranges.some((range) => range.family === family))
  if (missing === undefined) return undefined
  return { reason: 'FamilyNotInPool', message: `pool ${entry.name} has no ${missing} addresses` }
}

function namespaceIsWithinQuota(wish: PoolWish): Verdict | undefined {
  const over = wish.families.find((family) => !hasRoom(wish, family) && pickKnown(wish, family) === undefined)
  return over === undefined ? undefined : quotaVerdict(wish, over)
}

function poolHasFreeAddress(wish: PoolWish): Verdict | undefined {
  const missing = wish.families.find((family) => pick(wish, family) === undefined)
  if (missing === undefined) return undefined
  const rest = wish.ledger.recollection.ends.get(wish.entry)?.[missing]
  const others = rest === undefined ? '' : ` or rests; the first is free at ${timeText(rest)}`
  const message = `every ${missing} address of pool ${wish.entry.name} is in use${others}`
  return { reason: 'PoolExhausted', message }
}

const poolsNamedInMessage = 8

/** No pool gives by itself: says of each why. */
function nothingAutomatic(ledger: Ledger, service: Service, families: readonly Family[]): Verdict {
  const { entries } = ledger.ground.index
  if (entries.length === 0) return { reason: 'NoPools', message: 'there is no IPAddressPool' }
  const verdicts = entries
    .slice(0, poolsNamedInMessage)
    .flatMap((entry) => firstVerdict(automaticFacts, { ledger, service, entry, families }) ?? [])
  const [only] = verdicts
  if (entries.length === 1 && only !== undefined) return only
  const rest = entries.length - poolsNamedInMessage
  const why = verdicts.map(({ message }) => message).join('; ')
  return {
    reason: 'NoPoolFits',
    message: `no ${families.join(' and ')} address: ${why}${rest > 0 ? `; and ${rest} more pools` : ''}`,
  }
}

function poolIsAutomatic({ entry }: PoolWish): Verdict | undefined {
  if (entry.pool.autoAssign) return undefined
  return { reason: 'PoolNotAutomatic', message: `pool ${entry.name} has autoAssign: false` }
}

function poolOf({ ledger, address }: AddressWish): PoolEntry | undefined {
  return segmentOf(ledger.ground.index, address)?.pool
}

function addressIsInPool(wish: AddressWish): Verdict | undefined {
  if (poolOf(wish) !== undefined) return undefined
  return { reason: 'AddressOutsidePools', message: `${wish.address.text} is in no pool` }
}

function addressIsNotAvoided(wish: AddressWish): Verdict | undefined {
  const entry = poolOf(wish)
  if (entry === undefined || !isAvoided(entry.pool, wish.address)) return undefined
  return avoidedVerdict(entry.name, wish.address)
}

// A Service that asks for two addresses and has one of them is not given that one anew.
function addressIsNotExcluded({ ledger, service, address }: AddressWish): Verdict | undefined {
  const segment = segmentOf(ledger.ground.index, address)
  if (segment?.excluded !== true || has(ledger, service, address)) return undefined
  return excludedVerdict(segment.pool.name, address)
}

function has(ledger: Ledger, service: Service, { text }: Named): boolean {
  return ledger.leaving.get(service)?.some((one) => one.text === text) === true
}

function addressIsInNamedPool(wish: AddressWish): Verdict | undefined {
  const asked = requestOf(wish.service).pool
  const entry = poolOf(wish)
  if (asked === undefined || entry?.name === asked) return undefined
  const named = namedPool(wish.ledger, asked)
  if ('verdict' in named) return named.verdict
  const message = `${wish.address.text} is in pool ${entry?.name ?? 'none'}, and pool ${quote(asked)} is asked for`
  return { reason: 'AddressNotInRequestedPool', message }
}

function poolOfAddressIsValid(wish: AddressWish): Verdict | undefined {
  const entry = poolOf(wish)
  return entry === undefined ? undefined : invalidPool(entry)
}

function poolOfAddressIsNotPaused(wish: AddressWish): Verdict | undefined {
  const entry = poolOf(wish)
  if (entry === undefined || has(wish.ledger, wish.service, wish.address)) return undefined
  return pausedVerdict(entry)
}

function addressIsWithinQuota({ ledger, service, address }: AddressWish): Verdict | undefined {
  const entry = segmentOf(ledger.ground.index, address)?.pool
  if (entry === undefined || has(ledger, service, address)) return undefined
  const wish = { ledger, service, entry }
  return hasRoomFor(wish, address) ? undefined : quotaVerdict(wish, address.family)
}

function poolOfAddressAdmits(wish: AddressWish): Verdict | undefined {
  const entry = poolOf(wish)
  return entry === undefined
    ? undefined
    : accessVerdict(entry.pool, wish.service, wish.ledger.ground.namespaces)
}

function noStrangerHasAddress({ ledger, address }: AddressWish): Verdict | undefined {
  const stranger = strangerWith(ledger, address)
  if (stranger === undefined) return undefined
  const message = `${address.text} stands in the status of Service ${stranger}, which is not served here`
  return { reason: 'AddressOfOtherLoadBalancer', message }
}

// A Service that has it and asks for it by name keeps it: it is announced when it is free.
function noMachineUsesAddress({ ledger, service, address }: AddressWish): Verdict | undefined {
  const used = ledger.ground.inUse?.get(address.text)
  return used === undefined || has(ledger, service, address) ? undefined : used.verdict
}

// Whoever shares it does not wait for it: it is in use again.
function addressDoesNotRest({ ledger, service, address }: AddressWish): Verdict | undefined {
  if (has(ledger, service, address) || holdersOf(ledger, address, service).length > 0) return undefined
  return restVerdict(ledger.recollection, service, address)
}

function holdersAgree({ ledger, service, address }: AddressWish): Verdict | undefined {
  for (const holder of holdersOf(ledger, address, service)) {
    const verdict = sharingVerdict({ newcomer: service, holder, address: address.text })
    if (verdict !== undefined) return verdict
  }
  return undefined
}
