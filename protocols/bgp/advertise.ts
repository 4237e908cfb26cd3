// From the wish to the wire: the path attributes that a route has towards one peer. RFC 4271 §5.1, RFC 2545
// §3, RFC 8950 §4, RFC 9234 §5, RFC 8326 §4.
import type { Family } from '../net/address.ts'
import { isLinkLocal } from '../net/ipv6.ts'
import { sequence } from './as-path.ts'
import type { PathAttributes } from './attribute.ts'
import { linkBandwidth } from './community.ts'
import type { RouteAttributes, SessionConfig } from './config.ts'
import { gracefulShutdownCommunity } from './iana.ts'
import type { LocalEnd } from './local-end.ts'
import type { Agreement } from './negotiate.ts'
import type { Prefix } from './nlri.ts'
import { groupFits } from './pack.ts'
import type { RouteGroup } from './pack.ts'

/** What a route says to one peer; the same object for all routes that say the same. */
export type OutRoute = Omit<RouteGroup, 'prefixes'> & { readonly key: string } // equal keys, equal content

/** Why some routes do not go to this peer. */
export type Withheld = { readonly reason: string; readonly count: number; readonly example: Prefix }

/** All that the attributes depend on beside the route. */
export type Standpoint = {
  readonly config: SessionConfig
  readonly agreement: Agreement
  readonly local: LocalEnd
  readonly draining: boolean
}

const defaultLocalPref = 100

/**
 * What a route says to this peer, or why it is not told. Each set of attributes is worked out once, whether the
 * routes share the object or only what it says.
 */
export function resolverFor(
  standpoint: Standpoint,
): (family: Family, wish: RouteAttributes) => OutRoute | string {
  const byObject = { IPv4: new Map<RouteAttributes, Told>(), IPv6: new Map<RouteAttributes, Told>() }
  const byContent = new Map<string, Told>()
  return (family, wish) => {
    const known = byObject[family].get(wish)
    if (known !== undefined) return known
    const content = `${family} ${JSON.stringify(wish)}`
    const told = byContent.get(content) ?? outRoute(family, wish, standpoint)
    byContent.set(content, told)
    byObject[family].set(wish, told)
    return told
  }
}

type Told = OutRoute | string

/** Or the reason why it cannot be told to this peer. */
function outRoute(family: Family, wish: RouteAttributes, standpoint: Standpoint): OutRoute | string {
  const { agreement } = standpoint
  if (!agreement.families.includes(family)) return `the session carries no ${family} routes`
  const nextHops = nextHopsFor(family, wish, standpoint)
  if (typeof nextHops === 'string') return nextHops
  const attributes = narrowed(pathAttributes(wish, standpoint), agreement.context.fourOctetAs)
  const route = { family, nextHops, attributes }
  if (!groupFits({ ...route, prefixes: [] }, agreement.context))
    return 'the attributes leave no room for a route in a message'
  return { ...route, key: JSON.stringify(route) }
}

function nextHopsFor(
  family: Family,
  wish: RouteAttributes,
  { local, agreement }: Standpoint,
): readonly string[] | string {
  if (wish.nextHop !== undefined) return [wish.nextHop]
  const own = local.nextHops[family] ?? []
  const viaIPv6 = family === 'IPv4' && agreement.extendedNextHop ? (local.nextHops.IPv6 ?? []) : []
  // A router that we reach by a link-local address alone may have no IPv4 network in common with us.
  if (isLinkLocal(local.address) && viaIPv6.length > 0) return viaIPv6
  if (own.length > 0) return own
  if (viaIPv6.length > 0) return viaIPv6
  return family === 'IPv4'
    ? 'no IPv4 next hop on this session, and no agreement on an IPv6 one (RFC 8950)'
    : 'no IPv6 next hop on this session'
}

function pathAttributes(wish: RouteAttributes, { config, agreement, draining }: Standpoint): PathAttributes {
  const isInternal = agreement.context.peer === 'internal'
  const { med, largeCommunities = [], bandwidth } = wish
  const communities = [
    ...new Set([...(wish.communities ?? []), ...(draining ? [gracefulShutdownCommunity] : [])]),
  ]
  return {
    origin: wish.origin ?? 'igp',
    asPath: isInternal ? [] : sequence(repeat(config.localAs, 1 + (wish.prepend ?? 0))),
    ...(med === undefined ? {} : { multiExitDisc: med }),
    // RFC 8326 §4.2: a router that drains sets the least preference as well.
    ...(isInternal ? { localPref: draining ? 0 : (wish.localPref ?? defaultLocalPref) } : {}),
    ...(communities.length === 0 ? {} : { communities }),
    ...(largeCommunities.length === 0 ? {} : { largeCommunities }),
    ...(bandwidth === undefined ? {} : { extendedCommunities: [linkBandwidth(config.localAs, bandwidth)] }),
    ...onlyToCustomer(config, isInternal),
  }
}

function repeat(asNumber: number, count: number): number[] {
  return Array.from({ length: count }, () => asNumber)
}

/** RFC 9234 §5, egress rule 1: what goes to a customer, a peer or a client of a route server says so. */
function onlyToCustomer({ role, localAs }: SessionConfig, isInternal: boolean): PathAttributes {
  if (role === undefined || isInternal) return {}
  const goesDown = role.role === 'provider' || role.role === 'peer' || role.role === 'route-server'
  return goesDown ? { onlyToCustomer: localAs } : {}
}

/** RFC 6793 §4.2.2: to a two-octet speaker the whole path goes beside, where it holds an AS that does not fit. */
function narrowed(attributes: PathAttributes, fourOctetAs: boolean): PathAttributes {
  const { asPath = [] } = attributes
  const isWide = asPath.some(({ asNumbers }) => asNumbers.some((number) => number > 0xffff))
  return fourOctetAs || !isWide ? attributes : { ...attributes, as4Path: asPath }
}
