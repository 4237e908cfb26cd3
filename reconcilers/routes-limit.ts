// maxNodes: of the nodes that may announce an address only the first so many do, in the order of the layer 2 election,
// which every node works out alike. For routers that spread flows over a limited number of next hops.
import type { Endpoint, Service } from '../crds/core.ts'
import { anySelectorMatches } from '../crds/selector.ts'
import { electionKey } from './election.ts'
import { nodeFacts, servingNodes } from './eligibility.ts'
import { rememberLast } from './once.ts'
import type { Source } from './routes-source.ts'
import { sourceNodeVerdict } from './routes-source.ts'
import type { Snapshot } from './snapshot.ts'
import { firstVerdict } from './verdict.ts'

/** The nodes that may announce by an advertisement; worked out for those that have maxNodes only. */
export type Candidates = (source: Source) => ReadonlySet<string>

export function candidatesIn({ nodes, speakers, bgpPeers, settings }: Snapshot): Candidates {
  return candidates(nodes, speakers, bgpPeers, settings.ignoreExcludeLabel)
}

const candidates = rememberLast(
  (
    nodes: Snapshot['nodes'],
    speakers: Snapshot['speakers'],
    bgpPeers: Snapshot['bgpPeers'],
    ignoreExcludeLabel: boolean,
  ): Candidates => {
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
    const known = new Map<Source['advertisement'], ReadonlySet<string>>()
    return ({ advertisement }) => {
      const before = known.get(advertisement)
      if (before !== undefined) return before
      const found = new Set(
        eligible
          .filter((node) => sourceNodeVerdict(advertisement, node) === undefined)
          .filter((node) => hasPeer(advertisement, bgpPeers, node.labels))
          .map(({ name }) => name),
      )
      known.set(advertisement, found)
      return found
    }
  },
)

/** As far as everybody can tell: whether its Secret is there only the node itself knows. */
function hasPeer(
  { peers }: Source['advertisement'],
  bgpPeers: Snapshot['bgpPeers'],
  labels: Readonly<Record<string, string>>,
): boolean {
  return bgpPeers.some(
    ({ value: { name, nodeSelectors }, objections }) =>
      objections.length === 0 &&
      (peers.length === 0 || peers.includes(name)) &&
      (nodeSelectors.length === 0 || anySelectorMatches(nodeSelectors, labels)),
  )
}

export type Seat = {
  readonly node: string
  readonly address: string
  readonly service: Service
  readonly endpoints: readonly Endpoint[]
}

/** Is the node one of the first `most`? */
export function isAmongFirst(most: number, all: ReadonlySet<string>, seat: Seat): boolean {
  const { node, service, endpoints } = seat
  const contenders =
    service.externalTrafficPolicy === 'Local' ? all.intersection(servingNodes(endpoints)) : all
  if (!contenders.has(node)) return false
  if (contenders.size <= most) return true
  const { key, lower } = memoryOf(seat)
  const before = lower.filter((name) => contenders.has(name))
  let count = before.length
  if (count >= most) return false
  for (const other of contenders) {
    if (other === node || before.includes(other) || electionKey(other, seat.address) > key) continue
    lower.push(other)
    count++
    if (count >= most) return false
  }
  return true
}

/** Facts of names and addresses, true among any nodes: to know that one is not among the first takes few hashes then. */
type Memory = {
  readonly node: string
  readonly address: string
  readonly key: string
  readonly lower: string[]
}

const memories = new WeakMap<Service, Map<string, Memory>>()

function memoryOf({ node, address, service }: Seat): Memory {
  const own = memories.get(service) ?? new Map<string, Memory>()
  memories.set(service, own)
  const known = own.get(address)
  if (known?.node === node) return known
  const memory = { node, address, key: electionKey(node, address), lower: [] }
  own.set(address, memory)
  return memory
}
