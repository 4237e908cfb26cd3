// ServiceBGPStatus (metallb.io/v1beta1): to which peers a node announces a Service. Written by speakers.
import type { Definition } from './definition.ts'
import { ageColumn, column, oneVersion } from './definition.ts'
import type { Parsed, Resource } from './kind.ts'
import { metallbKind } from './kind.ts'
import { at, partAt, readIdentity, readStrings, topOf } from './read.ts'
import { list, nothing, object, plainText, root } from './schema.ts'
import type { ServiceOnNode } from './service-status.ts'
import { readServiceOnNode, serviceOnNode } from './service-status.ts'

export type ServiceBGPStatus = ServiceOnNode & {
  readonly name: string
  readonly namespace: string
  readonly peers: readonly string[] // names of BGPPeers
}

export const serviceBGPStatusKind = metallbKind('ServiceBGPStatus', 'servicebgpstatuses')

export function parseServiceBGPStatus(resource: Resource): Parsed<ServiceBGPStatus> {
  const top = topOf(resource)
  const { name, namespace } = readIdentity(top)
  const status = partAt(top, 'status')
  const value = { name, namespace, ...readServiceOnNode(status), peers: readStrings(at(status, 'peers')) }
  return { value, objections: top.objections }
}

export const serviceBGPStatusDefinition: Definition = oneVersion(serviceBGPStatusKind, {
  shortName: 'svcbgp',
  columns: [
    column('Node', '.status.node', { description: 'The node that announces' }),
    column('Service Name', '.status.serviceName', { description: 'The Service' }),
    column('Service Namespace', '.status.serviceNamespace', { description: 'Its namespace' }),
    column('Peers', '.status.peers', { description: 'BGPPeers that are told' }),
    ageColumn,
  ],
  schema: root('To which peers a node announces a Service.', {
    spec: nothing('Empty: nothing is asked for here.'),
    status: object('Who announces, and to whom.', {
      ...serviceOnNode,
      peers: list('Names of the BGPPeers that are told of the Service.', plainText),
    }),
  }),
})
