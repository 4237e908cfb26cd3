// A control plane with Herald's manifests on it, and controllers that run under the rights of the shipped roles.
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { startControlPlane } from './control-plane.ts'
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts'
import { digList, digText } from './dig.ts'
import type { Running } from './process.ts'
import { startProcess, tailOf } from './process.ts'
import { until } from './until.ts'

const root = resolve(import.meta.dirname, '../..')
export const heraldNamespace = 'metallb-system'
export const defaultServices = '/api/v1/namespaces/default/services'

/** All of deploy/manifests; its Deployment runs nothing, there is no kubelet. */
export async function startHeraldPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const plane = await startControlPlane(options)
  try {
    await plane.kubectl(['apply', '--server-side', '-k', join(root, 'deploy/manifests')])
    await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'])
    return plane
  } catch (error) {
    await plane.stop()
    throw error
  }
}

export type TestController = Running & { readonly logFile: string }

export type TestControllerOptions = {
  readonly server?: string // a proxy
  readonly flags?: readonly string[]
}

/** The bundle, with a token of the account `controller`; `number` keeps ports and logs apart. */
export async function startTestController(
  plane: ControlPlane,
  number: number,
  { server = plane.server, flags = [] }: TestControllerOptions = {},
): Promise<TestController> {
  const bundle = join(root, 'build/controller.js')
  if (!existsSync(bundle)) throw new Error('there is no bundle: npm run bundle')
  const kubeconfig = await plane.userKubeconfig({
    serviceAccount: { namespace: heraldNamespace, name: 'controller' },
    server,
  })
  const logFile = join(plane.folder, `controller-${number}.log`)
  const running = startProcess({
    command: process.execPath,
    args: [
      bundle,
      `--kubeconfig=${kubeconfig}`,
      `--namespace=${heraldNamespace}`,
      `--pod-name=controller-${number}`,
      '--port=0',
      `--health-probe-port=${18_000 + number}`,
      ...flags,
    ],
    logFile,
    cleanEnv: true,
  })
  return { ...running, logFile }
}

export async function createTestPool(
  plane: ControlPlane,
  name: string,
  addresses: readonly string[],
): Promise<void> {
  await plane.api.create(`/apis/metallb.io/v1beta1/namespaces/${heraldNamespace}/ipaddresspools`, {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name },
    spec: { addresses },
  })
}

export type TestService = {
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>>
}

export function createTestService(plane: ControlPlane, { name, annotations = {}, spec = {} }: TestService) {
  return plane.api.create(defaultServices, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, annotations },
    spec: {
      type: 'LoadBalancer',
      allocateLoadBalancerNodePorts: false,
      selector: { app: name },
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      ...spec,
    },
  })
}

export function ingressOf(service: unknown): readonly string[] {
  return digList(service, 'status', 'loadBalancer', 'ingress').flatMap((entry) => digText(entry, 'ip') ?? [])
}

export async function readService(plane: ControlPlane, name: string): Promise<unknown> {
  return plane.api.get(`${defaultServices}/${name}`)
}

/** The addresses once there are some; without any, what the controllers said last is the cause of the error. */
export function addressesOf(
  plane: ControlPlane,
  name: string,
  timeoutMs = 120_000, // a controller may just be starting
): Promise<readonly string[]> {
  return until(
    `${name} has an address`,
    async () => {
      const addresses = ingressOf(await readService(plane, name))
      return addresses.length > 0 ? addresses : undefined
    },
    { timeoutMs },
  ).catch((error: unknown) => {
    const logs = readdirSync(plane.folder).filter((file) => /^controller-\d+\.log$/.test(file))
    const said = logs.map((file) => `${file}:\n${tailOf(join(plane.folder, file), 12)}`).join('\n')
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${said}`, { cause: error })
  })
}

/** Every Service of the namespace default, by name. */
export async function allAddresses(plane: ControlPlane): Promise<ReadonlyMap<string, readonly string[]>> {
  const list = await plane.api.get(defaultServices)
  return new Map(
    digList(list, 'items').map((service) => [digText(service, 'metadata', 'name') ?? '', ingressOf(service)]),
  )
}

export function conditionOf(object: unknown, type: string): unknown {
  return digList(object, 'status', 'conditions').find((condition) => digText(condition, 'type') === type)
}
