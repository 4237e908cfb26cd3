// A small kubelet for the lab's nodes: creates them, keeps their leases, runs the pods bound to them as
// namespaces with an HTTP backend, and reports both as a kubelet does. It serves no logs and no exec.
import type { Api, WatchEvent, Watching } from '../../test/support/api.ts'
import { ApiError } from '../../test/support/api.ts'
import { dig, digList, digText } from '../../test/support/dig.ts'
import { pause } from '../../test/support/until.ts'
import { nodeAddresses, nodeNames } from './names.ts'
import type { NodeName } from './names.ts'
import { nodeLease, nodeObject, nodeStatus, podStatus, renewal } from './kubelet-objects.ts'
import type { RunningPod } from './pod.ts'
import { startPod } from './pod.ts'

export type Kubelet = {
  /** No more leases, and the node's backends die at once; its pods stay what the API server last heard. */
  readonly powerOff: (node: NodeName) => void
  /** Leases again; the node's pods start anew, as after a boot. */
  readonly powerOn: (node: NodeName) => Promise<void>
  readonly stop: () => Promise<void>
}

type State = {
  readonly api: Api
  readonly lab: string // its id
  readonly logFolder: string
  readonly ignoredNamespace: string // the pods of Herald itself: the lab runs those as processes
  readonly off: Set<NodeName>
  readonly pods: Map<string, Promise<RunningPod>> // by uid
  readonly hosts: Map<string, { readonly node: NodeName; readonly host: number }> // by uid
  stopped: boolean
}

export type KubeletOptions = Pick<State, 'api' | 'lab' | 'logFolder' | 'ignoredNamespace'>

const renewEveryMs = 10_000

export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const state: State = { ...options, off: new Set(), pods: new Map(), hosts: new Map(), stopped: false }
  await Promise.all(nodeNames.map((node) => registerNode(state.api, node)))
  const timer = setInterval(() => void beat(state), renewEveryMs)
  const watching = keepWatching(state)
  return {
    powerOff: (node) => powerOff(state, node),
    powerOn: (node) => powerOn(state, node),
    stop: async () => {
      state.stopped = true
      clearInterval(timer)
      watching.stop()
      await Promise.allSettled([...state.pods.values()].map(async (pod) => (await pod).remove()))
    },
  }
}

async function registerNode(api: Api, node: NodeName): Promise<void> {
  await orExists(api.create('/api/v1/nodes', nodeObject(node)))
  await api.merge(`/api/v1/nodes/${node}/status`, nodeStatus(node, nodeAddresses(node)))
  await orExists(
    api.create('/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', nodeLease(node)),
  )
}

