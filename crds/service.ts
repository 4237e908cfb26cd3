// Service (core v1): what is read of it.
import type { Family } from '../protocols/net/address.ts'
import { formatAddress, parseAddress } from '../protocols/net/address.ts'
import type { Service, ServicePort } from './core.ts'
import type { KindName, Parsed, Resource } from './kind.ts'
import type { Place } from './read.ts'
import {
  at,
  isObject,
  objectTo,
  partAt,
  readConditions,
  readInteger,
  readItems,
  readIdentity,
  readLabels,
  readOneOf,
  readString,
  readStringMap,
  readStrings,
  requiredPartAt,
  topOf,
} from './read.ts'

export const serviceKind = {
  group: '',
  version: 'v1',
  plural: 'services',
  kind: 'Service',
  namespaced: true,
} as const satisfies KindName

const ourPrefixes = ['metallb.io/', 'metallb.universe.tf/'] as const

export function parseService(resource: Resource): Parsed<Service> {
  const top = topOf(resource)
  const { generation: _, ...identity } = readIdentity(top)
  const spec = requiredPartAt(top, 'spec')
  const status = partAt(top, 'status')
  const ingress = at(partAt(status, 'loadBalancer'), 'ingress')
  const value = {
    ...identity,
    key: `${identity.namespace}/${identity.name}`,
    deleting: at(at(top, 'metadata'), 'deletionTimestamp').raw !== undefined,
    labels: readLabels(top),
    annotations: ourAnnotations(at(at(top, 'metadata'), 'annotations')),
    ...readSpec(spec),
    ingress: readIngress(ingress),
    ...(hasPorts(ingress.raw) ? { portsStand: true } : {}),
    conditions: readConditions(at(status, 'conditions'), (type) => type.startsWith('metallb.io/')),
  }
  return { value, objections: top.objections }
}

// Others hang whole manifests on their Services; only our own annotations are kept in memory.
function ourAnnotations(place: Place): Readonly<Record<string, string>> {
  const all = Object.entries(readStringMap(place))
  return Object.fromEntries(all.filter(([key]) => isOurAnnotation(key)))
}

export function isOurAnnotation(key: string): boolean {
  return ourPrefixes.some((prefix) => key.startsWith(prefix))
}

type SpecFields = Pick<
  Service,
  | 'type'
  | 'loadBalancerClass'
  | 'loadBalancerIP'
  | 'clusterIPs'
  | 'ipFamilyPolicy'
  | 'ipFamilies'
  | 'externalTrafficPolicy'
  | 'selector'
  | 'ports'
>

// What is absent has the API server's default.
function readSpec(spec: Place): SpecFields {
  const loadBalancerClass = readString(at(spec, 'loadBalancerClass'))
  const loadBalancerIP = readString(at(spec, 'loadBalancerIP'))
  return {
    type: readString(at(spec, 'type')) ?? 'ClusterIP',
    ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
    ...(loadBalancerIP === undefined || loadBalancerIP === '' ? {} : { loadBalancerIP }),
    clusterIPs: readClusterIPs(spec),
    ipFamilyPolicy: readOneOf(at(spec, 'ipFamilyPolicy'), policies) ?? 'SingleStack',
    ipFamilies: readItems(at(spec, 'ipFamilies')).flatMap((item): Family[] => {
      const family = readOneOf(item, ['IPv4', 'IPv6'])
      return family === undefined ? [] : [family]
    }),
    externalTrafficPolicy: readOneOf(at(spec, 'externalTrafficPolicy'), ['Cluster', 'Local']) ?? 'Cluster',
    selector: readStringMap(at(spec, 'selector')),
    ports: readItems(at(spec, 'ports')).flatMap(readPort),
  }
}

const policies = ['SingleStack', 'PreferDualStack', 'RequireDualStack'] as const

// Servers before dual stack know only the singular.
function readClusterIPs(spec: Place): readonly string[] {
  const plural = at(spec, 'clusterIPs')
  const single = readString(at(spec, 'clusterIP'))
  const all = plural.raw === undefined ? [single ?? ''] : readStrings(plural)
  return all.filter((text) => text !== '' && text !== 'None')
}

function readPort(place: Place): ServicePort[] {
  const port = at(place, 'port')
  if (port.raw === undefined) objectTo(port, 'is required')
  const number = readInteger(port, { minimum: 1, maximum: 65535 })
  if (number === undefined) return []
  return [
    {
      name: readString(at(place, 'name')) ?? '',
      protocol: readOneOf(at(place, 'protocol'), ['TCP', 'UDP', 'SCTP']) ?? 'TCP',
      port: number,
    },
  ]
}

function hasPorts(ingress: unknown): boolean {
  return Array.isArray(ingress) && ingress.some((item: unknown) => isObject(item) && isFilled(item['ports']))
}

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0
}

function readIngress(place: Place): readonly string[] {
  return readItems(place).flatMap((item) => {
    const ip = readString(at(item, 'ip'))
    if (ip === undefined || ip === '') return [] // a host name: another's
    const address = parseAddress(ip)
    return address === undefined ? ip : formatAddress(address)
  })
}
