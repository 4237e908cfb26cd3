// What we tell the cluster: plan + observed → status objects and events. Only what differs is written (operator/publish.ts).
import type { AddressInUse } from '../crds/configuration-state.ts'
import type { Condition, KindName } from '../crds/kind.ts'
import type { L2Observed } from '../protocols/l2/observed.ts'
import { addressWarnings } from './address-warnings.ts'
import type { Announcement } from './announced.ts'
import { listeningCondition } from './listening.ts'
import { controllerConfiguration, speakerConfiguration } from './configuration-status.ts'
import { l2Statuses, undisturbedCondition } from './l2-status.ts'
import { advertisementStatuses, bgpObjectStatuses, poolStatuses } from './object-status.ts'
import type { BgpSeen } from './peers-report.ts'
import { sessionStates } from './peers-report.ts'
import { peerStatuses } from './peers-status.ts'
import type { ControllerPlan, SpeakerPlan } from './plan.ts'
import { bgpStatuses } from './routes-status.ts'
import { serviceStatuses } from './service-status.ts'
import type { Snapshot } from './snapshot.ts'

/** A bigint is a number beyond 2^53, written to the last digit. */
export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** One object's desired fields, of one writer. Applied whole by server-side apply, owner by owner. */
export type StatusObject = {
  readonly kind: KindName
  readonly namespace: string
  readonly name: string
  readonly uid?: string // precondition, where the object is not ours
  readonly stays?: true // of an object that is ours: it outlives the Pod that writes it
  readonly part: 'status' | 'object' // 'object': it is ours; it is created when missing
  readonly urgent: boolean // addresses go before conditions
  readonly annotations?: Readonly<Record<string, string | null>> // null removes
  readonly labels?: Readonly<Record<string, string>>
  readonly status: { readonly [field: string]: Json } // without conditions
  readonly conditions?: readonly DesiredCondition[] // lastTransitionTime is set where it is written
}

export type DesiredCondition = Omit<Condition, 'lastTransitionTime'>

/** events.k8s.io/v1: emitted once when the fact becomes so. */
export type EventObject = {
  readonly regarding: {
    readonly kind: KindName
    readonly namespace: string
    readonly name: string
    readonly uid: string
  }
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
}

/** All that the controller writes; `announcements` as announcementsIn() finds them. */
export function controllerStatuses(
  snapshot: Snapshot,
  plan: ControllerPlan,
  announcements: ReadonlyMap<string, Announcement>,
): readonly StatusObject[] {
  return [
    ...serviceStatuses(snapshot, plan, announcements),
    ...poolStatuses(snapshot, plan),
    ...advertisementStatuses(snapshot, plan),
    ...bgpObjectStatuses(snapshot, plan.bgp),
    ...peerStatuses(snapshot, plan.bgp),
    controllerConfiguration(snapshot),
  ]
}

/** What the engines of a node see. */
export type SpeakerObserved = L2Observed & {
  readonly bgp?: BgpSeen
  readonly addressesInUse?: readonly AddressInUse[] // by other machines, by address; absent: none
}

/** All that the speaker of a node writes, each object its own. */
export function speakerStatuses(
  snapshot: Snapshot,
  plan: SpeakerPlan,
  observed: SpeakerObserved,
): readonly StatusObject[] {
  const seen = undisturbedCondition(addressWarnings(observed))
  const routes = bgpStatuses(snapshot, plan)
  const conditions = [
    seen,
    ...(routes.condition === undefined ? [] : [routes.condition]),
    ...listeningCondition(observed.bgp?.listening),
  ]
  const configuration = speakerConfiguration(snapshot, plan.node, conditions)
  const sessions = sessionStates(plan.bgp, observed.bgp)
  const inUse = (observed.addressesInUse ?? []).map(toldInUse)
  return [
    ...l2Statuses(plan, observed, snapshot.namespace),
    ...routes.objects,
    sessions.length + inUse.length === 0
      ? configuration
      : {
          ...configuration,
          status: {
            ...configuration.status,
            ...(sessions.length === 0 ? {} : { sessions }),
            ...(inUse.length === 0 ? {} : { addressesInUse: inUse }),
          },
        },
  ]
}

function toldInUse({ address, mac, interfaceName, lastSeen }: AddressInUse): Json {
  return { address, mac, interface: interfaceName, lastSeen }
}
