// What is wrong in a BGPPeer or a BFDProfile by itself, whichever node it is for, and what it names that is not there.
import type { BFDProfile } from '../crds/bfd-profile.ts'
import type { BGPPeer } from '../crds/bgp-peer.ts'
import { anySelectorMatches } from '../crds/selector.ts'
import { rememberLast } from './once.ts'
import { unknownProfile } from './peers.ts'
import { defaultIntervalMs } from './peers-bfd.ts'
import { samePeer, sameSession } from './peers-doubles.ts'
import type { ObjectPlan } from './plan.ts'
import { invalidSpec } from './pool-counts.ts'
import { olderFirst } from './seniority.ts'
import type { Read, Snapshot } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

export const planPeerObjects: (
  peers: Snapshot['bgpPeers'],
  profiles: Snapshot['bfdProfiles'],
  nodes: Snapshot['nodes'],
) => ReadonlyMap<string, ObjectPlan> = rememberLast(
  (peers: Snapshot['bgpPeers'], profiles: Snapshot['bfdProfiles'], nodes: Snapshot['nodes']) => {
    const known = new Set(profiles.map(({ value }) => value.name))
    return new Map(
      peers.map((read): [string, ObjectPlan] => {
        const { value, objections } = read
        const { bfdProfile } = value
        const unknown = bfdProfile === undefined || known.has(bfdProfile) ? [] : [unknownProfile(bfdProfile)]
        return [
          value.name,
          {
            verdicts: objections.map(invalidSpec),
            warnings: [...doubled(read, peers, nodes), ...unknown, ...noNode(value, nodes)],
          },
        ]
      }),
    )
  },
)

/** On some node an older BGPPeer stands in its way. */
function doubled(
  { value, objections }: Read<BGPPeer>,
  peers: Snapshot['bgpPeers'],
  nodes: Snapshot['nodes'],
): readonly Verdict[] {
  if (objections.length > 0) return []
  const older = peers.find(
    (other) =>
      other.objections.length === 0 &&
      other.value !== value &&
      olderFirst(other.value, value) < 0 &&
      sameSession(other.value) === sameSession(value) &&
      nodes.some(({ labels }) => selects(other.value, labels) && selects(value, labels)),
  )
  return older === undefined ? [] : [samePeer(value, older.value)]
}

function selects({ nodeSelectors }: BGPPeer, labels: Readonly<Record<string, string>>): boolean {
  return nodeSelectors.length === 0 || anySelectorMatches(nodeSelectors, labels)
}

function noNode(peer: BGPPeer, nodes: Snapshot['nodes']): readonly Verdict[] {
  if (nodes.length === 0 || nodes.some(({ labels }) => selects(peer, labels))) return []
  return [
    { reason: 'NoNodeSelected', message: `spec.nodeSelectors select none of the ${nodes.length} nodes` },
  ]
}

/** Below this a busy node takes itself for a broken path too often. */
const shortestIntervalMs = 50

export const planProfileObjects: (profiles: Snapshot['bfdProfiles']) => ReadonlyMap<string, ObjectPlan> =
  rememberLast(
    (profiles: Snapshot['bfdProfiles']) =>
      new Map(
        profiles.map(({ value, objections }): [string, ObjectPlan] => [
          value.name,
          { verdicts: objections.map(invalidSpec), warnings: [...echo(value), ...shortInterval(value)] },
        ]),
      ),
  )

function echo({ echoMode }: BFDProfile): readonly Verdict[] {
  if (!echoMode) return []
  const message = 'spec.echoMode asks for echo packets, which are not sent; control packets watch the path'
  return [{ reason: 'EchoNotSent', message }]
}

function shortInterval({ receiveIntervalMs, transmitIntervalMs }: BFDProfile): readonly Verdict[] {
  const shortest = Math.min(receiveIntervalMs ?? defaultIntervalMs, transmitIntervalMs ?? defaultIntervalMs)
  if (shortest >= shortestIntervalMs) return []
  const message = `packets every ${shortest} ms may be late on a busy node; from ${shortestIntervalMs} ms on they are not`
  return [{ reason: 'ShortBFDInterval', message }]
}
