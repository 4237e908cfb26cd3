// L2Advertisement (metallb.io/v1beta1): which pools are announced by ARP and NDP, by which nodes, on which interfaces.
import type { Advertisement } from './advertisement.ts'
import { poolProperties, poolsColumn, poolSelectorsColumn, readSelection } from './advertisement.ts'
import type { Definition } from './definition.ts'
import { column, oneVersion, userColumns } from './definition.ts'
import type { Parsed, Resource } from './kind.ts'
import { metallbKind } from './kind.ts'
import type { Place } from './read.ts'
import { at, objectTo, partAt, readIdentity, readInteger, readItems, readNames, topOf } from './read.ts'
import { list, object, outcome, plainText, root, selector, selectors, whole } from './schema.ts'
import type { Selector } from './selector.ts'
import { readSelector } from './selector.ts'

/** As the planner sees it. */
export type L2Advertisement = Advertisement & {
  readonly interfaces: readonly string[] // exact names; empty = all
  readonly preferredNodeSelectors: readonly { readonly weight: number; readonly preference: Selector }[]
}

export const l2AdvertisementKind = metallbKind('L2Advertisement', 'l2advertisements')

/** What cannot be read selects nothing, so that a flawed advertisement never announces more than was meant. */
export function parseL2Advertisement(resource: Resource): Parsed<L2Advertisement> {
  const top = topOf(resource)
  const spec = partAt(top, 'spec')
  const value = {
    ...readIdentity(top),
    ...readSelection(spec),
    interfaces: readNames(at(spec, 'interfaces')),
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
  ...poolProperties,
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

export const l2AdvertisementDefinition: Definition = oneVersion(l2AdvertisementKind, {
  shortName: 'l2adv',
  columns: userColumns(
    [
      poolsColumn,
      column('Interfaces', '.spec.interfaces', { description: 'Where nodes answer; none named: all' }),
    ],
    [
      poolSelectorsColumn,
      column('Node Selectors', '.spec.nodeSelectors', { description: 'Nodes that may announce' }),
    ],
  ),
  schema: root('Announces addresses of pools on the local network, by ARP (IPv4) and NDP (IPv6).', {
    spec: specSchema,
    status: outcome,
  }),
})
