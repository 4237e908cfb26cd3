// Node (core v1): what is read of it.
import type { Node, NodeLeaving } from './core.ts'
import type { KindName, Parsed, Resource } from './kind.ts'
import type { Place } from './read.ts'
import {
  at,
  partAt,
  present,
  readBoolean,
  readItems,
  readIdentity,
  readLabels,
  readString,
  readStrings,
  topOf,
} from './read.ts'
import type { Cidr } from './service-cidr.ts'
import { cidrOf } from './service-cidr.ts'

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
  const leaving = readLeaving(partAt(top, 'spec'), status)
  const value = {
    name,
    labels: readLabels(top),
    networkUnavailable: readItems(at(status, 'conditions')).some(saysNetworkUnavailable),
    ...(leaving === undefined ? {} : { leaving }),
    ...listed('taints', readItems(at(partAt(top, 'spec'), 'taints')).flatMap(readKey)),
    ...listed('trueConditions', readItems(at(status, 'conditions')).flatMap(readTrueType)),
    addresses: readItems(at(status, 'addresses')).flatMap(readAddress),
    ...present('podCIDRs', readPodCIDRs(partAt(top, 'spec'))),
  }
  return { value, objections: top.objections }
}

function saysNetworkUnavailable(place: Place): boolean {
  return readString(at(place, 'type')) === 'NetworkUnavailable' && readString(at(place, 'status')) === 'True'
}

function listed<Field extends string>(
  field: Field,
  texts: readonly string[],
): Partial<Record<Field, readonly string[]>> {
  return present(field, texts.length === 0 ? undefined : texts)
}

function readKey(taint: Place): readonly string[] {
  const key = readString(at(taint, 'key'))
  return key === undefined ? [] : [key]
}

function readTrueType(condition: Place): readonly string[] {
  const type = readString(at(condition, 'type'))
  return type !== undefined && readString(at(condition, 'status')) === 'True' ? [type] : []
}

function readLeaving(spec: Place, status: Place): NodeLeaving | undefined {
  const conditions = readItems(at(status, 'conditions'))
  if (conditions.some(saysShutdown) || readItems(at(spec, 'taints')).some(saysPowerOff)) return 'ShuttingDown'
  return readBoolean(at(spec, 'unschedulable')) === true ? 'Cordoned' : undefined
}

/** The words of the kubelet's graceful node shutdown: it has no condition of its own. */
function saysShutdown(place: Place): boolean {
  const message = readString(at(place, 'message')) ?? ''
  return readString(at(place, 'type')) === 'Ready' && message.includes('node is shutting down')
}

const powerOffTaints = ['node.cloudprovider.kubernetes.io/shutdown', 'node.kubernetes.io/out-of-service']

function saysPowerOff(place: Place): boolean {
  return powerOffTaints.includes(readString(at(place, 'key')) ?? '')
}

function readPodCIDRs(spec: Place): readonly Cidr[] | undefined {
  const cidrs = readStrings(at(spec, 'podCIDRs')).flatMap((text) => cidrOf(text) ?? [])
  return cidrs.length === 0 ? undefined : cidrs
}

function readAddress(place: Place): readonly string[] {
  const type = readString(at(place, 'type'))
  const address = readString(at(place, 'address'))
  return (type === 'InternalIP' || type === 'ExternalIP') && address !== undefined ? [address] : []
}
