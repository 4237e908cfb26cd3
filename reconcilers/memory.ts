// What is remembered of addresses that Services gave back: who had which, and until when it rests. An address rests for
// spec.reuseAfter of its pool before another Service gets it; and a Service gets its own back while it is free.
import type { Service } from '../crds/core.ts'
import type { Release } from '../crds/pool-memory.ts'
import type { Family } from '../protocols/net/address.ts'
import { annotationOf } from './annotations.ts'
import { rememberLast, rememberPerObject } from './once.ts'
import type { PoolEntry, PoolIndex } from './pools.ts'
import type { Named } from './request.ts'
import { named } from './request.ts'
import type { Millis, Snapshot } from './snapshot.ts'
import type { Place } from './standing.ts'
import { placeOf } from './standing.ts'
import type { Verdict } from './verdict.ts'

/** By name of the pool, the latest release first. */
export type Memory = ReadonlyMap<string, readonly Release[]>

/** How long a Service that is gone is remembered, unless its address rests for longer. */
export const rememberedForMs = 7 * 24 * 3_600_000

/** What one plan needs of it. */
export type Recollection = {
  readonly resting: ReadonlyMap<string, Resting> // by address
  readonly formerly: ReadonlyMap<string, readonly Former[]> // by Service key, the latest first
  readonly ends: ReadonlyMap<PoolEntry, { readonly [family in Family]?: Millis }> // of the first rest that ends
  readonly takenAt: Millis
}

/** An address that nobody gets but those who had it. */
export type Resting = {
  readonly address: Named
  readonly place: Place
  readonly until: Millis
  readonly services: ReadonlySet<string> // keys of those who had it
}

export type Former = { readonly address: Named; readonly place: Place; readonly until: Millis }

export const noRecollection: Recollection = {
  resting: new Map(),
  formerly: new Map(),
  ends: new Map(),
  takenAt: 0,
}

type Recollected = Release & { readonly named: Named; readonly place: Place }

type Recollecting = (snapshot: Pick<Snapshot, 'memory' | 'takenAt'>, index: PoolIndex) => Recollection

type Recalled = {
  readonly memory: Memory
  readonly index: PoolIndex
  readonly recollection: Recollection
  readonly goodUntil: Millis
}

/** The same object until it would be another one: because the memory or the pools are, or because a time is over. */
function startRecollecting(): Recollecting {
  let last: Recalled | undefined
  return ({ memory, takenAt }, index) => {
    if (memory === undefined || memory.size === 0) return noRecollection
    const known = last?.index === index && isSameMemory(last.memory, memory) ? last : undefined
    if (known !== undefined && known.recollection.takenAt <= takenAt && takenAt < known.goodUntil)
      return known.recollection
    last = recall(known?.memory ?? memory, index, takenAt)
    return last.recollection
  }
}

function recall(memory: Memory, index: PoolIndex, takenAt: Millis): Recalled {
  const { byRest, formerly, expiries } = placed(memory, index)
  const resting = restingAmong(byRest, takenAt)
  const recollection = { resting, formerly, takenAt, ends: endsOf(resting) }
  const restEnd = nextRestEnd(recollection) ?? Number.POSITIVE_INFINITY
  return { memory, index, recollection, goodUntil: Math.min(restEnd, earliestAfter(takenAt, expiries)) }
}

export const recollect = startRecollecting()

function isSameMemory(a: Memory, b: Memory): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [pool, releases] of a) if (b.get(pool) !== releases) return false
  return true
}

function earliestAfter(takenAt: Millis, moments: readonly Millis[]): Millis {
  let earliest = Number.POSITIVE_INFINITY
  for (const moment of moments) if (moment > takenAt && moment < earliest) earliest = moment
  return earliest
}

type Placed = {
  readonly byRest: readonly Recollected[] // of pools with reuseAfter; those that rest for longest first
  readonly formerly: ReadonlyMap<string, readonly Former[]>
  readonly expiries: readonly Millis[]
}

