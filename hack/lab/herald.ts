// Herald's own processes in the lab: the bundle, started as the manifests start it, with the tokens of the shipped
// service accounts and the capabilities of the pods, and no more.
import { chownSync, copyFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ControlPlane } from '../../test/support/control-plane.ts'
import { dig } from '../../test/support/dig.ts'
import type { Running } from '../../test/support/process.ts'
import { startProcess, tailOf } from '../../test/support/process.ts'
import { Hopeless, untilTrue } from '../../test/support/until.ts'
import type { Image } from './image.ts'
import { hostPodStatus } from './kubelet-objects.ts'
import { namespaceName, nodeAddresses } from './names.ts'
import type { NodeName, Place } from './names.ts'
import { run, runIn } from './shell.ts'
import type { Workload } from './workload.ts'
import { environmentOf, heraldNamespace, readWorkload, setprivFlags } from './workload.ts'

export type HeraldPlace = {
  readonly id?: string // of the lab; absent: everything is in the caller's network namespace
  readonly plane: ControlPlane
  readonly image: Image
  readonly logFolder: string
}

export type HeraldProcess = Running & {
  readonly pod: string
  readonly logFile: string
  readonly healthPort: number
  readonly spawnedAt: number // performance.now()
  readonly ready: () => Promise<void> // /readyz says so
  readonly metrics: () => Promise<string> // the text of /metrics
}

type Start = {
  readonly workload: Workload
  readonly pod: string
  readonly node: NodeName // whose pod it is
  readonly place: Place // in whose namespace it runs
  readonly ports: { readonly health: number; readonly metrics: number }
  readonly flags: readonly string[]
}

const ports = { health: 17_472, metrics: 9_120 }

export async function startSpeaker(
  at: HeraldPlace,
  node: NodeName,
  flags: readonly string[] = [],
): Promise<HeraldProcess> {
  const workload = await readWorkload(at.plane.api, 'speaker')
  return start(at, { workload, pod: `speaker-${node}`, node, place: node, ports, flags })
}

/** Controllers share the namespace of the API server, so they need ports of their own; `number` from 1. */
export async function startController(
  at: HeraldPlace,
  number: number,
  flags: readonly string[] = [],
): Promise<HeraldProcess> {
  const workload = await readWorkload(at.plane.api, 'controller')
  const own = { health: ports.health + number, metrics: ports.metrics + number }
  return start(at, { workload, pod: `controller-${number}`, node: 'node-a', place: 'api', ports: own, flags })
}

async function start(at: HeraldPlace, what: Start): Promise<HeraldProcess> {
  const { workload, pod } = what
  await declarePod(at.plane, what)
  const namespace = at.id === undefined ? undefined : namespaceName(at.id, what.place)
  const logFile = join(at.logFolder, `${pod}.log`)
  const [command = 'node', ...args] = workload.command.map(at.image.locate)
  const env = {
    ...environmentOf(workload, { name: pod, node: what.node }),
    KUBECONFIG: await kubeconfigFor(at, what),
  }
  const spawnedAt = performance.now()
  const running = startProcess({
    command: 'setpriv',
    args: [
      ...setprivFlags(workload),
      'setpriv',
      '--pdeathsig',
      'KILL',
      command,
      ...args,
      ...portFlags(what),
      ...what.flags,
    ],
    env,
    cleanEnv: true,
    logFile,
    ...(namespace === undefined ? {} : { namespace }),
  })
  return {
    ...running,
    pod,
    logFile,
    healthPort: what.ports.health,
    spawnedAt,
    metrics: () => httpGet(namespace, what.ports.metrics, '/metrics'),
    ready: () => untilReady({ running, namespace, logFile, port: what.ports.health }),
  }
}

// Later flags win over those of the manifest.
function portFlags({ ports: own }: Start): readonly string[] {
  return [`--port=${own.metrics}`, `--health-probe-port=${own.health}`]
}

async function kubeconfigFor(at: HeraldPlace, { workload, pod }: Start): Promise<string> {
  const identity = { serviceAccount: { namespace: heraldNamespace, name: workload.serviceAccount } }
  const made = await at.plane.userKubeconfig({ ...identity, server: at.plane.innerServer })
  const file = join(at.image.folder, `${pod}.kubeconfig`)
  copyFileSync(made, file)
  chownSync(file, workload.user, workload.group)
  return file
}

async function untilReady(of: {
  readonly running: Running
  readonly namespace: string | undefined
  readonly logFile: string
  readonly port: number
}): Promise<void> {
  const ask = async (): Promise<boolean> => {
    if (of.running.hasExited()) throw new Hopeless(`it ended; its log:\n${tailOf(of.logFile)}`)
    return (await httpGet(of.namespace, of.port, '/readyz')) !== ''
  }
  await untilTrue(`ready on port ${of.port} in ${of.namespace ?? 'this namespace'}`, ask, {
    timeoutMs: 60_000,
  })
}

/** The body of a 200, from within the namespace, by bash alone: a process that starts in 5 ms. */
async function httpGet(namespace: string | undefined, port: number, path: string): Promise<string> {
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`
  const bash = ['-c', script]
  const answer = await (namespace === undefined ? run('bash', bash) : runIn(namespace, 'bash', bash))
  const [head = '', ...body] = answer.split('\r\n\r\n')
  if (!/^HTTP\/1\.[01] 200 /.test(head)) throw new Error(answer.slice(0, 400))
  return body.join('\r\n\r\n') || 'ok'
}

// The pod that the process stands for: what it writes about itself is owned by it. `kubectl get pods` shows it.
async function declarePod(plane: ControlPlane, { workload, pod, node }: Start): Promise<void> {
  const path = `/api/v1/namespaces/${heraldNamespace}/pods/${pod}`
  const spec = dig(workload.template, 'spec')
  await plane.api.apply(path, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, labels: dig(workload.template, 'metadata', 'labels') },
    spec: { ...(typeof spec === 'object' ? spec : {}), nodeName: node },
  })
  await plane.api.merge(`${path}/status`, hostPodStatus(workload.component, nodeAddresses(node)))
}

/** Resident memory of a process, in MB (10⁶ bytes), as the kernel counts it. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN)
  return Math.round((kilobytes * 1024) / 1e5) / 10
}
