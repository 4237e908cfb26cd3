// Addresses of pools that another machine of the network uses, as speakers told. Each counts for a while after its last
// answer was seen; the speakers go on asking, and take it back when nobody answers any more. Who answers for too many of
// them uses none: it answers for all (answering-machines.ts).
import type { ConfigurationState } from '../crds/configuration-state.ts'
import type { AnsweringMachine, FoundInUse, PoolFindings } from '../crds/pool-findings.ts'
import { answeringMachines, answeringVerdict, countsUntil } from './answering-machines.ts'
import { foundToWrite } from './found-in-use.ts'
import { rememberLast } from './once.ts'
import type { PoolPlan } from './plan.ts'
import type { PoolClashes } from './pool-clashes.ts'
import type { PoolEntry, PoolIndex } from './pools.ts'
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

/** What other machines do with the addresses of pools. */
export type Uses = {
  readonly withheld: WithheldAddresses
  readonly findings: ReadonlyMap<PoolEntry, PoolUses> // of pools of which there is something to say
}

type PoolUses = { readonly inUse: readonly FoundInUse[]; readonly answering: readonly AnsweringMachine[] }

type Known = Pick<Snapshot, 'configurationStates' | 'poolFindings' | 'takenAt'>

/** Speakers ask every five minutes: so long after the last answer, nobody who would have asked is left. */
const countsForMs = 15 * 60_000

const nobody: Uses = { withheld: new Map(), findings: new Map() }
const noStates: readonly ConfigurationState[] = []
const noFindings: readonly PoolFindings[] = []

/** The same map while nothing changes. */
export function addressesInUse(known: Known, index: PoolIndex): WithheldAddresses {
  return usesBy(known, index).withheld
}

export function usesBy(
  { configurationStates = noStates, poolFindings = noFindings, takenAt }: Known,
  index: PoolIndex,
): Uses {
  const told = toldInUse(configurationStates, poolFindings)
  const machines = standingMachines(poolFindings)
  if (told.length + machines.length === 0) return nobody
  return usesAmong(
    told.filter((one) => endOf(one) > takenAt),
    machines.filter(({ machine }) => countsUntil(machine) > takenAt),
    index,
  )
}

/** When the next of them stops counting, without a further word. */
export function nextInUseEnd({
  configurationStates = noStates,
  poolFindings = noFindings,
  takenAt,
}: Known): Millis | undefined {
  const ends = [
    ...toldInUse(configurationStates, poolFindings).map(endOf),
    ...standingMachines(poolFindings).map(({ machine }) => countsUntil(machine)),
  ].filter((end) => end > takenAt)
  return ends.length === 0 ? undefined : Math.min(...ends)
}

type Told = FoundInUse & { readonly seenAt: Millis }

function endOf({ seenAt }: Told): Millis {
  return seenAt + countsForMs
}

/**
 * By speakers, and what stands in the status of pools of speakers that are gone. In the order of those who tell, so that
 * what is said of an address does not change with each of their answers.
 */
const toldInUse = rememberLast(
  (states: readonly ConfigurationState[], findings: readonly PoolFindings[]): readonly Told[] => {
    const said = states.flatMap(({ name, addressesInUse: found = [] }) =>
      found.map((one): FoundInUse => ({ ...one, reportedBy: name })),
    )
    const byName = new Map(states.map((state) => [state.name, state]))
    const kept = findings.flatMap(({ addressesInUse: found }) =>
      found.filter((one) => isWordOfTheGone(one, byName.get(one.reportedBy))),
    )
    return [...said, ...kept]
      .map((one) => ({ ...one, seenAt: Date.parse(one.lastSeen) }))
      .filter(({ seenAt }) => Number.isFinite(seenAt))
      .sort((a, b) => compareText(a.reportedBy, b.reportedBy) || b.seenAt - a.seenAt)
  },
)

/**
 * The ConfigurationState of a speaker goes with its Pod, as in each update of the DaemonSet, and the machine does not: the
 * word counts on for its time, unless the state in which it stood is still there, and takes it back.
 */
