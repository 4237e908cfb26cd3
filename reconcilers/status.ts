// What we tell the cluster: plan + observed → status objects and events. Only what differs is written (operator/publish.ts).
import type { Condition, KindName } from '../crds/kind.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One object's desired fields, of one writer. Applied whole by server-side apply, owner by owner. */
export type StatusObject = {
  readonly kind: KindName
  readonly namespace: string
  readonly name: string
  readonly uid?: string // precondition, where the object is not ours
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
