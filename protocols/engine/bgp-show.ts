// The routes of one peer, both ways, as the CLI shows them.
import { resolverFor } from '../bgp/advertise.ts'
import { prefixFamily } from '../bgp/nlri.ts'
import { entriesOf } from '../bgp/prefix-map.ts'
import { receivedCount } from '../bgp/rib-in.ts'
import { standpointOf } from '../bgp/routes.ts'
import type { Session } from '../bgp/session.ts'
import type { PeerRoutes, ShownRoute, ToldRoute } from './bgp-messages.ts'
import type { BgpPeer } from './bgp-peer.ts'

/** At most `limit` of each; all are counted. */
export function showRoutes({ session, ribIn }: BgpPeer, limit: number): PeerRoutes {
  const received: ShownRoute[] = []
  for (const family of ['IPv4', 'IPv6'] as const)
    for (const [prefix, { attributes, freshness }] of ribIn[family]) {
      if (received.length >= limit) break
      received.push({ prefix, attributes, freshness })
    }
  const { sizes } = session.ribOut
  return {
    received,
    receivedTotal: receivedCount(ribIn, 'IPv4') + receivedCount(ribIn, 'IPv6'),
    told: toldRoutes(session, limit),
    toldTotal: sizes.IPv4 + sizes.IPv6,
  }
}

function toldRoutes(session: Session, limit: number): ToldRoute[] {
  const standpoint = standpointOf(session)
  const resolve = standpoint === undefined ? undefined : resolverFor(standpoint)
  const told: ToldRoute[] = []
  for (const [prefix, wish] of entriesOf(session.ribOut.table)) {
    if (told.length >= limit) break
    const route = resolve?.(prefixFamily(prefix), wish)
    if (route === undefined) told.push({ prefix, wish })
    else if (typeof route === 'string') told.push({ prefix, wish, withheld: route })
    else told.push({ prefix, wish, nextHops: route.nextHops, attributes: route.attributes })
  }
  return told
}
