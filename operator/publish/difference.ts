// Does a status object differ from what stands in the cluster, and what is to be applied? Pure.
import type { Condition, Resource } from '../../crds/kind.ts'
import { isObject, present } from '../../crds/read.ts'
import { isOurAnnotation } from '../../crds/service.ts'
import type { DesiredCondition, Json, StatusObject } from '../../reconcilers/status.ts'
import { sameValue } from '../equal.ts'
import { headOf } from '../kube/keep.ts'

/** Of an object that is ours all that writes are compared with. */
export function comparedPart(object: Resource): Resource {
  const head = headOf(object)
  const { labels, annotations } = object.metadata
  const metadata = { ...head.metadata, ...present('labels', labels), ...present('annotations', annotations) }
  return Object.freeze({ ...head, metadata: Object.freeze(metadata), ...present('status', object['status']) })
}

/** Of a Service its labels are its owner's, and of its annotations most are. */
export function comparedPartOfService(object: Resource): Resource {
  const { labels: _, annotations = {}, ...metadata } = object.metadata
  const ours = Object.entries(annotations).filter(([key]) => isOurAnnotation(key))
  if (ours.length === 0) return comparedPart({ ...object, metadata })
  return comparedPart({ ...object, metadata: { ...metadata, annotations: Object.fromEntries(ours) } })
}

/** `current` is the object as last seen; undefined = there is none. */
export function isWriteNeeded(current: Resource | undefined, wish: StatusObject): boolean {
  if (current === undefined) return wish.part === 'object' // a status without its object cannot be written
  if (wish.uid !== undefined && wish.uid !== current.metadata.uid) return false // of another life; planned anew soon
  return (
    entriesDiffer(current.metadata.annotations, wish.annotations) ||
    entriesDiffer(current.metadata.labels, wish.labels) ||
    statusDiffers(current, wish) ||
    conditionsDiffer(current, wish)
  )
}

function entriesDiffer(
  current: Readonly<Record<string, string>> = {},
  wish: Readonly<Record<string, string | null>> = {},
): boolean {
  return Object.entries(wish).some(([key, value]) => (current[key] ?? null) !== value)
}

/** On our own kinds the whole status is ours; elsewhere only the fields that the wish names. */
function statusDiffers(current: Resource, wish: StatusObject): boolean {
  const status = statusOf(current)
  const stray = isOurKind(wish)
    ? Object.keys(status).filter((field) => field !== 'conditions' && !Object.hasOwn(wish.status, field))
    : []
  const named = Object.entries(wish.status)
  return stray.length > 0 || named.some(([field, value]) => !holds(status[field], value))
}

/** Everything the wish names stands there. The API server may add defaults to objects, never items to lists. */
function holds(current: unknown, wish: unknown): boolean {
  if (isEmpty(wish)) return isEmpty(current)
  if (typeof wish === 'bigint') return current === Number(wish) // read as a double
  if (Array.isArray(wish))
    return (
      Array.isArray(current) &&
      current.length === wish.length &&
      wish.every((item, i) => holds(current[i], item))
    )
  if (!isObject(wish)) return current === wish
  return isObject(current) && Object.entries(wish).every(([key, value]) => holds(current[key], value))
}

/** An empty list, an empty object and nothing at all are the same to the API server. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (Array.isArray(value)) return value.length === 0
  return isObject(value) && Object.values(value).every(isEmpty)
}

function conditionsDiffer(current: Resource, wish: StatusObject): boolean {
  if (wish.conditions === undefined) return false
  const standing = ourConditions(current, wish)
  if (standing.length !== wish.conditions.length) return true
  return wish.conditions.some((condition) => {
    const { lastTransitionTime: _, ...fields } = standing.find(({ type }) => type === condition.type) ?? {}
    return !sameValue(fields, condition)
  })
}

/** Conditions on foreign objects carry our domain; on our own kinds all are ours. */
function ourConditions(current: Resource, wish: StatusObject): readonly Partial<Condition>[] {
  const list = statusOf(current)['conditions']
  if (!Array.isArray(list)) return []
  return list.flatMap((item: unknown): Partial<Condition>[] => {
    if (!isObject(item) || typeof item['type'] !== 'string') return []
    return isOurKind(wish) || item['type'].startsWith('metallb.io/') ? [item] : []
  })
}

function isOurKind(wish: StatusObject): boolean {
  return wish.kind.group === 'metallb.io'
}

function statusOf(object: Resource): Readonly<Record<string, unknown>> {
  const status = object['status']
  return isObject(status) ? status : {}
}

/** The status to apply: conditions keep the time at which they became so. `now` is RFC 3339. */
export function statusToApply(
  current: Resource | undefined,
  wish: StatusObject,
  now: string,
): Record<string, Json> {
  if (wish.conditions === undefined) return { ...wish.status }
  const standing = current === undefined ? [] : ourConditions(current, wish)
  return {
    ...wish.status,
    conditions: wish.conditions.map((condition) => withTime(condition, standing, now)),
  }
}

function withTime(condition: DesiredCondition, standing: readonly Partial<Condition>[], now: string): Json {
  const before = standing.find(({ type, status }) => type === condition.type && status === condition.status)
  return { ...condition, lastTransitionTime: before?.lastTransitionTime ?? now }
}
