// What routers are told of one Service, node by node and peer by peer, or why they are not. Data only; the CLI prints it.
import type { Service } from '../crds/core.ts'
import { drainVerdict } from './drain.ts'
import type { Snapshot } from './snapshot.ts'
import { planPeers } from './peers.ts'
import { sessionsIn } from './peers-status.ts'
import type { BgpOutcome } from './plan.ts'
import { indexPools } from './pools.ts'
import { isFor } from './routes-attributes.ts'
import { offerOf } from './routes-offer.ts'
import type { Reach } from './routes-reach.ts'
import { reachIn } from './routes-reach.ts'
import { aliasesIn, sourceOf } from './routes-source.ts'
import { selectsPool, selectsService } from './selection.ts'
import type { Source } from './routes-source.ts'
import type { RoutesView } from './routes-view.ts'
import { routesView } from './routes-view.ts'
import { addressesOf, listingPools } from './standing.ts'
import type { Verdict } from './verdict.ts'

export type Routing = {
  readonly reach: Reach
  readonly advertisements: readonly RoutingSubject[] // by name
  readonly nodes: readonly RoutingOnNode[] // by name
}

export type RoutingSubject = {
  readonly name: string
  readonly findings: readonly { readonly fact: string; readonly verdict?: Verdict }[]
}

export type RoutingOnNode = {
  readonly name: string
  readonly verdict?: Verdict // why it tells nobody
  readonly prefixes: readonly string[]
  readonly warnings: readonly Verdict[]
  readonly told: readonly string[] // BGPPeers whose session is established
  readonly untold: readonly Untold[] // BGPPeers that are to be told, and are not
}

/** The reason is one of the table, as the speaker of the node gave it. */
export type Untold = { readonly peer: string; readonly reason: string; readonly message: string }

/** Undefined: there is no BGPAdvertisement. */
export function explainRouting(snapshot: Snapshot, service: Service): Routing | undefined {
  if (snapshot.bgpAdvertisements.length === 0) return undefined
  const known = assumingSecrets(snapshot)
  return {
    reach: reachIn(known)(service) ?? { state: 'unreached', verdict: notCovered },
    advertisements: snapshot.bgpAdvertisements
      .map(({ value }) => sourceOf(value, aliasesIn(snapshot.communities)))
      .map((source) => ({ name: source.name, findings: coverage(service, source, snapshot) })),
    nodes: snapshot.nodes.map(({ name }) => onNode(known, service, name)),
  }
}

const notCovered: Verdict = {
  reason: 'NoBGPAdvertisement',
  message: 'no BGPAdvertisement covers an address of the Service',
}

/** Who looks from outside reads no Secrets: each counts as right, and the nodes tell of those that are not. */
function assumingSecrets(snapshot: Snapshot): Snapshot {
  if (snapshot.secrets !== undefined) return snapshot
  const right = { type: 'kubernetes.io/basic-auth', password: 'not read' }
  const names = snapshot.bgpPeers.flatMap(({ value }) => value.passwordSecret ?? [])
  return { ...snapshot, secrets: new Map(names.map((name) => [name, right])) }
}

function coverage(
  service: Service,
  { advertisement }: Source,
  { pools }: Snapshot,
): RoutingSubject['findings'] {
  const index = indexPools(pools)
  const own = addressesOf(service).flatMap((address) => listingPools(service, address, index)[0] ?? [])
  const { name } = advertisement
  const notPool = {
    reason: 'NoBGPAdvertisement',
    message: `BGPAdvertisement ${name} does not cover the pool`,
  } as const
  const notService = {
    reason: 'NoBGPAdvertisement',
    message: `the serviceSelectors of BGPAdvertisement ${name} do not select the Service`,
  } as const
  const coversPool = own.some((entry) => selectsPool(advertisement, entry))
  return [
    { fact: 'it covers the pool of an address', ...(coversPool ? {} : { verdict: notPool }) },
    {
      fact: 'it covers the Service',
      ...(selectsService(advertisement, service) ? {} : { verdict: notService }),
    },
  ]
}

function onNode(snapshot: Snapshot, service: Service, name: string): RoutingOnNode {
  const peers = planPeers(snapshot, name)
  const view = routesView(snapshot, name, peers)
  const { outcome } = offerOf(service, view, snapshot)
  if (outcome.state === 'silent')
    return { name, verdict: outcome.verdict, prefixes: [], warnings: [], told: [], untold: [] }
  const { prefixes, warnings } = outcome
  const draining = drainVerdict(
    snapshot.nodes.find((node) => node.name === name),
    snapshot.settings.drainOn,
  )
  const down = outcome.peers.flatMap((peer) => withoutSession(snapshot, peer, name))
  const refused = [...peers.verdicts]
    .filter(([peer, { reason }]) => reason !== 'NodeNotSelected' && isMeant(peer, service, view))
    .map(([peer, verdict]) => ({ peer, ...verdict }))
  return {
    name,
    prefixes,
    warnings: draining === undefined ? warnings : [...warnings, draining],
    told: outcome.peers.filter((peer) => down.every((one) => one.peer !== peer)),
    untold: [...down, ...refused, ...notCarried(outcome, service, view)].toSorted((a, b) =>
      a.peer < b.peer ? -1 : 1,
    ),
  }
}

function withoutSession(
  { configurationStates, speakers }: Snapshot,
  peer: string,
  node: string,
): readonly Untold[] {
  if (configurationStates === undefined) return []
  if (!speakers.some((speaker) => speaker.node === node))
    return [{ peer, reason: 'NoSpeakerOnNode', message: `no living speaker is on node ${node}` }]
  const session = sessionsIn(configurationStates).get(peer)?.get(node)
  if (session === undefined)
    return [{ peer, reason: 'AwaitingSpeaker', message: 'its speaker has not reported yet' }]
  if (session.state === 'Established') return []
  return [{ peer, reason: session.reason, message: `session ${session.state}: ${session.message}` }]
}

/** The peers that some advertisement names which covers the Service on the node. */
function isMeant(peer: string, service: Service, view: RoutesView): boolean {
  return addressesOf(service).some((address) => {
    const pool = listingPools(service, address, view.index)[0]
    const sources = pool === undefined ? [] : (view.byPool.get(pool) ?? [])
    return sources.some(
      (source) =>
        !view.refusals.has(source) && isFor(source, peer) && selectsService(source.advertisement, service),
    )
  })
}

/** A session there is, of another family than all of its addresses. */
function notCarried(
  { peers }: BgpOutcome & { readonly state: 'announced' },
  service: Service,
  view: RoutesView,
): readonly Untold[] {
  return [...view.carriers]
    .filter(([peer]) => !peers.includes(peer) && isMeant(peer, service, view))
    .map(([peer, families]) => ({
      peer,
      reason: 'FamilyNotCarried',
      message: `the session carries ${families.join(' and ')} routes only`,
    }))
}
