// Who announces which Service by ARP and NDP: exactly one node, the same in the eyes of all that see the same.
import type { Endpoint, Service } from '../crds/core.ts'
import type { Claim } from '../protocols/l2/claim.ts'
import { contestedAddresses } from './contested.ts'
import type { Electorate } from './election.ts'
import { comesFirst, electionOrder, electorateOf } from './election.ts'
import { servingFacts, servingNodes } from './eligibility.ts'
import type { Field, L2View } from './l2-view.ts'
import { fieldOf, l2View } from './l2-view.ts'
import { ownershipVerdict } from './ownership.ts'
import type { L2Outcome, SpeakerPlan } from './plan.ts'
import type { PoolEntry } from './pools.ts'
import type { Named } from './request.ts'
import { sharingVerdict } from './sharing.ts'
import type { Snapshot } from './snapshot.ts'
import { addressesOf, listingPools, longerAssigned, outsidePools } from './standing.ts'
import type { Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

/** What is known of a Service before anybody is elected: who stands for it, or why nobody does. */
export type Standpoint =
  | { readonly verdict: Verdict }
  | {
      readonly addresses: readonly string[]
      readonly leftOut?: Verdict // of one of its addresses
      readonly electorate: Electorate
      readonly ballotAddress: string // the first address of the status as it stands: the election is about it
    }

type Known = {
  readonly view: L2View
  readonly endpoints: readonly Endpoint[] | undefined
  readonly standpoint: Standpoint
}

const known = new WeakMap<Service, Known>()

export function standpointOf(service: Service, view: L2View, snapshot: Snapshot): Standpoint {
  const endpoints = snapshot.endpoints.get(service.key)
  const last = known.get(service)
  if (last?.view === view && last.endpoints === endpoints) return last.standpoint
  const standpoint = takeStand(service, view, endpoints)
  known.set(service, { view, endpoints, standpoint })
  return standpoint
}

type Placed = { readonly address: Named; readonly pool: PoolEntry | undefined }

function takeStand(service: Service, view: L2View, endpoints: readonly Endpoint[] | undefined): Standpoint {
  const [ballot] = addressesOf(service)
  if (ballot === undefined) return { verdict: { reason: 'NoAddress', message: 'the Service has no address' } }
  const placed = addressesOf(service).map(
    (address): Placed => ({ address, pool: listingPools(service, address, view.index)[0] }),
  )
  const first = placed.find(({ pool }) => pool !== undefined)
  if (first?.pool === undefined) return { verdict: outsidePools(ballot) }
  const unserved = firstVerdict(servingFacts, { service, endpoints })
  if (unserved !== undefined) return { verdict: unserved }
  const field = fieldOf(view, first.pool, service)
  if (field.verdict !== undefined) return { verdict: field.verdict }
  const electorate = localElectorate(service, field, endpoints ?? [])
  if (electorate.contenders.size === 0) return { verdict: noLocalEndpoint(service, endpoints ?? []) }
  const announced = placed.filter(({ pool }) => pool !== undefined && covers(view, field, { pool, service }))
  const leftOut = placed.find((one) => !announced.includes(one))
  return {
    addresses: announced.map(({ address }) => address.text),
    ...(leftOut === undefined ? {} : { leftOut: leftOutVerdict(leftOut) }),
    electorate,
    ballotAddress: ballot.text,
  }
}

// Addresses of one Service come from one pool as a rule. After a pool was split they may be in two: the second one is
// announced as well if the same advertisements cover its pool.
function covers(
  view: L2View,
  field: Field,
  { pool, service }: { readonly pool: PoolEntry | undefined; readonly service: Service },
): boolean {
  return pool !== undefined && fieldOf(view, pool, service) === field
}

function leftOutVerdict({ address, pool }: Placed): Verdict {
  if (pool === undefined) return outsidePools(address)
  const message = `${address.text} is in pool ${pool.name}, which other L2Advertisements cover than the first address`
  return { reason: 'NoAdvertisement', message }
}

/** externalTrafficPolicy Local: only nodes with a serving endpoint. */
function localElectorate(
  service: Service,
  { electorate }: Field,
  endpoints: readonly Endpoint[],
): Electorate {
  if (service.externalTrafficPolicy !== 'Local') return electorate
  const nodes = [...servingNodes(endpoints)]
  return electorateOf(nodes.flatMap((name) => electorate.contenders.get(name) ?? []))
}

function noLocalEndpoint(service: Service, endpoints: readonly Endpoint[]): Verdict {
  const nodes = [...servingNodes(endpoints)].toSorted().slice(0, 5).join(', ')
  const message = `externalTrafficPolicy of ${service.key} is Local, and its serving endpoints are on ${nodes}, which may not announce`
  return { reason: 'NoLocalEndpoint', message }
}

/** Services that have addresses in common are announced by one node, or not at all: an address has one owner. */
export type Party = {
  readonly members: ReadonlyMap<Service, Standpoint>
  readonly leader?: Service // its preferences and its address decide
  readonly electorate?: Electorate // those who may announce for all
}

/** The party of each Service that shares an address, or stands on another's. */
export function partiesOf(
  services: readonly Service[],
  view: L2View,
  snapshot: Snapshot,
): ReadonlyMap<Service, Party> {
  const contested = contestedAddresses(services, addressesOf)
  const parties = new Map<Service, Party>()
  for (const group of connected([...contested.values()])) {
    const party = formParty(group.toSorted(longerAssigned), view, snapshot)
    for (const service of group) parties.set(service, party)
  }
  return parties
}

/** Groups that have a member in common become one. */
function connected(groups: readonly (readonly Service[])[]): readonly (readonly Service[])[] {
  const groupOf = new Map<Service, Set<Service>>()
  for (const group of groups) {
    const joined = new Set<Service>()
    for (const service of group) for (const member of groupOf.get(service) ?? [service]) joined.add(member)
    for (const member of joined) groupOf.set(member, joined)
  }
  return [...new Set(groupOf.values())].map((members) => [...members])
}

/** Those who had their address first come first; who cannot go with them stays silent and says why. */
function formParty(services: readonly Service[], view: L2View, snapshot: Snapshot): Party {
  const members = new Map<Service, Standpoint>()
  const admitted: Service[] = []
  let electorate: Electorate | undefined
  for (const service of services) {
    const standpoint = standpointOf(service, view, snapshot)
    const refused = 'verdict' in standpoint ? undefined : disagreement(service, admitted)
    const common = 'verdict' in standpoint ? undefined : intersect(electorate, standpoint.electorate)
    if (refused !== undefined) members.set(service, { verdict: refused })
    else if (common?.contenders.size === 0) members.set(service, { verdict: noCommonNode(admitted[0]) })
    else members.set(service, standpoint)
    if (refused !== undefined || common === undefined || common.contenders.size === 0) continue
    electorate = common
    admitted.push(service)
  }
  const [leader] = admitted
  return {
    members,
    ...(leader === undefined ? {} : { leader }),
    ...(electorate === undefined ? {} : { electorate }),
  }
}

function disagreement(newcomer: Service, admitted: readonly Service[]): Verdict | undefined {
  for (const holder of admitted) {
    const common = holder.ingress.find((address) => newcomer.ingress.includes(address))
    if (common === undefined) continue
    const verdict = sharingVerdict({ newcomer, holder, address: common })
    if (verdict !== undefined) return verdict
  }
  return undefined
}

function intersect(first: Electorate | undefined, second: Electorate): Electorate {
  if (first === undefined || first === second) return second
  return electorateOf([...first.contenders.values()].filter(({ name }) => second.contenders.has(name)))
}

function noCommonNode(leader: Service | undefined): Verdict {
  const message = `Service ${leader?.key ?? ''} shares the address, and no node may announce for both`
  return { reason: 'SharedAddressElsewhere', message }
}

/** Of type LoadBalancer and of our class. */
export function ourServices({ services, settings }: Snapshot): readonly Service[] {
  return services.filter((service) => ownershipVerdict(service, settings) === undefined)
}

const outcomes = new WeakMap<Standpoint, { readonly node: string; readonly outcome: L2Outcome | undefined }>()

export function planL2(snapshot: Snapshot, node: string): SpeakerPlan {
  const view = l2View(snapshot)
  const ours = ourServices(snapshot)
  const parties = partiesOf(ours, view, snapshot)
  const services = new Map<string, L2Outcome>()
  const claims = new Map<string, Claim['interfaces']>()
  for (const service of ours) {
    const party = parties.get(service)
    const outcome =
      party === undefined
        ? outcomeAlone(service, standpointOf(service, view, snapshot), node)
        : outcomeInParty(service, party, node)
    if (outcome === undefined) continue
    services.set(service.key, outcome)
    if (outcome.state === 'announced') addClaims(claims, outcome)
  }
  const sorted = [...claims].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { node, services, claims: sorted.map(([address, interfaces]) => ({ address, interfaces })) }
}

function addClaims(
  claims: Map<string, Claim['interfaces']>,
  { addresses, interfaces }: L2Outcome & { readonly state: 'announced' },
): void {
  for (const address of addresses) claims.set(address, union(claims.get(address), interfaces))
}

function union(a: Claim['interfaces'] | undefined, b: Claim['interfaces']): Claim['interfaces'] {
  if (a === undefined || a === b || b === 'all') return b
  return a === 'all' ? a : [...new Set([...a, ...b])].toSorted()
}

/** Undefined: another node announces it. */
function outcomeAlone(service: Service, standpoint: Standpoint, node: string): L2Outcome | undefined {
  const last = outcomes.get(standpoint)
  if (last?.node === node) return last.outcome
  const outcome = decide(service, standpoint, node)
  outcomes.set(standpoint, { node, outcome })
  return outcome
}

function decide(service: Service, standpoint: Standpoint, node: string): L2Outcome | undefined {
  if ('verdict' in standpoint) return { state: 'silent', verdict: standpoint.verdict }
  const { electorate, ballotAddress } = standpoint
  if (!comesFirst(node, electorate, { service, address: ballotAddress })) return undefined
  return announced(standpoint, node)
}

function announced(standpoint: Standpoint, node: string): L2Outcome | undefined {
  if ('verdict' in standpoint) return { state: 'silent', verdict: standpoint.verdict }
  const own = standpoint.electorate.contenders.get(node)
  if (own === undefined) return undefined
  const { addresses, leftOut } = standpoint
  const outcome = { state: 'announced', addresses, interfaces: own.interfaces } as const
  return leftOut === undefined ? outcome : { ...outcome, verdict: leftOut }
}

function outcomeInParty(service: Service, party: Party, node: string): L2Outcome | undefined {
  const standpoint = party.members.get(service)
  if (standpoint === undefined) return undefined
  if ('verdict' in standpoint) return { state: 'silent', verdict: standpoint.verdict }
  const lead = party.leader === undefined ? undefined : party.members.get(party.leader)
  if (party.leader === undefined || party.electorate === undefined || lead === undefined || 'verdict' in lead)
    return undefined
  const about = { service: party.leader, address: lead.ballotAddress }
  return comesFirst(node, party.electorate, about) ? announced(standpoint, node) : undefined
}

export type Elected = { readonly node: string } | { readonly verdict: Verdict }

/** For each Service the node that wins its election, or why nobody stands. One hash per contender: for a few Services. */
export function electionsIn(snapshot: Snapshot): (service: Service) => Elected {
  const ballots = ballotsIn(snapshot)
  return (service) => {
    const ballot = ballots(service)
    if ('verdict' in ballot) return ballot
    const [first] = electionOrder(ballot.electorate, ballot.address)
    if (first !== undefined) return { node: first.name }
    return { verdict: { reason: 'NoSpeaker', message: 'no speaker is alive' } }
  }
}

/** For each Service why nobody stands for it; undefined: somebody does. No election is held. */
export function silenceIn(snapshot: Snapshot): (service: Service) => Verdict | undefined {
  const ballots = ballotsIn(snapshot)
  return (service) => {
    const ballot = ballots(service)
    return 'verdict' in ballot ? ballot.verdict : undefined
  }
}

export type BallotPaper =
  | { readonly verdict: Verdict }
  | { readonly electorate: Electorate; readonly address: string }

/** For each Service who stands, and the address that the election is about. */
export function ballotsIn(snapshot: Snapshot): (service: Service) => BallotPaper {
  const view = l2View(snapshot)
  const parties = partiesOf(ourServices(snapshot), view, snapshot)
  return (service) => {
    const party = parties.get(service)
    const standpoint = party?.members.get(service) ?? standpointOf(service, view, snapshot)
    if ('verdict' in standpoint) return { verdict: standpoint.verdict }
    const lead = party?.leader === undefined ? undefined : party.members.get(party.leader)
    const address = lead === undefined || 'verdict' in lead ? standpoint.ballotAddress : lead.ballotAddress
    return { electorate: party?.electorate ?? standpoint.electorate, address }
  }
}

/** The work of planSpeaker that is slow the first time, in steps of `size` Services: let others run in between. */
export function* warmElections(snapshot: Snapshot, node: string, size = 256): Generator<void> {
  const view = l2View(snapshot)
  for (const [position, service] of ourServices(snapshot).entries()) {
    outcomeAlone(service, standpointOf(service, view, snapshot), node)
    if (position % size === size - 1) yield
  }
}
