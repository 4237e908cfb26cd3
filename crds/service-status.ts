// What ServiceL2Status and ServiceBGPStatus have in common: which Service on which node, in labels and in status.
import { text } from './schema.ts'
import type { Properties, Schema } from './schema.ts'
import type { Place } from './read.ts'
import { at, readString } from './read.ts'

/** Labels by which the objects of one Service or of one node are found. */
export const serviceStatusLabels = {
  node: 'metallb.io/node',
  serviceName: 'metallb.io/service-name',
  serviceNamespace: 'metallb.io/service-namespace',
} as const

export type ServiceOnNode = {
  readonly node: string
  readonly serviceName: string
  readonly serviceNamespace: string
}

export function readServiceOnNode(status: Place): ServiceOnNode {
  return {
    node: readString(at(status, 'node')) ?? '',
    serviceName: readString(at(status, 'serviceName')) ?? '',
    serviceNamespace: readString(at(status, 'serviceNamespace')) ?? '',
  }
}

/** Once written they stay: an object is about one Service on one node. */
export const serviceOnNode: Properties = {
  node: fixed('The node that announces the Service.'),
  serviceName: fixed('Name of the Service.'),
  serviceNamespace: fixed('Namespace of the Service.'),
}

function fixed(description: string): Schema {
  return text(description, {
    'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'Value is immutable' }],
  })
}
