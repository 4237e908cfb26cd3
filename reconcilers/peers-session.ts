// From a BGPPeer to the session that a node keeps with it: what is written, and what holds where nothing is.
import type { BGPPeer, BGPRole } from '../crds/bgp-peer.ts'
import type { Node } from '../crds/core.ts'
import type {
  GracefulRestartConfig,
  PeerConfig,
  PeerEndpoint,
  RoleConfig,
  SessionConfig,
  TtlRule,
} from '../protocols/bgp/config.ts'
import type { BfdWish } from '../protocols/bfd/config.ts'
import type { Family } from '../protocols/net/address.ts'
import { parseAddress } from '../protocols/net/address.ts'
import { identifierOf } from './peers-identifier.ts'

const defaultHoldTimeMs = 90_000 // RFC 4271 §10
const defaultConnectTimeMs = 10_000 // the time MetalLB gives one attempt
const defaultRestartTimeMs = 120_000 // what FRR tells, and so MetalLB

/** A BGPPeer of which all is known. */
export type KeptPeer = BGPPeer & {
  readonly remote: NonNullable<BGPPeer['remote']>
  readonly peerASN: NonNullable<BGPPeer['peerASN']>
}

/** Of this node. */
export type PeerSide = {
  readonly name: string
  readonly node: Node | undefined
  readonly password: string | undefined
}

export function peerConfig(peer: KeptPeer, side: PeerSide): PeerConfig {
  return { name: peer.name, endpoint: endpointOf(peer, side.password), session: sessionOf(peer, side) }
}

function endpointOf(peer: KeptPeer, password: string | undefined): PeerEndpoint {
  const { remote, peerPort, sourceAddress, vrf, bfdProfile, transport, listen } = peer
  return {
    remote: 'interface' in remote ? remote : { address: remote.address, port: peerPort },
    ...(sourceAddress === undefined ? {} : { sourceAddress }),
    ...(vrf === undefined ? {} : { device: vrf }),
    ...(password === undefined ? {} : { password }),
    transport,
    ttl: ttlOf(peer),
    listen,
    ...(bfdProfile === undefined ? {} : { bfdProfile }),
  }
}

function sessionOf(peer: KeptPeer, { name, node }: PeerSide): SessionConfig {
  const { holdTimeMs, keepaliveTimeMs, connectTimeMs, prefixLimit } = peer
  const gracefulRestart = gracefulRestartOf(peer)
  const role = roleOf(peer)
  const families = familiesOf(peer)
  return {
    localAs: localAsOf(peer),
    peerAs: peer.peerASN,
    identifier: peer.routerID ?? identifierOf(name, node),
    families,
    holdTimeS: seconds(holdTimeMs ?? defaultHoldTimeMs),
    ...(keepaliveTimeMs === undefined ? {} : { keepaliveS: seconds(keepaliveTimeMs) }),
    passive: false,
    connectRetryMs: connectTimeMs ?? defaultConnectTimeMs,
    delayOpenMs: 0,
    ...(gracefulRestart === undefined ? {} : { gracefulRestart }),
    ...(role === undefined ? {} : { role }),
    hostname: name,
    ...(prefixLimit === undefined ? {} : { prefixLimits: limitEach(families, prefixLimit) }),
  }
}

function gracefulRestartOf(peer: BGPPeer): GracefulRestartConfig | undefined {
  const { enableGracefulRestart, restartTimeMs = defaultRestartTimeMs, longLivedStaleTimeMs } = peer
  if (!enableGracefulRestart) return undefined
  return {
    restartTimeS: seconds(restartTimeMs),
    ...(longLivedStaleTimeMs === undefined ? {} : { longLivedStaleTimeS: seconds(longLivedStaleTimeMs) }),
  }
}

function roleOf({ role, strictRole }: BGPPeer): RoleConfig | undefined {
  return role === undefined ? undefined : { role: roleNames[role], strict: strictRole }
}

const roleNames = {
  Provider: 'provider',
  RouteServer: 'route-server',
  RouteServerClient: 'route-server-client',
  Customer: 'customer',
  Peer: 'peer',
} as const satisfies Readonly<Record<BGPRole, RoleConfig['role']>>

function limitEach(families: readonly Family[], limit: number): Readonly<Partial<Record<Family, number>>> {
  return Object.fromEntries(families.map((family) => [family, limit]))
}

/** What this peer sees of us: localASN stands in place of myASN, in the OPEN and in AS_PATH. */
function localAsOf({ localASN, myASN }: BGPPeer): number {
  return localASN ?? myASN
}

export function isInternal(peer: KeptPeer): boolean {
  return peer.peerASN === 'internal' || peer.peerASN === localAsOf(peer)
}

/** A peer of another AS is one hop away unless it is said otherwise; one of our own may be anywhere. */
function ttlOf(peer: KeptPeer): TtlRule {
  const { ttlSecurityHops } = peer
  if (ttlSecurityHops !== undefined) return { type: 'security', minimum: 256 - ttlSecurityHops }
  return { type: 'hops', hops: peer.ebgpMultiHop || isInternal(peer) ? 255 : 1 }
}

/**
 * Which BFD watches the way (RFC 5881, RFC 5883), by the rule that FRR has: several hops where that is written; of a peer
 * of our own AS, which may be anywhere, the node looks whether it is in one of its networks; else one hop.
 */
export function bfdHops(peer: KeptPeer): BfdWish['multihop'] {
  const { ebgpMultiHop, ttlSecurityHops } = peer
  if (ttlSecurityHops !== undefined) return ttlSecurityHops > 1
  if (ebgpMultiHop) return true
  return isInternal(peer) ? 'off-link' : false
}

/** A session carries the family of its address; an unnumbered one both. */
export function familiesOf({
  remote,
  dualStackAddressFamily,
}: Pick<KeptPeer, 'remote' | 'dualStackAddressFamily'>): readonly Family[] {
  const family = 'address' in remote ? parseAddress(remote.address)?.family : undefined
  return carried[family === undefined || dualStackAddressFamily ? 'both' : family]
}

const carried = { IPv4: ['IPv4'], IPv6: ['IPv6'], both: ['IPv4', 'IPv6'] } as const

/** RFC 4271 §4.2: whole seconds; what is less than one counts as none, as in MetalLB. */
function seconds(ms: number): number {
  return Math.trunc(ms / 1000)
}
