// What comes in from the API server: every object whole, frozen, and without what nobody here reads.
import type { KindName, ObjectMeta, Resource } from '../../crds/kind.ts'
import { isObject } from '../../crds/read.ts'
import { ApiError } from './api-error.ts'
import { apiVersionOf } from './path.ts'

/** Half of a Service's bytes are the record of who wrote what, and what kubectl applied last. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw malformed(`no JSON: ${text.slice(0, 100)}`, cause)
  }
}

/** One object of a kind; those in a list do not say what they are. */
export function receive(raw: unknown, kind: KindName): Resource {
  const object = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...(isObject(raw) ? stripped(raw) : {}) }
  if (!isResource(object)) throw malformed(`an object of ${kind.plural} without name, uid or resourceVersion`)
  return freeze(object)
}

export type Page = {
  readonly objects: readonly Resource[]
  readonly resourceVersion: string // of the list: what a watch goes on from
  readonly continueToken?: string // there are more
}

export function receivePage(raw: unknown, kind: KindName): Page {
  if (!isObject(raw) || !isObject(raw['metadata'])) throw malformed(`no list of ${kind.plural}`)
  const { resourceVersion, continue: next } = raw['metadata']
  const items: unknown = raw['items'] ?? [] // Go writes an empty list as null
  if (!Array.isArray(items) || typeof resourceVersion !== 'string')
    throw malformed(`no list of ${kind.plural}`)
  return {
    objects: items.map((item) => receive(item, kind)),
    resourceVersion,
    ...(typeof next === 'string' && next !== '' ? { continueToken: next } : {}),
  }
}

export function malformed(message: string, cause?: unknown): ApiError {
  return new ApiError({ status: 0, reason: 'Malformed', message, cause })
}

function stripped(raw: Record<string, unknown>): Record<string, unknown> {
  if (!isObject(raw['metadata'])) return raw
  const { managedFields: _, ...metadata } = raw['metadata']
  const { annotations } = metadata
  if (!isObject(annotations) || !Object.hasOwn(annotations, lastApplied)) return { ...raw, metadata }
  const { [lastApplied]: __, ...others } = annotations
  return { ...raw, metadata: { ...metadata, annotations: others } }
}

function isResource(object: Record<string, unknown>): object is Resource {
  return (
    typeof object['apiVersion'] === 'string' &&
    typeof object['kind'] === 'string' &&
    isMeta(object['metadata'])
  )
}

function isMeta(raw: unknown): raw is ObjectMeta {
  return (
    isObject(raw) &&
    typeof raw['name'] === 'string' &&
    typeof raw['uid'] === 'string' &&
    typeof raw['resourceVersion'] === 'string'
  )
}

/** All the way down: what a cache hands out is shared by everyone who asks. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}
