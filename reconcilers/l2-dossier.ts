// What is remembered of a Service as long as the object lives, each part beside what it follows from. Pure caches: plans of
// 10,000 Services are a walk over these. One a Service, rather than a table a question: tables by weak keys are slow.
import type { Endpoint, Service } from '../crds/core.ts'
import type { ElectionMemory } from './election.ts'
import type { Footing, Standpoint } from './l2-standpoint.ts'
import type { Coverage, L2View } from './l2-view.ts'
import { rememberPerObject } from './once.ts'
import type { L2Outcome } from './plan.ts'
import type { KnownEntry } from './routes-offer.ts'
import type { Snapshot } from './snapshot.ts'

type Endpoints = readonly Endpoint[] | undefined

export type Dossier = {
  readonly service: Service
  serving?: { readonly from: Snapshot['endpoints']; readonly endpoints: Endpoints }
  ground?: { readonly coverage: Coverage; readonly endpoints: Endpoints; readonly footing: Footing }
  stand?: { readonly view: L2View; readonly endpoints: Endpoints; readonly standpoint: Standpoint }
  election?: ElectionMemory
  outcome?: {
    readonly standpoint: Standpoint
    readonly node: string
    readonly outcome: L2Outcome | undefined
  }
  routes?: KnownEntry // what it comes to by BGP
}

export const dossierOf = rememberPerObject((service: Service): Dossier => ({ service }))

/** Those of the Service; a lookup only when any Service has others. */
export function endpointsIn(dossier: Dossier, { endpoints }: Snapshot): readonly Endpoint[] | undefined {
  if (dossier.serving?.from !== endpoints)
    dossier.serving = { from: endpoints, endpoints: endpoints.get(dossier.service.key) }
  return dossier.serving.endpoints
}

type Row = { readonly services: readonly Service[]; readonly dossiers: readonly Dossier[] }

let last: Row = { services: [], dossiers: [] }

/** In the order of the Services. Where the same one stands at the same place as before nothing is looked up. */
export function dossiersOf(services: readonly Service[]): readonly Dossier[] {
  if (last.services === services) return last.dossiers
  const { dossiers: before } = last
  const dossiers = services.map((service, place) => {
    const known = before[place]
    return known?.service === service ? known : dossierOf(service)
  })
  last = { services, dossiers }
  return dossiers
}
