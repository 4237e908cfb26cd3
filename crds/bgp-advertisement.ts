// BGPAdvertisement (metallb.io/v1beta1): which addresses are announced to routers, as which routes, by which nodes.
import type { Advertisement } from './advertisement.ts'
import { poolProperties, poolsColumn, poolSelectorsColumn, readSelection } from './advertisement.ts'
import type { BGPCommunity } from './bgp-community.ts'
import { communityForms, parseBGPCommunity } from './bgp-community.ts'
import type { Definition } from './definition.ts'
import { column, oneVersion, userColumns } from './definition.ts'
import type { Parsed, Resource } from './kind.ts'
import { metallbKind } from './kind.ts'
import type { Place } from './read.ts'
import {
  at,
  objectTo,
  partAt,
  present,
  readBoolean,
  readDistinctNames,
  readIdentity,
  readInteger,
  readItems,
  readOneOf,
  topOf,
} from './read.ts'
import { flag, list, object, outcome, plainText, root, selectors, text, whole } from './schema.ts'

/** As the planner sees it. */
export type BGPAdvertisement = Advertisement & {
  readonly peers: readonly string[] // names of BGPPeers; empty = all
  readonly aggregationLength: number
  readonly aggregationLengthV6: number
  readonly localPref: number // 0 = not set
  readonly asPathPrepend: number // 0 = not at all
  readonly communities: readonly (BGPCommunity | { readonly type: 'alias'; readonly name: string })[]
  readonly med?: number
  readonly origin?: (typeof origins)[number]
  readonly maxNodes?: number // of one address
  readonly weighByEndpoints: boolean
  readonly serviceCommunities: boolean // those that a Service asks for by its annotation are added
}

export const origins = ['IGP', 'EGP', 'Incomplete'] as const

export const bgpAdvertisementKind = metallbKind('BGPAdvertisement', 'bgpadvertisements')

/** What cannot be read selects nothing, so that a flawed advertisement never announces more than was meant. */
export function parseBGPAdvertisement(resource: Resource): Parsed<BGPAdvertisement> {
  const top = topOf(resource)
  const spec = partAt(top, 'spec')
  const value = {
    ...readIdentity(top),
    ...readSelection(spec),
    peers: readDistinctNames(at(spec, 'peers')),
    aggregationLength: readInteger(at(spec, 'aggregationLength'), { minimum: 1, maximum: 32 }) ?? 32,
    aggregationLengthV6: readInteger(at(spec, 'aggregationLengthV6'), { minimum: 0, maximum: 128 }) ?? 128,
    localPref: readInteger(at(spec, 'localPref'), { minimum: 0, maximum: 0xffffffff }) ?? 0,
    asPathPrepend: readInteger(at(spec, 'asPathPrepend'), { minimum: 1, maximum: 10 }) ?? 0,
    communities: readCommunities(at(spec, 'communities')),
    ...present('med', readInteger(at(spec, 'med'), { minimum: 0, maximum: 0xffffffff })),
    ...present('origin', readOneOf(at(spec, 'origin'), origins)),
    ...present('maxNodes', readInteger(at(spec, 'maxNodes'), { minimum: 1, maximum: 0x7fffffff })),
    weighByEndpoints: readBoolean(at(spec, 'weighByEndpoints')) ?? false,
    serviceCommunities: readBoolean(at(spec, 'serviceCommunities')) ?? false,
  }
  objectToAggregatedSelection(spec, value)
  return { value, objections: top.objections }
}

function readCommunities(place: Place): BGPAdvertisement['communities'] {
  const items = readItems(place)
  return readDistinctNames(place).flatMap((text) => {
    const parsed = parseBGPCommunity(text)
    if (parsed === undefined) return text === '' ? [] : { type: 'alias' as const, name: text }
    if (parsed !== 'malformed') return parsed
    const item = items.find(({ raw }) => raw === text) ?? place
    objectTo(item, `must be ${communityForms}, or an alias`)
    return []
  })
}

