// EndpointSlice (discovery.k8s.io/v1): which endpoints of a Service can serve.
import type { Endpoint } from './core.ts'
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

export const endpointSliceKind = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
} as const satisfies KindName

/** serviceKey: 'namespace/name'; '' for a slice that belongs to no Service. */
export type EndpointSlice = { readonly serviceKey: string; readonly endpoints: readonly Endpoint[] }

export function parseEndpointSlice(resource: Resource): Parsed<EndpointSlice> {
  const top = topOf(resource)
  const { namespace } = readIdentity(top)
  const service = readLabels(top)['kubernetes.io/service-name'] ?? ''
  const ports = readPorts(at(top, 'ports'))
  const value = {
    serviceKey: service === '' ? '' : `${namespace}/${service}`,
    endpoints: readItems(at(top, 'endpoints')).map((place) => readEndpoint(place, ports)),
  }
  return { value, objections: top.objections }
}

/** A port of a slice has the name of the port of the Service that it answers for. */
function readPorts(place: Place): readonly string[] | undefined {
  if (place.raw === undefined) return undefined
  return readItems(place).map((port) => {
    const protocol = readString(at(port, 'protocol')) ?? 'TCP'
    return `${protocol}/${readString(at(port, 'name')) ?? ''}`
  })
}

// An endpoint that is terminating and still serves counts: its connections live on until it is gone.
function readEndpoint(place: Place, ports: readonly string[] | undefined): Endpoint {
  const conditions = partAt(place, 'conditions')
  const ready = readBoolean(at(conditions, 'ready')) ?? true
  const serving = readBoolean(at(conditions, 'serving')) ?? false
  const nodeName = readString(at(place, 'nodeName'))
  return {
    addresses: readStrings(at(place, 'addresses')),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...present('ports', ports),
    serving: ready || serving,
  }
}
