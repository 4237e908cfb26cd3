// The objects that story, tests and figures create, and where they live.
import type { Api } from '../../test/support/api.ts'
import { digText } from '../../test/support/dig.ts'
import { untilTrue } from '../../test/support/until.ts'
import type { NodeName } from './names.ts'
import { nodeNames, poolRanges } from './names.ts'
import { heraldNamespace } from './workload.ts'

export const servicesPath = '/api/v1/namespaces/default/services'
const podsPath = '/api/v1/namespaces/default/pods'
const metallbPath = `/apis/metallb.io/v1beta1/namespaces/${heraldNamespace}`

/** A pool and an advertisement for it: all that layer 2 needs. */
export async function createPool(
  api: Api,
  name = 'lan',
  addresses: readonly string[] = poolRanges,
): Promise<void> {
  await api.apply(`${metallbPath}/ipaddresspools/${name}`, {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name },
    spec: { addresses },
  })
  await api.apply(`${metallbPath}/l2advertisements/${name}`, {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'L2Advertisement',
    metadata: { name },
    spec: { ipAddressPools: [name] },
  })
}

export type ServiceWish = {
  readonly name: string
  readonly app?: string // of its pods; 'web' when absent
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>> // over the usual
}

/** Dual stack, without node ports, port 80 of the pods labelled app=web. */
export function serviceObject({ name, app = 'web', annotations = {}, spec = {} }: ServiceWish): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, annotations },
    spec: {
      type: 'LoadBalancer',
      allocateLoadBalancerNodePorts: false,
      ipFamilyPolicy: 'RequireDualStack',
      selector: { app },
      ports: [{ port: 80, targetPort: 8080 }],
      ...spec,
    },
  }
}

export function backendObject(node: NodeName, app = 'web'): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${app}-${node.slice(-1)}`, labels: { app } },
    spec: {
      nodeName: node,
      tolerations: [{ operator: 'Exists' }], // a node that was away has taints; its pod stays
      containers: [{ name: 'web', image: 'lab', ports: [{ containerPort: 8080 }] }],
    },
  }
}

/** One backend on each node, ready when it resolves. */
export async function createBackends(
  api: Api,
  nodes: readonly NodeName[] = nodeNames,
  app = 'web',
): Promise<void> {
  await Promise.all(nodes.map((node) => api.create(podsPath, backendObject(node, app))))
  const isReady = async (node: NodeName): Promise<boolean> => {
    const pod = await api.get(`${podsPath}/${app}-${node.slice(-1)}`)
    return digText(pod, 'status', 'phase') === 'Running'
  }
  await untilTrue('every backend runs', async () => (await Promise.all(nodes.map(isReady))).every(Boolean), {
    timeoutMs: 60_000,
  })
}