// A route for many addresses cannot follow the Service of one.
function objectToAggregatedSelection(spec: Place, read: BGPAdvertisement): void {
  if (read.serviceSelectors.length === 0) return
  for (const field of ['aggregationLength', 'aggregationLengthV6'] as const) {
    const whole = field === 'aggregationLength' ? 32 : 128
    if (read[field] !== whole)
      objectTo(
        at(spec, field),
        `must be ${whole} or absent beside serviceSelectors: a route is then one address`,
      )
  }
}

const specSchema = object(
  'What is announced, to whom, and as which routes.',
  {
    ...poolProperties,
    nodeSelectors: selectors('Selects the nodes that announce, and so are next hops; without it every node.'),
    serviceSelectors: selectors(
      'Selects the Services that are announced; without it all of the pools. Not together with an aggregation ' +
        'length other than that of a single address.',
    ),
    peers: list('Names of the BGPPeers that are told; without it all of them.', plainText),
    aggregationLength: whole('Prefix length of the routes for IPv4 addresses; 32 is one route an address.', {
      format: 'int32',
      minimum: 1,
      default: 32,
    }),
    aggregationLengthV6: whole(
      'Prefix length of the routes for IPv6 addresses; 128 is one route an address.',
      {
        format: 'int32',
        default: 128,
      },
    ),
    // MetalLB's schema says int32 though its program takes 32 bits without sign: from 1.36 on the API server holds it
    // to that, and the upper half of the values would be refused.
    localPref: whole('LOCAL_PREF of the routes, for peers of the own AS; the higher one is preferred.', {
      format: 'int64',
    }),
    asPathPrepend: whole(
      'How many times more the own AS stands in AS_PATH, which makes the path less wanted.',
      {
        minimum: 1,
        maximum: 10,
      },
    ),
    communities: list(
      'Communities of the routes: A:B, large:A:B:C, or an alias that a Community object defines.',
      plainText,
    ),
    med: whole(
      'MULTI_EXIT_DISC of the routes; of two paths by one neighbouring AS the lower one is preferred.',
      {
        format: 'int64',
        minimum: 0,
        maximum: 0xffffffff,
      },
    ),
    origin: text(
      'ORIGIN of the routes: IGP, EGP or Incomplete, preferred in this order. IGP if it is not said.',
      {
        enum: origins,
      },
    ),
    maxNodes: whole(
      'How many nodes announce one address, at most; for routers that spread over so many next hops only. ' +
        'Without it all that may do.',
      { format: 'int32', minimum: 1 },
    ),
    weighByEndpoints: flag(
      'Whether routes carry the number of serving endpoints on the node, as a link-bandwidth extended community, so ' +
        'that routers send each node its share. For Services with externalTrafficPolicy Local.',
    ),
    serviceCommunities: flag(
      'Whether the communities that a Service asks for by the annotation metallb.io/bgp-communities are added.',
    ),
  },
  {
    'x-kubernetes-validations': [
      {
        rule:
          '!has(self.serviceSelectors) || self.serviceSelectors.size() == 0 || ' +
          '((!has(self.aggregationLength) || self.aggregationLength == 32) && ' +
          '(!has(self.aggregationLengthV6) || self.aggregationLengthV6 == 128))',
        message:
          'with serviceSelectors a route is one address: aggregationLength 32, aggregationLengthV6 128',
      },
    ],
  },
)

export const bgpAdvertisementDefinition: Definition = oneVersion(bgpAdvertisementKind, {
  shortName: 'bgpadv',
  columns: userColumns(
    [poolsColumn, column('Peers', '.spec.peers', { description: 'BGPPeers that are told; none named: all' })],
    [
      poolSelectorsColumn,
      column('Communities', '.spec.communities', { description: 'Communities of the routes' }),
      column('Node Selectors', '.spec.nodeSelectors', { description: 'Nodes that announce' }),
    ],
  ),
  schema: root('Announces addresses of pools to routers, by BGP.', {
    spec: specSchema,
    status: outcome,
  }),
})