// Without the API server a kubelet goes on, and tries again at the next turn.
async function beat(state: State): Promise<void> {
  const alive = nodeNames.filter((node) => !state.off.has(node))
  const renew = (node: NodeName): Promise<unknown> =>
    state.api.merge(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node}`, renewal())
  await Promise.allSettled(alive.flatMap((node) => [renew(node), tellReady(state.api, node)]))
}

// A node whose Lease was not renewed for a while counts as not ready until its kubelet says otherwise: the renewal is not
// enough. Until then every pod of it that changes is made not ready, too, by the node lifecycle controller.
async function tellReady(api: Api, node: NodeName): Promise<void> {
  if (readiness(await api.get(`/api/v1/nodes/${node}`)) === 'True') return
  await api.merge(`/api/v1/nodes/${node}/status`, nodeStatus(node, nodeAddresses(node)))
}

// Lists, then watches from there; whatever ends it (an API server that restarts) begins it anew.
function keepWatching(state: State): Watching {
  let current: Watching | undefined
  const once = async (): Promise<void> => {
    const list = await state.api.get('/api/v1/pods')
    const present = new Set(digList(list, 'items').map((pod) => digText(pod, 'metadata', 'uid') ?? ''))
    for (const uid of state.pods.keys()) if (!present.has(uid)) void forget(state, uid)
    for (const object of digList(list, 'items')) onPod(state, { type: 'MODIFIED', object })
    const version = digText(list, 'metadata', 'resourceVersion') ?? '0'
    current = await state.api.watch(`/api/v1/pods?resourceVersion=${version}`, (event) => onPod(state, event))
    await current.ended
  }
  const forever = async (): Promise<void> => {
    while (!state.stopped) {
      await once().catch(() => pause(200))
    }
  }
  return { stop: () => current?.stop(), ended: forever() }
}

function onPod(state: State, event: WatchEvent): void {
  const node = nodeNames.find((name) => name === digText(event.object, 'spec', 'nodeName'))
  const uid = digText(event.object, 'metadata', 'uid')
  if (node === undefined || uid === undefined || state.off.has(node) || state.stopped) return
  if (event.type === 'DELETED') return void forget(state, uid)
  if (digText(event.object, 'metadata', 'deletionTimestamp') !== undefined)
    return void terminate(state, event.object, uid).catch(tellOf('terminating a pod'))
  if (digText(event.object, 'metadata', 'namespace') === state.ignoredNamespace) return
  void admit(state, { node, uid, pod: event.object }).catch(tellOf('starting a pod'))
}

function tellOf(doing: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof ApiError && error.status === 404))
      console.error(`kubelet: ${doing}: ${String(error)}`)
  }
}

async function admit(
  state: State,
  what: { readonly node: NodeName; readonly uid: string; readonly pod: unknown },
): Promise<void> {
  const known = state.pods.get(what.uid)
  const starting = known ?? startOnNode(state, what)
  state.pods.set(what.uid, starting)
  const { addresses } = await starting
  const wish = podStatus({ pod: what.pod, node: nodeAddresses(what.node), addresses })
  if (known !== undefined && saysAlready(what.pod, wish)) return
  await state.api.merge(`${podPath(what.pod)}/status`, wish)
}

/** A pod is ready unless its annotation says otherwise: tests turn readiness by it. */
function saysAlready(pod: unknown, wish: unknown): boolean {
  return readiness(pod) === readiness(wish)
}

function readiness(object: unknown): string | undefined {
  const conditions = digList(object, 'status', 'conditions')
  return digText(
    conditions.find((condition) => digText(condition, 'type') === 'Ready'),
    'status',
  )
}

function startOnNode(
  state: State,
  what: { readonly node: NodeName; readonly uid: string; readonly pod: unknown },
): Promise<RunningPod> {
  const host = freeHost(state, what.node)
  state.hosts.set(what.uid, { node: what.node, host })
  const port = dig(what.pod, 'spec', 'containers', 0, 'ports', 0, 'containerPort')
  return startPod({
    lab: state.lab,
    node: what.node,
    host,
    name: digText(what.pod, 'metadata', 'name') ?? 'pod',
    port: typeof port === 'number' ? port : 8080,
    logFolder: state.logFolder,
  })
}

// 1 is the node's end of each link.
function freeHost(state: State, node: NodeName): number {
  const taken = new Set([...state.hosts.values()].filter((one) => one.node === node).map((one) => one.host))
  let host = 2
  while (taken.has(host)) host += 1
  return host
}

// As a kubelet that has stopped the containers: the API server forgets the pod at once.
async function terminate(state: State, pod: unknown, uid: string): Promise<void> {
  await forget(state, uid)
  await state.api.remove(podPath(pod), { gracePeriodSeconds: 0, preconditions: { uid } })
}

async function forget(state: State, uid: string): Promise<void> {
  const pod = state.pods.get(uid)
  state.pods.delete(uid)
  await (await pod)?.remove()
  state.hosts.delete(uid)
}

function powerOff(state: State, node: NodeName): void {
  state.off.add(node)
  for (const [uid, at] of state.hosts) {
    if (at.node === node) void state.pods.get(uid)?.then((pod) => pod.backend.kill('SIGKILL'))
  }
}

async function powerOn(state: State, node: NodeName): Promise<void> {
  state.off.delete(node)
  const here = [...state.hosts].filter(([, at]) => at.node === node).map(([uid]) => uid)
  await Promise.all(here.map((uid) => forget(state, uid)))
  await beat(state)
  const list = await state.api.get(`/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`)
  for (const object of digList(list, 'items')) onPod(state, { type: 'MODIFIED', object })
}

function podPath(pod: unknown): string {
  const namespace = digText(pod, 'metadata', 'namespace') ?? ''
  return `/api/v1/namespaces/${namespace}/pods/${digText(pod, 'metadata', 'name') ?? ''}`
}

async function orExists(creation: Promise<unknown>): Promise<void> {
  await creation.catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 409)) throw error
  })
}
