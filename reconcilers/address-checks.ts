// Which addresses a speaker asks the network for before or while it announces them, and what it remembers of those that
// another machine uses. New is an address that a Service got while this speaker looked on: never one that was there when
// it started, or that another node announced before. The state of a speaker, a plain value; each look makes the next one.
import type { AddressInUse, ConfigurationState } from '../crds/configuration-state.ts'
import { mostAddressesInUse } from '../crds/configuration-state.ts'
import type { Service } from '../crds/core.ts'
import type { DuplicateAddressCheck } from '../crds/ip-address-pool.ts'
import type { CheckKind, Claim } from '../protocols/l2/claim.ts'
import type { ObservedClaim } from '../protocols/l2/observed.ts'
import { everyService } from './flaws.ts'
import { rememberPerObject } from './once.ts'
import type { SpeakerPlan } from './plan.ts'
import { indexPools, segmentOf } from './pools.ts'
import type { PoolIndex } from './pools.ts'
import { named } from './request.ts'
import type { Snapshot } from './snapshot.ts'
import { addressesOf } from './standing.ts'

export type AddressChecks = {
  readonly services?: readonly Service[] // as of the last look; absent: there was none
  readonly unchecked: ReadonlySet<string> // new, and not yet found free
  readonly inUse: ReadonlyMap<string, AddressInUse> // by address
  readonly dropped: number // of those in use, beyond what is told: the ones seen longest ago
}

export type Look = {
  readonly snapshot: Snapshot
  readonly plan: SpeakerPlan
  readonly observed: readonly ObservedClaim[]
  readonly fallback: DuplicateAddressCheck // for pools that do not say
}

/** At the start: what this speaker told before it was restarted is asked for again. */
export function newChecks(own: ConfigurationState | undefined): AddressChecks {
  const told = own?.addressesInUse ?? []
  return { unchecked: new Set(), inUse: new Map(told.map((one) => [one.address, one])), dropped: 0 }
}

export function lookAgain(before: AddressChecks, look: Look): AddressChecks {
  const services = everyService(look.snapshot)
  const found = new Map(
    look.observed.flatMap((claim) => (claim.check === undefined ? [] : [[claim.address, claim]])),
  )
  const unchecked = stillUnchecked(before, look, found)
  const inUse = stillInUse(before, look, found)
  return { services, unchecked, inUse: newest(inUse), dropped: Math.max(0, inUse.size - mostAddressesInUse) }
}

type Found = ReadonlyMap<string, ObservedClaim>

function stillUnchecked(before: AddressChecks, look: Look, found: Found): ReadonlySet<string> {
  const services = everyService(look.snapshot)
  const fresh = [...newAddresses(before.services, services), ...doubtfulClaims(look, found)]
  if (before.unchecked.size + fresh.length === 0) return before.unchecked
  const index = indexPools(look.snapshot.pools)
  const ours = new Set(look.plan.claims.map(({ address }) => address))
  const silent = addressesOfSilent(look)
  const all = [...before.unchecked, ...fresh].filter((address) => {
    if (found.get(address)?.check?.state === 'free' && before.unchecked.has(address)) return false
    if (modeOf(address, index, look.fallback) === 'Off') return false
    return ours.has(address) || silent.has(address) // otherwise another node announces it, or it is gone
  })
  return new Set(all)
}

/** They are asked for to the end, also if the controller has forgotten its doubt meanwhile: who told it has another say. */
function doubtfulClaims({ snapshot, plan }: Look, found: Found): readonly string[] {
  const doubtful = doubtfulAddresses(everyService(snapshot))
  if (doubtful.size === 0) return []
  const addresses = plan.claims.map(({ address }) => address)
  return addresses.filter((address) => doubtful.has(address) && found.get(address)?.check?.state !== 'free')
}

/** None at the first look. */
function newAddresses(before: readonly Service[] | undefined, now: readonly Service[]): readonly string[] {
  if (before === undefined || before === now) return []
  const had = addressSet(before)
  return [...addressSet(now)].filter((address) => !had.has(address))
}

const addressSet = rememberPerObject(
  (services: readonly Service[]): ReadonlySet<string> =>
    new Set(services.flatMap((service) => addressesOf(service).map(({ text }) => text))),
)

/** Nobody announces them yet, so nobody has asked for them: the first who announces does. */
function addressesOfSilent({ snapshot, plan }: Look): ReadonlySet<string> {
  const silent = everyService(snapshot).filter(({ key }) => plan.services.get(key)?.state === 'silent')
  return addressSet(silent)
}

function stillInUse(before: AddressChecks, look: Look, found: Found): ReadonlyMap<string, AddressInUse> {
  const inUse = new Map(before.inUse)
  for (const { address, check } of found.values()) {
    if (check?.state === 'free') inUse.delete(address)
    if (check?.state === 'in-use') inUse.set(address, toldOf(address, check))
  }
  if (inUse.size === 0) return sameIfEmpty(before.inUse, inUse)
  const index = indexPools(look.snapshot.pools)
  const elsewhere = announcedElsewhere(look)
  for (const address of inUse.keys())
    if (modeOf(address, index, look.fallback) === 'Off' || elsewhere.has(address)) inUse.delete(address)
  return inUse
}

