// A BGPAdvertisement ready for use: its communities looked up, its peers matched with those of the node.
import type { BGPAdvertisement } from '../crds/bgp-advertisement.ts'
import type { BGPCommunity } from '../crds/bgp-community.ts'
import { anySelectorMatches } from '../crds/selector.ts'
import { rememberLast } from './once.ts'
import { olderFirst } from './seniority.ts'
import type { Snapshot } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

/** The value of each alias; of two with one name the older Community counts. */
export type Aliases = ReadonlyMap<string, BGPCommunity>

export const aliasesIn: (communities: Snapshot['communities']) => Aliases = rememberLast((communities) => {
  const aliases = new Map<string, BGPCommunity>()
  for (const { value } of communities.toSorted((a, b) => olderFirst(a.value, b.value)))
    for (const [name, community] of value.aliases) if (!aliases.has(name)) aliases.set(name, community)
  return aliases
})

export type Communities = { readonly standard: readonly string[]; readonly large: readonly string[] }

/** What an advertisement says of its routes. */
export type Source = {
  readonly name: string
  readonly advertisement: BGPAdvertisement
  readonly communities: Communities
}

export function sourceOf(advertisement: BGPAdvertisement, aliases: Aliases): Source {
  return {
    name: advertisement.name,
    advertisement,
    communities: communitiesOf(advertisement.communities, aliases),
  }
}

export function communitiesOf(written: BGPAdvertisement['communities'], aliases: Aliases): Communities {
  const found = written.flatMap((one) => (one.type === 'alias' ? (aliases.get(one.name) ?? []) : one))
  const ofType = (type: BGPCommunity['type']) =>
    found.filter((one) => one.type === type).map(({ value }) => value)
  return { standard: ofType('standard'), large: ofType('large') }
}

/** Aliases that no Community defines. */
export function unknownAliases({ communities }: BGPAdvertisement, aliases: Aliases): readonly string[] {
  return communities.flatMap((one) => (one.type === 'alias' && !aliases.has(one.name) ? one.name : []))
}

/** Undefined: the advertisement lets the node announce. */
export function sourceNodeVerdict(
  { name, nodeSelectors }: BGPAdvertisement,
  node: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
): Verdict | undefined {
  if (nodeSelectors.length === 0 || anySelectorMatches(nodeSelectors, node.labels)) return undefined
  const message = `the nodeSelectors of BGPAdvertisement ${name} do not select node ${node.name}`
  return { reason: 'NodeNotSelected', message }
}
