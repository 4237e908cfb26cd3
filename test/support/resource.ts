// Resources for tests of parsers: a whole object around the few fields that a test is about.
import type { ObjectMeta, Resource } from '../../crds/kind.ts'

export function resourceOf(
  fields: Readonly<Record<string, unknown>>,
  metadata: Partial<ObjectMeta> = {},
): Resource {
  return {
    ...fields,
    apiVersion: 'v1',
    kind: 'Example',
    metadata: { name: 'example', namespace: 'default', uid: 'uid-1', resourceVersion: '1', ...metadata },
  }
}

/** Whatever JSON holds, taken at its word: what a parser gets from a server that promises nothing. */
export function anyResource(json: string): Resource {
  const value: Resource = JSON.parse(json)
  return value
}
