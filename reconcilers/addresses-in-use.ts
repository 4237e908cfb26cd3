// Addresses of pools that another machine of the network uses, as speakers told. Each counts for a while after its last
// answer was seen; the speakers go on asking, and take it back when nobody answers any more.
import type { AddressInUse, ConfigurationState } from '../crds/configuration-state.ts'
import { rememberLast } from './once.ts'
import type { PoolClashes } from './pool-clashes.ts'
import type { PoolIndex } from './pools.ts'
import type { Named } from './request.ts'
import { named } from './request.ts'
import type { Millis, Snapshot } from './snapshot.ts'
import type { Place } from './standing.ts'
import { placeOf } from './standing.ts'
import type { Verdict } from './verdict.ts'

/** An address that is not to be given. */
export type Withheld = { readonly address: Named; readonly place: Place; readonly verdict: Verdict }

/** By address. */
export type WithheldAddresses = ReadonlyMap<string, Withheld>

/** Speakers ask every five minutes: so long after the last answer, nobody who would have asked is left. */
const countsForMs = 15 * 60_000

/** The same map while nothing changes. */
export function addressesInUse(
  { configurationStates = none, takenAt }: Pick<Snapshot, 'configurationStates' | 'takenAt'>,
  index: PoolIndex,
): WithheldAddresses {
  const told = toldInUse(configurationStates)
  if (told.length === 0) return nothing
  return withheldAmong(
    told.filter((one) => endOf(one) > takenAt),
    index,
  )
}

const none: readonly ConfigurationState[] = []
const nothing: WithheldAddresses = new Map()

/** When the next of them stops counting, without a further word. */
export function nextInUseEnd({
  configurationStates = none,
  takenAt,
}: Pick<Snapshot, 'configurationStates' | 'takenAt'>): Millis | undefined {
  const ends = toldInUse(configurationStates)
    .map(endOf)
    .filter((end) => end > takenAt)
  return ends.length === 0 ? undefined : Math.min(...ends)
}

export function countsAt({ lastSeen }: AddressInUse, takenAt: Millis): boolean {
  return Date.parse(lastSeen) + countsForMs > takenAt
}

type Told = AddressInUse & { readonly seenAt: Millis; readonly teller: string }

function endOf({ seenAt }: Told): Millis {
  return seenAt + countsForMs
}

/** In the order of those who tell, so that what is said of an address does not change with each of their answers. */
const toldInUse = rememberLast((states: readonly ConfigurationState[]): readonly Told[] =>
  states
    .flatMap(({ name, addressesInUse: found = [] }) =>
      found.map((one) => ({ ...one, seenAt: Date.parse(one.lastSeen), teller: name })),
    )
    .filter(({ seenAt }) => Number.isFinite(seenAt))
    .sort((a, b) => compareText(a.teller, b.teller) || b.seenAt - a.seenAt),
)

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

const withheldAmong = rememberLast((told: readonly Told[], index: PoolIndex): WithheldAddresses => {
  const withheld = new Map<string, Withheld>()
  for (const one of told) {
    const address = named(one.address)
    const place = address === undefined ? undefined : placeOf(index, address)
    if (address === undefined || place === undefined || withheld.has(address.text)) continue
    if (place.segment.pool.pool.duplicateAddressCheck === 'Off') continue
    withheld.set(address.text, { address, place, verdict: inUseVerdict(one) })
  }
  return withheld
})

function inUseVerdict({ address, mac, interfaceName, teller }: Told): Verdict {
  const where = interfaceName === '' ? '' : ` on ${interfaceName}`
  const message = `${address} is used by another machine, ${mac}, as ${teller} sees${where}`
  return { reason: 'AddressInUse', message }
}

/** Warnings of pools, with those addresses of theirs: they are few. */
export function withInUse(warnings: PoolClashes, inUse: WithheldAddresses): PoolClashes {
  if (inUse.size === 0) return warnings
  const all = new Map(warnings)
  for (const { place, verdict } of inUse.values()) {
    const entry = place.segment.pool
    all.set(entry, [...(all.get(entry) ?? []), verdict])
  }
  return all
}
