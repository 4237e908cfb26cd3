// Which Services are ours, and what of ours still stands on those that are not.
// A Service of another load balancer is never touched: MetalLB, or a cloud's controller, may run beside Herald.
import type { Service } from '../crds/core.ts'
import { annotationOf } from './annotations.ts'
import type { ServicePlan } from './plan.ts'
import type { PoolIndex } from './pools.ts'
import { poolListsAddress } from './pools.ts'
import { named } from './request.ts'
import type { PlanSettings } from './snapshot.ts'
import type { Fact, Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

export type Ownership = { readonly service: Service; readonly settings: PlanSettings }

export const ownershipFacts: readonly Fact<Ownership>[] = [
  { fact: 'the Service is of type LoadBalancer', check: isLoadBalancer },
  { fact: 'its loadBalancerClass is the one served here', check: classIsOurs },
]

export function ownershipVerdict(service: Service, settings: PlanSettings): Verdict | undefined {
  if (service.type === 'LoadBalancer' && service.loadBalancerClass === settings.loadBalancerClass)
    return undefined
  return firstVerdict(ownershipFacts, { service, settings })
}

const notLoadBalancer: Verdict = {
  reason: 'NotLoadBalancer',
  message: 'spec.type of the Service is not LoadBalancer',
}

function isLoadBalancer({ service }: Ownership): Verdict | undefined {
  return service.type === 'LoadBalancer' ? undefined : notLoadBalancer
}

function classIsOurs({ service, settings }: Ownership): Verdict | undefined {
  if (service.loadBalancerClass === settings.loadBalancerClass) return undefined
  const theirs = service.loadBalancerClass ?? 'none'
  const ours = settings.loadBalancerClass ?? 'none'
  const message = `spec.loadBalancerClass of the Service is ${theirs}, and the one served here is ${ours}`
  return { reason: 'OtherLoadBalancerClass', message }
}

const clean: ServicePlan = {
  state: 'not-ours',
  verdict: notLoadBalancer,
  release: false,
  ingressIsOurs: false,
}

export function planForeign(service: Service, verdict: Verdict, index: PoolIndex): ServicePlan {
  if (service.type !== 'LoadBalancer' && !isMarked(service)) return clean
  const release = service.type === 'LoadBalancer' ? wasGivenByUs(service, index) : isMarked(service)
  return { state: 'not-ours', verdict, release, ingressIsOurs: release }
}

// Nobody gives addresses to a Service that is not of type LoadBalancer: what is marked as ours there is a remainder.
function isMarked(service: Service): boolean {
  return service.conditions.length > 0 || annotationOf(service, 'ip-allocated-from-pool') !== undefined
}

/**
 * A Service of another class may only be released when it is certain that the addresses came from here: MetalLB writes
 * the same annotation, and another Herald the same condition, so both are asked for, and a pool of ours with all of it.
 */
function wasGivenByUs(service: Service, index: PoolIndex): boolean {
  const pool = index.byName.get(annotationOf(service, 'ip-allocated-from-pool') ?? '')?.pool
  if (pool === undefined || service.ingress.length === 0) return false
  if (!service.conditions.some(({ type, status }) => type === 'metallb.io/Allocated' && status === 'True'))
    return false
  return service.ingress.every((text) => {
    const address = named(text)
    return address !== undefined && poolListsAddress(pool, address)
  })
}
