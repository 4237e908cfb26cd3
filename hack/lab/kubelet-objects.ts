// What a kubelet writes: Node, its lease, and the status of a pod that runs.
import { dig, digList, digText } from '../../test/support/dig.ts'
import type { NodeAddresses, NodeName } from './names.ts'

/** The annotation by which a test turns a pod's readiness: 'false' = running, but not ready. */
export const readyAnnotation = 'lab.herald.example/ready'

export function nodeObject(node: NodeName): unknown {
  const labels = { 'kubernetes.io/hostname': node, 'kubernetes.io/os': 'linux' }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: node, labels } }
}

export function nodeStatus(node: NodeName, addresses: NodeAddresses): unknown {
  const now = new Date().toISOString()
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'the lab keeps this node',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }
  const resources = { cpu: '8', memory: '16Gi', pods: '110' }
  return {
    status: {
      addresses: [
        { type: 'InternalIP', address: addresses.IPv4 },
        { type: 'InternalIP', address: addresses.IPv6 },
        { type: 'Hostname', address: node },
      ],
      conditions: [ready],
      capacity: resources,
      allocatable: resources,
      nodeInfo: nodeInfo(node),
    },
  }
}

function nodeInfo(node: NodeName): Readonly<Record<string, string>> {
  return {
    machineID: node,
    systemUUID: node,
    bootID: node,
    kernelVersion: 'lab',
    osImage: 'network namespace',
    containerRuntimeVersion: 'none://0',
    kubeletVersion: 'v0.0.0-lab',
    kubeProxyVersion: 'v0.0.0-lab',
    operatingSystem: 'linux',
    architecture: 'amd64',
  }
}

export function nodeLease(node: NodeName): unknown {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: node, namespace: 'kube-node-lease' },
    spec: { holderIdentity: node, leaseDurationSeconds: 40, renewTime: microTime() },
  }
}

export function renewal(): unknown {
  return { spec: { renewTime: microTime() } }
}

// metav1.MicroTime wants six digits.
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z')
}

export function podStatus(it: {
  readonly pod: unknown
  readonly node: NodeAddresses
  readonly addresses: { readonly IPv4: string; readonly IPv6: string }
}): unknown {
  const containers = digList(it.pod, 'spec', 'containers').map(
    (container) => digText(container, 'name') ?? '',
  )
  return runningStatus({
    containers,
    node: it.node,
    addresses: it.addresses,
    ready: dig(it.pod, 'metadata', 'annotations', readyAnnotation) !== 'false',
  })
}

/** Of a pod of one container in its node's network. */
export function hostPodStatus(container: string, node: NodeAddresses): unknown {
  return runningStatus({ containers: [container], node, addresses: node, ready: true })
}

function runningStatus(it: {
  readonly containers: readonly string[]
  readonly node: NodeAddresses
  readonly addresses: { readonly IPv4: string; readonly IPv6: string }
  readonly ready: boolean
}): unknown {
  const now = new Date().toISOString()
  const condition = (type: string, so: boolean): unknown => ({
    type,
    status: so ? 'True' : 'False',
    lastTransitionTime: now,
  })
  return {
    status: {
      phase: 'Running',
      hostIP: it.node.IPv4,
      hostIPs: [{ ip: it.node.IPv4 }, { ip: it.node.IPv6 }],
      podIP: it.addresses.IPv4,
      podIPs: [{ ip: it.addresses.IPv4 }, { ip: it.addresses.IPv6 }],
      startTime: now,
      conditions: [
        condition('PodScheduled', true),
        condition('Initialized', true),
        condition('ContainersReady', it.ready),
        condition('Ready', it.ready),
      ],
      containerStatuses: it.containers.map((name) => containerStatus(name, it.ready, now)),
    },
  }
}

function containerStatus(name: string, ready: boolean, startedAt: string): unknown {
  return {
    name,
    image: 'lab',
    imageID: '',
    restartCount: 0,
    ready,
    started: true,
    state: { running: { startedAt } },
  }
}
