// What is known of a Service before anybody is elected: what would be announced, and who may do it.
import type { Endpoint, Service } from '../crds/core.ts'
import type { Electorate } from './election.ts'
import { electorateOf } from './election.ts'
import { servingFacts, servingNodes } from './eligibility.ts'
import type { Field, L2View } from './l2-view.ts'
import { fieldOf } from './l2-view.ts'
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

type Known = {
  readonly view: L2View
  readonly endpoints: readonly Endpoint[] | undefined
  readonly standpoint: Standpoint
}

const known = new WeakMap<Service, Known>()

export function standpointOf(service: Service, view: L2View, snapshot: Snapshot): Standpoint {
  const endpoints = snapshot.endpoints.get(service.key)
  const last = known.get(service)
  if (last?.view === view && last.endpoints === endpoints) return last.standpoint
  const standpoint = takeStand(service, view, endpoints)
  known.set(service, { view, endpoints, standpoint })
  return standpoint
}

type Placed = { readonly address: Named; readonly pool: PoolEntry | undefined }

function takeStand(service: Service, view: L2View, endpoints: readonly Endpoint[] | undefined): Standpoint {
  const [ballot] = addressesOf(service)
  if (ballot === undefined) return { verdict: { reason: 'NoAddress', message: 'the Service has no address' } }
  const placed = addressesOf(service).map(
    (address): Placed => ({ address, pool: listingPools(service, address, view.index)[0] }),
  )
  const first = placed.find(({ pool }) => pool !== undefined)
  if (first?.pool === undefined) return { verdict: outsidePools(ballot) }
  const unserved = firstVerdict(servingFacts, { service, endpoints })
  if (unserved !== undefined) return { verdict: unserved }
  const field = fieldOf(view, first.pool, service)
  if (field.verdict !== undefined) return { verdict: field.verdict }
  const electorate = localElectorate(service, field, endpoints ?? [])
  if (electorate.contenders.size === 0) return { verdict: noLocalEndpoint(service, endpoints ?? []) }
  const announced = placed.filter(({ pool }) => pool !== undefined && covers(view, field, { pool, service }))
  const leftOut = placed.find((one) => !announced.includes(one))
  return {
    addresses: announced.map(({ address }) => address.text),
    ...(leftOut === undefined ? {} : { leftOut: leftOutVerdict(leftOut) }),
    electorate,
    ballotAddress: ballot.text,
  }
}

// Addresses of one Service come from one pool as a rule. After a pool was split they may be in two: the second one is
// announced as well if the same advertisements cover its pool.
function covers(
  view: L2View,
  field: Field,
  { pool, service }: { readonly pool: PoolEntry | undefined; readonly service: Service },
): boolean {
  return pool !== undefined && fieldOf(view, pool, service) === field
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
