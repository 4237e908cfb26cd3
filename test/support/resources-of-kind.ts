// Objects as a kube API server would send them, made by a test: one kind, one line each.
import type { KindName, ObjectMeta, Resource } from '../../crds/kind.ts'

export const serviceKind = {
  group: '',
  version: 'v1',
  plural: 'services',
  kind: 'Service',
  namespaced: true,
} as const satisfies KindName

/** `metadata` overrides: namespace 'default', the name's own uid, resourceVersion 1. */
export function serviceNamed(name: string, metadata: Partial<ObjectMeta> = {}): Resource {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', uid: `uid-of-${name}`, resourceVersion: '1', ...metadata },
  }
}
