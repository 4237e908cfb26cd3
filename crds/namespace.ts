// Namespace (core v1): its labels, which the selectors of pools ask for.
import type { Namespace } from './core.ts'
import type { KindName, Parsed, Resource } from './kind.ts'
import { readIdentity, readLabels, topOf } from './read.ts'

export const namespaceKind = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
} as const satisfies KindName

export function parseNamespace(resource: Resource): Parsed<Namespace> {
  const top = topOf(resource)
  const { name } = readIdentity(top)
  return { value: { name, labels: readLabels(top) }, objections: top.objections }
}
