// A real Kubernetes control plane for tests and the lab: etcd, kube-apiserver and, when wished, the
// controller manager and the scheduler. Ready in seconds, several side by side, gone with who started it.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { componentPath } from '../../hack/control-plane/where.mjs'
import type { Api } from './api.ts'
import { connectApi } from './api.ts'
import type { Authority, Certificate } from './certificates.ts'
import { fileAsBase64, issueCertificate } from './certificates.ts'
import type { ControlPlaneOptions, Layout } from './control-plane-layout.ts'
import { apiServerFlags, etcdFlags, layOut, managerFlags, schedulerFlags } from './control-plane-layout.ts'
import { digText } from './dig.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import type { Running } from './process.ts'
import { startProcess, tailOf } from './process.ts'
import type { Relay } from './relay.ts'
import { startRelay } from './relay.ts'
import { removeFolder } from './temporary.ts'
import { Hopeless, untilTrue } from './until.ts'

export type { ControlPlaneOptions } from './control-plane-layout.ts'

export type ControlPlane = {
  readonly kubeconfig: string // path; the user is almighty (system:masters)
  readonly server: string // https://127.0.0.1:port, for the caller
  readonly innerServer: string // the same server for those in its network namespace or on its LAN
  readonly caData: string // base64 of the PEM
  readonly adminAuth: Certificate // PEM files
  readonly etcdUrl: string
  readonly folder: string // logs and files; removed by stop()
  readonly api: Api // as admin
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string> // stdout; throws with stderr
  readonly userKubeconfig: (identity: Identity) => Promise<string> // path
  readonly stopApiServer: () => Promise<void> // SIGTERM
  readonly killApiServer: () => Promise<void> // SIGKILL
  readonly startApiServer: () => Promise<void> // the same ports, the same data; resolves when ready
  readonly restartApiServer: () => Promise<void>
  readonly restartControllers: () => Promise<void> // and the scheduler, where they run: at work at once
  readonly stillThere: () => void // throws Hopeless, with its log, when a component has ended that nobody stopped
  readonly pids: () => Readonly<Record<string, number>>
  readonly stop: () => Promise<void>
}

export type Identity = (
  | { readonly serviceAccount: { readonly namespace: string; readonly name: string } }
  | { readonly user: string; readonly groups?: readonly string[] }
) & { readonly server?: string; readonly expirationSeconds?: number } // server: 'innerServer' for those on the LAN

type Plane = {
  readonly layout: Layout
  readonly options: ControlPlaneOptions
  readonly api: Api
  readonly running: Map<string, Running>
}

export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const layout = await layOut(options)
  const relay = options.namespace === undefined ? undefined : await startRelay(layout, options.namespace)
  const api = connectApi({
    server: layout.server,
    authorityFile: layout.authority.certificateFile,
    client: layout.admin,
  })
  const plane: Plane = { layout, options, api, running: new Map() }
  try {
    start(plane, 'etcd', etcdFlags(layout))
    await startApiServer(plane)
    startControllers(plane)
    if (options.controllerManager === true) await defaultAccountExists(plane)
  } catch (error) {
    await stopAll(plane, relay)
    throw error
  }
  return handle(plane, relay)
}

function handle(plane: Plane, relay: Relay | undefined): ControlPlane {
  const { layout, api } = plane
  const stopApiServer = async (): Promise<void> => {
    await plane.running.get('kube-apiserver')?.stop(drainMs)
  }
  return {
    kubeconfig: layout.kubeconfig,
    server: layout.server,
    innerServer: layout.innerServer,
    caData: fileAsBase64(layout.authority.certificateFile),
    adminAuth: layout.admin,
    etcdUrl: layout.etcdUrl,
    folder: layout.folder,
    api,
    kubectl: (args, input) => kubectl(layout, args, input),
    userKubeconfig: (identity) => userKubeconfig(plane, identity),
    stopApiServer,
    killApiServer: () => kill(plane, 'kube-apiserver'),
    startApiServer: () => startApiServer(plane),
    restartApiServer: async () => {
      await stopApiServer()
      await startApiServer(plane)
    },
    restartControllers: async () => {
      await Promise.all([kill(plane, 'kube-controller-manager'), kill(plane, 'kube-scheduler')])
      startControllers(plane)
    },
    stillThere: () => stillThere(plane),
    pids: () => Object.fromEntries([...plane.running].map(([name, process]) => [name, process.pid])),
    stop: () => stopAll(plane, relay),
  }
}