function sameIfEmpty<T extends ReadonlyMap<string, AddressInUse>>(before: T, now: T): T {
  return before.size === 0 ? before : now
}

function toldOf(address: string, check: NonNullable<ObservedClaim['check']>): AddressInUse {
  const { mac = '', interfaceName = '', seenAt = 0 } = check
  return { address, mac, interfaceName, lastSeen: new Date(seenAt).toISOString() }
}

/** Another node looks after them. */
function announcedElsewhere({ snapshot, plan }: Look): ReadonlySet<string> {
  const others = everyService(snapshot).filter(
    ({ key, ingress }) => ingress.length > 0 && !plan.services.has(key),
  )
  return addressSet(others)
}

/** No more than are told; what was seen longest ago goes first. */
function newest(inUse: ReadonlyMap<string, AddressInUse>): ReadonlyMap<string, AddressInUse> {
  if (inUse.size <= mostAddressesInUse) return inUse
  const sorted = [...inUse].toSorted(([, a], [, b]) => (a.lastSeen < b.lastSeen ? 1 : -1))
  return new Map(sorted.slice(0, mostAddressesInUse))
}

function modeOf(text: string, index: PoolIndex, fallback: DuplicateAddressCheck): DuplicateAddressCheck {
  const address = named(text)
  const pool = address === undefined ? undefined : segmentOf(index, address)?.pool.pool
  return pool === undefined ? 'Off' : (pool.duplicateAddressCheck ?? fallback)
}

/** The claims of the plan, with what is to be asked; and addresses to be asked for only, to learn when they are free. */
export function claimsWithChecks(checks: AddressChecks, look: Look): readonly Claim[] {
  const services = everyService(look.snapshot)
  const doubtful = doubtfulAddresses(services)
  if (checks.unchecked.size + checks.inUse.size + doubtful.size === 0) return look.plan.claims
  const index = indexPools(look.snapshot.pools)
  const claims = look.plan.claims.map((claim): Claim => {
    const check = kindOf(claim.address, {
      checks,
      doubtful,
      mode: modeOf(claim.address, index, look.fallback),
    })
    return check === undefined ? claim : { ...claim, check, ...controlsOf(claim.address, services) }
  })
  const claimed = new Set(claims.map(({ address }) => address))
  const watched = [...checks.inUse.keys()].filter((address) => !claimed.has(address))
  if (watched.length === 0) return claims
  const only = watched.map((address): Claim => ({ address, interfaces: 'all', check: 'only' }))
  return [...claims, ...only].toSorted((a, b) => (a.address < b.address ? -1 : 1))
}

/**
 * No machine but a node of this cluster has the address that a Service has inside the cluster. Of IPv6 the kernel answers
 * only for what is on the interface that is asked.
 */
function controlsOf(address: string, services: readonly Service[]): Pick<Claim, 'controls'> {
  const inside = clusterIPsByAddress(services).get(address)
  return inside === undefined ? {} : { controls: [inside] }
}

const clusterIPsByAddress = rememberPerObject(
  (services: readonly Service[]): ReadonlyMap<string, string> =>
    new Map(
      services.flatMap((service) => {
        const inside = service.clusterIPs.find((text) => named(text)?.family === 'IPv4')
        if (inside === undefined) return []
        return addressesOf(service).flatMap(({ family, text }): [string, string][] =>
          family === 'IPv4' ? [[text, inside]] : [],
        )
      }),
    ),
)

type Doubts = {
  readonly checks: AddressChecks
  readonly doubtful: ReadonlySet<string>
  readonly mode: DuplicateAddressCheck
}

function kindOf(address: string, { checks, doubtful, mode }: Doubts): CheckKind | undefined {
  if (mode === 'Off') return undefined
  if (checks.inUse.has(address) || doubtful.has(address)) return 'before'
  if (!checks.unchecked.has(address)) return undefined
  return mode === 'Full' ? 'full' : 'beside'
}

/** The controller says of a Service that another machine uses its address: whichever node takes it up asks first. */
const doubtfulAddresses = rememberPerObject(
  (services: readonly Service[]): ReadonlySet<string> => new Set(services.flatMap(doubtfulOf)),
)

function doubtfulOf(service: Service): readonly string[] {
  const said = service.conditions.find(
    ({ type, reason }) => type === 'metallb.io/Allocated' && reason === 'AddressInUse',
  )
  if (said === undefined) return []
  const texts = addressesOf(service).map(({ text }) => text)
  return texts.filter((text) => said.message.includes(`${text} is used by another machine`))
}

/** What the ConfigurationState of the speaker tells, by address. */
export function toldInUse({ inUse }: AddressChecks): readonly AddressInUse[] {
  return [...inUse.values()].toSorted((a, b) => (a.address < b.address ? -1 : 1))
}
