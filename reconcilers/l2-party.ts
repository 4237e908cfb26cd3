// Services that have addresses in common are announced by one node, or not at all: an address has one owner.
import type { Service } from '../crds/core.ts'
import { rememberContested } from './contested.ts'
import type { Electorate } from './election.ts'
import { electorateOf } from './election.ts'
import { everyService } from './flaws.ts'
import type { Standpoint } from './l2-standpoint.ts'
import { standpointOf } from './l2-standpoint.ts'
import type { L2View } from './l2-view.ts'
import { l2View } from './l2-view.ts'
import { rememberLast } from './once.ts'
import { ownershipVerdict } from './ownership.ts'
import { lossesAmong } from './rivals.ts'
import type { Snapshot } from './snapshot.ts'
import { addressesOf, longerAssigned } from './standing.ts'
import type { Verdict } from './verdict.ts'

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
  const contested = contestedServices(services)
  if (contested.size === 0) return noParties
  const parties = new Map<Service, Party>()
  for (const group of connected([...contested.values()])) {
    const party = formParty(group.toSorted(longerAssigned), view, snapshot)
    for (const service of group) parties.set(service, party)
  }
  return parties
}

const contestedServices = rememberContested(addressesOf)

const noParties: ReadonlyMap<Service, Party> = new Map()

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
  const losses = lossesAmong(ourServices(snapshot))
  const admitted: Service[] = []
  let electorate: Electorate | undefined
  for (const service of services) {
    const standpoint = standpointOf(service, view, snapshot)
    const refused = 'verdict' in standpoint ? undefined : losses.get(service)
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

function intersect(first: Electorate | undefined, second: Electorate): Electorate {
  if (first === undefined || first === second) return second
  return electorateOf([...first.contenders.values()].filter(({ name }) => second.contenders.has(name)))
}

function noCommonNode(leader: Service | undefined): Verdict {
  const message = `Service ${leader?.key ?? ''} shares the address, and no node may announce for both`
  return { reason: 'SharedAddressElsewhere', message }
}

/** Of type LoadBalancer and of our class. */
export function ourServices(snapshot: Snapshot): readonly Service[] {
  return oursAmong(everyService(snapshot), snapshot.settings.loadBalancerClass)
}

const oursAmong = rememberLast(
  (services: readonly Service[], loadBalancerClass: string | undefined): readonly Service[] => {
    const settings = {
      ignoreExcludeLabel: false,
      ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
    }
    return services.filter((service) => ownershipVerdict(service, settings) === undefined)
  },
)

export type Ballot =
  | { readonly verdict: Verdict }
  | { readonly electorate: Electorate; readonly address: string }

/** Some Services share an address, or stand on another's: then a ballot may follow from more than its own Service. */
export function hasParties(snapshot: Snapshot): boolean {
  return contestedServices(ourServices(snapshot)).size > 0
}

/** For each Service who stands, and the address that the election is about. */
export function ballotsIn(snapshot: Snapshot): (service: Service) => Ballot {
  const view = l2View(snapshot)
  let parties: ReadonlyMap<Service, Party> | undefined
  return (service) => {
    parties ??= partiesOf(ourServices(snapshot), view, snapshot)
    const party = parties.get(service)
    return party === undefined ? ballotOf(standpointOf(service, view, snapshot)) : partyBallot(service, party)
  }
}

export function ballotOf(standpoint: Standpoint): Ballot {
  if ('verdict' in standpoint) return { verdict: standpoint.verdict }
  return { electorate: standpoint.electorate, address: standpoint.ballotAddress }
}

/** The members who are announced at all vote with their leader. */
export function partyBallot(service: Service, { members, leader, electorate }: Party): Ballot {
  const own = ballotOf(members.get(service) ?? notOfTheParty)
  const lead = leader === undefined ? own : ballotOf(members.get(leader) ?? notOfTheParty)
  if ('verdict' in own || 'verdict' in lead || electorate === undefined) return own
  return { electorate, address: lead.address }
}

const notOfTheParty: Standpoint = { verdict: { reason: 'NoAddress', message: 'the Service has no address' } }
