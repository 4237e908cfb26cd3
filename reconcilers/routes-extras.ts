// What a Service itself adds to its routes, where a BGPAdvertisement lets it: communities by annotation, and its weight
// on this node as the link-bandwidth extended community.
import type { Endpoint, Service } from '../crds/core.ts'
import { parseBGPCommunity } from '../crds/bgp-community.ts'
import type { Family } from '../protocols/net/address.ts'
import { annotationOf } from './annotations.ts'
import type { Aliases, Communities, Source } from './routes-source.ts'
import { communitiesOf } from './routes-source.ts'
import { quote } from './text.ts'
import type { Verdict } from './verdict.ts'

export type Extras = {
  readonly communities: Communities
  readonly endpoints?: number // that serve on this node; absent where no route is to be weighed by it
}

export const noExtras: Extras = { communities: { standard: [], large: [] } }

/** Equal texts, equal extras; '' for none. */
export function extrasKey({ communities: { standard, large }, endpoints }: Extras): string {
  if (standard.length === 0 && large.length === 0 && endpoints === undefined) return ''
  return `${standard.join(' ')};${large.join(' ')};${endpoints ?? ''}`
}

/** Of Services that have a prefix in common. */
export function jointExtras(all: readonly Extras[]): Extras {
  const weighed = all.flatMap(({ endpoints }) => endpoints ?? [])
  const union = (lists: readonly (readonly string[])[]) => [...new Set(lists.flat())].toSorted()
  return {
    communities: {
      standard: union(all.map(({ communities }) => communities.standard)),
      large: union(all.map(({ communities }) => communities.large)),
    },
    ...(weighed.length === 0 ? {} : { endpoints: weighed.reduce((sum, one) => sum + one, 0) }),
  }
}

type Asked = { readonly communities: Communities; readonly verdicts: readonly Verdict[] }

const annotation = 'metallb.io/bgp-communities'

const nothingAsked: Asked = { communities: noExtras.communities, verdicts: [] }

/** Of the annotation: the communities that can be used, and what cannot. */
export function askedCommunities(service: Service, aliases: Aliases): Asked {
  const written = annotationOf(service, 'bgp-communities') ?? ''
  if (written === '') return nothingAsked
  const items = [...new Set(written.split(',').map((text) => text.trim()))].filter((text) => text !== '')
  const verdicts: Verdict[] = []
  const found = items.flatMap((text) => {
    const parsed = parseBGPCommunity(text)
    if (parsed === 'malformed') verdicts.push(malformed(text))
    else if (parsed === undefined && !aliases.has(text)) verdicts.push(unknown(text))
    else return parsed ?? { type: 'alias' as const, name: text }
    return []
  })
  return { communities: communitiesOf(found, aliases), verdicts }
}

function malformed(text: string): Verdict {
  const message = `${annotation} has ${quote(text)}, which is no community; it must be A:B, large:A:B:C or an alias`
  return { reason: 'UnreadableCommunity', message }
}

function unknown(text: string): Verdict {
  const message = `${annotation} names ${quote(text)}, which no Community defines; routes are announced without it`
  return { reason: 'UnknownCommunity', message }
}

/** Asked for, and not one of the advertisements lets a Service do so. */
export function notAllowed(asked: Asked, sources: readonly Source[]): readonly Verdict[] {
  const { standard, large } = asked.communities
  if (standard.length + large.length === 0) return []
  if (sources.some(({ advertisement }) => advertisement.serviceCommunities)) return []
  const message = `${annotation} asks for communities, and no BGPAdvertisement of the Service has serviceCommunities: true`
  return [{ reason: 'CommunitiesNotAllowed', message }]
}

/**
 * With the policy Local a node sends what it gets to its own endpoints; with Cluster any node sends to any endpoint,
 * and all nodes weigh the same.
 */
export function endpointsHere(
  { externalTrafficPolicy }: Service,
  endpoints: readonly Endpoint[],
  { node, family }: { readonly node: string; readonly family: Family },
): number | undefined {
  if (externalTrafficPolicy !== 'Local') return undefined
  return endpoints.filter(
    ({ serving, nodeName, addresses }) =>
      serving && nodeName === node && addresses.some((text) => text.includes(':') === (family === 'IPv6')),
  ).length
}

/** Bytes per second: only the proportions count. Small enough for routers that keep 32 bits. */
export const bandwidthOfEndpoint = 1_000_000
