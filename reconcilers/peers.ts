// Which sessions a node keeps: one per BGPPeer that selects it and can be used as written (metallb.md §6.3, §7).
import type { BFDProfile } from '../crds/bfd-profile.ts'
import type { BGPPeer } from '../crds/bgp-peer.ts'
import type { Node } from '../crds/core.ts'
import { anySelectorMatches } from '../crds/selector.ts'
import type { BfdWish } from '../protocols/bfd/config.ts'
import type { PeerConfig } from '../protocols/bgp/config.ts'
import { joinVerdicts } from './conditions.ts'
import { rememberLast } from './once.ts'
import { bfdConfig, longestKey } from './peers-bfd.ts'
import { samePeer, sameSession } from './peers-doubles.ts'
import type { KeptPeer } from './peers-session.ts'
import { bfdHops, peerConfig } from './peers-session.ts'
import { invalidSpec } from './pool-counts.ts'
import { olderFirst } from './seniority.ts'
import type { PasswordSecret, Read, Snapshot } from './snapshot.ts'
import type { Fact, Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

export type PeersPlan = {
  readonly configs: readonly PeerConfig[] // by name
  readonly bfd: Readonly<Record<string, BfdWish>> // by name of the peer
  readonly verdicts: ReadonlyMap<string, Verdict> // by name: why this node keeps no session with it
  readonly warnings: ReadonlyMap<string, readonly Verdict[]> // by name: it keeps one, but
}

/** A BGPPeer, seen from one node. */
export type PeerWish = {
  readonly read: Read<BGPPeer>
  readonly node: string
  readonly labels: Node['labels']
  readonly secrets: ReadonlyMap<string, PasswordSecret> | undefined
}

/** In reading order. That of two with one address the older is kept comes after: an unusable one is in nobody's way. */
export const peerFacts: readonly Fact<PeerWish>[] = [
  { fact: 'its nodeSelectors select the node', check: peerSelectsNode },
  { fact: 'it can be used as it is written', check: peerIsUsable },
  { fact: 'its password is known, if it has one', check: passwordIsKnown },
]

export function peerSelectsNode({ read, node, labels }: PeerWish): Verdict | undefined {
  const { name, nodeSelectors } = read.value
  if (nodeSelectors.length === 0 || anySelectorMatches(nodeSelectors, labels)) return undefined
  return {
    reason: 'NodeNotSelected',
    message: `the nodeSelectors of BGPPeer ${name} do not select node ${node}`,
  }
}

// Half a peer is another peer: no session rather than one with other timers, another AS or another TTL.
function peerIsUsable({ read }: PeerWish): Verdict | undefined {
  return joinVerdicts(read.objections.map(invalidSpec))
}

/** No password, no session: never one that is less than was asked for. */
function passwordIsKnown({ read, secrets }: PeerWish): Verdict | undefined {
  const { passwordSecret: name } = read.value
  return name === undefined ? undefined : secretVerdict(name, secrets)
}

function secretVerdict(name: string, secrets: Snapshot['secrets']): Verdict | undefined {
  if (secrets === undefined)
    return {
      reason: 'SecretNotRead',
      message: `this process does not read Secret ${name}, which holds the password`,
    }
  const secret = secrets.get(name)
  if (secret === undefined)
    return { reason: 'SecretNotFound', message: `there is no Secret ${name}, which is to hold the password` }
  if (secret.type !== basicAuth) {
    const message = `Secret ${name} is of type ${secret.type}; it must be of type ${basicAuth}`
    return { reason: 'SecretUnusable', message }
  }
  if (secret.password !== undefined && secret.password !== '') return undefined
  return { reason: 'SecretUnusable', message: `Secret ${name} has no key password with something in it` }
}

const basicAuth = 'kubernetes.io/basic-auth'

export function planPeers({ bgpPeers, bfdProfiles, secrets, nodes }: Snapshot, name: string): PeersPlan {
  return plan(bgpPeers, bfdProfiles, secrets, nodeNamed(nodes, name), name)
}

const plan = rememberLast(
  (
    peers: Snapshot['bgpPeers'],
    profiles: Snapshot['bfdProfiles'],
    secrets: Snapshot['secrets'],
    node: Node | undefined,
    name: string,
  ): PeersPlan => {
    const verdicts = new Map<string, Verdict>()
    const usable: KeptPeer[] = []
    for (const read of peers) {
      const wish = { read, node: name, labels: node?.labels ?? {}, secrets }
      const verdict = firstVerdict(peerFacts, wish)
      if (verdict !== undefined) verdicts.set(read.value.name, verdict)
      else if (isComplete(read.value)) usable.push(read.value)
    }
    const kept = withoutDoubles(usable, verdicts).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    return {
      configs: kept.map((peer) => peerConfig(peer, { name, node, password: passwordOf(peer, secrets) })),
      ...planBfd(kept, profiles, secrets),
      verdicts,
    }
  },
)

const nodeNamed = (nodes: Snapshot['nodes'], name: string): Node | undefined =>
  nodes.find((node) => node.name === name)

// A parse that objects to nothing has read both.
function isComplete(peer: BGPPeer): peer is KeptPeer {
  return peer.remote !== undefined && peer.peerASN !== undefined
}

function passwordOf(peer: BGPPeer, secrets: Snapshot['secrets']): string | undefined {
  return peer.passwordSecret === undefined ? peer.password : secrets?.get(peer.passwordSecret)?.password
}

/** A router takes one session per pair of addresses: of two BGPPeers that mean the same one the older is kept. */
function withoutDoubles(peers: readonly KeptPeer[], verdicts: Map<string, Verdict>): readonly KeptPeer[] {
  const first = new Map<string, KeptPeer>()
  for (const peer of peers.toSorted(olderFirst)) {
    const older = first.get(sameSession(peer))
    if (older === undefined) first.set(sameSession(peer), peer)
    else verdicts.set(peer.name, samePeer(peer, older))
  }
  return [...first.values()]
}

function planBfd(
  kept: readonly KeptPeer[],
  profiles: readonly Read<BFDProfile>[],
  secrets: Snapshot['secrets'],
): Pick<PeersPlan, 'bfd' | 'warnings'> {
  const byName = new Map(profiles.map(({ value }) => [value.name, value]))
  const bfd: Record<string, BfdWish> = {}
  const warnings = new Map<string, readonly Verdict[]>()
  for (const peer of kept) {
    const { name, bfdProfile } = peer
    if (bfdProfile === undefined) continue
    const profile = byName.get(bfdProfile)
    const verdict = profile === undefined ? unknownProfile(bfdProfile) : keyVerdict(profile, secrets)
    if (profile === undefined || verdict !== undefined)
      warnings.set(name, verdict === undefined ? [] : [verdict])
    else bfd[name] = bfdConfig(profile, bfdHops(peer), keyOf(profile, secrets))
  }
  return { bfd, warnings }
}

function keyOf({ authentication }: BFDProfile, secrets: Snapshot['secrets']): string | undefined {
  return authentication === undefined ? undefined : secrets?.get(authentication.passwordSecret)?.password
}

/** Without its key BFD is not used at all: a peer that wants proof would take the path for broken. */
function keyVerdict(profile: BFDProfile, secrets: Snapshot['secrets']): Verdict | undefined {
  const { authentication } = profile
  if (authentication === undefined) return undefined
  const { passwordSecret, type } = authentication
  const verdict = secretVerdict(passwordSecret, secrets)
  if (verdict !== undefined) return unwatched(verdict)
  const [length, most] = [octetsOf(keyOf(profile, secrets) ?? ''), longestKey(authentication)]
  if (length <= most) return undefined
  const message = `the key in Secret ${passwordSecret} has ${length} octets, and ${type} takes ${most}`
  return unwatched({ reason: 'SecretUnusable', message })
}

function unwatched({ reason, message }: Verdict): Verdict {
  return { reason, message: `${message}; the session is kept without BFD until that is mended` }
}

function octetsOf(text: string): number {
  return new TextEncoder().encode(text).length
}

// A session that is not watched is better than none: a profile may be deleted while it is in use.
export function unknownProfile(name: string): Verdict {
  const message = `there is no BFDProfile ${name}; the session is kept without BFD until there is`
  return { reason: 'UnknownBFDProfile', message }
}
