// IPAddressPool (metallb.io/v1beta1): the addresses that Services may get.
import type { AddressRange } from '../protocols/net/address.ts'
import { readAddressList } from './address-list.ts'
import type { KindName, Parsed, Resource } from './kind.ts'
import type { Place } from './read.ts'
import {
  at,
  partAt,
  readBoolean,
  readDistinctNames,
  readInteger,
  readMeta,
  requiredPartAt,
  topOf,
} from './read.ts'
import type { Selector } from './selector.ts'
import { readSelectors } from './selector.ts'

/** One entry of spec.addresses. */
export type PoolRange = AddressRange & { readonly index: number; readonly text: string }

/** As the planner sees it. */
export type IPAddressPool = {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly generation: number
  readonly createdAt: string // RFC 3339
  readonly labels: Readonly<Record<string, string>>
  readonly ranges: readonly PoolRange[] // in the order written, good entries only
  readonly autoAssign: boolean
  readonly avoidBuggyIPs: boolean
  readonly serviceAllocation?: ServiceAllocation
}

export type ServiceAllocation = {
  readonly priority: number // lower is tried first; 0 = last
  readonly namespaces: readonly string[]
  readonly namespaceSelectors: readonly Selector[]
  readonly serviceSelectors: readonly Selector[]
}

export const ipAddressPoolKind = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'ipaddresspools',
  kind: 'IPAddressPool',
  namespaced: true,
} as const satisfies KindName

/** A flawed pool yields its good ranges; a flawed selector of it selects nothing. */
export function parseIPAddressPool(resource: Resource): Parsed<IPAddressPool> {
  const top = topOf(resource)
  const { name, namespace, uid, generation, createdAt, labels } = readMeta(top)
  const spec = requiredPartAt(top, 'spec')
  const allocation = partAt(spec, 'serviceAllocation')
  const value = {
    name,
    namespace,
    uid,
    generation,
    createdAt,
    labels,
    ranges: readAddressList(at(spec, 'addresses')),
    autoAssign: readBoolean(at(spec, 'autoAssign')) ?? true,
    avoidBuggyIPs: readBoolean(at(spec, 'avoidBuggyIPs')) ?? false,
    ...(allocation.raw === undefined ? {} : { serviceAllocation: readAllocation(allocation) }),
  }
  return { value, objections: top.objections }
}

function readAllocation(place: Place): ServiceAllocation {
  return {
    priority: readInteger(at(place, 'priority')) ?? 0,
    namespaces: readDistinctNames(at(place, 'namespaces')),
    namespaceSelectors: readSelectors(at(place, 'namespaceSelectors')),
    serviceSelectors: readSelectors(at(place, 'serviceSelectors')),
  }
}
