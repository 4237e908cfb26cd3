// What a node does by BGP: its sessions, the routes of each of its Services, and why any of them is not there.
import { drainVerdict } from './drain.ts'
import { dossiersOf } from './l2-dossier.ts'
import { ourServices } from './l2-party.ts'
import type { PeersPlan } from './peers.ts'
import { planPeers } from './peers.ts'
import type { BgpPlan } from './plan.ts'
import type { RoutesPlan } from './routes-book.ts'
import { bookOffers } from './routes-book.ts'
import { entryOf } from './routes-offer.ts'
import { routesView } from './routes-view.ts'
import type { Snapshot } from './snapshot.ts'

/** All that the bgp worker of the node is to do. */
export function planBgp(snapshot: Snapshot, node: string): BgpPlan {
  const peers = planPeers(snapshot, node)
  const { configs, bfd, verdicts, warnings } = peers
  const { routes, services } = planRoutes(snapshot, node, peers)
  const { nodes, settings } = snapshot
  const draining = drainVerdict(
    nodes.find(({ name }) => name === node),
    settings.drainOn,
  )
  return {
    peers: configs,
    bfd,
    peerVerdicts: verdicts,
    peerWarnings: warnings,
    routes,
    services,
    ...(draining === undefined ? {} : { draining }),
  }
}

const none: RoutesPlan = { routes: [], services: new Map() }

/** Of a cluster without BGPAdvertisements nothing is said: it does not use BGP. */
export function planRoutes(
  snapshot: Snapshot,
  node: string,
  peers: PeersPlan = planPeers(snapshot, node),
): RoutesPlan {
  if (snapshot.bgpAdvertisements.length === 0) return none
  const view = routesView(snapshot, node, peers)
  const entries = dossiersOf(ourServices(snapshot)).map((dossier) => entryOf(dossier, view, snapshot))
  return bookOffers(entries, view)
}

/** The work of planBgp that is slow the first time, in steps of `size` Services: let others run in between. */
export function* warmRoutes(snapshot: Snapshot, node: string, size = 64): Generator<void> {
  if (snapshot.bgpAdvertisements.length === 0) return
  const view = routesView(snapshot, node, planPeers(snapshot, node))
  for (const [position, dossier] of dossiersOf(ourServices(snapshot)).entries()) {
    entryOf(dossier, view, snapshot)
    if (position % size === size - 1) yield
  }
}
