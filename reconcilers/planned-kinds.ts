// The kinds that users write, each with its objects in a snapshot and what a plan says of them: events, log and statuses
// go through this table.
import { bfdProfileKind } from '../crds/bfd-profile.ts'
import { bgpAdvertisementKind } from '../crds/bgp-advertisement.ts'
import { bgpPeerKind } from '../crds/bgp-peer.ts'
import { communityKind } from '../crds/community.ts'
import { ipAddressPoolKind } from '../crds/ip-address-pool.ts'
import type { Identity, KindName } from '../crds/kind.ts'
import { l2AdvertisementKind } from '../crds/l2-advertisement.ts'
import type { ControllerPlan, ObjectPlan } from './plan.ts'
import type { Read, Snapshot } from './snapshot.ts'

export type PlannedKind = {
  readonly kind: KindName
  readonly objectsIn: (snapshot: Snapshot) => readonly Read<Identity>[]
  readonly plansIn: (plan: ControllerPlan) => ReadonlyMap<string, ObjectPlan>
}

export const plannedKinds: readonly PlannedKind[] = [
  { kind: ipAddressPoolKind, objectsIn: ({ pools }) => pools, plansIn: ({ pools }) => pools },
  {
    kind: l2AdvertisementKind,
    objectsIn: ({ l2Advertisements }) => l2Advertisements,
    plansIn: ({ l2Advertisements }) => l2Advertisements,
  },
  {
    kind: bgpAdvertisementKind,
    objectsIn: ({ bgpAdvertisements }) => bgpAdvertisements,
    plansIn: ({ bgp }) => bgp.advertisements,
  },
  { kind: bgpPeerKind, objectsIn: ({ bgpPeers }) => bgpPeers, plansIn: ({ bgp }) => bgp.peers },
  { kind: bfdProfileKind, objectsIn: ({ bfdProfiles }) => bfdProfiles, plansIn: ({ bgp }) => bgp.profiles },
  {
    kind: communityKind,
    objectsIn: ({ communities }) => communities,
    plansIn: ({ bgp }) => bgp.communities,
  },
]
