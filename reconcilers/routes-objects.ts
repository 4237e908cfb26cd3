// What is wrong in a BGPAdvertisement or a Community, what it names that is not there, and where two of them disagree.
import type { BGPAdvertisement } from '../crds/bgp-advertisement.ts'
import { anySelectorMatches } from '../crds/selector.ts'
import type { Family } from '../protocols/net/address.ts'
import { rememberLast } from './once.ts'
import type { ObjectPlan } from './plan.ts'
import { invalidSpec } from './pool-counts.ts'
import type { PoolIndex } from './pools.ts'
import { indexPools } from './pools.ts'
import { shortestPrefix } from './routes-aggregation.ts'
import { conflictsAmong } from './routes-attributes.ts'
import type { Aliases, Source } from './routes-source.ts'
import { aliasesIn, sourceOf, unknownAliases } from './routes-source.ts'
import { noNode, noPool, selectsPool, unknownPools } from './selection.ts'
import { olderFirst } from './seniority.ts'
import type { Snapshot } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

type Objects = ReadonlyMap<string, ObjectPlan>

export function planAdvertisementObjects(snapshot: Snapshot): Objects {
  const { bgpAdvertisements, pools, communities, bgpPeers, nodes } = snapshot
  return plan(bgpAdvertisements, pools, communities, bgpPeers, nodes)
}

type Around = {
  readonly index: PoolIndex
  readonly aliases: Aliases
  readonly peers: ReadonlySet<string>
  readonly nodes: Snapshot['nodes']
  readonly older: (advertisement: BGPAdvertisement) => readonly Source[] // oldest first
}

const plan = rememberLast(
  (
    advertisements: Snapshot['bgpAdvertisements'],
    pools: Snapshot['pools'],
    communities: Snapshot['communities'],
    bgpPeers: Snapshot['bgpPeers'],
    nodes: Snapshot['nodes'],
  ): Objects => {
    const aliases = aliasesIn(communities)
    const sources = advertisements
      .map(({ value }) => sourceOf(value, aliases))
      .toSorted((a, b) => olderFirst(a.advertisement, b.advertisement))
    const around: Around = {
      index: indexPools(pools),
      aliases,
      peers: new Set(bgpPeers.map(({ value }) => value.name)),
      nodes,
      older: (one) =>
        sources.slice(
          0,
          sources.findIndex(({ advertisement }) => advertisement === one),
        ),
    }
    return new Map(
      advertisements.map(({ value, objections }): [string, ObjectPlan] => [
        value.name,
        {
          verdicts: [...objections.map(invalidSpec), ...noPool(value, around.index)],
          warnings: warningFacts.flatMap((warn) => warn(value, around)),
        },
      ]),
    )
  },
)

type Warn = (advertisement: BGPAdvertisement, around: Around) => readonly Verdict[]

const warningFacts: readonly Warn[] = [
  (advertisement, { index }) => unknownPools(advertisement, index),
  unknownPeers,
  (advertisement, { nodes }) => noNode(advertisement, nodes),
  unknownCommunities,
  tooWide,
  disagreements,
]

function unknownPeers({ peers }: BGPAdvertisement, around: Around): readonly Verdict[] {
  return peers
    .filter((name) => !around.peers.has(name))
    .map((name) => ({ reason: 'UnknownPeer', message: `spec.peers names ${name}, which is no BGPPeer` }))
}

function unknownCommunities(advertisement: BGPAdvertisement, { aliases }: Around): readonly Verdict[] {
  return unknownAliases(advertisement, aliases).map((name) => ({
    reason: 'UnknownCommunity',
    message: `spec.communities names ${name}, which no Community defines; routes are announced without it`,
  }))
}

/** A range that no route of the length asked for stays within: its addresses are announced one by one. */
function tooWide(advertisement: BGPAdvertisement, { index }: Around): readonly Verdict[] {
  const lengths = lengthsOf(advertisement)
  return index.entries
    .filter((entry) => selectsPool(advertisement, entry))
    .flatMap(({ name, pool }) => {
      const found = pool.ranges.find((range) => lengths[range.family] < shortestPrefix(range))
      if (found === undefined) return []
      const message = `a /${lengths[found.family]} is wider than ${found.text} of pool ${name}; its addresses are announced one by one`
      return [{ reason: 'AggregationTooWide', message } as const]
    })
}

type Lengths = Readonly<Record<Family, number>>

function lengthsOf({ aggregationLength, aggregationLengthV6 }: BGPAdvertisement): Lengths {
  return { IPv4: aggregationLength, IPv6: aggregationLengthV6 }
}

/** With an older one, of routes that both speak of whatever the Service. With selectors it is said of the Service. */
function disagreements(advertisement: BGPAdvertisement, around: Around): readonly Verdict[] {
  if (advertisement.serviceSelectors.length > 0) return []
  const own = sourceOf(advertisement, around.aliases)
  return around.older(advertisement).flatMap((older) => {
    const conflicts = conflictsAmong([older, own])
    return conflicts.length > 0 && meet(older.advertisement, advertisement, around) ? conflicts : []
  })
}

function meet(a: BGPAdvertisement, b: BGPAdvertisement, { index, nodes }: Around): boolean {
  const [ours, theirs] = [lengthsOf(a), lengthsOf(b)]
  const families = (['IPv4', 'IPv6'] as const).filter((family) => ours[family] === theirs[family])
  return (
    a.serviceSelectors.length === 0 &&
    (a.peers.length === 0 || b.peers.length === 0 || a.peers.some((peer) => b.peers.includes(peer))) &&
    index.entries.some(
      (entry) =>
        selectsPool(a, entry) &&
        selectsPool(b, entry) &&
        entry.pool.ranges.some(({ family }) => families.includes(family)),
    ) &&
    nodes.some(({ labels }) => selectsNode(a, labels) && selectsNode(b, labels))
  )
}

function selectsNode({ nodeSelectors }: BGPAdvertisement, labels: Readonly<Record<string, string>>): boolean {
  return nodeSelectors.length === 0 || anySelectorMatches(nodeSelectors, labels)
}

export const planCommunityObjects: (communities: Snapshot['communities']) => Objects = rememberLast(
  (communities: Snapshot['communities']) => {
    const owners = new Map<string, string>()
    for (const { value } of communities.toSorted((a, b) => olderFirst(a.value, b.value)))
      for (const alias of value.aliases.keys()) if (!owners.has(alias)) owners.set(alias, value.name)
    return new Map(
      communities.map(({ value, objections }): [string, ObjectPlan] => {
        const warnings = [...value.aliases.keys()].flatMap((alias): Verdict[] => {
          const owner = owners.get(alias)
          if (owner === undefined || owner === value.name) return []
          const message = `Community ${owner} defines ${alias} too, and is the older one: its value counts`
          return [{ reason: 'DuplicateAlias', message }]
        })
        return [value.name, { verdicts: objections.map(invalidSpec), warnings }]
      }),
    )
  },
)
