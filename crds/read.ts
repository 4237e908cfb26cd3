// Reading a raw object field by field: the value where it is right, an objection where it is not, never an exception.
import type { Condition, Identity, Objection } from './kind.ts'

/** A place in a raw object: how it is called, what stands there, and the list that takes what is wrong. */
export type Place = {
  readonly path: string // 'spec.addresses[2]'; '' at the top
  readonly raw: unknown // undefined where nothing stands; null counts as nothing, as it does in Go
  readonly objections: Objection[]
}

export type Bounds = { readonly minimum: number; readonly maximum: number }

export function topOf(raw: unknown): Place {
  return { path: '', raw, objections: [] }
}

export function at(place: Place, key: string): Place {
  const path = place.path === '' ? key : `${place.path}.${key}`
  const raw = isObject(place.raw) && Object.hasOwn(place.raw, key) ? place.raw[key] : undefined
  return { path, raw: raw ?? undefined, objections: place.objections }
}

/** The place of a part that must be an object; what stands there instead is objected to once. */
export function partAt(place: Place, key: string): Place {
  const part = at(place, key)
  if (part.raw !== undefined && !isObject(part.raw)) objectTo(part, 'must be an object')
  return part
}

/** As partAt, and it must be there. */
export function requiredPartAt(place: Place, key: string): Place {
  const part = partAt(place, key)
  if (part.raw === undefined) objectTo(part, 'is required')
  return part
}

export function objectTo(place: Place, message: string): void {
  place.objections.push({ field: place.path, value: show(place.raw), message })
}

export function readString(place: Place): string | undefined {
  if (place.raw === undefined || typeof place.raw === 'string') return place.raw
  objectTo(place, 'must be a string')
  return undefined
}

export function readBoolean(place: Place): boolean | undefined {
  if (place.raw === undefined || typeof place.raw === 'boolean') return place.raw
  objectTo(place, 'must be true or false')
  return undefined
}

export function readInteger(place: Place, bounds?: Bounds): number | undefined {
  const { raw } = place
  if (raw === undefined) return undefined
  if (typeof raw !== 'number' || !Number.isInteger(raw)) {
    objectTo(place, 'must be a whole number')
    return undefined
  }
  if (bounds === undefined || (raw >= bounds.minimum && raw <= bounds.maximum)) return raw
  objectTo(place, `must be from ${bounds.minimum} to ${bounds.maximum}`)
  return undefined
}

export function readOneOf<T extends string>(place: Place, allowed: readonly T[]): T | undefined {
  if (place.raw === undefined) return undefined
  const found = allowed.find((word) => word === place.raw)
  if (found === undefined) objectTo(place, `must be ${inWords(allowed)}`)
  return found
}

/** The places of a list's items; none where there is no list. */
export function readItems(place: Place): readonly Place[] {
  const { raw, path, objections } = place
  if (raw === undefined) return []
  if (!Array.isArray(raw)) {
    objectTo(place, 'must be a list')
    return []
  }
  return Array.from(raw, (item: unknown, index) => ({
    path: `${path}[${index}]`,
    raw: item ?? undefined,
    objections,
  }))
}

export function readStrings(place: Place): readonly string[] {
  const strings: string[] = []
  for (const item of readItems(place)) {
    if (typeof item.raw === 'string') strings.push(item.raw)
    else objectTo(item, 'must be a string')
  }
  return strings
}

/**
 * A list of names in which an empty list means all: what cannot be read becomes '', which nothing is called,
 * so that a flawed list never selects more than was meant.
 */
export function readNames(place: Place): readonly string[] {
  if (!isListOrNothing(place)) return ['']
  return readItems(place).map(nameOf)
}

/** As readNames; each may stand there once, and does so in the value. */
export function readDistinctNames(place: Place): readonly string[] {
  if (!isListOrNothing(place)) return ['']
  const first = new Map<string, string>()
  for (const item of readItems(place)) {
    const name = nameOf(item)
    const earlier = first.get(name)
    if (earlier === undefined) first.set(name, item.path)
    else if (typeof item.raw === 'string') objectTo(item, `stands at ${earlier} already; name it once`)
  }
  return [...first.keys()]
}

function isListOrNothing(place: Place): boolean {
  const listed = place.raw === undefined || Array.isArray(place.raw)
  if (!listed) objectTo(place, 'must be a list of strings')
  return listed
}

function nameOf(item: Place): string {
  if (typeof item.raw === 'string') return item.raw
  objectTo(item, 'must be a string')
  return ''
}

export function readStringMap(place: Place): Readonly<Record<string, string>> {
  const { raw } = place
  if (raw === undefined) return {}
  if (!isObject(raw)) {
    objectTo(place, 'must be a map of strings')
    return {}
  }
  const entries: [string, string][] = []
  for (const [key, value] of Object.entries(raw)) {
    if (typeof value === 'string') entries.push([key, value])
    else if (value !== null)
      objectTo({ ...place, path: `${place.path}[${key}]`, raw: value }, 'must be a string')
  }
  return Object.fromEntries(entries)
}

/** namespace is '' for what lives in none. */
export function readIdentity(top: Place): Identity {
  const metadata = requiredPartAt(top, 'metadata')
  const name = at(metadata, 'name')
  if (name.raw === undefined || name.raw === '') objectTo(name, 'must not be empty')
  return {
    name: readString(name) ?? '',
    namespace: readString(at(metadata, 'namespace')) ?? '',
    uid: readString(at(metadata, 'uid')) ?? '',
    generation: readInteger(at(metadata, 'generation')) ?? 0,
    createdAt: readString(at(metadata, 'creationTimestamp')) ?? '',
  }
}

export function readLabels(top: Place): Readonly<Record<string, string>> {
  return readStringMap(at(at(top, 'metadata'), 'labels'))
}

/** status.conditions of the types asked for. A flawed one is left out and objected to. */
export function readConditions(place: Place, wanted: (type: string) => boolean): readonly Condition[] {
  return readItems(place).flatMap((item) => {
    const type = at(item, 'type').raw
    if (typeof type !== 'string') {
      objectTo(item, 'must be a condition with a type')
      return []
    }
    if (!wanted(type)) return []
    const status = readOneOf(at(item, 'status'), ['True', 'False', 'Unknown'])
    if (status === undefined) return []
    const observedGeneration = readInteger(at(item, 'observedGeneration'))
    return {
      type,
      status,
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      lastTransitionTime: readString(at(item, 'lastTransitionTime')) ?? '',
      reason: readString(at(item, 'reason')) ?? '',
      message: readString(at(item, 'message')) ?? '',
    }
  })
}

/** { [key]: value }, or nothing at all where there is no value: an optional field stays absent. */
export function present<Key extends string, T>(key: Key, value: T | undefined): { readonly [K in Key]?: T } {
  const found: { [K in Key]?: T } = {}
  if (value !== undefined) found[key] = value
  return found
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What stands somewhere, for a message: JSON, cut at 80 characters. */
export function show(value: unknown): string {
  return cut(JSON.stringify(outline(value, 4)) ?? 'nothing')
}

// Enough of a value for 80 characters: it may be a megabyte, or nested deeper than JSON.stringify can follow.
function outline(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.slice(0, 100)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '…'
  if (Array.isArray(value)) return value.slice(0, 20).map((item) => outline(item, depth - 1))
  const entries = Object.entries(value).slice(0, 20)
  return Object.fromEntries(entries.map(([key, item]) => [key.slice(0, 100), outline(item, depth - 1)]))
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

function inWords(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}
