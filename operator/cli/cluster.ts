// One look at a cluster from outside: everything listed once and put together as the processes do it.
import { bfdProfileKind } from '../../crds/bfd-profile.ts'
import { bgpAdvertisementKind } from '../../crds/bgp-advertisement.ts'
import { bgpPeerKind } from '../../crds/bgp-peer.ts'
import { communityKind } from '../../crds/community.ts'
import { configurationStateKind, parseConfigurationState } from '../../crds/configuration-state.ts'
import type { ConfigurationState } from '../../crds/configuration-state.ts'
import { endpointSliceKind } from '../../crds/endpoint-slice.ts'
import { ipAddressPoolKind } from '../../crds/ip-address-pool.ts'
import type { KindName, Resource } from '../../crds/kind.ts'
import { l2AdvertisementKind } from '../../crds/l2-advertisement.ts'
import { leaseKind } from '../../crds/lease.ts'
import { namespaceKind } from '../../crds/namespace.ts'
import { nodeKind } from '../../crds/node.ts'
import { parsePoolMemory, poolMemoryKind } from '../../crds/pool-memory.ts'
import { parseServiceL2Status, serviceL2StatusKind } from '../../crds/service-l2-status.ts'
import type { ServiceL2Status } from '../../crds/service-l2-status.ts'
import { serviceCIDRKind } from '../../crds/service-cidr.ts'
import { serviceKind } from '../../crds/service.ts'
import { memoryIn } from '../../reconcilers/memory-troubles.ts'
import type { PlanSettings, Snapshot } from '../../reconcilers/snapshot.ts'
import { startCollector } from '../collect.ts'
import type { Followed } from '../collect/table.ts'
import { keyOf } from '../kube/cache.ts'
import { isNotFound } from '../kube/api-error.ts'
import type { Client } from '../kube/client.ts'
import { livingSpeakers, readLeases } from '../members/listed.ts'
import type { Listed } from '../members/listed.ts'
import { LookError } from './failure.ts'
import type { Refusal } from './failure.ts'

export type Look = {
  readonly snapshot: Snapshot
  readonly reports: readonly ServiceL2Status[] // what speakers say they announce
  readonly leases: Listed
  readonly configurations: readonly ConfigurationState[]
}

export type Circumstances = {
  readonly namespace: string // Herald's
  readonly settings: PlanSettings // as the processes were started with
  readonly missed: number // of the speakers' Leases
  readonly wallMs: number
}

export type LookOptions = Circumstances & { readonly client: Pick<Client, 'list'> }

/** What is listed, and whether in all namespaces or in Herald's only. */
export const sources = {
  services: [serviceKind, 'all'],
  endpointSlices: [endpointSliceKind, 'all'],
  nodes: [nodeKind, 'all'],
  namespaces: [namespaceKind, 'all'],
  serviceCIDRs: [serviceCIDRKind, 'all'],
  pools: [ipAddressPoolKind, 'own'],
  l2Advertisements: [l2AdvertisementKind, 'own'],
  bgpPeers: [bgpPeerKind, 'own'],
  bgpAdvertisements: [bgpAdvertisementKind, 'own'],
  bfdProfiles: [bfdProfileKind, 'own'],
  communities: [communityKind, 'own'],
  leases: [leaseKind, 'own'],
  reports: [serviceL2StatusKind, 'own'],
  configurations: [configurationStateKind, 'own'],
  memories: [poolMemoryKind, 'own'],
} as const satisfies Readonly<Record<string, readonly [KindName, 'all' | 'own']>>

export type SourceName = keyof typeof sources
export const sourceNames = Object.keys(sources).filter((name): name is SourceName =>
  Object.hasOwn(sources, name),
)

export type Lists = (name: SourceName) => readonly Resource[]

/** Throws a LookError that names every list that was refused, not only the first. */
export async function lookAt({ client, ...circumstances }: LookOptions): Promise<Look & { lists: Lists }> {
  const lists = await listAll(client, circumstances.namespace)
  return { ...lookThrough(lists, circumstances), lists }
}

/** The lists may be of a cluster, of a file, or of what a cluster would be. */
export function lookThrough(lists: Lists, { namespace, settings, missed, wallMs }: Circumstances): Look {
  const leases = readLeases(lists('leases'), { missed, wallMs })
  const collector = startCollector({
    services: still(lists('services')),
    endpointSlices: still(lists('endpointSlices')),
    nodes: still(lists('nodes')),
    namespaces: still(lists('namespaces')),
    serviceCIDRs: still(lists('serviceCIDRs')),
    pools: still(lists('pools')),
    l2Advertisements: still(lists('l2Advertisements')),
    bgpPeers: still(lists('bgpPeers')),
    bgpAdvertisements: still(lists('bgpAdvertisements')),
    bfdProfiles: still(lists('bfdProfiles')),
    communities: still(lists('communities')),
    configurationStates: still(lists('configurations')),
  })
  const speakers = livingSpeakers(leases)
  return {
    snapshot: {
      ...collector.snapshot({ takenAt: leases.nowMs, namespace, settings, speakers, pending: [] }),
      ...memoryIn(lists('memories').map(parsePoolMemory)),
    },
    reports: lists('reports').map((object) => parseServiceL2Status(object).value),
    leases,
    configurations: lists('configurations').map((object) => parseConfigurationState(object).value),
  }
}

/** Kinds that an older release of Herald, or of Kubernetes, has not. */
const mayBeMissing: ReadonlySet<SourceName> = new Set(['memories', 'serviceCIDRs'])

async function listAll(client: LookOptions['client'], namespace: string): Promise<Lists> {
  const refusals: Refusal[] = []
  const list = async (name: SourceName): Promise<[SourceName, readonly Resource[]]> => {
    const [kind, where] = sources[name]
    const scope = where === 'own' ? { namespace } : {}
    try {
      return [name, (await client.list(kind, scope)).objects]
    } catch (error) {
      if (mayBeMissing.has(name) && isNotFound(error)) return [name, []]
      refusals.push({ kind, ...scope, error })
      return [name, []]
    }
  }
  const lists = new Map(await Promise.all(sourceNames.map(list)))
  if (refusals.length > 0)
    throw new LookError(refusals.toSorted((a, b) => (a.kind.plural < b.kind.plural ? -1 : 1)))
  return (name) => lists.get(name) ?? []
}

/** A cache that never changes. */
function still(objects: readonly Resource[]): Followed {
  const byKey = new Map(objects.map((object) => [keyOf(object), object]))
  return { objects: () => byKey, onChange: () => () => {} }
}
