// URLs of the API server. https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
import type { KindName } from '../../crds/kind.ts'

/** One object. */
export type Ref = { readonly kind: KindName; readonly namespace?: string; readonly name: string }

/** Which objects of a kind. */
export type Scope = {
  readonly namespace?: string // absent: all namespaces
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export type Query = Readonly<Record<string, string | undefined>>

/** 'v1', 'metallb.io/v1beta1': what stands in an object's apiVersion. */
export function apiVersionOf({ group, version }: Pick<KindName, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}

/** '/api/v1', '/apis/metallb.io/v1beta1': where a group's kinds are, and what they are called. */
export function groupPath(kind: Pick<KindName, 'group' | 'version'>): string {
  return `${kind.group === '' ? '/api' : '/apis'}/${apiVersionOf(kind)}`
}

/** '/api/v1/namespaces/default/services' */
export function collectionPath(kind: KindName, namespace?: string): string {
  const within =
    kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${groupPath(kind)}${within}/${kind.plural}`
}

export function objectPath({ kind, namespace, name }: Ref, subresource?: string): string {
  if (kind.namespaced && namespace === undefined) throw new Error(`${kind.kind} ${name} needs a namespace`)
  const path = `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

export function withQuery(path: string, query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}

export function scopeQuery({ labelSelector, fieldSelector }: Scope): Query {
  return { labelSelector, fieldSelector }
}
