// What the reconcilers wish of BGP on one node: peers and routes. Plain data: it crosses to the worker thread
// as it is.
import type { Family } from '../net/address.ts'
import type { RoleName } from './capability.ts'

/** All that the bgp worker is told; it replaces whatever it was told before. */
export type BgpConfig = {
  readonly generation: number
  readonly peers: readonly PeerConfig[] // one a name
  readonly routes: readonly Route[]
}

/** One session that this node keeps. */
export type PeerConfig = {
  readonly name: string // of the BGPPeer; the key by which a session is kept
  readonly endpoint: PeerEndpoint
  readonly session: SessionConfig
}

/** How the bytes get there: nothing that the state machine reads. */
export type PeerEndpoint = {
  readonly remote: { readonly address: string; readonly port: number } | { readonly interface: string }
  readonly sourceAddress?: string
  readonly device?: string // VRF, or the interface of a link-local address
  readonly password?: string // TCP-MD5; never in a log or a journal
  readonly transport: 'Kernel' | 'Packet'
  readonly ttl: TtlRule
  readonly listen: boolean // take connections that the peer opens
  readonly bfdProfile?: string
}

/** What is said of a peer whose `device` the node has not: the reconcilers know it by these words. */
export function noSuchDevice(device: string): string {
  return `there is no VRF and no interface ${device} on this node`
}

/** hops: sent with that TTL. security: sent with 255, and received with at least `minimum` (GTSM, RFC 5082). */
export type TtlRule =
  | { readonly type: 'hops'; readonly hops: number }
  | { readonly type: 'security'; readonly minimum: number }

/** What the state machine reads. A change takes effect at the next OPEN unless it says otherwise. */
export type SessionConfig = {
  readonly localAs: number // as this peer sees us; stands in AS_PATH towards it
  readonly peerAs: number | 'internal' | 'external' // the words: whatever AS the peer says, equal to ours or not
  readonly identifier: string // dotted quad
  readonly families: readonly Family[] // at least one
  readonly holdTimeS: number // 0 or 3 to 65535
  readonly sendHoldMs?: number // bytes that the peer has not taken by then end the session, RFC 9687; default 8 min or more
  readonly keepaliveS?: number // default a third of the hold time agreed on
  readonly passive: boolean // never dial
  readonly connectRetryMs: number // between attempts to reach a peer that does not answer
  readonly delayOpenMs: number // 0: the OPEN goes out at once
  readonly idleHold?: IdleHold // default 1 s doubling to 2 min
  readonly gracefulRestart?: GracefulRestartConfig
  readonly role?: RoleConfig
  readonly hostname?: string // of the FQDN capability
  readonly softwareVersion?: string
  readonly prefixLimits?: Readonly<Partial<Record<Family, number>>> // what the peer may send; takes effect at once
}

/**
 * Of each family of a peer without a limit so many routes are kept to be shown, some 20 MB; those beyond are counted. Long
 * attributes count more, so that an UPDATE for each route, full of communities, takes no more than 50 MB.
 */
export const keptRoutes = 50_000

/** The pause after a session that failed; it doubles with every failure in a row. 0: none, for tests. */
export type IdleHold = { readonly firstMs: number; readonly longestMs: number }

export type GracefulRestartConfig = {
  readonly restartTimeS: number // how long the peer keeps our routes without us; 1 to 4095
  readonly longLivedStaleTimeS?: number // RFC 9494: how much longer, as the last resort; 24 bits
}

/** What we are to the peer, RFC 9234 §4; strict: no session with a peer that names no role. */
export type RoleConfig = { readonly role: RoleName; readonly strict: boolean }

/** One route towards some peers. Several with the same prefix must name different peers. */
export type Route = {
  readonly prefix: string // canonical text, no bit set beyond the length
  readonly peers: 'all' | readonly string[] // names
  readonly attributes: RouteAttributes
}

export type RouteAttributes = {
  readonly origin?: 'igp' | 'egp' | 'incomplete' // default igp
  readonly med?: number
  readonly localPref?: number // internal peers only; default 100
  readonly prepend?: number // how many times more the local AS stands in AS_PATH, external peers only
  readonly communities?: readonly string[] // 'A:B'
  readonly largeCommunities?: readonly string[] // 'A:B:C'
  readonly bandwidth?: number // bytes per second, as link-bandwidth: routers weigh us by it
  readonly nextHop?: string // default: our own address on the session
}
