// metav1.LabelSelector: parse and match (the rules of k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go).
import type { Objection } from './kind.ts'
import { labelKeyProblem, labelValueProblem } from './labels.ts'
import type { Place } from './read.ts'
import { at, isObject, objectTo, readItems, readOneOf, show } from './read.ts'

export type LabelSelectorRequirement = {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

/** As users write it. An empty selector matches everything. */
export type LabelSelector = {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly LabelSelectorRequirement[]
}

export type Labels = Readonly<Record<string, string>>

/** A selector that was found valid; matches() needs no further checks. */
export type Selector = { readonly requirements: readonly Requirement[] }

type Requirement =
  | { readonly operator: 'In' | 'NotIn'; readonly key: string; readonly values: readonly string[] }
  | { readonly operator: 'Exists' | 'DoesNotExist'; readonly key: string }

export function selectorMatches(selector: Selector, labels: Labels): boolean {
  return selector.requirements.every((requirement) => requirementHolds(requirement, labels))
}

/** OR over a list of selectors; an empty list is decided by the caller, never here. */
export function anySelectorMatches(selectors: readonly Selector[], labels: Labels): boolean {
  return selectors.some((selector) => selectorMatches(selector, labels))
}

function requirementHolds(requirement: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && requirement.values.includes(value)
    case 'NotIn':
      return value === undefined || !requirement.values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}

/** Reads one selector at `field`; what is wrong comes as objections and the selector is then undefined. */
export function parseSelector(
  raw: unknown,
  field: string,
): { selector?: Selector; objections: readonly Objection[] } {
  const objections: Objection[] = []
  const selector = readSelector({ path: field, raw, objections })
  return selector === undefined ? { objections } : { selector, objections }
}

// A key that no label has.
const nothing: Selector = { requirements: [{ operator: 'Exists', key: '' }] }

/**
 * A list of selectors. As an empty list means all, a flawed selector stays in it and matches nothing: a flawed list
 * never selects more than was meant. What stands in it twice is objected to by MetalLB's measure: the same text
 * but for the order of values.
 */
export function readSelectors(place: Place): readonly Selector[] {
  if (place.raw !== undefined && !Array.isArray(place.raw)) {
    objectTo(place, 'must be a list of label selectors')
    return [nothing]
  }
  const items = readItems(place)
  const selectors = items.map((item) => readSelector(item) ?? nothing)
  objectToRepeats(items)
  for (const item of items) objectToRepeatsWithin(item)
  return selectors
}

function objectToRepeatsWithin(selector: Place): void {
  const expressions = at(selector, 'matchExpressions')
  if (!Array.isArray(expressions.raw)) return
  const items = readItems(expressions)
  objectToRepeats(items)
  for (const item of items) {
    const values = at(item, 'values')
    if (Array.isArray(values.raw)) objectToRepeats(readItems(values))
  }
}

function objectToRepeats(items: readonly Place[]): void {
  const seen = new Map<string, string>()
  for (const item of items) {
    const text = JSON.stringify(normal(item.raw)) ?? ''
    const earlier = seen.get(text)
    if (earlier === undefined) seen.set(text, item.path)
    else objectTo(item, `is the same as ${earlier}; write it once`)
  }
}

// A selector or an expression with its parts in one order, whatever stands in it.
function normal(raw: unknown): unknown {
  if (!isObject(raw)) return raw
  const { matchLabels, matchExpressions, key, operator, values } = raw
  return [
    isObject(matchLabels) ? Object.entries(matchLabels).toSorted(([a], [b]) => (a < b ? -1 : 1)) : [],
    Array.isArray(matchExpressions) ? matchExpressions.map(normal) : [],
    key,
    operator,
    Array.isArray(values) ? values.map(show).toSorted() : [],
  ]
}

/** undefined with an objection where anything in it is wrong: half a selector would select too much. */
export function readSelector(place: Place): Selector | undefined {
  if (!isObject(place.raw)) {
    objectTo(place, 'must be a label selector: an object of matchLabels and matchExpressions')
    return undefined
  }
  const before = place.objections.length
  const requirements = [
    ...readMatchLabels(at(place, 'matchLabels')),
    ...readMatchExpressions(at(place, 'matchExpressions')),
  ]
  return place.objections.length > before ? undefined : { requirements }
}

function readMatchLabels(place: Place): readonly Requirement[] {
  if (place.raw === undefined) return []
  if (!isObject(place.raw)) {
    objectTo(place, 'must be a map of strings')
    return []
  }
  return Object.entries(place.raw).map(([key, raw]): Requirement => {
    const entry: Place = { ...place, path: `${place.path}[${key}]`, raw }
    const value = typeof raw === 'string' ? raw : ''
    const problem =
      typeof raw === 'string' ? (labelKeyProblem(key) ?? labelValueProblem(raw)) : 'must be a string'
    if (problem !== undefined) objectTo(entry, problem)
    return { operator: 'In', key, values: [value] }
  })
}

function readMatchExpressions(place: Place): readonly Requirement[] {
  return readItems(place).flatMap((item) => readRequirement(item) ?? [])
}

function readRequirement(place: Place): Requirement | undefined {
  if (!isObject(place.raw)) {
    objectTo(place, 'must be an object of key, operator and values')
    return undefined
  }
  const key = readKey(at(place, 'key'))
  const operator = readOperator(at(place, 'operator'))
  const values = readValues(at(place, 'values'))
  if (key === undefined || operator === undefined) return undefined
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) objectTo(at(place, 'values'), `must not be empty for operator ${operator}`)
    return { operator, key, values }
  }
  if (values.length > 0) objectTo(at(place, 'values'), `must be empty for operator ${operator}`)
  return { operator, key }
}

function readKey(place: Place): string | undefined {
  const problem = typeof place.raw === 'string' ? labelKeyProblem(place.raw) : 'must be a label key'
  if (problem === undefined && typeof place.raw === 'string') return place.raw
  objectTo(place, problem ?? 'must be a label key')
  return undefined
}

function readOperator(place: Place): Requirement['operator'] | undefined {
  if (place.raw === undefined) objectTo(place, 'is required: In, NotIn, Exists or DoesNotExist')
  return readOneOf(place, ['In', 'NotIn', 'Exists', 'DoesNotExist'])
}

function readValues(place: Place): readonly string[] {
  return readItems(place).map((item) => {
    const value = typeof item.raw === 'string' ? item.raw : ''
    const problem = typeof item.raw === 'string' ? labelValueProblem(value) : 'must be a string'
    if (problem !== undefined) objectTo(item, problem)
    return value
  })
}
