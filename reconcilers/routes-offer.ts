// What one node tells the routers of one Service, or why it tells nothing (metallb.md §6.2).
import type { Endpoint, Service } from '../crds/core.ts'
import { annotationOf } from './annotations.ts'
import { servingFacts, servingNodes } from './eligibility.ts'
import type { Dossier } from './l2-dossier.ts'
import { endpointsIn } from './l2-dossier.ts'
import { ourServices } from './l2-party.ts'
import { sameItems } from './once.ts'
import type { BgpOutcome } from './plan.ts'
import type { PoolEntry } from './pools.ts'
import type { Named } from './request.ts'
import { mayAggregate, prefixOf, wholeLength } from './routes-aggregation.ts'
import type { Share, Told } from './routes-attributes.ts'
import { isFor, shareOf, weighs } from './routes-attributes.ts'
import type { Entry } from './routes-book.ts'
import type { Extras } from './routes-extras.ts'
import { askedCommunities, endpointsHere, notAllowed } from './routes-extras.ts'
import type { Candidates } from './routes-limit.ts'
import { candidatesIn, isAmongFirst } from './routes-limit.ts'
import { lossesAmong } from './rivals.ts'
import type { Source } from './routes-source.ts'
import { selectsService } from './selection.ts'
import type { RoutesView } from './routes-view.ts'
import { knownShare, toldBy } from './routes-view.ts'
import type { Snapshot } from './snapshot.ts'
import { addressesOf, listingPools, outsidePools } from './standing.ts'
import type { Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

export type Offer = { readonly outcome: BgpOutcome; readonly routes: readonly Offered[] }

export type Offered = { readonly prefix: string; readonly share: Share }

/** What is remembered of a Service. */
export type KnownEntry = {
  readonly view: RoutesView
  readonly endpoints: readonly Endpoint[] | undefined
  readonly candidates: Candidates | undefined
  readonly loss: Verdict | undefined
  readonly entry: Entry
}

/** Other nodes matter only where their number is limited. */
export function entryOf(dossier: Dossier, view: RoutesView, snapshot: Snapshot): Entry {
  const { service, routes: last } = dossier
  const endpoints = endpointsIn(dossier, snapshot)
  const candidates = view.hasLimits ? candidatesIn(snapshot) : undefined
  const loss = lossesAmong(ourServices(snapshot)).get(service)
  const isSame = last?.view === view && last.endpoints === endpoints && last.candidates === candidates
  if (isSame && last.loss === loss) return last.entry
  const offer = makeOffer({ service, view, endpoints, candidates, loss })
  const entry = { dossier, offer }
  dossier.routes = { view, endpoints, candidates, loss, entry }
  return entry
}

/** Of one Service that is looked at once; nothing is remembered. */
export function offerOf(service: Service, view: RoutesView, snapshot: Snapshot): Offer {
  const endpoints = snapshot.endpoints.get(service.key)
  const candidates = view.hasLimits ? candidatesIn(snapshot) : undefined
  const loss = lossesAmong(ourServices(snapshot)).get(service)
  return makeOffer({ service, view, endpoints, candidates, loss })
}

/** A Service in the eyes of the node. */
type Case = {
  readonly service: Service
  readonly view: RoutesView
  readonly endpoints: readonly Endpoint[] | undefined
  readonly candidates: Candidates | undefined
  readonly loss: Verdict | undefined // an older Service has its address
}

function silent(verdict: Verdict): Offer {
  return { outcome: { state: 'silent', verdict }, routes: [] }
}

function makeOffer(of: Case): Offer {
  const { service, view, endpoints, loss } = of
  if (loss !== undefined) return silent(loss)
  const addresses = addressesOf(service)
  if (addresses.length === 0) return silent({ reason: 'NoAddress', message: 'the Service has no address' })
  const found = addresses.map((address) => offerAddress(address, of))
  const missing = found.flatMap((one) => ('verdict' in one ? [one.verdict] : []))
  const [first] = missing
  if (first !== undefined && missing.length === found.length) return silent(first)
  const verdict = view.verdict ?? firstVerdict(servingFacts, { service, endpoints }) ?? notHere(of)
  if (verdict !== undefined) return silent(verdict)
  const offers = found.flatMap((one) => ('verdict' in one ? [] : one))
  const routes = offers.flatMap((one) => one.routes)
  const told = routes.map(({ share }) => toldBy(view, share))
  const warnings = [
    ...missing,
    ...told.flatMap(({ conflicts }) => conflicts),
    ...offers.flatMap((one) => one.warnings),
  ]
  return {
    outcome: {
      state: 'announced',
      peers: peersOf(told),
      prefixes: routes.map(({ prefix }) => prefix),
      warnings: distinct(warnings),
    },
    routes,
  }
}

/** As a rule all routes of a Service go to the same peers. */
function peersOf(told: readonly Told[]): readonly string[] {
  const [first] = told
  if (first === undefined || told.every(({ peers }) => sameItems(peers, first.peers)))
    return first?.peers ?? []
  return [...new Set(told.flatMap(({ peers }) => peers))].toSorted()
}

function distinct(verdicts: readonly Verdict[]): readonly Verdict[] {
  if (verdicts.length === 0) return none
  return [...new Map(verdicts.map((verdict) => [verdict.message, verdict])).values()]
}

/** externalTrafficPolicy Local: only nodes with a serving endpoint. */
function notHere({ service, endpoints, view: { node } }: Case): Verdict | undefined {
  if (service.externalTrafficPolicy !== 'Local' || servingNodes(endpoints ?? []).has(node)) return undefined
  return { reason: 'NoEndpointOnNode', message: `no serving endpoint is on node ${node}` }
}

type AddressOffer =
  | { readonly verdict: Verdict }
  | { readonly routes: readonly Offered[]; readonly warnings: readonly Verdict[] }

function offerAddress(address: Named, of: Case): AddressOffer {
  const { service, view } = of
  const pool = listingPools(service, address, view.index)[0]
  if (pool === undefined) return { verdict: outsidePools(address) }
  const plain = view.plain.get(pool)?.[address.family]
  if (plain !== undefined && annotationOf(service, 'bgp-communities') === undefined)
    return offerPlain(address, plain, of)
  const ofPool = view.byPool.get(pool) ?? []
  const covering = ofPool.filter(({ advertisement }) => selectsService(advertisement, service))
  if (covering.length === 0) return { verdict: notCovered(pool, ofPool) }
  const own = covering.filter((source) => !view.refusals.has(source))
  if (own.length === 0) return { verdict: notSelected(covering, view) }
  const { extras, warnings } = extrasFor(address, own, of)
  const wished = prefixesFor(address, pool, own)
  const within = wished.flatMap(([prefix, sources]): Offered[] => {
    const seated = sources.filter((source) => hasSeat(source, prefix, of))
    return seated.length === 0 ? [] : [{ prefix, share: shareOf(address.family, seated, extras) }]
  })
  if (within.length === 0) return { verdict: noSeat(address, own, view) }
  const routes = within
    .map(({ prefix, share }) => ({ prefix, share: knownShare(view, share) }))
    .filter(({ share }) => toldBy(view, share).peers.length > 0)
  return routes.length === 0 ? { verdict: nobodyToTell(address, own, view) } : { routes, warnings }
}

/** The same as below, by what the view has worked out already. */
function offerPlain(address: Named, share: Share, { view }: Case): AddressOffer {
  if (toldBy(view, share).peers.length === 0) return { verdict: nobodyToTell(address, share.sources, view) }
  return { routes: [{ prefix: `${address.text}/${wholeLength(address)}`, share }], warnings: none }
}

const none: readonly Verdict[] = []

/** One prefix for each length that is asked for. */
function prefixesFor(
  address: Named,
  pool: PoolEntry,
  sources: readonly Source[],
): readonly (readonly [prefix: string, sources: readonly Source[]])[] {
  const byLength = Map.groupBy(sources, ({ advertisement }) => {
    const { aggregationLength, aggregationLengthV6 } = advertisement
    const length = address.family === 'IPv4' ? aggregationLength : aggregationLengthV6
    return mayAggregate(pool, address, length) ? length : wholeLength(address)
  })
  return [...byLength].map(([length, own]) => [prefixOf(address, length), own])
}

function extrasFor(
  { family }: Named,
  sources: readonly Source[],
  { service, endpoints = [], view }: Case,
): { readonly extras: Extras; readonly warnings: readonly Verdict[] } {
  const asked = askedCommunities(service, view.aliases)
  const allowed = sources.some(({ advertisement }) => advertisement.serviceCommunities)
  const here = sources.some(weighs)
    ? endpointsHere(service, endpoints, { node: view.node, family })
    : undefined
  return {
    extras: {
      communities: allowed ? asked.communities : { standard: [], large: [] },
      ...(here === undefined ? {} : { endpoints: here }),
    },
    warnings: [...(allowed ? asked.verdicts : []), ...notAllowed(asked, sources)],
  }
}

/** The election is about the first address of the route: the same one for all Services behind an aggregate. */
function hasSeat(source: Source, prefix: string, of: Case): boolean {
  const { service, endpoints = [], view, candidates } = of
  const { maxNodes } = source.advertisement
  if (maxNodes === undefined || candidates === undefined || notHere(of) !== undefined) return true
  const [address = ''] = prefix.split('/')
  return isAmongFirst(maxNodes, candidates(source), { node: view.node, address, service, endpoints })
}

function noSeat({ text }: Named, own: readonly Source[], { node }: RoutesView): Verdict {
  const most = own.map(({ name, advertisement }) => `${advertisement.maxNodes} by BGPAdvertisement ${name}`)
  const message = `${text} is announced by at most ${most.slice(0, 5).join(', ')}, and node ${node} is not one of the first in the election`
  return { reason: 'NotAmongMaxNodes', message }
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
  const meant = [...carriers.keys()].filter((peer) => own.some((source) => isFor(source, peer)))
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
