// What the controller watches: all Services, what decides about their addresses, and who announces them.
import { bfdProfileKind } from '../../crds/bfd-profile.ts'
import { bgpAdvertisementKind } from '../../crds/bgp-advertisement.ts'
import { bgpPeerKind } from '../../crds/bgp-peer.ts'
import { communityKind } from '../../crds/community.ts'
import { configurationStateKind } from '../../crds/configuration-state.ts'
import { endpointSliceKind } from '../../crds/endpoint-slice.ts'
import { ipAddressPoolKind } from '../../crds/ip-address-pool.ts'
import { l2AdvertisementKind } from '../../crds/l2-advertisement.ts'
import { leaseKind } from '../../crds/lease.ts'
import { namespaceKind } from '../../crds/namespace.ts'
import { nodeKind } from '../../crds/node.ts'
import { serviceL2StatusKind } from '../../crds/service-l2-status.ts'
import { serviceCIDRKind } from '../../crds/service-cidr.ts'
import { serviceKind } from '../../crds/service.ts'
import { poolMemoryKind } from '../../crds/pool-memory.ts'
import type { Sources } from '../collect.ts'
import type { Cache } from '../kube/cache.ts'
import { headOf } from '../kube/keep.ts'
import { comparedPartOfService } from '../publish/difference.ts'
import type { Watching } from '../watching.ts'

export type ControllerSources = Sources & {
  readonly leases: Cache
  readonly l2Statuses: Cache
  readonly poolMemories: Cache
  readonly configurationStates: Cache // the own one, and those of speakers with their sessions
}

export type SourceOptions = { readonly namespace: string; readonly changed: () => void }

/** Renewals of Leases come by the second and change a plan only when `members` says so. */
export function followForController(
  watching: Watching,
  { namespace, changed }: SourceOptions,
): ControllerSources {
  const own = { namespace }
  return {
    services: watching.follow(serviceKind, { keep: comparedPartOfService }, changed),
    endpointSlices: watching.follow(endpointSliceKind, { keep: headOf }, changed),
    nodes: watching.follow(nodeKind, {}, changed),
    namespaces: watching.follow(namespaceKind, {}, changed),
    serviceCIDRs: watching.followIfThere(serviceCIDRKind, changed),
    pools: watching.follow(ipAddressPoolKind, own, changed),
    l2Advertisements: watching.follow(l2AdvertisementKind, own, changed),
    bgpPeers: watching.follow(bgpPeerKind, own, changed),
    bgpAdvertisements: watching.follow(bgpAdvertisementKind, own, changed),
    bfdProfiles: watching.follow(bfdProfileKind, own, changed),
    communities: watching.follow(communityKind, own, changed),
    leases: watching.follow(leaseKind, own),
    l2Statuses: watching.follow(serviceL2StatusKind, { ...own, keep: headOf }, changed),
    configurationStates: watching.follow(configurationStateKind, own, changed),
    poolMemories: watching.followUnlessRefused(poolMemoryKind, own, changed),
  }
}
