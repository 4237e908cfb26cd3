// What every kind of resource here is made of: its name in the API, its type, its schema, its parse.

/** metadata as the API server sends it (managedFields and last-applied are stripped at the door). */
export type ObjectMeta = {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
}

export type OwnerReference = {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
}

/** Any object of the API, raw: the shape below metadata is not known to be right until parsed. */
export type Resource = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

/** How the API server names a kind: what is needed to build its URLs. */
export type KindName = {
  readonly group: string // '' for core
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
}

/** A kind of ours: all of them are in one group, and live in a namespace. */
export function metallbKind(
  kind: string,
  plural: string,
  version: 'v1beta1' | 'v1beta2' = 'v1beta1',
): KindName {
  return { group: 'metallb.io', version, plural, kind, namespaced: true }
}

/** What is kept of the metadata of an object that a user wrote. */
export type Identity = {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly generation: number
  readonly createdAt: string // RFC 3339
}

/** One thing wrong in an object, in words for its owner. */
export type Objection = {
  readonly field: string // 'spec.addresses[2]'
  readonly value: string // what stands there, shortened
  readonly message: string // what is wrong and what would be right
}

/**
 * The result of a parse: always a value that the rest can work with, and what was wrong.
 * With objections the value holds what could be read (a pool with one bad range holds its good ranges),
 * and the planner decides what a flawed object may still do.
 */
export type Parsed<T> = { readonly value: T; readonly objections: readonly Objection[] }

/** metav1.Condition. */
export type Condition = {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly observedGeneration?: number
  readonly lastTransitionTime: string // RFC 3339
  readonly reason: string
  readonly message: string
}
