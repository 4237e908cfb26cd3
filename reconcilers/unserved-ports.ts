// Ports of a Service that no endpoint can answer though others of its ports are answered: as a rule a targetPort by a
// name that no pod has. kubectl get service -o yaml shows them in status.loadBalancer.ingress[].ports[].error.
import type { Endpoint, Service, ServicePort } from '../crds/core.ts'
import type { Reason } from './reasons.ts'
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

/** By the rules of the field: a name of our own, in CamelCase, behind our domain. */
export const unservedPortError = `metallb.io/${reason}`
