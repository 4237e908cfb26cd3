// What is known of a Service before anybody is elected: what would be announced, and who may do it.
import type { Endpoint, Service } from '../crds/core.ts'
import type { L2Advertisement } from '../crds/l2-advertisement.ts'
import type { Electorate } from './election.ts'
import { electorateOf } from './election.ts'
import { servingFacts, servingNodes } from './eligibility.ts'
import type { Dossier } from './l2-dossier.ts'
import { dossierOf, endpointsIn } from './l2-dossier.ts'
import type { Coverage, Field, L2View } from './l2-view.ts'
import { advertisementsFor, fieldOf } from './l2-view.ts'
import { sameItems } from './once.ts'
import type { PoolEntry } from './pools.ts'
import type { Named } from './request.ts'
import type { Snapshot } from './snapshot.ts'
import { addressesOf, listingPools, outsidePools } from './standing.ts'
import type { Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

/** Who stands for a Service, or why nobody does. */
export type Standpoint =
  | { readonly verdict: Verdict }
  | {
      readonly addresses: readonly string[]
      readonly leftOut?: Verdict // of one of its addresses
      readonly electorate: Electorate
      readonly ballotAddress: string // the first address of the status as it stands: the election is about it
    }

/** What is known of a Service whoever is alive: the addresses that it would be announced with, and by which advertisements. */
export type Footing =
  | { readonly verdict: Verdict }
  | {
      readonly addresses: readonly string[]
      readonly leftOut?: Verdict
      readonly advertisements: readonly L2Advertisement[]
      readonly ballotAddress: string
    }

export function standpointOf(service: Service, view: L2View, snapshot: Snapshot): Standpoint {
  return standpointIn(dossierOf(service), view, snapshot)
}

export function standpointIn(dossier: Dossier, view: L2View, snapshot: Snapshot): Standpoint {
  const endpoints = endpointsIn(dossier, snapshot)
  const { stand } = dossier
  if (stand?.view === view && stand.endpoints === endpoints) return stand.standpoint
  const standpoint = takeStand(dossier, view, endpoints)
  dossier.stand = { view, endpoints, standpoint }
  return standpoint
}

function takeStand(dossier: Dossier, view: L2View, endpoints: readonly Endpoint[] | undefined): Standpoint {
  const footing = footingIn(dossier, view.coverage, endpoints)
  if ('verdict' in footing) return footing
  const { addresses, leftOut, advertisements, ballotAddress } = footing
  const field = fieldOf(view, advertisements)
  if (field.verdict !== undefined) return { verdict: field.verdict }
  const { service } = dossier
  const electorate = localElectorate(service, field, endpoints ?? [])
  if (electorate.contenders.size === 0) return { verdict: noLocalEndpoint(service, endpoints ?? []) }
  return { addresses, ...(leftOut === undefined ? {} : { leftOut }), electorate, ballotAddress }
}

function footingIn(
  dossier: Dossier,
  coverage: Coverage,
  endpoints: readonly Endpoint[] | undefined,
): Footing {
  const { ground } = dossier
  if (ground?.coverage === coverage && ground.endpoints === endpoints) return ground.footing
  const footing = findFooting(dossier.service, coverage, endpoints)
  dossier.ground = { coverage, endpoints, footing }
  return footing
}

type Placed = { readonly address: Named; readonly pool: PoolEntry | undefined }

function findFooting(
  service: Service,
  coverage: Coverage,
  endpoints: readonly Endpoint[] | undefined,
): Footing {
  const [ballot] = addressesOf(service)
  if (ballot === undefined) return { verdict: { reason: 'NoAddress', message: 'the Service has no address' } }
  const placed = addressesOf(service).map(
    (address): Placed => ({ address, pool: listingPools(service, address, coverage.index)[0] }),
  )
  const first = placed.find(({ pool }) => pool !== undefined)
  if (first?.pool === undefined) return { verdict: outsidePools(ballot) }
  const unserved = firstVerdict(servingFacts, { service, endpoints })
  if (unserved !== undefined) return { verdict: unserved }
  const advertisements = advertisementsFor(coverage, first.pool, service)
  // Addresses of one Service come from one pool as a rule. After a pool was split they may be in two: the second one is
  // announced as well if the same advertisements cover its pool.
  const isCovered = ({ pool }: Placed) =>
    pool !== undefined && sameItems(advertisementsFor(coverage, pool, service), advertisements)
  const leftOut = placed.find((one) => !isCovered(one))
  return {
    addresses: placed.filter(isCovered).map(({ address }) => address.text),
    ...(leftOut === undefined ? {} : { leftOut: leftOutVerdict(leftOut) }),
    advertisements,
    ballotAddress: ballot.text,
  }
}

function leftOutVerdict({ address, pool }: Placed): Verdict {
  if (pool === undefined) return outsidePools(address)
  const message = `${address.text} is in pool ${pool.name}, which other L2Advertisements cover than the first address`
  return { reason: 'NoAdvertisement', message }
}

/** externalTrafficPolicy Local: only nodes with a serving endpoint. */
function localElectorate(
  service: Service,
  { electorate }: Field,
  endpoints: readonly Endpoint[],
): Electorate {
  if (service.externalTrafficPolicy !== 'Local') return electorate
  const nodes = [...servingNodes(endpoints)]
  return electorateOf(nodes.flatMap((name) => electorate.contenders.get(name) ?? []))
}

function noLocalEndpoint(service: Service, endpoints: readonly Endpoint[]): Verdict {
  const nodes = [...servingNodes(endpoints)].toSorted().slice(0, 5).join(', ')
  const message = `externalTrafficPolicy of ${service.key} is Local, and its serving endpoints are on ${nodes}, which may not announce`
  return { reason: 'NoLocalEndpoint', message }
}
