// Ports of a Service that no endpoint can answer though others of its ports are answered: as a rule a targetPort by a
// name that no pod has. kubectl get service -o yaml shows them in status.loadBalancer.ingress[].ports[].error.
import type { Endpoint, Service, ServicePort } from '../crds/core.ts'
import { serviceEvent } from './events.ts'
import { everyService } from './flaws.ts'
import type { ControllerPlan } from './plan.ts'
import type { Reason } from './reasons.ts'
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

/** What was told of whom, by Service key. */
export type ToldPorts = ReadonlyMap<string, Verdict>

/**
 * An event of each Service of which this has become so; `told` as the last call returned it. For the first call of a
 * process what stands in the status was told by whoever wrote it.
 */
export function portEvents(
  snapshot: Snapshot,
  plan: ControllerPlan,
  told: ToldPorts | undefined,
): { readonly events: readonly EventObject[]; readonly told: ToldPorts } {
  const events: EventObject[] = []
  const now = new Map<string, Verdict>()
  for (const service of everyService(snapshot)) {
    const verdict = rememberedVerdict(service, snapshot.endpoints.get(service.key))
    if (verdict === undefined || plan.services.get(service.key)?.state !== 'assigned') continue
    now.set(service.key, verdict)
    const isTold =
      told === undefined ? service.portsStand === true : told.get(service.key)?.message === verdict.message
    if (!isTold) events.push(serviceEvent(service, { ...eventWords, note: verdict.message }))
  }
  return { events, told: now }
}

const eventWords = { type: 'Warning', reason, action: 'Announce' } as const

const known = new WeakMap<Service, { readonly endpoints: unknown; readonly verdict: Verdict | undefined }>()

function rememberedVerdict(service: Service, endpoints?: readonly Endpoint[]): Verdict | undefined {
  const last = known.get(service)
  if (last !== undefined && last.endpoints === endpoints) return last.verdict
  const verdict = unservedVerdict(service, endpoints)
  known.set(service, { endpoints, verdict })
  return verdict
}

/** By the rules of the field: a name of our own, in CamelCase, behind our domain. */
export const unservedPortError = `metallb.io/${reason}`
