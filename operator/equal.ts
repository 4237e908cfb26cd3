// Are two plain values the same? Used so that what did not change stays the same object, and is not written again.
import { isObject } from '../crds/read.ts'

/** Deep; a field that is undefined is a field that is absent. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]))
  if (!isObject(a) || !isObject(b)) return false
  for (const key in a) if (!sameValue(a[key], Object.hasOwn(b, key) ? b[key] : undefined)) return false
  for (const key in b) if (b[key] !== undefined && !Object.hasOwn(a, key)) return false
  return true
}
