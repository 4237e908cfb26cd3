// metav1.LabelSelector: parse and match (the rules of k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go).
import { labelKeyProblem, labelValueProblem } from './labels.ts'
import type { Place } from './read.ts'
import { at, isObject, objectTo, readItems, readOneOf, show } from './read.ts'

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
  const expressions = itemsAt(selector, 'matchExpressions')
  objectToRepeats(expressions)
  for (const expression of expressions) objectToRepeats(itemsAt(expression, 'values'))
}

// Where there is no list that has been said already.
function itemsAt(place: Place, key: string): readonly Place[] {
  const list = at(place, key)
  return Array.isArray(list.raw) ? readItems(list) : []
}

function objectToRepeats(items: readonly Place[]): void {
  const seen = new Map<string, string>()
  for (const item of items) {
    const text = isObject(item.raw) ? textOfSelector(item) : whole(item)
    const earlier = seen.get(text)
    if (earlier === undefined) seen.set(text, item.path)
    else objectTo(item, `is the same as ${earlier}; write it once`)
  }
}

// Of a selector, or of one of its expressions.
function textOfSelector(place: Place): string {
  const labels = at(place, 'matchLabels').raw
  const pairs = isObject(labels) ? Object.entries(labels).map(([key, value]) => `${key}=${show(value)}`) : []
  return JSON.stringify([
    pairs.toSorted(),
    itemsAt(place, 'matchExpressions').map(textOfExpression),
    textOfExpression(place),
  ])
}

function textOfExpression(place: Place): string {
  const [key, operator] = [at(place, 'key'), at(place, 'operator')].map(whole)
  return JSON.stringify([key, operator, itemsAt(place, 'values').map(whole).toSorted()])
}

function whole({ raw }: Place): string {
  return typeof raw === 'string' ? raw : show(raw)
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
