// Whether a manifest written for one schema still applies under another: the facts of a CustomResourceDefinition,
// and what one refuses, changes or drops that the other did not.
import type { Place } from './read.ts'
import { at, isObject, present, readInteger, readItems, readString, readStrings, topOf } from './read.ts'

/** Of one place in a schema, what decides on a value; no descriptions. */
export type Fact = {
  readonly type?: string
  readonly format?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly required?: readonly string[]
  readonly rules?: readonly string[] // x-kubernetes-validations
  readonly merge?: string // x-kubernetes-list-type, list-map-keys and map-type, which decide how writers share it
  readonly other?: string // whatever else stands there: to be looked at by a person
}

/** 'ipaddresspools.metallb.io/v1beta1 spec.addresses[]' → fact. The place '' tells of the version itself. */
export type Facts = ReadonlyMap<string, Fact>

const bounds = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const
const merging = ['x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-map-type'] as const
const walked: readonly string[] = ['description', 'properties', 'items', 'additionalProperties']
const decided = [
  'type',
  'format',
  'default',
  'enum',
  'pattern',
  'required',
  'x-kubernetes-validations',
] as const
const compared: readonly string[] = [...decided, ...bounds, ...merging]

export function factsOf(definition: unknown): Facts {
  const facts = new Map<string, Fact>()
  if (!isObject(definition) || !isObject(definition['metadata']) || !isObject(definition['spec']))
    return facts
  const { spec, metadata } = definition
  for (const version of listOf(spec['versions'])) {
    if (!isObject(version)) continue
    const prefix = `${String(metadata['name'])}/${String(version['name'])}`
    facts.set(`${prefix} `, factOfVersion(spec, version))
    const schema = isObject(version['schema']) ? version['schema']['openAPIV3Schema'] : undefined
    collect(schema, `${prefix} .`, facts)
  }
  return facts
}

// All that must be the same, as one text.
function factOfVersion(spec: Record<string, unknown>, version: Record<string, unknown>): Fact {
  const { group, scope, names } = spec
  const { kind, listKind, plural, singular } = isObject(names) ? names : {}
  const { served, storage, deprecated = false, subresources } = version
  return {
    other: JSON.stringify({
      group,
      scope,
      kind,
      listKind,
      plural,
      singular,
      served,
      storage,
      deprecated,
      subresources,
    }),
  }
}

function collect(schema: unknown, path: string, facts: Map<string, Fact>): void {
  if (!isObject(schema)) return
  facts.set(path, factOf(schema))
  const inner = path.endsWith('.') ? path : `${path}.`
  const { properties, items, additionalProperties } = schema
  for (const [key, part] of Object.entries(isObject(properties) ? properties : {}))
    collect(part, inner + key, facts)
  collect(items, `${path}[]`, facts)
  collect(additionalProperties, `${path}{}`, facts)
}

function factOf(schema: Record<string, unknown>): Fact {
  const place = topOf(schema)
  const rules = readItems(at(place, 'x-kubernetes-validations')).flatMap(
    (rule) => readString(at(rule, 'rule')) ?? [],
  )
  const merge = merging.flatMap((key) =>
    schema[key] === undefined ? [] : `${key}=${JSON.stringify(schema[key])}`,
  )
  const other = Object.keys(schema).filter((key) => !walked.includes(key) && !compared.includes(key))
  return {
    ...present('type', readString(at(place, 'type'))),
    ...present('format', readString(at(place, 'format'))),
    ...present('default', at(place, 'default').raw),
    ...present('enum', textsAt(place, 'enum')),
    ...bounds.reduce((read, key) => ({ ...read, ...present(key, readInteger(at(place, key))) }), {}),
    ...present('pattern', readString(at(place, 'pattern'))),
    ...present('required', textsAt(place, 'required')),
    ...(rules.length === 0 ? {} : { rules }),
    ...(merge.length === 0 ? {} : { merge: merge.join(' ') }),
    ...(other.length === 0 ? {} : { other: JSON.stringify(other.map((key) => [key, schema[key]])) }),
  }
}

function textsAt(place: Place, key: string): readonly string[] | undefined {
  const part = at(place, key)
  return part.raw === undefined ? undefined : readStrings(part)
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** What `ours` refuses, changes or drops of what `theirs` takes; one sentence each. */
export function tightenings(theirs: Facts, ours: Facts): readonly string[] {
  const found: string[] = []
  for (const [path, their] of theirs) {
    const our = ours.get(path)
    if (our === undefined) found.push(`${path} is dropped`)
    else found.push(...factProblems(their, our).map((problem) => `${path} ${problem}`))
  }
  for (const [path, { default: value }] of ours) {
    if (!theirs.has(path) && value !== undefined) found.push(`${path} is new and has a default`)
  }
  return found
}

function factProblems(their: Fact, our: Fact): readonly string[] {
  const problems: string[] = []
  for (const key of ['type', 'default', 'merge', 'other'] as const) {
    if (their[key] !== our[key])
      problems.push(`has another ${key}: ${JSON.stringify(our[key])}, not ${JSON.stringify(their[key])}`)
  }
  for (const key of ['minimum', 'minLength', 'minItems'] as const) {
    if ((our[key] ?? -Infinity) > (their[key] ?? -Infinity)) problems.push(`has a higher ${key}`)
  }
  for (const key of ['maximum', 'maxLength', 'maxItems'] as const) {
    if ((our[key] ?? Infinity) < (their[key] ?? Infinity)) problems.push(`has a lower ${key}`)
  }
  if (!formatIsWider(their.format, our.format)) problems.push(`has the narrower format ${our.format}`)
  if (our.pattern !== undefined && our.pattern !== their.pattern) problems.push('has another pattern')
  if (our.enum !== undefined && !(their.enum?.every((word) => our.enum?.includes(word)) ?? false))
    problems.push('takes fewer words')
  if (!isWithin(our.required, their.required)) problems.push('requires more fields')
  if (!isWithin(our.rules, their.rules)) problems.push('has more rules')
  return problems
}

function formatIsWider(their: string | undefined, our: string | undefined): boolean {
  return our === undefined || our === their || (their === 'int32' && our === 'int64')
}

function isWithin(list: readonly string[] = [], allowed: readonly string[] = []): boolean {
  return list.every((item) => allowed.includes(item))
}
