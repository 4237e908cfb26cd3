// What L2Advertisement and BGPAdvertisement have in common: which addresses are announced, and from which nodes.
import { column } from './definition.ts'
import type { Column } from './definition.ts'
import type { Identity } from './kind.ts'
import type { Place } from './read.ts'
import { at, readDistinctNames } from './read.ts'
import { list, plainText, selectors } from './schema.ts'
import type { Properties } from './schema.ts'
import type { Selector } from './selector.ts'
import { readSelectors } from './selector.ts'

export type Selection = {
  readonly ipAddressPools: readonly string[]
  readonly ipAddressPoolSelectors: readonly Selector[] // with ipAddressPools a union; both empty = every pool
  readonly nodeSelectors: readonly Selector[] // empty = every node
  readonly serviceSelectors: readonly Selector[] // empty = every Service
}

export type Advertisement = Identity & Selection

/** What cannot be read selects nothing, so that a flawed advertisement never announces more than was meant. */
export function readSelection(spec: Place): Selection {
  return {
    ipAddressPools: readDistinctNames(at(spec, 'ipAddressPools')),
    ipAddressPoolSelectors: readSelectors(at(spec, 'ipAddressPoolSelectors')),
    nodeSelectors: readSelectors(at(spec, 'nodeSelectors')),
    serviceSelectors: readSelectors(at(spec, 'serviceSelectors')),
  }
}

export const poolProperties: Properties = {
  ipAddressPools: list('Names of the pools whose addresses are announced.', plainText),
  ipAddressPoolSelectors: selectors(
    'Selects further pools by label. With neither names nor selectors every pool is announced.',
  ),
}

export const poolsColumn: Column = column('IPAddressPools', '.spec.ipAddressPools', {
  description: 'Pools announced; none named: all',
})

export const poolSelectorsColumn: Column = column('IPAddressPool Selectors', '.spec.ipAddressPoolSelectors', {
  description: 'Pools announced, by label',
})