function isWordOfTheGone(one: FoundInUse, state: ConfigurationState | undefined): boolean {
  if (state === undefined) return true
  return Date.parse(state.createdAt ?? '') > Date.parse(one.lastSeen)
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

type StandingMachine = { readonly pool: string; readonly machine: AnsweringMachine }

const standingMachines = rememberLast((findings: readonly PoolFindings[]): readonly StandingMachine[] =>
  findings.flatMap(({ pool, answeringMachines: own }) => own.map((machine) => ({ pool, machine }))),
)

type Placed = Told & { readonly named: Named; readonly place: Place }

const usesAmong = rememberLast(
  (told: readonly Told[], machines: readonly StandingMachine[], index: PoolIndex): Uses => {
    const placed = told.flatMap((one) => placedIn(index, one))
    const entries = new Map(index.entries.filter(isChecked).map((entry) => [entry.name, entry]))
    const standing = machines.filter(({ pool }) => entries.has(pool))
    const answering = answeringMachines(
      placed,
      standing.map(({ machine }) => machine),
    )
    const withheld = new Map<string, Withheld>()
    const inUse = new Map<PoolEntry, FoundInUse[]>()
    for (const one of placed) {
      const { named: address, place } = one
      if (answering.has(one.mac) || withheld.has(address.text)) continue
      withheld.set(address.text, { address, place, verdict: inUseVerdict(one) })
      addTo(inUse, place.segment.pool, foundIn(one))
    }
    const pools = new Map<PoolEntry, Set<string>>() // MACs of machines, by pool
    for (const { mac, place } of placed) if (answering.has(mac)) addMac(pools, place.segment.pool, mac)
    for (const { pool, machine } of standing) addMac(pools, entries.get(pool), machine.mac)
    return { withheld, findings: findingsOf(inUse, pools, answering) }
  },
)

function isChecked({ pool }: PoolEntry): boolean {
  return pool.duplicateAddressCheck !== 'Off'
}

function placedIn(index: PoolIndex, one: Told): readonly Placed[] {
  const address = named(one.address)
  const place = address === undefined ? undefined : placeOf(index, address)
  if (address === undefined || place === undefined || !isChecked(place.segment.pool)) return []
  return [{ ...one, named: address, place }]
}

function foundIn({ named: { text }, mac, interfaceName, lastSeen, reportedBy }: Placed): FoundInUse {
  return { address: text, mac, interfaceName, lastSeen, reportedBy }
}

function addTo<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}

function addMac(pools: Map<PoolEntry, Set<string>>, entry: PoolEntry | undefined, mac: string): void {
  if (entry !== undefined) pools.set(entry, (pools.get(entry) ?? new Set()).add(mac))
}

function findingsOf(
  inUse: ReadonlyMap<PoolEntry, readonly FoundInUse[]>,
  pools: ReadonlyMap<PoolEntry, ReadonlySet<string>>,
  answering: ReadonlyMap<string, AnsweringMachine>,
): Uses['findings'] {
  const entries = new Set([...inUse.keys(), ...pools.keys()])
  return new Map(
    [...entries].map((entry) => {
      const macs = [...(pools.get(entry) ?? [])].toSorted()
      const machines = macs.flatMap((mac) => answering.get(mac) ?? [])
      return [entry, { inUse: inUse.get(entry) ?? [], answering: machines }]
    }),
  )
}

function inUseVerdict({ address, mac, interfaceName, reportedBy }: Told): Verdict {
  const where = interfaceName === '' ? '' : ` on ${interfaceName}`
  const message = `${address} is used by another machine, ${mac}, as ${reportedBy} sees${where}`
  return { reason: 'AddressInUse', message }
}

/** Warnings of pools, with those addresses and machines: they are few. */
export function withInUse(warnings: PoolClashes, { withheld, findings }: Uses): PoolClashes {
  if (findings.size === 0) return warnings
  const all = new Map(warnings)
  const warn = (entry: PoolEntry, verdict: Verdict) => all.set(entry, [...(all.get(entry) ?? []), verdict])
  for (const { place, verdict } of withheld.values()) warn(place.segment.pool, verdict)
  for (const [entry, { answering }] of findings)
    for (const machine of answering) warn(entry, answeringVerdict(machine))
  return all
}

/** The pools, with what is to stand in their status of this. */
export function withFindings(
  pools: ReadonlyMap<string, PoolPlan>,
  { findings }: Uses,
  { poolFindings = noFindings }: Known,
): ReadonlyMap<string, PoolPlan> {
  if (findings.size === 0) return pools
  const all = new Map(pools)
  for (const [{ name }, { inUse, answering }] of findings) {
    const plan = pools.get(name)
    const standing = poolFindings.find(({ pool }) => pool === name)?.addressesInUse ?? []
    const found = foundToWrite(inUse, standing)
    if (plan === undefined) continue
    all.set(name, {
      ...plan,
      ...(found.length === 0 ? {} : { inUse: found, inUseCount: inUse.length }),
      ...(answering.length === 0 ? {} : { answering }),
    })
  }
  return all
}
