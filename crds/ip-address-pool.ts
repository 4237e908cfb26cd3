// IPAddressPool (metallb.io/v1beta1): the addresses that Services may get.
import type { AddressRange } from '../protocols/net/address.ts'
import type { Selector } from './selector.ts'

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
