// What one control plane is made of before it runs: its folder, ports, certificates, and the flags of each part.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Authority, Certificate } from './certificates.ts'
import { issueCertificate, makeAuthority, makeSigningKey } from './certificates.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { freePorts } from './ports.ts'
import { makeTemporaryFolder } from './temporary.ts'

export type ControlPlaneOptions = {
  readonly emulatedVersion?: string // '1.33': the API of an older release
  readonly controllerManager?: boolean
  readonly controllers?: readonly string[] // of the controller manager; default: `usualControllers`
  readonly scheduler?: boolean
  readonly bindAddress?: string // 127.0.0.1 when absent; it gets into the certificate
  readonly namespace?: string // network namespace that it runs in; a relay on loopback leads the caller there
  readonly extraApiServerFlags?: readonly string[]
  readonly extraControllerManagerFlags?: readonly string[]
}

export type Layout = {
  readonly folder: string
  readonly authority: Authority
  readonly serving: Certificate
  readonly admin: Certificate
  readonly manager: string // kubeconfig paths
  readonly schedulerConfig: string
  readonly kubeconfig: string
  readonly signing: { readonly privateFile: string; readonly publicFile: string }
  readonly bindAddress: string
  readonly port: number
  readonly relayPort: number // on the caller's loopback
  readonly server: string
  readonly innerServer: string
  readonly etcdUrl: string
  readonly etcdPeerUrl: string
}

/** Endpoints, accounts, namespaces, garbage and workloads: what a cluster's user notices when it is missing. */
export const usualControllers: readonly string[] = [
  'endpointslice-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'namespace-controller',
  'garbage-collector-controller',
  'deployment-controller',
  'replicaset-controller',
  'node-lifecycle-controller',
]

const serviceRange = '10.96.0.0/16,fd00:96::/108'

export async function layOut(options: ControlPlaneOptions): Promise<Layout> {
  const folder = makeTemporaryFolder('control-plane')
  const [port = 0, relayPort = 0, etcdPort = 0, etcdPeerPort = 0] = await freePorts(4)
  const bindAddress = options.bindAddress ?? '127.0.0.1'
  const inner = options.namespace !== undefined
  const server = inner ? `https://127.0.0.1:${relayPort}` : `https://${bindAddress}:${port}`
  const innerServer = `https://${bindAddress}:${port}`
  const authority = await makeAuthority(folder)
  const [serving, admin, manager, scheduler] = await issueAll(authority, bindAddress)
  const configFor = (name: string, user: Certificate, at: string): string =>
    writeKubeconfig(join(folder, `${name}.kubeconfig`), {
      server: at,
      authorityFile: authority.certificateFile,
      user: { certificate: user },
    })
  mkdirSync(join(folder, 'etcd'), { mode: 0o700 })
  return {
    folder,
    authority,
    serving,
    admin,
    manager: configFor('manager', manager, innerServer),
    schedulerConfig: configFor('scheduler', scheduler, innerServer),
    kubeconfig: configFor('admin', admin, server),
    signing: makeSigningKey(folder),
    bindAddress,
    port,
    relayPort,
    server,
    innerServer,
    etcdUrl: `http://127.0.0.1:${etcdPort}`,
    etcdPeerUrl: `http://127.0.0.1:${etcdPeerPort}`,
  }
}

function issueAll(
  authority: Authority,
  bindAddress: string,
): Promise<[Certificate, Certificate, Certificate, Certificate]> {
  const addresses = new Set(['127.0.0.1', '10.96.0.1', 'fd00:96::1', bindAddress])
  const alternativeNames = [
    ...['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map(
      (name) => `DNS:${name}`,
    ),
    ...[...addresses].map((address) => `IP:${address}`),
  ]
  const component = (name: string): Promise<Certificate> =>
    issueCertificate(authority, { name, commonName: `system:${name}` })
  return Promise.all([
    issueCertificate(authority, { name: 'serving', commonName: 'kube-apiserver', alternativeNames }),
    issueCertificate(authority, { name: 'admin', commonName: 'admin', organizations: ['system:masters'] }),
    component('kube-controller-manager'),
    component('kube-scheduler'),
  ])
}

export function etcdFlags(layout: Layout): readonly string[] {
  return [
    `--data-dir=${join(layout.folder, 'etcd')}`,
    `--listen-client-urls=${layout.etcdUrl}`,
    `--advertise-client-urls=${layout.etcdUrl}`,
    `--listen-peer-urls=${layout.etcdPeerUrl}`,
    `--initial-advertise-peer-urls=${layout.etcdPeerUrl}`,
    `--initial-cluster=default=${layout.etcdPeerUrl}`,
    '--log-level=warn',
  ]
}

// --advertise-address: without a default route (a fresh namespace) the API server finds none and ends;
// nothing has to own it, as nobody reconciles the endpoints of the Service 'kubernetes'.
export function apiServerFlags(layout: Layout, options: ControlPlaneOptions): readonly string[] {
  return [
    `--etcd-servers=${layout.etcdUrl}`,
    `--bind-address=${options.namespace === undefined ? layout.bindAddress : '0.0.0.0'}`,
    `--advertise-address=${layout.bindAddress.startsWith('127.') ? '192.0.2.1' : layout.bindAddress}`,
    `--secure-port=${layout.port}`,
    `--tls-cert-file=${layout.serving.certificateFile}`,
    `--tls-private-key-file=${layout.serving.keyFile}`,
    `--client-ca-file=${layout.authority.certificateFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${layout.signing.publicFile}`,
    `--service-account-signing-key-file=${layout.signing.privateFile}`,
    '--authorization-mode=Node,RBAC',
    `--service-cluster-ip-range=${serviceRange}`,
    '--allow-privileged=true',
    '--endpoint-reconciler-type=none',
    ...(options.controllerManager === true ? [] : ['--disable-admission-plugins=ServiceAccount']),
    ...(options.emulatedVersion === undefined ? [] : [`--emulated-version=${options.emulatedVersion}`]),
    ...(options.extraApiServerFlags ?? []),
  ]
}

export function managerFlags(layout: Layout, options: ControlPlaneOptions): readonly string[] {
  return [
    ...['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
      (flag) => `--${flag}=${layout.manager}`,
    ),
    '--bind-address=127.0.0.1',
    '--secure-port=0',
    `--service-account-private-key-file=${layout.signing.privateFile}`,
    `--root-ca-file=${layout.authority.certificateFile}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    `--cluster-signing-cert-file=${layout.authority.certificateFile}`,
    `--cluster-signing-key-file=${layout.authority.keyFile}`,
    `--controllers=${(options.controllers ?? usualControllers).join(',')}`,
    ...(options.extraControllerManagerFlags ?? []),
  ]
}

export function schedulerFlags(layout: Layout): readonly string[] {
  return [
    ...['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
      (flag) => `--${flag}=${layout.schedulerConfig}`,
    ),
    '--bind-address=127.0.0.1',
    '--secure-port=0',
    '--leader-elect=false',
  ]
}
