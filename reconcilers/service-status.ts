// What is written on a Service: its addresses, the pool they are from, and two conditions.
import type { Endpoint, Service, ServicePort } from '../crds/core.ts'
import { serviceKind } from '../crds/service.ts'
import type { Announcement } from './announced.ts'
import { allocatedFromPool } from './annotations.ts'
import { condition } from './conditions.ts'
import { everyService } from './flaws.ts'
import { keysToCompare } from './layered-map.ts'
import { rememberPerObject } from './once.ts'
import { rememberPerService } from './per-service.ts'
import type { ControllerPlan, ServicePlan } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { DesiredCondition, Json, StatusObject } from './status.ts'
import { unservedPortError, unservedPorts } from './unserved-ports.ts'
import type { Verdict } from './verdict.ts'

type Statuses = (
  snapshot: Snapshot,
  plan: ControllerPlan,
  announcements: ReadonlyMap<string, Announcement>,
) => readonly StatusObject[]

/** Of every Service on which something of ours stands or is to stand. The same list while nothing of it changes. */
export function startStatuses(): Statuses {
  const statusOfEach = rememberPerService<StatusObject | 'none'>()
  const written = rememberPerObject((all: readonly (StatusObject | 'none')[]) =>
    all.filter((one) => one !== 'none'),
  )
  let before: Pick<Snapshot, 'endpoints'> &
    Pick<ControllerPlan, 'services'> & { readonly announcements: ReadonlyMap<string, Announcement> } = {
    endpoints: new Map(),
    services: new Map(),
    announcements: new Map(),
  }
  return (snapshot, { services }, announcements) => {
    const { endpoints } = snapshot
    const touched = keysToCompare(before.services, services)
      .union(keysToCompare(before.announcements, announcements))
      .union(keysToCompare(before.endpoints, endpoints))
    const statuses = statusOfEach(everyService(snapshot), touched, (service) => {
      const { key } = service
      const own = services.get(key)
      const facts = { announcement: announcements.get(key), endpoints: endpoints.get(key) }
      return own === undefined ? 'none' : (remembered(service, { plan: own, ...facts }) ?? 'none')
    })
    before = { endpoints, services, announcements } // not sooner: what failed is to be made yet
    return written(statuses)
  }
}

export const serviceStatuses: Statuses = startStatuses()

type Facts = {
  readonly plan: ServicePlan
  readonly announcement: Announcement | undefined
  readonly endpoints: readonly Endpoint[] | undefined
}

type Known = Facts & {
  readonly unserved: ReadonlySet<ServicePort>
  readonly status: StatusObject | undefined
}

const known = new WeakMap<Service, Known>()

function remembered(service: Service, facts: Facts): StatusObject | undefined {
  const { plan, announcement, endpoints } = facts
  const last = known.get(service)
  const same = last?.plan === plan && last.announcement === announcement
  if (same && last.endpoints === endpoints) return last.status
  const unserved = unservedPorts(service, endpoints)
  const status =
    same && samePorts(last.unserved, unserved) ? last.status : serviceStatus(service, { ...facts, unserved })
  known.set(service, { ...facts, unserved, status })
  return status
}

function samePorts(a: ReadonlySet<ServicePort>, b: ReadonlySet<ServicePort>): boolean {
  return a.size === b.size && [...a].every((port) => b.has(port))
}

/** Undefined: the Service is not ours, and nothing of ours stands on it. */
function serviceStatus(
  service: Service,
  { plan, announcement, unserved }: Omit<Known, 'status'>,
): StatusObject | undefined {
  switch (plan.state) {
    case 'not-ours':
      return plan.release ? released(service, plan.ingressIsOurs) : undefined
    case 'pending':
      return {
        ...target(service),
        ...withoutAddresses(service),
        conditions: [allocated('False', plan.verdict)],
      }
    case 'assigned':
      return {
        ...target(service),
        urgent: !sameTexts(service.ingress, plan.addresses),
        annotations: { [allocatedFromPool]: plan.pool },
        status: ingressOf(plan.addresses, portsOf(service, unserved)),
        conditions: [allocatedWith(plan), ...announcedCondition(announcement)],
      }
  }
}

function target({ namespace, name, uid }: Service) {
  return { kind: serviceKind, namespace, name, uid, part: 'status' } as const
}

function released(service: Service, ingressIsOurs: boolean): StatusObject {
  const cleared = withoutAddresses(service)
  return { ...target(service), ...cleared, status: ingressIsOurs ? cleared.status : {}, conditions: [] }
}

/** An explicit empty list: what another manager wrote would outlive a field that is only left out. */
function withoutAddresses(service: Service): Pick<StatusObject, 'urgent' | 'annotations' | 'status'> {
  const stands = service.ingress.length > 0
  const annotated = Object.keys(service.annotations).filter((key) => key.endsWith('/ip-allocated-from-pool'))
  return {
    urgent: stands,
    annotations: Object.fromEntries(annotated.map((key) => [key, null])),
    status: stands ? ingressOf([]) : {},
  }
}

/** ipMode VIP: kube-proxy of the cluster may serve the address itself. */
function ingressOf(
  addresses: readonly string[],
  ports: { readonly ports?: readonly Json[] } = {},
): { readonly [field: string]: Json } {
  return { loadBalancer: { ingress: addresses.map((ip) => ({ ip, ipMode: 'VIP', ...ports })) } }
}

/** All ports as soon as one has an error; an explicit empty list where such stand and none has one any more. */
function portsOf(service: Service, unserved: ReadonlySet<ServicePort>): { readonly ports?: readonly Json[] } {
  if (unserved.size === 0) return service.portsStand === true ? { ports: [] } : {}
  const ports = service.ports.map((one) => {
    const { port, protocol } = one
    return { port, protocol, ...(unserved.has(one) ? { error: unservedPortError } : {}) }
  })
  return { ports }
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, position) => text === b[position])
}

function allocated(status: 'True' | 'False', verdict: Verdict): DesiredCondition {
  return condition('metallb.io/Allocated', status, verdict)
}

/** It has an address; if not all that it asks for, the reason says what is missing. */
function allocatedWith({
  addresses,
  pool,
  verdict,
}: ServicePlan & { readonly state: 'assigned' }): DesiredCondition {
  const has = `${addresses.join(' and ')} from pool ${pool}`
  return allocated('True', {
    reason: verdict?.reason ?? 'Allocated',
    message: verdict === undefined ? has : `${has}; ${verdict.message}`,
  })
}

function announcedCondition(announcement: Announcement | undefined): readonly DesiredCondition[] {
  if (announcement === undefined || announcement.state === 'untold') return []
  if (announcement.state === 'silent')
    return [condition('metallb.io/Announced', 'False', announcement.verdict)]
  const message = announcement.state === 'routed' ? routed(announcement) : announced(announcement)
  return [condition('metallb.io/Announced', 'True', { reason: 'Announced', message })]
}

function announced({ node, interfaces, routers }: Announcement & { readonly state: 'announced' }): string {
  const where = interfaces.length === 0 ? '' : ` on ${interfaces.join(', ')}`
  const message = `node ${node} announces by ARP and NDP${where}`
  if (routers === undefined) return message
  return routers.state === 'routed'
    ? `${message}, and nodes announce by BGP`
    : `${message}; not by BGP: ${routers.verdict.message}`
}

function routed({ verdict }: Announcement & { readonly state: 'routed' }): string {
  const message = 'nodes announce by BGP'
  return verdict === undefined ? message : `${message}; not by ARP and NDP: ${verdict.message}`
}