/** Once per change of the memory or of the pools. What is in no pool now is nobody's. */
const placed = rememberLast((memory: Memory, index: PoolIndex): Placed => {
  const all = [...memory.values()]
    .flat()
    .flatMap((release): readonly Recollected[] => {
      const address = addressOf(release)
      const place = address === undefined ? undefined : placeOf(index, address)
      return address === undefined || place === undefined ? [] : [{ ...release, named: address, place }]
    })
    .sort(latestFirst)
  const formerly = new Map<string, Former[]>()
  const expiries: Millis[] = []
  for (const one of all) {
    const until = expiryOf(one, one.place.segment.pool)
    const former = { address: one.named, place: one.place, until }
    expiries.push(until)
    const known = formerly.get(one.service)
    if (known === undefined) formerly.set(one.service, [former])
    else known.push(former)
  }
  const byRest = all.filter((one) => restOf(one) > 0).sort((a, b) => restEnd(b) - restEnd(a))
  return { byRest, formerly, expiries }
})

const addressOf = rememberPerObject(({ address }: Release) => named(address))

export function identity({ address, service }: Release): string {
  return `${address} ${service}`
}

/** Of one moment: by address, so that nothing follows from the order of pools. */
export function latestFirst(a: Release, b: Release): number {
  return b.releasedAt - a.releasedAt || compareText(a.address, b.address) || compareText(a.service, b.service)
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Those that rest stand at the head of the list: what is over is not walked. */
function restingAmong(byRest: readonly Recollected[], takenAt: Millis): ReadonlyMap<string, Resting> {
  const resting = new Map<string, Resting & { readonly services: Set<string> }>()
  for (const one of byRest) {
    const until = restEnd(one)
    if (until <= takenAt) break
    const known = resting.get(one.named.text)
    if (known !== undefined) known.services.add(one.service)
    else
      resting.set(one.named.text, {
        address: one.named,
        place: one.place,
        until,
        services: new Set([one.service]),
      })
  }
  return resting
}

function restOf({ place }: Recollected): number {
  return place.segment.pool.pool.reuseAfterMs ?? 0
}

function restEnd(one: Recollected): Millis {
  return one.releasedAt + restOf(one)
}

/** When nothing follows from the release any more. */
export function expiryOf({ releasedAt }: Release, entry: PoolEntry | undefined): Millis {
  return releasedAt + Math.max(rememberedForMs, entry?.pool.reuseAfterMs ?? 0)
}

/** The addresses that the Service may have back, the latest first; none if it does not want them. */
export function formerAddresses(
  { formerly, takenAt }: Recollection,
  service: Service,
): readonly { readonly address: Named; readonly place: Place }[] {
  if (optsOut(service)) return []
  return (formerly.get(service.key) ?? []).filter(({ until }) => until > takenAt)
}

/** metallb.io/remember-address: "false" */
export function optsOut(service: Service): boolean {
  return annotationOf(service, 'remember-address')?.trim().toLowerCase() === 'false'
}

/** Why the Service does not get the address though nobody has it. */
export function restVerdict(
  { resting }: Recollection,
  service: Service,
  { text }: Named,
): Verdict | undefined {
  const rest = resting.get(text)
  if (rest === undefined || (rest.services.has(service.key) && !optsOut(service))) return undefined
  const [first = ''] = [...rest.services].toSorted()
  const pool = rest.place.segment.pool.name
  const message = `${text} rests until ${timeText(rest.until)}: Service ${first} had it, and pool ${pool} has a spec.reuseAfter`
  return { reason: 'AddressResting', message }
}

function endsOf(resting: Recollection['resting']): Recollection['ends'] {
  const ends = new Map<PoolEntry, { [family in Family]?: Millis }>()
  for (const { address, place, until } of resting.values()) {
    const own = ends.get(place.segment.pool) ?? {}
    own[address.family] = Math.min(own[address.family] ?? until, until)
    ends.set(place.segment.pool, own)
  }
  return ends
}

/** When the next rest ends: then an address is free, though nothing has happened. */
export function nextRestEnd({ ends }: Recollection): Millis | undefined {
  const all = [...ends.values()].flatMap(({ IPv4, IPv6 }) => [IPv4 ?? [], IPv6 ?? []].flat())
  return all.length === 0 ? undefined : Math.min(...all)
}

/** RFC 3339, to the second. */
export function timeText(ms: Millis): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
