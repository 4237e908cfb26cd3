// What stands in the status of a Service, and whether it may stay. A Service keeps its address while some pool can
// hold it: over restarts, edits of pools, and pools that became invalid.
import type { Service } from '../crds/core.ts'
import { present } from '../crds/read.ts'
import type { WithheldAddresses } from './addresses-in-use.ts'
import { annotationOf } from './annotations.ts'
import { offsetIn } from './free-addresses.ts'
import type { Recollection } from './memory.ts'
import { rememberPerObject } from './once.ts'
import type { Namespaces } from './pool-access.ts'
import { accessVerdict } from './pool-access.ts'
import type { PoolEntry, PoolIndex, Segment } from './pools.ts'
import { families, isAvoided, poolListsAddress, segmentOf } from './pools.ts'
import type { Named } from './request.ts'
import { named, requestOf } from './request.ts'
import { quote } from './text.ts'
import type { Verdict } from './verdict.ts'

/**
 * An address that a Service has, the pool that holds it, and its place in the stretches of the pools; why it is to be
 * given up, where another machine uses it.
 */
export type Held = {
  readonly address: Named
  readonly pool: PoolEntry
  readonly place?: Place
  readonly inUse?: Verdict
}

export type Place = { readonly segment: Segment; readonly offset: number | undefined }

export type Lost = { readonly address: string; readonly verdict: Verdict }

export type Standing = {
  readonly held: readonly Held[] // IPv4 first
  readonly addresses: readonly Named[] // of those held
  readonly lost: readonly Lost[]
}

/** What the pools look like to Services. */
export type Ground = {
  readonly index: PoolIndex
  readonly namespaces: Namespaces
  readonly inUse?: WithheldAddresses // by other machines of the network; absent: none
  readonly recollection?: Recollection // of addresses that were given back; absent: nothing is remembered
}

/** Of what stands in the status of a Service what is an address. */
export const addressesOf = rememberPerObject((service: Service): readonly Named[] =>
  service.ingress.flatMap((text) => named(text) ?? []),
)

/** `texts`: the addresses in its status, or those written since and not yet seen there. */
export function standingOf(service: Service, texts: readonly string[], ground: Ground): Standing {
  const request = requestOf(service)
  const held: Held[] = []
  const lost: Lost[] = []
  for (const text of texts) {
    const address = named(text)
    const verdict =
      request.forbidden ??
      (address === undefined ? notAnAddress(text) : familyVerdict(address, request.families, held))
    const found =
      address === undefined || verdict !== undefined ? undefined : holder(service, address, ground)
    if (found !== undefined && 'pool' in found) held.push(found)
    else lost.push({ address: text, verdict: verdict ?? found ?? notAnAddress(text) })
  }
  held.sort((a, b) => families.indexOf(a.address.family) - families.indexOf(b.address.family))
  return { held, addresses: held.map(({ address }) => address), lost }
}

function notAnAddress(text: string): Verdict {
  return { reason: 'AddressOutsidePools', message: `${quote(text)} is not an IP address` }
}

function familyVerdict(
  address: Named,
  wanted: readonly string[],
  held: readonly Held[],
): Verdict | undefined {
  if (!wanted.includes(address.family)) {
    const message = `${address.text} is ${address.family}, and the cluster IPs of the Service are ${wanted.join(' and ')}`
    return { reason: 'WrongFamily', message }
  }
  if (!held.some((other) => other.address.family === address.family)) return undefined
  return {
    reason: 'WrongFamily',
    message: `${address.text} is a second ${address.family} address of the Service`,
  }
}

/** The pool that holds the address of this Service, the one it was given from before any other; or why none does. */
function holder(service: Service, address: Named, { index, namespaces, inUse }: Ground): Held | Verdict {
  const place = placeOf(index, address)
  const used = inUse?.get(address.text)?.verdict
  let first: Verdict | undefined
  for (const pool of listingPools(service, address, index)) {
    const verdict = holdVerdict(pool, address, { service, namespaces })
    if (verdict === undefined) return { address, pool, ...present('place', place), ...present('inUse', used) }
    first ??= verdict
  }
  return first ?? outsidePools(address)
}

export function placeOf(index: PoolIndex, address: Named): Place | undefined {
  const segment = segmentOf(index, address)
  return segment === undefined ? undefined : { segment, offset: offsetIn(segment, address) }
}

export function outsidePools(address: Named): Verdict {
  return { reason: 'AddressOutsidePools', message: `${address.text} is in no pool` }
}

/**
 * The pools that may hold the address, best first: more than one only where pools overlap. A pool whose addresses
 * cannot all be read may hold what was once given from it.
 */
export function listingPools(service: Service, address: Named, index: PoolIndex): readonly PoolEntry[] {
  const owner = segmentOf(index, address)?.pool
  const given = index.byName.get(annotationOf(service, 'ip-allocated-from-pool') ?? '')
  if (owner === undefined) return given?.addressesUnreadable === true ? [given] : []
  if (owner.overlaps.length === 0) return [owner]
  const others = owner.overlaps.map((overlap) => overlap.with)
  const all = given === undefined ? [owner, ...others] : [given, owner, ...others]
  return all.filter((entry) => poolListsAddress(entry.pool, address))
}

// An invalid pool keeps what it has given, whatever is wrong in it.
function holdVerdict(
  { pool, objections }: PoolEntry,
  address: Named,
  { service, namespaces }: { readonly service: Service; readonly namespaces: Namespaces },
): Verdict | undefined {
  if (objections.length > 0) return undefined
  if (isAvoided(pool, address)) return avoidedVerdict(pool.name, address)
  return accessVerdict(pool, service, namespaces)
}

export function avoidedVerdict(pool: string, address: Named): Verdict {
  const last = address.value & 255n
  const message = `${address.text} ends in .${last}, and pool ${pool} has avoidBuggyIPs: true`
  return { reason: 'AddressAvoided', message }
}

export function excludedVerdict(pool: string, address: Named): Verdict {
  const message = `${address.text} is in spec.excludeAddresses of pool ${pool}`
  return { reason: 'AddressExcluded', message }
}

/** When the address was given, as far as the status of the Service tells; unknown sorts last. */
const assignedAt = rememberPerObject(
  (service: Service): string =>
    service.conditions.find(({ type, status }) => type === 'metallb.io/Allocated' && status === 'True')
      ?.lastTransitionTime ?? '~',
)

/** Of two Services with one address the one that had it first comes first. */
export function longerAssigned(a: Service, b: Service): number {
  return (
    compareText(assignedAt(a), assignedAt(b)) ||
    compareText(a.createdAt, b.createdAt) ||
    compareText(a.key, b.key)
  )
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
