// metav1.LabelSelector: parse and match (the rules of k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go).
import type { Objection } from './kind.ts'

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
  if (!isObject(raw))
    return { objections: [{ field, value: show(raw), message: 'must be a label selector object' }] }
  const objections: Objection[] = []
  const requirements: Requirement[] = []
  const labels = raw['matchLabels']
  if (labels !== undefined && !isObject(labels)) {
    objections.push({
      field: `${field}.matchLabels`,
      value: show(labels),
      message: 'must be a map of strings',
    })
  } else {
    for (const [key, value] of Object.entries(labels ?? {})) {
      if (typeof value === 'string') requirements.push({ operator: 'In', key, values: [value] })
      else
        objections.push({
          field: `${field}.matchLabels[${key}]`,
          value: show(value),
          message: 'must be a string',
        })
    }
  }
  const expressions = raw['matchExpressions']
  if (expressions !== undefined && !Array.isArray(expressions)) {
    objections.push({
      field: `${field}.matchExpressions`,
      value: show(expressions),
      message: 'must be a list',
    })
  } else {
    for (const [index, expression] of (expressions ?? []).entries()) {
      const parsed = parseRequirement(expression, `${field}.matchExpressions[${index}]`)
      if ('objection' in parsed) objections.push(parsed.objection)
      else requirements.push(parsed.requirement)
    }
  }
  return objections.length > 0 ? { objections } : { selector: { requirements }, objections }
}

function parseRequirement(
  raw: unknown,
  field: string,
): { requirement: Requirement } | { objection: Objection } {
  if (!isObject(raw)) return { objection: { field, value: show(raw), message: 'must be an object' } }
  const { key, operator, values } = raw
  if (typeof key !== 'string' || key === '')
    return { objection: { field: `${field}.key`, value: show(key), message: 'must be a label key' } }
  const list = Array.isArray(values) ? values.filter((value) => typeof value === 'string') : []
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (list.length === 0)
        return {
          objection: {
            field: `${field}.values`,
            value: show(values),
            message: `must not be empty for operator ${operator}`,
          },
        }
      return { requirement: { operator, key, values: list } }
    case 'Exists':
    case 'DoesNotExist':
      if (list.length > 0)
        return {
          objection: {
            field: `${field}.values`,
            value: show(values),
            message: `must be empty for operator ${operator}`,
          },
        }
      return { requirement: { operator, key } }
    default:
      return {
        objection: {
          field: `${field}.operator`,
          value: show(operator),
          message: 'must be In, NotIn, Exists or DoesNotExist',
        },
      }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
