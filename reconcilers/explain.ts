// Why a Service has its addresses or has none, and who announces it or why nobody does: every check with its verdict,
// per pool, per advertisement and per node. Data only; the CLI prints it.
import type { Service } from '../crds/core.ts'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import type { AddressWish, PoolWish } from './allocation.ts'
import { addressFacts, automaticFacts, poolFacts } from './allocation.ts'
import { electionOrder } from './election.ts'
import type { Candidacy } from './eligibility.ts'
import { nodeFacts, servingFacts, servingNodes } from './eligibility.ts'
import type { Routing } from './explain-routes.ts'
import { explainRouting } from './explain-routes.ts'
import { everyService } from './flaws.ts'
import { ballotsIn } from './l2-party.ts'
import type { L2View } from './l2-view.ts'
import { l2View, placementFacts } from './l2-view.ts'
import { ledgerWithout } from './ledger.ts'
import { outstandingVerdict } from './outstanding.ts'
import { ownershipFacts } from './ownership.ts'
import type { ServicePlan } from './plan.ts'
import type { PoolIndex } from './pools.ts'
import { requestOf, servabilityFacts, wishFacts } from './request.ts'
import { selectsPool, selectsService } from './selection.ts'
import { planServices } from './services.ts'
import type { Snapshot } from './snapshot.ts'
import { addressesOf, listingPools } from './standing.ts'
import { quote } from './text.ts'
import { unservedVerdict } from './unserved-ports.ts'
import type { Fact, Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

/** A check: the fact it stands for, and what is said against it; nothing if the fact holds. */
export type Finding = { readonly fact: string; readonly verdict?: Verdict }

export type Subject = { readonly name: string; readonly findings: readonly Finding[] }

export type Explanation = {
  readonly service: string
  readonly plan: ServicePlan
  readonly standing: readonly string[] // the addresses in its status
  readonly outstanding?: Verdict // the plan differs from that, and is not written
  readonly unserved?: Verdict // ports that nobody answers while others are answered
  readonly allocation: {
    readonly findings: readonly Finding[] // about the Service itself
    readonly addresses: readonly Subject[] // those that it asks for
    readonly pools: readonly Subject[] // those that it may get an address from: the one it names, or all
  }
  readonly announcement: {
    readonly verdict?: Verdict // why nobody announces it
    readonly owner?: string // the node that is elected
    readonly findings: readonly Finding[]
    readonly advertisements: readonly Subject[]
    readonly nodes: readonly NodeExplanation[] // by name
    readonly reported: readonly string[] // nodes that say that they announce it
  }
  readonly routing?: Routing // absent: the cluster has no BGPAdvertisement
}

export type NodeExplanation = Subject & {
  readonly rank?: number // in the election, from 1
  readonly weight?: number // by preferredNodeSelectors
  readonly interfaces?: 'all' | readonly string[]
}

/** Undefined: there is no such Service in the snapshot. */
export function explainService(
  snapshot: Snapshot,
  key: string,
  reports: readonly ServiceL2Status[] = [],
): Explanation | undefined {
  const service = everyService(snapshot).find((one) => one.key === key)
  const view = l2View(snapshot)
  const plan = planServices(snapshot, view.index).services.get(key)
  if (service === undefined || plan === undefined) return undefined
  const outstanding = outstandingVerdict(service, plan)
  const routing = explainRouting(snapshot, service)
  const unserved = unservedVerdict(service, snapshot.endpoints.get(key))
  return {
    service: key,
    plan,
    standing: service.ingress,
    ...(outstanding === undefined ? {} : { outstanding }),
    ...(unserved === undefined ? {} : { unserved }),
    allocation: explainAllocation(snapshot, service, view.index),
    announcement: {
      ...explainAnnouncement(snapshot, service, view),
      reported: reports
        .filter(({ serviceNamespace, serviceName }) => `${serviceNamespace}/${serviceName}` === key)
        .map(({ node }) => node)
        .toSorted(),
    },
    ...(routing === undefined ? {} : { routing }),
  }
}

function findingsOf<Of>(facts: readonly Fact<Of>[], subject: Of): readonly Finding[] {
  return facts.map(({ fact, check }) => finding(fact, check(subject)))
}

function finding(fact: string, verdict: Verdict | undefined): Finding {
  return verdict === undefined ? { fact } : { fact, verdict }
}

function explainAllocation(
  snapshot: Snapshot,
  service: Service,
  index: PoolIndex,
): Explanation['allocation'] {
  const request = requestOf(service)
  const ledger = ledgerWithout(snapshot, index, service.key)
  const asked = request.pool === undefined ? undefined : index.byName.get(request.pool)
  const pools = request.pool === undefined ? index.entries : asked === undefined ? [] : [asked]
  const facts = request.pool === undefined ? automaticFacts : poolFacts
  return {
    findings: [
      ...findingsOf(ownershipFacts, { service, settings: snapshot.settings }),
      ...findingsOf(servabilityFacts, service),
      ...findingsOf(wishFacts, service),
      ...poolIsKnown(request.pool, asked !== undefined),
    ],
    addresses: request.addresses.map((address) => ({
      name: address.text,
      findings: findingsOf<AddressWish>(addressFacts, { ledger, service, address }),
    })),
    pools: pools.map((entry) => ({
      name: entry.name,
      findings: findingsOf<PoolWish>(facts, { ledger, service, entry, families: request.families }),
    })),
  }
}

function poolIsKnown(name: string | undefined, known: boolean): readonly Finding[] {
  if (name === undefined) return []
  const message = `there is no pool ${quote(name)}`
  return [
    finding('the pool that the Service names exists', known ? undefined : { reason: 'UnknownPool', message }),
  ]
}

function explainAnnouncement(
  snapshot: Snapshot,
  service: Service,
  view: L2View,
): Omit<Explanation['announcement'], 'reported'> {
  const endpoints = snapshot.endpoints.get(service.key)
  const ballot = ballotsIn(snapshot)(service)
  const order = 'verdict' in ballot ? [] : electionOrder(ballot.electorate, ballot.address)
  const owner = order[0]?.name
  const nodes = [...view.candidacies.values()].map((candidacy): NodeExplanation => {
    const position = order.findIndex(({ name }) => name === candidacy.name)
    const contender = order[position]
    return {
      name: candidacy.name,
      findings: nodeFindings({ snapshot, service, view, candidacy, owner }),
      ...(contender === undefined
        ? {}
        : { rank: position + 1, weight: contender.weight, interfaces: contender.interfaces }),
    }
  })
  return {
    ...('verdict' in ballot ? { verdict: ballot.verdict } : {}),
    ...(owner === undefined ? {} : { owner }),
    findings: [
      finding('the Service has an address of a pool', noAddress(service, view)),
      ...findingsOf(servingFacts, { service, endpoints }),
    ],
    advertisements: view.advertisements.map((advertisement) => ({
      name: advertisement.name,
      findings: coverage(service, view, advertisement),
    })),
    nodes,
  }
}

function noAddress(service: Service, view: L2View): Verdict | undefined {
  const addresses = addressesOf(service)
  const outside = addresses.filter((address) => listingPools(service, address, view.index).length === 0)
  if (addresses.length === 0) return { reason: 'NoAddress', message: 'the Service has no address' }
  if (outside.length === 0) return undefined
  const message = `${outside.map(({ text }) => text).join(', ')} is in no pool`
  return { reason: 'AddressOutsidePools', message }
}

function coverage(
  service: Service,
  view: L2View,
  advertisement: L2View['advertisements'][number],
): readonly Finding[] {
  const [address] = addressesOf(service)
  const pool = address === undefined ? undefined : listingPools(service, address, view.index)[0]
  const { name } = advertisement
  const notPool = {
    reason: 'NoAdvertisement',
    message:
      pool === undefined
        ? 'there is no address of a pool that it could cover'
        : `L2Advertisement ${name} does not cover the pool`,
  } as const
  const notService = {
    reason: 'NoAdvertisement',
    message: `the serviceSelectors of L2Advertisement ${name} do not select the Service`,
  } as const
  return [
    finding(
      `it covers the pool of the address${pool === undefined ? '' : `, ${pool.name}`}`,
      pool !== undefined && selectsPool(advertisement, pool) ? undefined : notPool,
    ),
    finding('it covers the Service', selectsService(advertisement, service) ? undefined : notService),
  ]
}

type NodeQuestion = {
  readonly snapshot: Snapshot
  readonly service: Service
  readonly view: L2View
  readonly candidacy: Candidacy
  readonly owner: string | undefined
}

function nodeFindings(question: NodeQuestion): readonly Finding[] {
  const { service, snapshot, candidacy, owner } = question
  const local =
    service.externalTrafficPolicy === 'Local'
      ? [
          finding(
            'with the policy Local: a serving endpoint is on the node',
            noEndpointHere(candidacy.name, servingNodes(snapshot.endpoints.get(service.key) ?? [])),
          ),
        ]
      : []
  return [
    ...findingsOf(nodeFacts, candidacy),
    ...placementFindings(question),
    ...local,
    ...(owner === undefined
      ? []
      : [finding('the node comes first in the election', lost(candidacy.name, owner))]),
  ]
}

/** Per advertisement that covers the Service: one that places the node is enough. */
function placementFindings({ service, view, candidacy }: NodeQuestion): readonly Finding[] {
  return view.advertisements
    .filter((advertisement) =>
      coverage(service, view, advertisement).every(({ verdict }) => verdict === undefined),
    )
    .map((advertisement) =>
      finding(
        `L2Advertisement ${advertisement.name} lets the node announce`,
        firstVerdict(placementFacts, { advertisement, candidacy }),
      ),
    )
}

function noEndpointHere(name: string, serving: ReadonlySet<string>): Verdict | undefined {
  if (serving.has(name)) return undefined
  return { reason: 'NoEndpointOnNode', message: `no serving endpoint is on node ${name}` }
}

function lost(name: string, owner: string): Verdict | undefined {
  return name === owner ? undefined : { reason: 'LostElection', message: `node ${owner} comes first` }
}
