// What is written on a Service: its addresses, the pool they are from, and two conditions.
import type { Service } from '../crds/core.ts'
import { serviceKind } from '../crds/service.ts'
import type { Announcement } from './announced.ts'
import { allocatedFromPool } from './annotations.ts'
import { condition } from './conditions.ts'
import { everyService } from './flaws.ts'
import type { ControllerPlan, ServicePlan } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { DesiredCondition, Json, StatusObject } from './status.ts'
import type { Verdict } from './verdict.ts'

/** Of every Service on which something of ours stands or is to stand. */
export function serviceStatuses(
  snapshot: Snapshot,
  plan: ControllerPlan,
  announcements: ReadonlyMap<string, Announcement>,
): readonly StatusObject[] {
  const result: StatusObject[] = []
  for (const service of everyService(snapshot)) {
    const own = plan.services.get(service.key)
    const status = own === undefined ? undefined : remembered(service, own, announcements.get(service.key))
    if (status !== undefined) result.push(status)
  }
  return result
}

type Known = {
  readonly plan: ServicePlan
  readonly announcement: Announcement | undefined
  readonly status: StatusObject | undefined
}

const known = new WeakMap<Service, Known>()

function remembered(
  service: Service,
  plan: ServicePlan,
  announcement: Announcement | undefined,
): StatusObject | undefined {
  const last = known.get(service)
  if (last?.plan === plan && last.announcement === announcement) return last.status
  const status = serviceStatus(service, plan, announcement)
  known.set(service, { plan, announcement, status })
  return status
}

/** Undefined: the Service is not ours, and nothing of ours stands on it. */
function serviceStatus(
  service: Service,
  plan: ServicePlan,
  announcement: Announcement | undefined,
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
        status: ingressOf(plan.addresses),
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
function ingressOf(addresses: readonly string[]): { readonly [field: string]: Json } {
  return { loadBalancer: { ingress: addresses.map((ip) => ({ ip, ipMode: 'VIP' })) } }
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
