// Who has which address while one plan is made: what stood before, and what the plan gives. It never outlives the plan.
import type { Service } from '../crds/core.ts'
import type { FreeAddresses } from './free-addresses.ts'
import { allFree, markStanding, markTaken } from './free-addresses.ts'
import type { PoolEntry } from './pools.ts'
import type { Named } from './request.ts'
import { named } from './request.ts'
import { sharingKeyOf } from './sharing.ts'
import type { Ground, Held } from './standing.ts'
import { placeOf } from './standing.ts'

export type Ledger = {
  readonly ground: Ground
  readonly free: FreeAddresses
  readonly holdings: Holding[] // what stood, then what the plan gave
  readonly stood: number // so many of them stood
  readonly strangers: Map<string, string> // addresses that are not for us to give, and who has them
  readonly wantedInVain: Set<PoolEntry> // exhausted, and a Service waits
  holders?: Holders // made when somebody asks who has an address; most plans never do
}

export type Holding = { readonly service: Service; readonly held: readonly Held[] }

type Holders = {
  readonly byAddress: Map<string, Service[]>
  readonly bySharingKey: Map<string, Map<string, Held>> // each address once
}

/** Addresses in the status of objects that are not ours to plan. */
export type Stranger = { readonly key: string; readonly texts: readonly string[] }

export function openLedger(ground: Ground, holdings: Holding[], strangers: readonly Stranger[]): Ledger {
  const free = allFree()
  for (const { held } of holdings)
    for (const { place } of held) if (place !== undefined) markStanding(free, place.segment, place.offset)
  const ledger = {
    ground,
    free,
    holdings,
    stood: holdings.length,
    strangers: new Map(),
    wantedInVain: new Set<PoolEntry>(),
  }
  for (const { key, texts } of strangers) noteStranger(ledger, key, texts)
  return ledger
}

function noteStranger({ ground, free, strangers }: Ledger, key: string, texts: readonly string[]): void {
  for (const text of texts) {
    const address = named(text)
    const place = address === undefined ? undefined : placeOf(ground.index, address)
    if (address === undefined || place === undefined) continue
    strangers.set(address.text, key)
    markStanding(free, place.segment, place.offset)
  }
}

/** The plan gives the Service addresses that it did not have. */
export function give(ledger: Ledger, service: Service, held: readonly Held[]): void {
  for (const { place } of held) if (place !== undefined) markTaken(ledger.free, place.segment, place.offset)
  const holding = { service, held }
  ledger.holdings.push(holding)
  if (ledger.holders !== undefined) noteHolding(ledger.holders, holding)
}

/** What the plan gave that nobody had before. */
export function freshlyGiven({ holdings, stood, holders }: Ledger): readonly Held[] {
  return holdings
    .slice(stood)
    .flatMap(({ service, held }) =>
      held.filter(
        ({ address }) => holders === undefined || holders.byAddress.get(address.text)?.[0] === service,
      ),
    )
}

/** The other Services that have the address. */
export function holdersOf(ledger: Ledger, address: Named, but: Service): readonly Service[] {
  const holders = holdersIn(ledger).byAddress.get(address.text) ?? []
  return holders.includes(but) ? holders.filter((service) => service !== but) : holders
}

/** The addresses of Services with this sharing key. */
export function addressesShared(ledger: Ledger, sharingKey: string): Iterable<Held> {
  if (sharingKey === '') return []
  return holdersIn(ledger).bySharingKey.get(sharingKey)?.values() ?? []
}

function holdersIn(ledger: Ledger): Holders {
  if (ledger.holders !== undefined) return ledger.holders
  const holders = { byAddress: new Map(), bySharingKey: new Map() }
  for (const holding of ledger.holdings) noteHolding(holders, holding)
  ledger.holders = holders
  return holders
}

function noteHolding({ byAddress, bySharingKey }: Holders, { service, held }: Holding): void {
  const key = sharingKeyOf(service)
  for (const one of held) {
    const { text } = one.address
    const others = byAddress.get(text)
    if (others === undefined) byAddress.set(text, [service])
    else others.push(service)
    if (key === '') continue
    const shared = bySharingKey.get(key)
    if (shared === undefined) bySharingKey.set(key, new Map([[text, one]]))
    else if (!shared.has(text)) shared.set(text, one)
  }
}
