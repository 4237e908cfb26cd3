// One look at a cluster from outside: everything listed once and put together as the processes do it.
import { endpointSliceKind } from '../../crds/endpoint-slice.ts'
import { ipAddressPoolKind } from '../../crds/ip-address-pool.ts'
import type { KindName, Resource } from '../../crds/kind.ts'
import { l2AdvertisementKind } from '../../crds/l2-advertisement.ts'
import { leaseKind } from '../../crds/lease.ts'
import { namespaceKind } from '../../crds/namespace.ts'
import { nodeKind } from '../../crds/node.ts'
import { parseServiceL2Status, serviceL2StatusKind } from '../../crds/service-l2-status.ts'
import type { ServiceL2Status } from '../../crds/service-l2-status.ts'
import { serviceKind } from '../../crds/service.ts'
import type { PlanSettings, Snapshot } from '../../reconcilers/snapshot.ts'
import { startCollector } from '../collect.ts'
import type { Followed } from '../collect/table.ts'
import { keyOf } from '../kube/cache.ts'
import type { Client } from '../kube/client.ts'
import { listedSpeakers } from '../members/listed.ts'

export type Look = {
  readonly snapshot: Snapshot
  readonly reports: readonly ServiceL2Status[] // what speakers say they announce
}

export type LookOptions = {
  readonly client: Client
  readonly namespace: string // Herald's
  readonly settings: PlanSettings // as the processes were started with
  readonly missed: number // of the speakers' Leases
  readonly wallMs: number
}

export async function lookAt({ client, namespace, settings, missed, wallMs }: LookOptions): Promise<Look> {
  const own = { namespace }
  const list = async (kind: KindName, scope = {}) => (await client.list(kind, scope)).objects
  const [services, endpointSlices, nodes, namespaces, pools, l2Advertisements, leases, reports] =
    await Promise.all([
      list(serviceKind),
      list(endpointSliceKind),
      list(nodeKind),
      list(namespaceKind),
      list(ipAddressPoolKind, own),
      list(l2AdvertisementKind, own),
      list(leaseKind, own),
      list(serviceL2StatusKind, own),
    ])
  const collector = startCollector({
    services: still(services),
    endpointSlices: still(endpointSlices),
    nodes: still(nodes),
    namespaces: still(namespaces),
    pools: still(pools),
    l2Advertisements: still(l2Advertisements),
  })
  const speakers = listedSpeakers(leases, { missed, wallMs })
  return {
    snapshot: collector.snapshot({ takenAt: wallMs, namespace, settings, speakers, pending: [] }),
    reports: reports.map((object) => parseServiceL2Status(object).value),
  }
}

/** A cache that never changes. */
function still(objects: readonly Resource[]): Followed {
  const byKey = new Map(objects.map((object) => [keyOf(object), object]))
  return { objects: () => byKey, onChange: () => () => {} }
}
