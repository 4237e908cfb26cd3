// Community (metallb.io/v1beta1): names for BGP communities, to be used in BGPAdvertisements.
import type { BGPCommunity } from './bgp-community.ts'
import { communityForms, parseBGPCommunity } from './bgp-community.ts'
import type { Definition } from './definition.ts'
import { oneVersion, userColumns } from './definition.ts'
import type { Identity, Parsed, Resource } from './kind.ts'
import { metallbKind } from './kind.ts'
import type { Place } from './read.ts'
import { at, objectTo, partAt, readIdentity, readItems, readString, topOf } from './read.ts'
import { list, object, outcome, root, text } from './schema.ts'

/** As the planner sees it. */
export type Community = Identity & {
  readonly aliases: ReadonlyMap<string, BGPCommunity> // good entries only; of two with one name the first
}

export const communityKind = metallbKind('Community', 'communities')

export function parseCommunity(resource: Resource): Parsed<Community> {
  const top = topOf(resource)
  const aliases = readAliases(at(partAt(top, 'spec'), 'communities'))
  return { value: { ...readIdentity(top), aliases }, objections: top.objections }
}

function readAliases(place: Place): ReadonlyMap<string, BGPCommunity> {
  const aliases = new Map<string, BGPCommunity>()
  for (const item of readItems(place)) {
    const name = readString(at(item, 'name')) ?? ''
    const written = at(item, 'value')
    const value = parseBGPCommunity(readString(written) ?? '')
    if (value === undefined || value === 'malformed') objectTo(written, `must be ${communityForms}`)
    else if (aliases.has(name)) objectTo(at(item, 'name'), 'is defined twice; each alias has one value')
    else aliases.set(name, value)
  }
  return aliases
}

const aliasSchema = object('One name and the community that it stands for.', {
  name: text('The alias. It must be unique among all Community objects.'),
  value: text('The community: A:B, or large:A:B:C.'),
})

export const communityDefinition: Definition = oneVersion(communityKind, {
  shortName: 'bgpcom',
  columns: userColumns([]),
  schema: root('Names for BGP communities, to be used in BGPAdvertisements.', {
    spec: object('The names.', {
      communities: list('Names, each with the community that it stands for.', aliasSchema),
    }),
    status: outcome,
  }),
})
