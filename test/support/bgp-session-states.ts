// FRR-K8s' kind BGPSessionState on a real API server, as far as a reader sees it: installed, and taken away again.
import type { ControlPlane } from './control-plane.ts'
import { untilTrue } from './until.ts'

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const name = 'bgpsessionstates.frrk8s.metallb.io'

const fields = ['bfdStatus', 'bgpStatus', 'node', 'peer', 'vrf']

const columns = [
  ['Node', 'node'],
  ['Peer', 'peer'],
  ['VRF', 'vrf'],
  ['BGP', 'bgpStatus'],
  ['BFD', 'bfdStatus'],
] as const

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name },
  spec: {
    group: 'frrk8s.metallb.io',
    names: { kind: 'BGPSessionState', plural: 'bgpsessionstates' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: columns.map(([column, field]) => ({
          name: column,
          type: 'string',
          jsonPath: `.status.${field}`,
        })),
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object' },
              status: {
                type: 'object',
                properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }])),
              },
            },
          },
        },
      },
    ],
  },
}

type Cluster = Pick<ControlPlane, 'api' | 'kubectl'>

export function sessionStatesOf(namespace: string): string {
  return `/apis/frrk8s.metallb.io/v1beta1/namespaces/${namespace}/bgpsessionstates`
}

export async function installSessionStates({ api, kubectl }: Cluster): Promise<void> {
  await api.create(crds, definition)
  await kubectl(['wait', '--for=condition=Established', `crd/${name}`, '--timeout=60s'])
}

/** With all objects of it. */
export async function removeSessionStates({ api }: Cluster): Promise<void> {
  await api.remove(`${crds}/${name}`)
  await untilTrue('the kind is gone', async () => !(await api.raw('/apis')).includes('frrk8s'), {
    timeoutMs: 90_000,
  })
}
