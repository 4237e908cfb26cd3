// Whether a Service reaches a router at all, in the eyes of the controller: some node may announce it, and has an
// established session over which it does. Worked out from the sessions that the speakers tell; no report per Service
// is needed.
import type { Endpoint, Service } from '../crds/core.ts'
import type { BGPPeer } from '../crds/bgp-peer.ts'
import type { Family } from '../protocols/net/address.ts'
import { nodeFacts, servingFacts, servingNodes } from './eligibility.ts'
import { rememberLast } from './once.ts'
import { peerSelectsNode } from './peers.ts'
import { familiesOf } from './peers-session.ts'
import { sessionsIn } from './peers-status.ts'
import type { PoolIndex } from './pools.ts'
import { indexPools } from './pools.ts'
import { isFor } from './routes-attributes.ts'
import type { Source } from './routes-source.ts'
import { aliasesIn, sourceNodeVerdict, sourceOf } from './routes-source.ts'
import { selectsPool, selectsService } from './selection.ts'
import type { Read, Snapshot } from './snapshot.ts'
import { addressesOf, listingPools } from './standing.ts'
import type { Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

/** Nothing to say beside 'routed': who is told of it changes with every session, and would be a write per Service. */
export type Reach = { readonly state: 'routed' } | { readonly state: 'unreached'; readonly verdict: Verdict }

/** Undefined: no BGPAdvertisement covers the Service. */
export function reachIn(snapshot: Snapshot): (service: Service) => Reach | undefined {
  if (snapshot.bgpAdvertisements.length === 0) return () => undefined
  const view = reachView(snapshot)
  return (service) => {
    const endpoints = snapshot.endpoints.get(service.key)
    const last = known.get(service)
    if (last?.view === view && last.endpoints === endpoints) return last.reach
    const reach = judge(service, endpoints, view)
    known.set(service, { view, endpoints, reach })
    return reach
  }
}

/** All that the reach of Services has in common: the same object while nothing of it changes. */
export function reachGround(snapshot: Snapshot): object | undefined {
  return snapshot.bgpAdvertisements.length === 0 ? undefined : reachView(snapshot)
}

type Known = {
  readonly view: ReachView
  readonly endpoints: readonly Endpoint[] | undefined
  readonly reach: Reach | undefined
}

const known = new WeakMap<Service, Known>()

type ReachView = {
  readonly index: PoolIndex
  readonly sources: readonly Source[]
  readonly fieldOf: (sources: readonly Source[], family: Family) => Field
}

/** By which nodes the advertisements reach a router. */
type Field = { readonly nodes: ReadonlySet<string>; readonly verdict: Verdict } // the verdict: if there is none

function reachView(snapshot: Snapshot): ReachView {
  const { pools, bgpAdvertisements, communities, bgpPeers, nodes, speakers, settings } = snapshot
  return view(
    pools,
    bgpAdvertisements,
    communities,
    bgpPeers,
    nodes,
    speakers,
    establishedIn(snapshot.configurationStates),
    settings.ignoreExcludeLabel,
  )
}

type Established = ReadonlySet<string> // 'peer node'

/** The same set while no session comes up or goes down. Undefined: this process does not know. */
function establishedIn(states: Snapshot['configurationStates']): Established | undefined {
  return states === undefined ? undefined : asSet(establishedPairs(states))
}

const establishedPairs = rememberLast((states: NonNullable<Snapshot['configurationStates']>) =>
  [...sessionsIn(states)]
    .flatMap(([peer, nodes]) =>
      [...nodes].flatMap(([node, { state }]) => (state === 'Established' ? `${peer} ${node}` : [])),
    )
    .toSorted(),
)

const asSet = rememberLast((pairs: readonly string[]): Established => new Set(pairs))

const view = rememberLast(
  (
    pools: Snapshot['pools'],
    advertisements: Snapshot['bgpAdvertisements'],
    communities: Snapshot['communities'],
    peers: Snapshot['bgpPeers'],
    nodes: Snapshot['nodes'],
    speakers: Snapshot['speakers'],
    established: Established | undefined,
    ignoreExcludeLabel: boolean,
  ): ReachView => {
    const aliases = aliasesIn(communities)
    const speakerOf = new Map(speakers.map((speaker) => [speaker.node, speaker]))
    const eligible = nodes.filter(
      (node) =>
        firstVerdict(nodeFacts, {
          name: node.name,
          node,
          speaker: speakerOf.get(node.name),
          ignoreExcludeLabel,
        }) === undefined,
    )
    const ground = { eligible, peers: peers.filter(isUsable), established, living: speakers.length }
    const fields = new Map<string, Field>()
    return {
      index: indexPools(pools),
      sources: advertisements.map(({ value }) => sourceOf(value, aliases)),
      fieldOf: (sources, family) => {
        const key = `${family} ${sources.map(({ name }) => name).join('/')}`
        const field = fields.get(key) ?? makeField(sources, family, ground)
        fields.set(key, field)
        return field
      },
    }
  },
)

function isUsable({ objections }: Read<BGPPeer>): boolean {
  return objections.length === 0
}

type Ground = {
  readonly eligible: Snapshot['nodes']
  readonly peers: Snapshot['bgpPeers']
  readonly established: Established | undefined
  readonly living: number
}

function makeField(sources: readonly Source[], family: Family, ground: Ground): Field {
  const { eligible, established } = ground
  const selected = eligible.filter((node) =>
    sources.some(({ advertisement }) => sourceNodeVerdict(advertisement, node) === undefined),
  )
  const meant = selected.flatMap((node) =>
    peersFor(sources, family, { node, peers: ground.peers }).map((peer) => ({ node: node.name, peer })),
  )
  const up = meant.filter(({ node, peer }) => established?.has(`${peer} ${node}`) ?? true)
  return {
    nodes: new Set(up.map(({ node }) => node)),
    verdict: emptyVerdict({ sources, ground, selected: selected.length, meant }),
  }
}

function peersFor(
  sources: readonly Source[],
  family: Family,
  { node, peers }: { readonly node: Snapshot['nodes'][number]; readonly peers: Snapshot['bgpPeers'] },
): readonly string[] {
  return peers.flatMap((read) => {
    const { name, remote, dualStackAddressFamily } = read.value
    const wish = { read, node: node.name, labels: node.labels, secrets: undefined }
    if (remote === undefined || peerSelectsNode(wish) !== undefined) return []
    if (!familiesOf({ remote, dualStackAddressFamily }).includes(family)) return []
    const told = sources.some(
      (source) => isFor(source, name) && sourceNodeVerdict(source.advertisement, node) === undefined,
    )
    return told ? [name] : []
  })
}

function emptyVerdict({
  sources,
  ground,
  selected,
  meant,
}: {
  readonly sources: readonly Source[]
  readonly ground: Ground
  readonly selected: number
  readonly meant: readonly { readonly peer: string }[]
}): Verdict {
  const names = sources.map(({ name }) => name).join(', ')
  if (ground.living === 0) return { reason: 'NoSpeaker', message: 'no speaker is alive' }
  if (ground.eligible.length === 0)
    return {
      reason: 'NodesExcluded',
      message: `${ground.living} speakers live, and every one of their nodes is excluded`,
    }
  if (selected === 0) {
    const message = `BGPAdvertisement ${names} selects none of the ${ground.eligible.length} nodes that could announce`
    return { reason: 'NoNodeSelected', message }
  }
  if (meant.length === 0) {
    const message = `no node that could announce has a BGPPeer to tell by BGPAdvertisement ${names}`
    return { reason: 'NoPeer', message }
  }
  const peers = [...new Set(meant.map(({ peer }) => peer))].toSorted().slice(0, 10).join(', ')
  return { reason: 'NoSession', message: `no node has an established session with ${peers}` }
}

function judge(
  service: Service,
  endpoints: readonly Endpoint[] | undefined,
  { index, sources, fieldOf }: ReachView,
): Reach | undefined {
  const fields = addressesOf(service).flatMap((address) => {
    const pool = listingPools(service, address, index)[0]
    if (pool === undefined) return []
    const covering = sources.filter(
      ({ advertisement }) => selectsPool(advertisement, pool) && selectsService(advertisement, service),
    )
    return covering.length === 0 ? [] : [fieldOf(covering, address.family)]
  })
  const [first] = fields
  if (first === undefined) return undefined
  const unserved = firstVerdict(servingFacts, { service, endpoints })
  if (unserved !== undefined) return { state: 'unreached', verdict: unserved }
  const reached = fields.filter(({ nodes }) => nodes.size > 0)
  if (reached.length === 0) return { state: 'unreached', verdict: first.verdict }
  if (service.externalTrafficPolicy !== 'Local') return routed
  const serving = servingNodes(endpoints ?? [])
  if (reached.some(({ nodes }) => !nodes.isDisjointFrom(serving))) return routed
  return { state: 'unreached', verdict: noLocalEndpoint(service, serving) }
}

const routed: Reach = { state: 'routed' }

function noLocalEndpoint({ key }: Service, serving: ReadonlySet<string>): Verdict {
  const nodes = [...serving].toSorted().slice(0, 5).join(', ')
  const message = `externalTrafficPolicy of ${key} is Local, and its serving endpoints are on ${nodes}, which tell no router`
  return { reason: 'NoLocalEndpoint', message }
}
