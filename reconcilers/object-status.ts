// What is written on the objects that users write: pools and advertisements.
import { bfdProfileKind } from '../crds/bfd-profile.ts'
import { bgpAdvertisementKind } from '../crds/bgp-advertisement.ts'
import { communityKind } from '../crds/community.ts'
import { ipAddressPoolKind } from '../crds/ip-address-pool.ts'
import type { KindName } from '../crds/kind.ts'
import type { FoundInUse } from '../crds/pool-findings.ts'
import { l2AdvertisementKind } from '../crds/l2-advertisement.ts'
import { objectConditions } from './conditions.ts'
import type { BgpObjects, ControllerPlan, ObjectPlan, PoolPlan } from './plan.ts'
import type { Read, Snapshot } from './snapshot.ts'
import type { Json, StatusObject } from './status.ts'

export function poolStatuses({ pools }: Snapshot, plan: ControllerPlan): readonly StatusObject[] {
  return pools.flatMap(({ value }) => {
    const own = plan.pools.get(value.name)
    return own === undefined
      ? []
      : [objectStatus(ipAddressPoolKind, value, { ...own, counters: { ...counters(own), ...findings(own) } })]
  })
}

export function advertisementStatuses(
  { l2Advertisements }: Snapshot,
  plan: ControllerPlan,
): readonly StatusObject[] {
  return plainStatuses(l2AdvertisementKind, l2Advertisements, plan.l2Advertisements)
}

/** Of all objects of BGP but peers, of which there is more to tell. */
export function bgpObjectStatuses(snapshot: Snapshot, plan: BgpObjects): readonly StatusObject[] {
  return [
    ...plainStatuses(bgpAdvertisementKind, snapshot.bgpAdvertisements, plan.advertisements),
    ...plainStatuses(bfdProfileKind, snapshot.bfdProfiles, plan.profiles),
    ...plainStatuses(communityKind, snapshot.communities, plan.communities),
  ]
}

function plainStatuses(
  kind: KindName,
  objects: readonly Read<Written>[],
  plans: ReadonlyMap<string, ObjectPlan>,
): readonly StatusObject[] {
  return objects.flatMap(({ value }) => {
    const own = plans.get(value.name)
    return own === undefined ? [] : [objectStatus(kind, value, { ...own, counters: {} })]
  })
}

type Written = {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly generation: number
}

export function objectStatus(
  kind: KindName,
  { name, namespace, uid, generation }: Written,
  { verdicts, warnings, counters: own }: ObjectPlan & { readonly counters: Readonly<Record<string, Json>> },
): StatusObject {
  return {
    kind,
    namespace,
    name,
    uid,
    part: 'status',
    urgent: false,
    status: { observedGeneration: generation, ...own },
    conditions: objectConditions({ verdicts, warnings, generation }),
  }
}

function counters(plan: PoolPlan): Readonly<Record<string, Json>> {
  return {
    assignedIPv4: int64(plan.assignedIPv4),
    assignedIPv6: int64(plan.assignedIPv6),
    availableIPv4: int64(plan.availableIPv4),
    availableIPv6: int64(plan.availableIPv6),
  }
}

/** Fields that stand there only while there is something to say. */
function findings({ inUse = [], answering = [] }: PoolPlan): Readonly<Record<string, Json>> {
  return {
    ...(inUse.length === 0 ? {} : { addressesInUse: inUse.map(foundJson) }),
    ...(answering.length === 0 ? {} : { answeringMachines: answering }),
  }
}

function foundJson({ address, mac, interfaceName, lastSeen, reportedBy }: FoundInUse): Json {
  return { address, mac, interface: interfaceName, lastSeen, reportedBy }
}

// The field is an int64. What a double cannot hold is written as the number it is; read again it is rounded, so whether
// it stands there is asked to that precision (operator/publish/difference.ts).
const largestInt64 = 2n ** 63n - 1n

function int64(count: bigint): number | bigint {
  const held = count > largestInt64 ? largestInt64 : count
  return held > BigInt(Number.MAX_SAFE_INTEGER) ? held : Number(held)
}
