// The cluster on one page: each pool, advertisement and Service with what is so and what stands against it.
// Data only; `herald status` prints it.
import type { Service } from '../crds/core.ts'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import { formatRange } from '../protocols/net/address.ts'
import type { Announcement } from './announced.ts'
import { announcementsIn } from './announced.ts'
import { everyService } from './flaws.ts'
import type { L2View } from './l2-view.ts'
import { l2View, placementFacts } from './l2-view.ts'
import { outstandingVerdict } from './outstanding.ts'
import type { ControllerPlan, ObjectPlan, ServicePlan } from './plan.ts'
import { planController } from './plan.ts'
import { selectsPool } from './selection.ts'
import type { Snapshot } from './snapshot.ts'
import { unservedVerdict } from './unserved-ports.ts'
import type { Verdict } from './verdict.ts'
import { firstVerdict } from './verdict.ts'

export type Overview = {
  readonly pools: readonly PoolOverview[] // oldest first
  readonly advertisements: readonly AdvertisementOverview[] // by name
  readonly routing: readonly ObjectOverview[] // BGPAdvertisements, BFDProfiles, Communities
  readonly services: readonly ServiceOverview[] // ours, oldest first
  readonly otherServices: number // of type LoadBalancer, of another loadBalancerClass
}

export type PoolOverview = ObjectPlan & {
  readonly name: string
  readonly addresses: readonly string[]
  readonly autoAssign: boolean
  readonly assigned: string // decimal: an IPv6 pool outgrows a JSON number
  readonly free: string
  readonly resting?: string // decimal; absent: none; free, but for those that had them only
  readonly ready: boolean
}

export type ObjectOverview = ObjectPlan & { readonly kind: string; readonly name: string }

export type AdvertisementOverview = ObjectPlan & {
  readonly name: string
  readonly pools: readonly string[] // that it covers
  readonly nodes: readonly string[] // that it lets announce
  readonly interfaces: 'all' | readonly string[]
  readonly ready: boolean
}

export type ServiceOverview = {
  readonly service: string
  readonly addresses: readonly string[] // as they stand in its status
  readonly pool?: string
  /** 'untold': announced or not, it is too young to tell. */
  readonly state: 'announced' | 'silent' | 'untold' | 'without-address'
  readonly node?: string // that announces it
  readonly interfaces?: 'all' | readonly string[]
  readonly routed?: boolean // nodes announce it by BGP; without a node by that alone
  readonly verdicts: readonly Verdict[] // the one that matters most first
}

export function overviewOf(snapshot: Snapshot, reports: readonly ServiceL2Status[]): Overview {
  const plan = planController(snapshot)
  const view = l2View(snapshot)
  const announcements = announcementsIn(snapshot, plan, reports)
  const services = everyService(snapshot)
  return {
    pools: snapshot.pools.flatMap(({ value }) => poolOverview(value, plan)),
    advertisements: view.advertisements.flatMap((one) => advertisementOverview(one, view, plan)),
    routing: routingOverview(plan),
    services: services.flatMap((service) => {
      const own = plan.services.get(service.key)
      if (own === undefined || own.state === 'not-ours') return []
      const shown = serviceOverview(service, own, announcements.get(service.key))
      const ports =
        own.state === 'assigned' ? unservedVerdict(service, snapshot.endpoints.get(service.key)) : undefined
      return [ports === undefined ? shown : { ...shown, verdicts: [...shown.verdicts, ports] }]
    }),
    otherServices: services.filter(
      ({ key, type }) => type === 'LoadBalancer' && plan.services.get(key)?.state === 'not-ours',
    ).length,
  }
}

function poolOverview(
  { name, ranges, autoAssign }: Snapshot['pools'][number]['value'],
  plan: ControllerPlan,
): readonly PoolOverview[] {
  const own = plan.pools.get(name)
  if (own === undefined) return []
  const { assignedIPv4, assignedIPv6, availableIPv4, availableIPv6, resting, verdicts, warnings } = own
  return [
    {
      name,
      addresses: ranges.map(formatRange),
      autoAssign,
      assigned: String(assignedIPv4 + assignedIPv6),
      free: String(availableIPv4 + availableIPv6),
      ...(resting === undefined ? {} : { resting: String(resting) }),
      ready: verdicts.length === 0,
      verdicts,
      warnings,
    },
  ]
}

/** BGPPeers are judged node by node: herald status has their sessions beside it. */
function routingOverview({ bgp }: ControllerPlan): readonly ObjectOverview[] {
  const kinds = [
    ['BGPAdvertisement', bgp.advertisements],
    ['BFDProfile', bgp.profiles],
    ['Community', bgp.communities],
  ] as const
  return kinds.flatMap(([kind, plans]) => [...plans].map(([name, own]) => ({ kind, name, ...own })))
}

function advertisementOverview(
  advertisement: L2View['advertisements'][number],
  { index, eligible }: L2View,
  plan: ControllerPlan,
): readonly AdvertisementOverview[] {
  const { name, interfaces } = advertisement
  const own = plan.l2Advertisements.get(name)
  if (own === undefined) return []
  return [
    {
      name,
      pools: index.entries.filter((entry) => selectsPool(advertisement, entry)).map((entry) => entry.name),
      nodes: eligible
        .filter((candidacy) => firstVerdict(placementFacts, { advertisement, candidacy }) === undefined)
        .map((candidacy) => candidacy.name),
      interfaces: interfaces.length === 0 ? 'all' : interfaces,
      ready: own.verdicts.length === 0,
      ...own,
    },
  ]
}

function serviceOverview(
  service: Service,
  plan: Exclude<ServicePlan, { readonly state: 'not-ours' }>,
  announcement: Announcement | undefined,
): ServiceOverview {
  const addresses = service.ingress
  const outstanding = outstandingVerdict(service, plan)
  const own = plan.verdict === undefined ? [] : [plan.verdict]
  const verdicts = outstanding === undefined ? own : [...own, outstanding]
  const known = { service: service.key, addresses }
  if (addresses.length === 0 || plan.state === 'pending' || announcement === undefined)
    return { ...known, state: addresses.length === 0 ? 'without-address' : 'silent', verdicts }
  const { pool } = plan
  switch (announcement.state) {
    case 'untold':
      return { ...known, pool, state: 'untold', verdicts }
    case 'silent':
      return { ...known, pool, state: 'silent', verdicts: [announcement.verdict, ...verdicts] }
    case 'routed': {
      const other = announcement.verdict === undefined ? [] : [announcement.verdict]
      return { ...known, pool, state: 'announced', routed: true, verdicts: [...other, ...verdicts] }
    }
    case 'announced': {
      const { node, interfaces, routers } = announcement
      const where = interfaces.length === 0 ? ('all' as const) : interfaces
      const shown = { ...known, pool, state: 'announced', node, interfaces: where } as const
      if (routers === undefined) return { ...shown, verdicts }
      const other = routers.state === 'routed' ? [] : [routers.verdict]
      return { ...shown, routed: routers.state === 'routed', verdicts: [...other, ...verdicts] }
    }
  }
}
