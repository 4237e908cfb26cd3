// What a cluster comes to when nothing else changes: a plan is carried out in the snapshot itself, until a plan leaves
// everything as it is. So two futures of one cluster can be compared without touching it.
import type { Service } from '../crds/core.ts'
import type { ControllerPlan, ServicePlan } from './plan.ts'
import { planRemembering } from './releases.ts'
import type { Flawed, Snapshot } from './snapshot.ts'

export type Settled = { readonly snapshot: Snapshot; readonly plan: ControllerPlan }

/** An address that one Service leaves may be what another waits for: so more than one round, and never many. */
const mostRounds = 16

export function settle(snapshot: Snapshot, before?: ControllerPlan): Settled {
  let now = planRemembering(snapshot, before)
  for (let round = 0; round < mostRounds; round++) {
    const next = carriedOut(now.snapshot, now.plan)
    if (next === now.snapshot) break
    now = planRemembering(next, now.plan)
  }
  return now
}

/** The snapshot as it is once the addresses of the plan stand in it; the same (===) when they do. */
export function carriedOut(snapshot: Snapshot, plan: ControllerPlan): Snapshot {
  const at = new Date(snapshot.takenAt).toISOString()
  const after = (service: Service): Service => withAddresses(service, plan.services.get(service.key), at)
  const services = changedOnly(snapshot.services, after)
  const flawedServices = changedOnly(snapshot.flawedServices, (flawed) => withService(flawed, after))
  if (services === snapshot.services && flawedServices === snapshot.flawedServices) return snapshot
  return { ...snapshot, services, flawedServices, written: new Map() }
}

function withService(flawed: Flawed, after: (service: Service) => Service): Flawed {
  if (flawed.service === undefined) return flawed
  const service = after(flawed.service)
  return service === flawed.service ? flawed : { ...flawed, service, ingress: service.ingress }
}

/** As the controller would write it: addresses, the pool that they are of, and since when. */
function withAddresses(service: Service, plan: ServicePlan | undefined, at: string): Service {
  if (plan === undefined || (plan.state === 'not-ours' && !plan.release)) return service
  if (plan.state === 'assigned') {
    const stands = isSame(service.ingress, plan.addresses)
    if (stands && service.annotations[poolAnnotation] === plan.pool) return service
    const annotations = { ...service.annotations, [poolAnnotation]: plan.pool }
    const conditions = stands ? service.conditions : [...withoutAllocated(service), allocated(at)]
    return { ...service, ingress: plan.addresses, annotations, conditions }
  }
  const kept = plan.state === 'not-ours' && !plan.ingressIsOurs ? service.ingress : []
  if (isSame(service.ingress, kept) && service.annotations[poolAnnotation] === undefined) return service
  const { [poolAnnotation]: _, ...annotations } = service.annotations
  return { ...service, ingress: kept, annotations, conditions: withoutAllocated(service) }
}

const poolAnnotation = 'metallb.io/ip-allocated-from-pool'

function withoutAllocated({ conditions }: Service): Service['conditions'] {
  return conditions.filter(({ type }) => type !== 'metallb.io/Allocated')
}

function allocated(at: string): Service['conditions'][number] {
  return {
    type: 'metallb.io/Allocated',
    status: 'True',
    lastTransitionTime: at,
    reason: 'Allocated',
    message: '',
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index])
}

function changedOnly<T>(list: readonly T[], after: (item: T) => T): readonly T[] {
  const next = list.map(after)
  return next.every((item, index) => item === list[index]) ? list : next
}
