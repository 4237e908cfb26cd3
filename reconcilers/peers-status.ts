// What becomes of a BGPPeer over all nodes: what is wrong with the object, and how many of the nodes that are to keep
// a session have one. Of a cluster of any size: counts, and the first few of those without.
import type { BGPPeer } from '../crds/bgp-peer.ts'
import { bgpPeerKind } from '../crds/bgp-peer.ts'
import type { ConfigurationState, SessionState } from '../crds/configuration-state.ts'
import { objectStatus } from './object-status.ts'
import { rememberLast } from './once.ts'
import { peerSelectsNode } from './peers.ts'
import type { BgpObjects } from './plan.ts'
import type { Read, Snapshot } from './snapshot.ts'
import type { DesiredCondition, StatusObject } from './status.ts'

/** The sessions of one BGPPeer. */
export type PeerSessions = {
  readonly nodes: number // that are to keep one, and whose speaker lives
  readonly established: number
  readonly missing: readonly NamedSession[] // all others, by node
  readonly noted: readonly NamedSession[] // established, but; by node
}

export type NamedSession = { readonly node: string; readonly reason: string; readonly message: string }

/** At most so many are named in the status; the counts are always whole. */
const namedNodes = 20

type SessionsByNode = ReadonlyMap<string, ReadonlyMap<string, SessionState>>

/** By peer, then by node, as the speakers tell it. */
export const sessionsIn: (states: readonly ConfigurationState[]) => SessionsByNode = rememberLast(
  (states) => {
    const byPeer = new Map<string, Map<string, SessionState>>()
    for (const { name, sessions } of states) {
      if (!name.startsWith(speakerPrefix)) continue
      const node = name.slice(speakerPrefix.length)
      for (const session of sessions) {
        const nodes = byPeer.get(session.peer) ?? new Map<string, SessionState>()
        byPeer.set(session.peer, nodes.set(node, session))
      }
    }
    return byPeer
  },
)

const speakerPrefix = 'speaker-'

/** Held against what the nodes with a living speaker are to do. */
export function peerSessions(read: Read<BGPPeer>, snapshot: Snapshot): PeerSessions {
  const told = sessionsIn(snapshot.configurationStates ?? []).get(read.value.name)
  const living = new Set(snapshot.speakers.map(({ node }) => node))
  const meant = snapshot.nodes.filter(
    ({ name, labels }) =>
      living.has(name) && peerSelectsNode({ read, node: name, labels, secrets: undefined }) === undefined,
  )
  const missing = meant.flatMap(({ name }): NamedSession[] => {
    const session = told?.get(name)
    return session?.state === 'Established' ? [] : [{ node: name, ...missingVerdict(session) }]
  })
  const noted = meant.flatMap(({ name }): NamedSession[] => {
    const session = told?.get(name)
    if (session?.state !== 'Established' || session.reason === 'SessionEstablished') return []
    return [{ node: name, reason: session.reason, message: session.message }]
  })
  return {
    nodes: meant.length,
    established: meant.length - missing.length,
    missing: missing.toSorted(byNode),
    noted: noted.toSorted(byNode),
  }
}

function byNode(a: NamedSession, b: NamedSession): number {
  return a.node < b.node ? -1 : 1
}

function missingVerdict(session: SessionState | undefined): Omit<NamedSession, 'node'> {
  if (session === undefined) return { reason: 'AwaitingSpeaker', message: 'its speaker has not reported yet' }
  return { reason: session.reason || 'SessionDown', message: session.message }
}

export function peerStatuses(snapshot: Snapshot, { peers }: BgpObjects): readonly StatusObject[] {
  return snapshot.bgpPeers.flatMap((read) => {
    const own = peers.get(read.value.name)
    if (own === undefined) return []
    const sessions = peerSessions(read, snapshot)
    const status = objectStatus(bgpPeerKind, read.value, { ...own, counters: countsOf(sessions) })
    const { generation } = read.value
    const established = { ...establishedCondition(sessions), observedGeneration: generation }
    return [{ ...status, conditions: [...(status.conditions ?? []), established] }]
  })
}

function countsOf({ nodes, established, missing }: PeerSessions) {
  return {
    nodes,
    established,
    notEstablished: missing.slice(0, namedNodes),
  }
}

function establishedCondition({ nodes, established, missing, noted }: PeerSessions): DesiredCondition {
  const type = 'Established'
  const [first] = missing
  if (nodes === 0) {
    const message = 'nodeSelectors select no node with a living speaker'
    return { type, status: 'False', reason: 'NoNodeSelected', message }
  }
  const count = `${established} of ${nodes} ${nodes === 1 ? 'session is' : 'sessions are'} established`
  if (first === undefined) return { type, status: 'True', ...notedVerdict(count, noted) }
  const message = `${count}; not that of node ${first.node}${andMore(missing)}: ${first.message}`
  return { type, status: 'False', reason: first.reason, message }
}

function notedVerdict(
  count: string,
  noted: readonly NamedSession[],
): Pick<DesiredCondition, 'reason' | 'message'> {
  const [first] = noted
  if (first === undefined) return { reason: 'SessionEstablished', message: count }
  const message = `${count}; of node ${first.node}${andMore(noted)}: ${first.message}`
  return { reason: first.reason, message }
}

function andMore({ length }: readonly NamedSession[]): string {
  return length === 1 ? '' : `, and ${length - 1} more`
}
