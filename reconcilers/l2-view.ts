// What the layer 2 election looks like from here: pools, advertisements, nodes and living speakers, put together once
// per change of any of them, and shared by all Services.
import type { Service } from '../crds/core.ts'
import type { L2Advertisement } from '../crds/l2-advertisement.ts'
import { anySelectorMatches, selectorMatches } from '../crds/selector.ts'
import type { Contender, Electorate } from './election.ts'
import { electorateOf } from './election.ts'
import type { Candidacy } from './eligibility.ts'
import { nodeFacts } from './eligibility.ts'
import { rememberLast, rememberPerObject } from './once.ts'
import type { PoolEntry, PoolIndex } from './pools.ts'
import { indexPools } from './pools.ts'
import { selectsPool, selectsService } from './selection.ts'
import type { Snapshot } from './snapshot.ts'
import type { Fact, Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

export type L2View = {
  readonly index: PoolIndex
  readonly coverage: Coverage
  readonly candidacies: ReadonlyMap<string, Candidacy> // every node and every living speaker, by name
  readonly eligible: readonly Candidacy[] // those that may announce at all
  readonly advertisements: readonly L2Advertisement[] // by name
  readonly fields: Map<string, Field> // of each set of advertisements met so far: a pure cache
}

/** Which advertisements cover which pools, whoever is alive. */
export type Coverage = {
  readonly index: PoolIndex
  readonly advertisements: readonly L2Advertisement[] // by name
  readonly byPool: ReadonlyMap<PoolEntry, readonly L2Advertisement[]>
}

/** Advertisements that apply together, and the nodes that may announce by them. */
export type Field = {
  readonly advertisements: readonly L2Advertisement[]
  readonly electorate: Electorate
  readonly verdict?: Verdict // why there is no node
}

export function l2View({ pools, l2Advertisements, nodes, speakers, settings }: Snapshot): L2View {
  return view(pools, l2Advertisements, nodes, speakers, settings.ignoreExcludeLabel)
}

const view = rememberLast(
  (
    pools: Snapshot['pools'],
    advertisements: Snapshot['l2Advertisements'],
    nodes: Snapshot['nodes'],
    speakers: Snapshot['speakers'],
    ignoreExcludeLabel: boolean,
  ): L2View => {
    const covering = coverage(pools, advertisements)
    const candidacies = new Map<string, Candidacy>()
    const speakerOf = new Map(speakers.map((speaker) => [speaker.node, speaker]))
    const nodeOf = new Map(nodes.map((node) => [node.name, node]))
    for (const name of [...new Set([...nodeOf.keys(), ...speakerOf.keys()])].toSorted()) {
      const [node, speaker] = [nodeOf.get(name), speakerOf.get(name)]
      candidacies.set(name, { name, node, speaker, ignoreExcludeLabel })
    }
    return {
      index: covering.index,
      coverage: covering,
      candidacies,
      eligible: [...candidacies.values()].filter((one) => firstVerdict(nodeFacts, one) === undefined),
      advertisements: covering.advertisements,
      fields: new Map(),
    }
  },
)

/** The same while only nodes and speakers come and go. */
const coverage = rememberLast(
  (pools: Snapshot['pools'], advertisements: Snapshot['l2Advertisements']): Coverage => {
    const index = indexPools(pools)
    const sorted = advertisements.map(({ value }) => value).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    return {
      index,
      advertisements: sorted,
      byPool: new Map(index.entries.map((entry) => [entry, sorted.filter((one) => selectsPool(one, entry))])),
    }
  },
)

/** A node seen by one advertisement. */
export type Placement = { readonly advertisement: L2Advertisement; readonly candidacy: Candidacy }

export const placementFacts: readonly Fact<Placement>[] = [
  { fact: 'the nodeSelectors select the node', check: nodeIsSelected },
  { fact: 'the node has one of the interfaces', check: nodeHasInterface },
]

function nodeIsSelected({ advertisement, candidacy }: Placement): Verdict | undefined {
  const { nodeSelectors } = advertisement
  if (nodeSelectors.length === 0 || anySelectorMatches(nodeSelectors, candidacy.node?.labels ?? {}))
    return undefined
  const message = `the nodeSelectors of L2Advertisement ${advertisement.name} do not select node ${candidacy.name}`
  return { reason: 'NodeNotSelected', message }
}

// A speaker that has not yet said which interfaces it has counts as having any.
function nodeHasInterface({ advertisement, candidacy }: Placement): Verdict | undefined {
  const present = candidacy.speaker?.interfaces
  const { interfaces } = advertisement
  if (interfaces.length === 0 || present === undefined) return undefined
  if (interfaces.some((name) => present.includes(name))) return undefined
  const message = `node ${candidacy.name} has none of the interfaces ${interfaces.join(', ')} of L2Advertisement ${advertisement.name}`
  return { reason: 'InterfaceNotOnNode', message }
}

/** The advertisements that cover a Service with an address of the pool. */
export function advertisementsFor(
  { byPool }: Coverage,
  entry: PoolEntry,
  service: Service,
): readonly L2Advertisement[] {
  const all = byPool.get(entry) ?? none
  return all.every(({ serviceSelectors }) => serviceSelectors.length === 0)
    ? all
    : all.filter((advertisement) => selectsService(advertisement, service))
}

const none: readonly L2Advertisement[] = []

export function fieldOf(known: L2View, advertisements: readonly L2Advertisement[]): Field {
  const key = keyOf(advertisements)
  const field = known.fields.get(key)
  if (field !== undefined) return field
  const made = makeField(known, advertisements)
  known.fields.set(key, made)
  return made
}

function keyOf(advertisements: readonly L2Advertisement[]): string {
  return advertisements.length === 1 ? (advertisements[0]?.name ?? '') : namesOf(advertisements)
}

const namesOf = rememberPerObject((advertisements: readonly L2Advertisement[]): string =>
  advertisements.map(({ name }) => name).join('/'),
)

function makeField(known: L2View, advertisements: readonly L2Advertisement[]): Field {
  const contenders = known.eligible.flatMap((candidacy) => contenderFor(advertisements, candidacy) ?? [])
  const field = { advertisements, electorate: electorateOf(contenders) }
  return contenders.length > 0 ? field : { ...field, verdict: emptyVerdict(known, advertisements) }
}

/** The union of the advertisements that select the node: one of them without interfaces means all of its interfaces. */
function contenderFor(
  advertisements: readonly L2Advertisement[],
  candidacy: Candidacy,
): Contender | undefined {
  const own = advertisements.filter(
    (advertisement) => firstVerdict(placementFacts, { advertisement, candidacy }) === undefined,
  )
  if (own.length === 0) return undefined
  const everywhere = own.some(({ interfaces }) => interfaces.length === 0)
  return {
    name: candidacy.name,
    weight: own.reduce((sum, advertisement) => sum + weightOf(advertisement, candidacy), 0),
    interfaces: everywhere ? 'all' : [...new Set(own.flatMap(({ interfaces }) => interfaces))].toSorted(),
  }
}

function weightOf({ preferredNodeSelectors }: L2Advertisement, { node }: Candidacy): number {
  return preferredNodeSelectors
    .filter(({ preference }) => selectorMatches(preference, node?.labels ?? {}))
    .reduce((sum, { weight }) => sum + weight, 0)
}

/** Why no node is left: the last thing that stood in the way of any. */
function emptyVerdict(known: L2View, advertisements: readonly L2Advertisement[]): Verdict {
  const names = advertisements.map(({ name }) => name).join(', ')
  if (advertisements.length === 0)
    return { reason: 'NoAdvertisement', message: 'no L2Advertisement covers the pool and the Service' }
  const living = [...known.candidacies.values()].filter(({ speaker }) => speaker !== undefined)
  if (living.length === 0) return { reason: 'NoSpeaker', message: 'no speaker is alive' }
  if (known.eligible.length === 0)
    return {
      reason: 'NodesExcluded',
      message: `${living.length} speakers live, and every one of their nodes is excluded`,
    }
  const selected = known.eligible.some((candidacy) =>
    advertisements.some((advertisement) => nodeIsSelected({ advertisement, candidacy }) === undefined),
  )
  if (!selected) {
    const message = `L2Advertisement ${names} selects none of the ${known.eligible.length} nodes that could announce`
    return { reason: 'NoNodeSelected', message }
  }
  const interfaces = advertisements.flatMap((advertisement) => advertisement.interfaces).join(', ')
  const message = `no node that could announce has an interface of L2Advertisement ${names}: ${interfaces}`
  return { reason: 'NoInterface', message }
}
