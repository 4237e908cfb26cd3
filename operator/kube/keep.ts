// What a cache keeps of an object once its listeners have been told of it: all of it, or only what is asked for later.
// Whoever follows takes what it needs as it comes; thousands of objects that lie there as they came weigh several times
// what is known of them.
import type { ObjectMeta, Resource } from '../../crds/kind.ts'

/** A part of the object, frozen as it is, with at least its head. */
export type Keep = (object: Resource) => Resource

/** What tells one object from another, and one version of it from the next. */
export function headOf({ apiVersion, kind, metadata }: Resource): Resource {
  return Object.freeze({ apiVersion, kind, metadata: headOfMetadata(metadata) })
}

export function headOfMetadata({ namespace, name, uid, resourceVersion }: ObjectMeta): ObjectMeta {
  const head = { name, uid, resourceVersion }
  return Object.freeze(namespace === undefined ? head : { namespace, ...head })
}
