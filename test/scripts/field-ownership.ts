// Server-side apply in small: which fields a request names, how they are merged, how fields left behind go.
// Lists of conditions are merged by type, every other list is one field (as in the schemas of the kinds used here).
import { isObject } from '../../crds/read.ts'

type Fields = Readonly<Record<string, unknown>>

/** Leaves of what a request names, as JSON paths; identity is not owned. */
export function fieldPaths(fields: Fields, prefix: readonly string[] = []): readonly string[] {
  return Object.entries(fields).flatMap(([key, value]) => {
    const path = [...prefix, key]
    if (isIdentity(path)) return []
    if (isConditions(key, value)) return value.flatMap((item) => fieldPaths(item, [...path, typeOf(item)]))
    if (isObject(value) && Object.keys(value).length > 0) return fieldPaths(value, path)
    return [JSON.stringify(path)]
  })
}

/** `fields` laid over `base`. */
export function appliedFields(base: Fields, fields: Fields): Fields {
  const result: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(fields)) {
    const before = result[key]
    if (isConditions(key, value)) result[key] = mergedConditions(before, value)
    else if (isObject(value) && isObject(before)) result[key] = appliedFields(before, value)
    else result[key] = value
  }
  return result
}

export function withoutPaths(object: Fields, paths: readonly string[]): Fields {
  return paths.reduce((fields: Fields, path) => without(fields, parsePath(path)), object)
}

function without(fields: Fields, [key, ...rest]: readonly string[]): Fields {
  if (key === undefined || !Object.hasOwn(fields, key)) return fields
  const { [key]: value, ...others } = fields
  if (rest.length === 0) return others
  if (isConditions(key, value)) {
    const [type] = rest
    const left = value.filter((item) => typeOf(item) !== type)
    return left.length === 0 ? others : { ...fields, [key]: left }
  }
  return isObject(value) ? { ...fields, [key]: without(value, rest) } : fields
}

function mergedConditions(before: unknown, value: readonly Fields[]): readonly Fields[] {
  const list = Array.isArray(before) ? before.filter(isObject) : []
  const kept = list.map((item) => value.find((each) => typeOf(each) === typeOf(item)) ?? item)
  return [...kept, ...value.filter((each) => !list.some((item) => typeOf(item) === typeOf(each)))]
}

function isConditions(key: string, value: unknown): value is readonly Fields[] {
  return key === 'conditions' && Array.isArray(value) && value.every(isObject)
}

function typeOf(condition: Fields): string {
  return String(condition['type'])
}

function isIdentity(path: readonly string[]): boolean {
  const [first = '', second = ''] = path
  return (
    ['apiVersion', 'kind'].includes(first) ||
    (first === 'metadata' && ['name', 'namespace', 'uid'].includes(second))
  )
}

function parsePath(text: string): readonly string[] {
  const path: unknown = JSON.parse(text)
  return Array.isArray(path) ? path.map(String) : []
}
