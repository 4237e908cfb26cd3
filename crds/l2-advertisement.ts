// L2Advertisement (metallb.io/v1beta1): which pools are announced by ARP and NDP, by which nodes, on which interfaces.
import type { Selector } from './selector.ts'

/** As the planner sees it. */
export type L2Advertisement = {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly generation: number
  readonly createdAt: string // RFC 3339
  readonly ipAddressPools: readonly string[]
  readonly ipAddressPoolSelectors: readonly Selector[] // with ipAddressPools a union; both empty = every pool
  readonly nodeSelectors: readonly Selector[] // empty = every node
  readonly interfaces: readonly string[] // exact names; empty = all
  readonly serviceSelectors: readonly Selector[] // empty = every Service
  readonly preferredNodeSelectors: readonly { readonly weight: number; readonly preference: Selector }[]
}
