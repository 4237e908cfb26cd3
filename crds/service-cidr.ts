// ServiceCIDR (networking.k8s.io/v1): where the cluster IPs of Services are from.
import type { AddressRange } from '../protocols/net/address.ts'
import { parseEntry } from './address-list.ts'
import type { KindName, Parsed, Resource } from './kind.ts'
import { at, partAt, readIdentity, readStrings, topOf } from './read.ts'

export const serviceCIDRKind = {
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'servicecidrs',
  kind: 'ServiceCIDR',
  namespaced: false,
} as const satisfies KindName

export type ServiceCIDR = { readonly name: string; readonly cidrs: readonly Cidr[] }

/** A CIDR of the cluster, as it is written. */
export type Cidr = AddressRange & { readonly text: string }

export function parseServiceCIDR(resource: Resource): Parsed<ServiceCIDR> {
  const top = topOf(resource)
  const { name } = readIdentity(top)
  const cidrs = readStrings(at(partAt(top, 'spec'), 'cidrs')).flatMap((text) => cidrOf(text) ?? [])
  return { value: { name, cidrs }, objections: top.objections }
}

/** The API server has checked them: what cannot be read here is left out. */
export function cidrOf(text: string): Cidr | undefined {
  const range = parseEntry(text)
  return typeof range === 'string' ? undefined : { ...range, text }
}
