// A router as the stories see it: a daemon in a namespace of its own, what it is to do, and what it says of itself.
import type { Family } from '../../protocols/net/address.ts'

export type RouterWish = {
  readonly asNumber: number
  readonly identifier: string
  readonly local: string // its address on the session
  readonly herald: { readonly address: string; readonly asNumber: number }
  readonly interface?: string // in place of both addresses: it looks for us there
  readonly families: readonly Family[]
  readonly holdTimeS: number
  readonly connects: boolean // it dials us; else it waits
  readonly password?: string
  readonly ttlSecurity?: boolean // 255 sent and required
  readonly gracefulRestartS?: number // its own restarts, and it helps with ours
  readonly prefixLimit?: number // of IPv4 routes; it ends the session above
  readonly longLivedS?: number // RFC 9494: how long it keeps our routes beyond that
  readonly announces?: readonly string[] // IPv4 prefixes
}

/** What the router has in its table from us. */
export type RouteView = {
  readonly nextHop: string
  readonly asPath: string // '65001 65001'
  readonly origin: string // IGP, EGP, incomplete
  readonly localPref?: number
  readonly med?: number
  readonly communities: readonly string[] // '65001:1', sorted
  readonly largeCommunities: readonly string[] // '65001:1:2', sorted
  readonly bandwidth?: number // bytes a second, of the link-bandwidth community
  readonly isStale?: boolean // kept from a session that is gone
}

export type SessionView = {
  readonly isEstablished: boolean
  readonly lastError: string // in its own words, empty when there is none
}

export type Router = {
  readonly name: string // with its version
  readonly session: () => Promise<SessionView>
  readonly prefixes: (family: Family) => Promise<readonly string[]>
  readonly route: (prefix: string) => Promise<RouteView | undefined>
  readonly freeze: () => void
  readonly thaw: () => void
  /** It goes and comes back as one that restarts gracefully, if its wish says so. */
  readonly restart: () => Promise<void>
  readonly refresh: () => Promise<void> // it asks for all routes again
  readonly shutdown: (text: string) => Promise<void> // of the session, administratively
  readonly stop: () => Promise<void>
}

export function familyOfPrefix(prefix: string): Family {
  return prefix.includes(':') ? 'IPv6' : 'IPv4'
}

/** A community as one number, in the words that people use. */
export function asDotted(community: unknown): string {
  const value = Number(community)
  return `${Math.floor(value / 0x10000)}:${value % 0x10000}`
}
