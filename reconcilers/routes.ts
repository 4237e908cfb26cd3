// Which routes a node announces: those of each of its Services, joined where several have the same one.
import type { Route } from '../protocols/bgp/config.ts'
import { ourServices } from './l2-party.ts'
import { rememberLast } from './once.ts'
import type { PeersPlan } from './peers.ts'
import { planPeers } from './peers.ts'
import type { BgpOutcome, BgpPlan } from './plan.ts'
import type { Share } from './routes-attributes.ts'
import type { Offer } from './routes-offer.ts'
import { offerOf } from './routes-offer.ts'
import type { RoutesView } from './routes-view.ts'
import { jointShare, routesView, toldBy } from './routes-view.ts'
import type { Snapshot } from './snapshot.ts'

/** All that the bgp worker of the node is to do. */
export function planBgp(snapshot: Snapshot, node: string): BgpPlan {
  const { configs, bfd, verdicts, warnings } = planPeers(snapshot, node)
  const { routes, services } = planRoutes(snapshot, node)
  return { peers: configs, bfd, peerVerdicts: verdicts, peerWarnings: warnings, routes, services }
}

type RoutesPlan = Pick<BgpPlan, 'routes' | 'services'>

const none: RoutesPlan = { routes: [], services: new Map() }

/** Of a cluster without BGPAdvertisements nothing is said: it does not use BGP. */
export function planRoutes(
  snapshot: Snapshot,
  node: string,
  peers: PeersPlan = planPeers(snapshot, node),
): RoutesPlan {
  if (snapshot.bgpAdvertisements.length === 0) return none
  const view = routesView(snapshot, node, peers)
  const services = new Map<string, BgpOutcome>()
  const offers: Offer[] = []
  for (const service of ourServices(snapshot)) {
    const offer = offerOf(service, view, snapshot)
    services.set(service.key, offer.outcome)
    if (offer.routes.length > 0) offers.push(offer)
  }
  return { routes: joinOffers(offers, view), services }
}

/** The same list as before when nothing has changed. */
const joinOffers = rememberLast((offers: readonly Offer[], view: RoutesView): readonly Route[] => {
  const shares = new Map<string, Share | Share[]>()
  for (const { routes } of offers) for (const { prefix, share } of routes) addShare(shares, prefix, share)
  return [...shares]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([prefix, found]) => {
      const share = Array.isArray(found) ? jointShare(view, found) : found
      return share === undefined ? [] : toldBy(view, share).routes.map((route) => ({ prefix, ...route }))
    })
})

// Nearly every prefix has one share: a list of one for each of them would be most of the work.
function addShare(shares: Map<string, Share | Share[]>, prefix: string, share: Share): void {
  const before = shares.get(prefix)
  if (before === undefined) shares.set(prefix, share)
  else if (Array.isArray(before)) before.push(share)
  else if (before !== share || share.extras.endpoints !== undefined) shares.set(prefix, [before, share])
}
