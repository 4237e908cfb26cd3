// What one node tells the routers of one Service, or why it tells nothing (metallb.md §6.2).
import type { Endpoint, Service } from '../crds/core.ts'
import { servingFacts, servingNodes } from './eligibility.ts'
import type { BgpOutcome } from './plan.ts'
import type { PoolEntry } from './pools.ts'
import type { Named } from './request.ts'
import { mayAggregate, prefixOf, wholeLength } from './routes-aggregation.ts'
import type { Share } from './routes-attributes.ts'
import { shareOf } from './routes-attributes.ts'
import type { Source } from './routes-source.ts'
import { sourceSelectsService } from './routes-source.ts'
import type { RoutesView } from './routes-view.ts'
import { knownShare, toldBy } from './routes-view.ts'
import type { Snapshot } from './snapshot.ts'
import { addressesOf, listingPools, outsidePools } from './standing.ts'
import type { Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

export type Offer = { readonly outcome: BgpOutcome; readonly routes: readonly Offered[] }

export type Offered = { readonly prefix: string; readonly share: Share }

type Known = {
  readonly view: RoutesView
  readonly endpoints: readonly Endpoint[] | undefined
  readonly offer: Offer
}

const known = new WeakMap<Service, Known>()

export function offerOf(service: Service, view: RoutesView, snapshot: Snapshot): Offer {
  const endpoints = snapshot.endpoints.get(service.key)
  const last = known.get(service)
  if (last?.view === view && last.endpoints === endpoints) return last.offer
  const offer = makeOffer(service, view, endpoints)
  known.set(service, { view, endpoints, offer })
  return offer
}

function silent(verdict: Verdict): Offer {
  return { outcome: { state: 'silent', verdict }, routes: [] }
}

function makeOffer(service: Service, view: RoutesView, endpoints: readonly Endpoint[] | undefined): Offer {
  const addresses = addressesOf(service)
  if (addresses.length === 0) return silent({ reason: 'NoAddress', message: 'the Service has no address' })
  const verdict =
    view.verdict ?? firstVerdict(servingFacts, { service, endpoints }) ?? notHere(service, endpoints, view)
  const found = addresses.map((address) => offerAddress(service, address, view))
  const missing = found.flatMap((one) => ('verdict' in one ? [one.verdict] : []))
  const [first] = missing
  if (first !== undefined && missing.length === found.length) return silent(first)
  if (verdict !== undefined) return silent(verdict)
  const routes = found.flatMap((one) => ('verdict' in one ? [] : one.routes))
  const told = routes.map(({ share }) => toldBy(view, share))
  const warnings = [...missing, ...distinct(told.flatMap(({ conflicts }) => conflicts))]
  return {
    outcome: {
      state: 'announced',
      peers: [...new Set(told.flatMap(({ peers }) => peers))].toSorted(),
      prefixes: routes.map(({ prefix }) => prefix),
      warnings,
    },
    routes,
  }
}

function distinct(verdicts: readonly Verdict[]): readonly Verdict[] {
  return [...new Map(verdicts.map((verdict) => [verdict.message, verdict])).values()]
}

/** externalTrafficPolicy Local: only nodes with a serving endpoint. */
function notHere(
  { externalTrafficPolicy }: Service,
  endpoints: readonly Endpoint[] | undefined,
  { node }: RoutesView,
): Verdict | undefined {
  if (externalTrafficPolicy !== 'Local' || servingNodes(endpoints ?? []).has(node)) return undefined
  return { reason: 'NoEndpointOnNode', message: `no serving endpoint is on node ${node}` }
}

type AddressOffer = { readonly verdict: Verdict } | { readonly routes: readonly Offered[] }

function offerAddress(service: Service, address: Named, view: RoutesView): AddressOffer {
  const pool = listingPools(service, address, view.index)[0]
  if (pool === undefined) return { verdict: outsidePools(address) }
  const ofPool = view.byPool.get(pool) ?? []
  const covering = ofPool.filter(({ advertisement }) => sourceSelectsService(advertisement, service))
  if (covering.length === 0) return { verdict: notCovered(pool, ofPool) }
  const own = covering.filter((source) => !view.refusals.has(source))
  if (own.length === 0) return { verdict: notSelected(covering, view) }
  const routes = routesFor(address, pool, own).map(({ prefix, share }) => ({
    prefix,
    share: knownShare(view, share),
  }))
  const told = routes.filter(({ share }) => toldBy(view, share).peers.length > 0)
  return told.length === 0 ? { verdict: nobodyToTell(address, own, view) } : { routes: told }
}

/** One route for each length that is asked for. */
function routesFor(address: Named, pool: PoolEntry, sources: readonly Source[]): readonly Offered[] {
  const byLength = Map.groupBy(sources, ({ advertisement }) => {
    const { aggregationLength, aggregationLengthV6 } = advertisement
    const length = address.family === 'IPv4' ? aggregationLength : aggregationLengthV6
    return mayAggregate(pool, address, length) ? length : wholeLength(address)
  })
  return [...byLength].map(([length, own]) => ({
    prefix: prefixOf(address, length),
    share: shareOf(address.family, own),
  }))
}

function notCovered({ name }: PoolEntry, ofPool: readonly Source[]): Verdict {
  const message =
    ofPool.length === 0
      ? `no BGPAdvertisement covers pool ${name}`
      : `BGPAdvertisement ${namesOf(ofPool)} covers pool ${name}, but not this Service`
  return { reason: 'NoBGPAdvertisement', message }
}

function notSelected(covering: readonly Source[], { node }: RoutesView): Verdict {
  const message = `the nodeSelectors of BGPAdvertisement ${namesOf(covering)} do not select node ${node}`
  return { reason: 'NodeNotSelected', message }
}

function nobodyToTell(
  { family, text }: Named,
  own: readonly Source[],
  { carriers, node }: RoutesView,
): Verdict {
  const meant = [...carriers.keys()].filter((peer) =>
    own.some(({ advertisement: { peers } }) => peers.length === 0 || peers.includes(peer)),
  )
  if (meant.length > 0) {
    const message = `${text} is ${family}, which no session of node ${node} with ${meant.join(', ')} carries; dualStackAddressFamily of a BGPPeer lets it carry both`
    return { reason: 'FamilyNotCarried', message }
  }
  const named = [...new Set(own.flatMap(({ advertisement }) => advertisement.peers))]
  const which = named.length === 0 ? 'any BGPPeer' : named.slice(0, 10).join(', ')
  return { reason: 'NoPeerOnNode', message: `node ${node} keeps no session with ${which}` }
}

function namesOf(sources: readonly Source[]): string {
  return sources
    .slice(0, 10)
    .map(({ name }) => name)
    .join(', ')
}
