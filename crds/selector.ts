// metav1.LabelSelector: parse and match (the rules of k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go).
import type { Objection } from './kind.ts'
import { labelKeyProblem, labelValueProblem } from './labels.ts'
import type { Place } from './read.ts'
import { at, isObject, objectTo, readItems, readOneOf, readStrings } from './read.ts'

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
 * A list of selectors, of which no two may be the same. As an empty list means all, a flawed selector stays in it
 * and matches nothing: a flawed list never selects more than was meant.
 */
export function readSelectors(place: Place): readonly Selector[] {
  const seen = new Map<string, string>()
  if (place.raw !== undefined && !Array.isArray(place.raw)) {
    objectTo(place, 'must be a list of label selectors')
    return [nothing]
  }
  return readItems(place).flatMap((item) => {
    const selector = readSelector(item)
    if (selector === undefined) return nothing
    const text = textOf(selector)
    const earlier = seen.get(text)
    if (earlier === undefined) {
      seen.set(text, item.path)
      return selector
    }
    objectTo(item, `selects the same as ${earlier}; write it once`)
    return []
  })
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
  const seen = new Map<string, string>()
  return readItems(place).flatMap((item) => {
    const requirement = readRequirement(item)
    if (requirement === undefined) return []
    const text = textOf({ requirements: [requirement] })
    const earlier = seen.get(text)
    if (earlier !== undefined) objectTo(item, `says the same as ${earlier}; write it once`)
    else seen.set(text, item.path)
    return requirement
  })
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
  const values = readStrings(place)
  const seen = new Set<string>()
  for (const value of values) {
    const problem = seen.has(value) ? `names ${value} twice` : labelValueProblem(value)
    if (problem !== undefined) objectTo(place, problem)
    seen.add(value)
  }
  return values
}

// Order means nothing to a selector, so it means nothing to whether two are the same.
function textOf(selector: Selector): string {
  const parts = selector.requirements.map((requirement) =>
    JSON.stringify([
      requirement.key,
      requirement.operator,
      'values' in requirement ? requirement.values.toSorted() : [],
    ]),
  )
  return JSON.stringify(parts.toSorted())
}
