// Node (core v1): what is read of it.
import type { Node } from './core.ts'
import type { KindName, Parsed, Resource } from './kind.ts'
import type { Place } from './read.ts'
import { at, partAt, readItems, readIdentity, readLabels, readString, topOf } from './read.ts'

export const nodeKind = {
  group: '',
  version: 'v1',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
} as const satisfies KindName

export function parseNode(resource: Resource): Parsed<Node> {
  const top = topOf(resource)
  const { name } = readIdentity(top)
  const status = partAt(top, 'status')
  const value = {
    name,
    labels: readLabels(top),
    networkUnavailable: readItems(at(status, 'conditions')).some(saysNetworkUnavailable),
    addresses: readItems(at(status, 'addresses')).flatMap(readAddress),
  }
  return { value, objections: top.objections }
}

function saysNetworkUnavailable(place: Place): boolean {
  return readString(at(place, 'type')) === 'NetworkUnavailable' && readString(at(place, 'status')) === 'True'
}

function readAddress(place: Place): readonly string[] {
  const type = readString(at(place, 'type'))
  const address = readString(at(place, 'address'))
  return (type === 'InternalIP' || type === 'ExternalIP') && address !== undefined ? [address] : []
}
