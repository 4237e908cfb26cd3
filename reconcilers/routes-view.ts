// What BGP looks like from one node: the advertisements that there are, those that let it announce, and the peers that
// it tells; put together once per change of any of them, and shared by all Services.
import type { Node } from '../crds/core.ts'
import type { Family } from '../protocols/net/address.ts'
import { nodeOwnFacts } from './eligibility.ts'
import { rememberLast } from './once.ts'
import type { PeersPlan } from './peers.ts'
import type { PoolEntry, PoolIndex } from './pools.ts'
import { indexPools } from './pools.ts'
import type { Carriers, Share, Told } from './routes-attributes.ts'
import { jointShareOf, shareOf, tell } from './routes-attributes.ts'
import type { Aliases, Source } from './routes-source.ts'
import { aliasesIn, sourceNodeVerdict, sourceOf } from './routes-source.ts'
import { selectsPool } from './selection.ts'
import { olderFirst } from './seniority.ts'
import type { Snapshot } from './snapshot.ts'
import type { Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

export type RoutesView = {
  readonly node: string
  readonly verdict?: Verdict // why the node announces nothing by BGP
  readonly index: PoolIndex
  readonly byPool: ReadonlyMap<PoolEntry, readonly Source[]> // oldest first, whichever nodes they select
  readonly refusals: ReadonlyMap<Source, Verdict> // these do not let the node announce
  readonly plain: ReadonlyMap<PoolEntry, Plain>
  readonly hasLimits: boolean // some advertisement has maxNodes
  readonly aliases: Aliases
  readonly carriers: Carriers
  readonly shares: Map<string, Share> // of each set of advertisements met so far: a pure cache
  readonly told: Map<Share, Told> // and what they come to
}

/** What a pool comes to whatever the Service, one route an address: most pools, and worked out once. */
export type Plain = Readonly<Partial<Record<Family, Share>>>

export function routesView(snapshot: Snapshot, node: string, peers: PeersPlan): RoutesView {
  const { pools, bgpAdvertisements, communities, nodes, settings } = snapshot
  const own = nodes.find(({ name }) => name === node)
  return view(
    pools,
    bgpAdvertisements,
    communities,
    carriersOf(peers),
    own,
    node,
    settings.ignoreExcludeLabel,
  )
}

/** Another password or timer of a peer is no other view. */
function carriersOf({ configs }: PeersPlan): Carriers {
  return carriers(
    configs.map(({ name }) => name),
    configs.map(({ session }) => session.families),
  )
}

const carriers = rememberLast(
  (names: readonly string[], families: readonly (readonly Family[])[]): Carriers =>
    new Map(names.map((name, position) => [name, families[position] ?? []])),
)

const view = rememberLast(
  (
    pools: Snapshot['pools'],
    advertisements: Snapshot['bgpAdvertisements'],
    communities: Snapshot['communities'],
    peers: Carriers,
    own: Node | undefined,
    node: string,
    ignoreExcludeLabel: boolean,
  ): RoutesView => {
    const index = indexPools(pools)
    const aliases = aliasesIn(communities)
    const sources = advertisements
      .map(({ value }) => sourceOf(value, aliases))
      .toSorted((a, b) => olderFirst(a.advertisement, b.advertisement))
    const verdict = firstVerdict(nodeOwnFacts, { name: node, node: own, ignoreExcludeLabel })
    const byPool = new Map(
      index.entries.map((entry) => [
        entry,
        sources.filter(({ advertisement }) => selectsPool(advertisement, entry)),
      ]),
    )
    const refusals = refusalsFor(sources, { name: node, labels: own?.labels ?? {} })
    return {
      node,
      ...(verdict === undefined ? {} : { verdict }),
      index,
      byPool,
      refusals,
      plain: new Map([...byPool].map(([entry, ofPool]) => [entry, plainOf(ofPool, refusals)])),
      hasLimits: sources.some(({ advertisement }) => advertisement.maxNodes !== undefined),
      aliases,
      carriers: peers,
      shares: new Map(),
      told: new Map(),
    }
  },
)

function plainOf(ofPool: readonly Source[], refusals: RoutesView['refusals']): Plain {
  const own = ofPool.filter((source) => !refusals.has(source))
  const isPlain = own.length > 0 && ofPool.every(({ advertisement }) => asksNothingOf(advertisement))
  if (!isPlain) return {}
  const whole = (length: 'aggregationLength' | 'aggregationLengthV6', bits: number) =>
    own.every(({ advertisement }) => advertisement[length] === bits)
  return {
    ...(whole('aggregationLength', 32) ? { IPv4: shareOf('IPv4', own) } : {}),
    ...(whole('aggregationLengthV6', 128) ? { IPv6: shareOf('IPv6', own) } : {}),
  }
}

/** Of the Service, or of other nodes. */
function asksNothingOf(advertisement: Source['advertisement']): boolean {
  const { serviceSelectors, maxNodes, weighByEndpoints, serviceCommunities } = advertisement
  return serviceSelectors.length === 0 && maxNodes === undefined && !weighByEndpoints && !serviceCommunities
}

function refusalsFor(
  sources: readonly Source[],
  node: Parameters<typeof sourceNodeVerdict>[1],
): ReadonlyMap<Source, Verdict> {
  return new Map(
    sources.flatMap((source): [Source, Verdict][] => {
      const verdict = sourceNodeVerdict(source.advertisement, node)
      return verdict === undefined ? [] : [[source, verdict]]
    }),
  )
}

/** The same share for the same set of advertisements. */
export function knownShare(known: RoutesView, share: Share): Share {
  const before = known.shares.get(share.key)
  if (before !== undefined) return before
  known.shares.set(share.key, share)
  return share
}

export function toldBy(known: RoutesView, share: Share): Told {
  const before = known.told.get(share)
  if (before !== undefined) return before
  const told = tell(share, known.carriers)
  known.told.set(share, told)
  return told
}

/** Several Services have the prefix: all that any of them would say of it. */
export function jointShare(known: RoutesView, shares: readonly Share[]): Share | undefined {
  const [first] = shares
  if (first === undefined || shares.length === 1) return first
  return knownShare(known, jointShareOf(first.family, shares))
}
