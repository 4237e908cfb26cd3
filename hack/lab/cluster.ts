// The cluster of the lab: a LAN in namespaces, the real control plane on it, three nodes with a kubelet and kube-proxy.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Api } from '../../test/support/api.ts'
import type { ControlPlane } from '../../test/support/control-plane.ts'
import { startControlPlane } from '../../test/support/control-plane.ts'
import { usualControllers } from '../../test/support/control-plane-layout.ts'
import { digList, digText } from '../../test/support/dig.ts'
import type { Running } from '../../test/support/process.ts'
import { startProcess } from '../../test/support/process.ts'
import { untilTrue } from '../../test/support/until.ts'
import { componentPath } from '../control-plane/where.mjs'
import type { Kubelet } from './kubelet.ts'
import { startKubelet } from './kubelet.ts'
import { clusterRange, lan, namespaceName, nodeAddresses, nodeNames } from './names.ts'
import type { NodeName } from './names.ts'
import { makeNetwork, removeNetwork, setCable } from './network.ts'
import { heraldNamespace } from './workload.ts'

export type ClusterOptions = {
  readonly id: string
  readonly multicastSnooping?: boolean
  readonly scheduler?: boolean
  readonly say?: (line: string) => void
}

export type Cluster = {
  readonly id: string
  readonly plane: ControlPlane
  readonly logFolder: string
  readonly powerOff: (node: NodeName) => Promise<void> // kube-proxy, kubelet and backends die, the cable is dead
  readonly powerOn: (node: NodeName) => Promise<void>
  /** Kubernetes' own processes ask again at once: after an outage of the API server they wait for up to a minute. */
  readonly wakeKubernetes: () => Promise<void>
  readonly stop: () => Promise<void>
}

type Parts = {
  readonly id: string
  readonly plane: ControlPlane
  readonly logFolder: string
  readonly kubelet: Kubelet
  readonly proxies: Map<NodeName, Running>
}

const manifests = resolve(import.meta.dirname, '../../deploy/manifests')

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { id, say = () => undefined } = options
  await removeNetwork(id) // what a killed run may have left
  say('a LAN of network namespaces: a client, three nodes, one bridge')
  await makeNetwork(id, options)
  say('a Kubernetes control plane: etcd, kube-apiserver, kube-controller-manager')
  const plane = await startControlPlane({
    controllerManager: true,
    controllers: usualControllers,
    scheduler: options.scheduler === true,
    namespace: namespaceName(id, 'api'),
    bindAddress: lan.api.IPv4,
  }).catch(async (error: unknown) => {
    await removeNetwork(id)
    throw error
  })
  const logFolder = join(plane.folder, 'lab')
  mkdirSync(logFolder)
  say('three nodes: kubelet and kube-proxy (nftables)')
  const kubelet = await startKubelet({
    api: plane.api,
    lab: id,
    logFolder,
    ignoredNamespace: heraldNamespace,
  })
  const parts: Parts = { id, plane, logFolder, kubelet, proxies: new Map() }
  await Promise.all(nodeNames.map((node) => startProxy(parts, node)))
  say('kubectl apply -k deploy/manifests')
  await applyManifests(plane)
  return {
    id,
    plane,
    logFolder,
    powerOff: (node) => powerOff(parts, node),
    powerOn: (node) => powerOn(parts, node),
    wakeKubernetes: () => wakeKubernetes(parts),
    stop: () => stop(parts),
  }
}

async function startProxy(parts: Parts, node: NodeName): Promise<void> {
  const { plane, id, logFolder } = parts
  const kubeconfig = await plane.userKubeconfig({ user: 'system:kube-proxy', server: plane.innerServer })
  const proxy = startProcess({
    command: componentPath('kube-proxy'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--proxy-mode=nftables',
      `--hostname-override=${node}`,
      `--bind-address=${nodeAddresses(node).IPv4}`,
      `--cluster-cidr=${clusterRange}`,
      '--conntrack-max-per-core=0', // no sysctls from within a namespace
      '--conntrack-min=0',
      '--conntrack-tcp-timeout-established=0',
      '--conntrack-tcp-timeout-close-wait=0',
    ],
    logFile: join(logFolder, `kube-proxy-${node}.log`),
    namespace: namespaceName(id, node),
  })
  parts.proxies.set(node, proxy)
}

async function powerOff(parts: Parts, node: NodeName): Promise<void> {
  parts.proxies.get(node)?.kill('SIGKILL')
  parts.kubelet.powerOff(node)
  await setCable(parts.id, node, 'down')
}

async function powerOn(parts: Parts, node: NodeName): Promise<void> {
  await setCable(parts.id, node, 'up')
  await startProxy(parts, node)
  await parts.kubelet.powerOn(node)
}

// The back-off of client-go's reflectors (0.8 s to 30 s, up to twice that by jitter) begins anew only after two minutes
// without an error; a process begins with none. What kube-proxy has told the kernel stays.
async function wakeKubernetes(parts: Parts): Promise<void> {
  const running = nodeNames.filter((node) => parts.proxies.get(node)?.hasExited() === false)
  const restartProxy = async (node: NodeName): Promise<void> => {
    parts.proxies.get(node)?.kill('SIGKILL')
    await startProxy(parts, node)
  }
  await Promise.all([parts.plane.restartControllers(), ...running.map(restartProxy)])
}

async function stop(parts: Parts): Promise<void> {
  for (const proxy of parts.proxies.values()) proxy.kill('SIGKILL')
  await parts.kubelet.stop()
  await parts.plane.stop()
  await removeNetwork(parts.id)
}

/** All that a user applies. The pods of Herald itself are the lab's processes: the Deployment makes none. */
export async function applyManifests(plane: ControlPlane): Promise<void> {
  await plane.kubectl(['apply', '--server-side', '-k', manifests])
  const deployment = `/apis/apps/v1/namespaces/${heraldNamespace}/deployments/controller`
  await plane.api.merge(deployment, { spec: { replicas: 0 } })
  await untilTrue('every custom resource is established', () => areEstablished(plane.api), {
    timeoutMs: 60_000,
  })
}

async function areEstablished(api: Api): Promise<boolean> {
  const list = await api.get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions')
  const isEstablished = (definition: unknown): boolean =>
    digList(definition, 'status', 'conditions').some(
      (condition) => digText(condition, 'type') === 'Established' && digText(condition, 'status') === 'True',
    )
  return digList(list, 'items').every(isEstablished)
}
