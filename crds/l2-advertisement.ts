// L2Advertisement (metallb.io/v1beta1): which pools are announced by ARP and NDP, by which nodes, on which interfaces.
import type { Definition } from './definition.ts'
import { ageColumn, column, readyColumn, reasonColumn, wide } from './definition.ts'
import type { Identity, Parsed, Resource } from './kind.ts'
import { metallbKind } from './kind.ts'
import type { Place } from './read.ts'
import {
  at,
  objectTo,
  partAt,
  readDistinctNames,
  readInteger,
  readItems,
  readIdentity,
  readNames,
  topOf,
} from './read.ts'
import { list, object, plainText, root, selector, selectors, userStatus, whole } from './schema.ts'
import type { Selector } from './selector.ts'
import { readSelector, readSelectors } from './selector.ts'

/** As the planner sees it. */
export type L2Advertisement = Identity & {
  readonly ipAddressPools: readonly string[]
  readonly ipAddressPoolSelectors: readonly Selector[] // with ipAddressPools a union; both empty = every pool
  readonly nodeSelectors: readonly Selector[] // empty = every node
  readonly interfaces: readonly string[] // exact names; empty = all
  readonly serviceSelectors: readonly Selector[] // empty = every Service
  readonly preferredNodeSelectors: readonly { readonly weight: number; readonly preference: Selector }[]
}

export const l2AdvertisementKind = metallbKind('L2Advertisement', 'l2advertisements')

/** What cannot be read selects nothing, so that a flawed advertisement never announces more than was meant. */
export function parseL2Advertisement(resource: Resource): Parsed<L2Advertisement> {
  const top = topOf(resource)
  const spec = partAt(top, 'spec')
  const value = {
    ...readIdentity(top),
    ipAddressPools: readDistinctNames(at(spec, 'ipAddressPools')),
    ipAddressPoolSelectors: readSelectors(at(spec, 'ipAddressPoolSelectors')),
    nodeSelectors: readSelectors(at(spec, 'nodeSelectors')),
    interfaces: readNames(at(spec, 'interfaces')),
    serviceSelectors: readSelectors(at(spec, 'serviceSelectors')),
    preferredNodeSelectors: readPreferences(at(spec, 'preferredNodeSelectors')),
  }
  return { value, objections: top.objections }
}

function readPreferences(place: Place): L2Advertisement['preferredNodeSelectors'] {
  return readItems(place).flatMap((item) => {
    const weight = at(item, 'weight')
    if (weight.raw === undefined) objectTo(weight, 'is required: a whole number from 1 to 100')
    const read = readInteger(weight, { minimum: 1, maximum: 100 })
    const preference = readSelector(at(item, 'preference'))
    return read === undefined || preference === undefined ? [] : { weight: read, preference }
  })
}

const preferenceSchema = object(
  'Nodes that are wanted more than others.',
  {
    weight: whole(
      'How much more, from 1 to 100. The weights of all preferences that a node meets are added.',
      {
        format: 'int32',
        minimum: 1,
        maximum: 100,
      },
    ),
    preference: selector('Selects the nodes by label; an empty selector selects every node.'),
  },
  { required: ['weight', 'preference'] },
)

const specSchema = object('What is announced, from where.', {
  ipAddressPools: list('Names of the pools whose addresses are announced.', plainText),
  ipAddressPoolSelectors: selectors(
    'Selects further pools by label. With neither names nor selectors every pool is announced.',
  ),
  nodeSelectors: selectors('Selects the nodes that may announce; without it every node may.'),
  interfaces: list(
    'Exact names of the network interfaces on which a node answers; without it all suitable ones. ' +
      'A node that has none of them does not announce.',
    plainText,
  ),
  serviceSelectors: selectors('Selects the Services that are announced; without it all of the pools.'),
  preferredNodeSelectors: list(
    'Among the nodes that may announce, those with the highest sum of weights come first.',
    preferenceSchema,
  ),
})

export const l2AdvertisementDefinition: Definition = {
  name: l2AdvertisementKind,
  shortNames: ['l2adv'],
  versions: [
    {
      name: 'v1beta1',
      columns: [
        column('IPAddressPools', '.spec.ipAddressPools', { description: 'Pools announced; none named: all' }),
        column('Interfaces', '.spec.interfaces', { description: 'Where nodes answer; none named: all' }),
        readyColumn,
        ageColumn,
        reasonColumn,
        wide(
          column('IPAddressPool Selectors', '.spec.ipAddressPoolSelectors', {
            description: 'Pools announced, by label',
          }),
        ),
        wide(column('Node Selectors', '.spec.nodeSelectors', { description: 'Nodes that may announce' })),
      ],
      schema: root('Announces addresses of pools on the local network, by ARP (IPv4) and NDP (IPv6).', {
        spec: specSchema,
        status: object('What became of it.', userStatus),
      }),
    },
  ],
}
