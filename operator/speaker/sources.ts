// What a speaker watches: Services with their endpoints, nodes, the configuration, Leases, and its own objects.
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
import { secretKind } from '../../crds/secret.ts'
import { serviceBGPStatusKind } from '../../crds/service-bgp-status.ts'
import { serviceL2StatusKind } from '../../crds/service-l2-status.ts'
import { serviceStatusLabels } from '../../crds/service-status.ts'
import { serviceKind } from '../../crds/service.ts'
import { nodeLabel } from '../../reconcilers/node-label.ts'
import type { Sources } from '../collect.ts'
import type { Cache } from '../kube/cache.ts'
import { headOf } from '../kube/keep.ts'
import { comparedPart } from '../publish/difference.ts'
import type { Watching } from '../watching.ts'

export type SpeakerSources = Sources & {
  readonly leases: Cache
  readonly l2Statuses: Cache // the own ones: with those of all nodes each move would be told to each of them
  readonly bgpStatuses: Cache // the own ones: each node has one of each Service
  readonly states: Cache // the own one
}

export type SourceOptions = {
  readonly namespace: string
  readonly nodeName: string
  readonly changed: () => void
}

/** Passwords of peers, and Secrets of a wrong type, which it says so of; not the bulky ones that never hold one. */
const readableSecrets = 'type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token'

/** Renewals of Leases come by the second and change a plan only when `members` says so. */
export function followForSpeaker(
  watching: Watching,
  { namespace, nodeName, changed }: SourceOptions,
): SpeakerSources {
  const own = { namespace }
  const ofThisNode = {
    ...own,
    labelSelector: `${serviceStatusLabels.node}=${nodeLabel(nodeName)}`,
    keep: comparedPart,
  }
  return {
    // Only these have addresses; a Service of another type leaves the watch, and is gone for us.
    services: watching.follow(
      serviceKind,
      { fieldSelector: 'spec.type=LoadBalancer', keep: headOf },
      changed,
    ),
    endpointSlices: watching.follow(endpointSliceKind, { keep: headOf }, changed),
    nodes: watching.follow(nodeKind, {}, changed),
    namespaces: watching.follow(namespaceKind, {}, changed),
    pools: watching.follow(ipAddressPoolKind, own, changed),
    l2Advertisements: watching.follow(l2AdvertisementKind, own, changed),
    bgpPeers: watching.follow(bgpPeerKind, own, changed),
    bgpAdvertisements: watching.follow(bgpAdvertisementKind, own, changed),
    bfdProfiles: watching.follow(bfdProfileKind, own, changed),
    communities: watching.follow(communityKind, own, changed),
    // Without them peers that name one have no session; layer 2 and all other peers need none.
    secrets: watching.followUnlessRefused(secretKind, { ...own, fieldSelector: readableSecrets }, changed),
    leases: watching.follow(leaseKind, own),
    l2Statuses: watching.follow(serviceL2StatusKind, ofThisNode, changed),
    bgpStatuses: watching.follow(serviceBGPStatusKind, ofThisNode, changed),
    states: watching.follow(
      configurationStateKind,
      { ...own, fieldSelector: `metadata.name=speaker-${nodeName}` },
      changed,
    ),
  }
}
