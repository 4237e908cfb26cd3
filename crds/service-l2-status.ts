// ServiceL2Status (metallb.io/v1beta1): which node answers for a Service by ARP and NDP. Written by speakers.
import type { Definition } from './definition.ts'
import { ageColumn, column, oneVersion } from './definition.ts'
import type { Parsed, Resource } from './kind.ts'
import { metallbKind } from './kind.ts'
import { at, partAt, readIdentity, readItems, readString, topOf } from './read.ts'
import { list, nothing, object, root, text } from './schema.ts'
import type { ServiceOnNode } from './service-status.ts'
import { readServiceOnNode, serviceOnNode } from './service-status.ts'

export type ServiceL2Status = ServiceOnNode & {
  readonly name: string
  readonly namespace: string
  readonly interfaces: readonly string[] // empty = all
}

export const serviceL2StatusKind = metallbKind('ServiceL2Status', 'servicel2statuses')

export function parseServiceL2Status(resource: Resource): Parsed<ServiceL2Status> {
  const top = topOf(resource)
  const { name, namespace } = readIdentity(top)
  const status = partAt(top, 'status')
  const value = {
    name,
    namespace,
    ...readServiceOnNode(status),
    interfaces: readItems(at(status, 'interfaces')).flatMap((item) => readString(at(item, 'name')) ?? []),
  }
  return { value, objections: top.objections }
}

export const serviceL2StatusDefinition: Definition = oneVersion(serviceL2StatusKind, {
  shortName: 'svcl2',
  columns: [
    column('Allocated Node', '.status.node', { description: 'The node that answers' }),
    column('Service Name', '.status.serviceName', { description: 'The Service' }),
    column('Service Namespace', '.status.serviceNamespace', { description: 'Its namespace' }),
    column('Interfaces', '.status.interfaces', { description: 'Where it answers; none named: all' }),
    ageColumn,
  ],
  schema: root('Which node answers for a Service on the local network, by ARP and NDP.', {
    spec: nothing('Empty: nothing is asked for here.'),
    status: object('Who answers, and where.', {
      ...serviceOnNode,
      interfaces: list(
        'The interfaces on which the node answers; none named: all suitable ones.',
        object('One network interface.', { name: text('Its name on the node.') }),
      ),
    }),
  }),
})
