// Ports of a Service that no endpoint can answer though others of its ports are answered: as a rule a targetPort by a
// name that no pod has. kubectl get service -o yaml shows them in status.loadBalancer.ingress[].ports[].error.
import type { Endpoint, Service, ServicePort } from '../crds/core.ts'
import { difference, followOrder } from './age.ts'
import { serviceEvent } from './events.ts'
import { everyService } from './flaws.ts'
import { keysToCompare } from './layered-map.ts'
import type { ControllerPlan } from './plan.ts'
import type { Reason } from './reasons.ts'
import { servicesByKey } from './services-by-key.ts'
import type { Snapshot } from './snapshot.ts'
import type { EventObject } from './status.ts'
import type { Verdict } from './verdict.ts'

/** None while no endpoint serves at all (that is said once, of the Service), or while some does not say its ports. */
export function unservedPorts(
  service: Service,
  endpoints: readonly Endpoint[] = [],
): ReadonlySet<ServicePort> {
  const served = new Set<string>()
  let serving = false
  for (const endpoint of endpoints) {
    if (!endpoint.serving) continue
    if (endpoint.ports === undefined) return new Set()
    serving = true
    for (const port of endpoint.ports) served.add(port)
  }
  if (!serving) return new Set()
  return new Set(service.ports.filter(({ protocol, name }) => !served.has(`${protocol}/${name}`)))
}

const reason: Reason = 'NoEndpointForPort'

/** All of them in one sentence. */
export function unservedVerdict(service: Service, endpoints?: readonly Endpoint[]): Verdict | undefined {
  const ports = [...unservedPorts(service, endpoints)]
  if (ports.length === 0) return undefined
  const names = ports.map(
    ({ name, port, protocol }) => `${port}/${protocol}${name === '' ? '' : ` (${name})`}`,
  )
  return { reason, message: `no serving endpoint has port ${names.join(', ')}` }
}

type PortEvents = (snapshot: Snapshot, plan: ControllerPlan) => readonly EventObject[]

/**
 * An event of each Service of which this has become so since the last call, which costs what has changed since. For the
 * first call of a process what stands in the status was told by whoever wrote it.
 */
export function startPortEvents(): PortEvents {
  const told = new Map<string, string>() // messages, by Service key
  let before: Seen | undefined
  return (snapshot, plan) => {
    const now: Seen = {
      services: followOrder(before?.services ?? [], everyService(snapshot)),
      plans: plan.services,
      endpoints: snapshot.endpoints,
    }
    const events: EventObject[] = []
    const services = servicesByKey(snapshot)
    for (const key of touchedSince(before, now)) {
      const service = services.get(key)
      const message = service === undefined ? undefined : unservedIn(now, service)?.message
      if (service === undefined || message === undefined) told.delete(key)
      else {
        const isTold = before === undefined ? service.portsStand === true : told.get(key) === message
        if (!isTold) events.push(serviceEvent(service, { ...eventWords, note: message }))
        told.set(key, message)
      }
    }
    before = now
    return events
  }
}

/** All from which this follows. */
type Seen = Pick<Snapshot, 'endpoints'> & {
  readonly services: readonly Service[] // oldest first
  readonly plans: ControllerPlan['services']
}

/** Keys of Services, those that are other objects first, oldest first. */
function touchedSince(before: Seen | undefined, now: Seen): ReadonlySet<string> {
  const { gone, come } = difference(before?.services ?? [], now.services)
  return new Set([...come, ...gone].map(({ key }) => key))
    .union(keysToCompare(before?.plans, now.plans))
    .union(keysToCompare(before?.endpoints, now.endpoints))
}

function unservedIn({ plans, endpoints }: Seen, service: Service): Verdict | undefined {
  if (plans.get(service.key)?.state !== 'assigned') return undefined
  return unservedVerdict(service, endpoints.get(service.key))
}

const eventWords = { type: 'Warning', reason, action: 'Announce' } as const

/** By the rules of the field: a name of our own, in CamelCase, behind our domain. */
export const unservedPortError = `metallb.io/${reason}`