function start(plane: Plane, component: Component, args: readonly string[]): void {
  const { folder } = plane.layout
  const { namespace } = plane.options
  const started = startProcess({
    command: componentPath(component),
    args,
    logFile: join(folder, `${component}.log`),
    ...(namespace === undefined ? {} : { namespace }),
  })
  plane.running.set(component, started)
}

// An API server that is asked to stop waits a minute for open watches; an upgrade in a cluster does not.
const drainMs = 2_000

type Component = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler'

async function startApiServer(plane: Plane): Promise<void> {
  if (plane.running.get('kube-apiserver')?.hasExited() === false) return
  start(plane, 'kube-apiserver', apiServerFlags(plane.layout, plane.options))
  const ready = async (): Promise<boolean> => {
    stillThere(plane)
    return (await plane.api.raw('/readyz')) === 'ok'
  }
  await untilTrue('the API server is ready', ready, { timeoutMs: 150_000 })
}

function startControllers(plane: Plane): void {
  const { layout, options } = plane
  if (options.controllerManager === true)
    start(plane, 'kube-controller-manager', managerFlags(layout, options))
  if (options.scheduler === true) start(plane, 'kube-scheduler', schedulerFlags(layout))
}

// A flag that it does not know ends it at once: its own words are worth more than a time-out.
function stillThere(plane: Plane): void {
  for (const [component, running] of plane.running) {
    if (!running.hasExited()) continue
    const log = tailOf(join(plane.layout.folder, `${component}.log`))
    throw new Hopeless(`${component} ended:\n${log}`)
  }
}

// Pods are refused before it is there.
async function defaultAccountExists(plane: Plane): Promise<void> {
  const path = '/api/v1/namespaces/default/serviceaccounts/default'
  await untilTrue('the default ServiceAccount', async () => (await plane.api.get(path)) !== undefined, {
    timeoutMs: 60_000,
  })
}

async function kill(plane: Plane, component: Component): Promise<void> {
  const running = plane.running.get(component)
  running?.kill('SIGKILL')
  await running?.exited
}

// Nothing of it is kept, so nobody needs to be asked politely (a polite API server takes more than a second).
async function stopAll(plane: Plane, relay: Relay | undefined): Promise<void> {
  await plane.api.close()
  relay?.stop()
  const all = [...plane.running.values()]
  for (const running of all) running.kill('SIGKILL')
  await Promise.allSettled(all.map((running) => running.exited))
  removeFolder(plane.layout.folder)
}

function kubectl(layout: Layout, args: readonly string[], input: string | undefined): Promise<string> {
  const env = {
    ...process.env,
    KUBECONFIG: layout.kubeconfig,
    KUBECACHEDIR: join(layout.folder, 'kubectl-cache'),
  }
  return new Promise((resolve, reject) => {
    const child = execFile(
      componentPath('kubectl'),
      args,
      { env, maxBuffer: 256 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`, { cause: error }))
      },
    )
    child.stdin?.end(input ?? '')
  })
}

let issued = 0

async function userKubeconfig(plane: Plane, identity: Identity): Promise<string> {
  const { layout } = plane
  issued += 1
  const file = join(layout.folder, `user-${issued}.kubeconfig`)
  const server = identity.server ?? layout.server
  const authorityFile = layout.authority.certificateFile
  if ('serviceAccount' in identity) {
    const token = await requestToken(plane.api, identity)
    const { namespace } = identity.serviceAccount
    return writeKubeconfig(file, { server, authorityFile, user: { token }, namespace })
  }
  const certificate = await issueUser(layout.authority, { name: `user-${issued}`, ...identity })
  return writeKubeconfig(file, { server, authorityFile, user: { certificate } })
}

function issueUser(
  authority: Authority,
  who: { readonly name: string; readonly user: string; readonly groups?: readonly string[] },
): Promise<Certificate> {
  return issueCertificate(authority, {
    name: who.name,
    commonName: who.user,
    organizations: who.groups ?? [],
  })
}

async function requestToken(
  api: Api,
  identity: Extract<Identity, { readonly serviceAccount: unknown }>,
): Promise<string> {
  const { namespace, name } = identity.serviceAccount
  const answer = await api.create(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: identity.expirationSeconds ?? 36_000 },
  })
  const token = digText(answer, 'status', 'token')
  if (token === undefined) throw new Error(`no token for ${namespace}/${name}`)
  return token
}
