// Snapshots for tests of the reconcilers: parsed objects with defaults, so that a test names only what it is about.
import type { Endpoint, Namespace, Node, Service } from '../../crds/core.ts'
import type { IPAddressPool } from '../../crds/ip-address-pool.ts'
import { ipAddressPoolKind, parseIPAddressPool } from '../../crds/ip-address-pool.ts'
import type { Condition, KindName, Resource } from '../../crds/kind.ts'
import type { L2Advertisement } from '../../crds/l2-advertisement.ts'
import { l2AdvertisementKind, parseL2Advertisement } from '../../crds/l2-advertisement.ts'
import { parseAddress } from '../../protocols/net/address.ts'
import type { BgpObjects, BgpPlan } from '../../reconcilers/plan.ts'
import type { Read, Snapshot, Speaker } from '../../reconcilers/snapshot.ts'

export const epoch = '2026-01-01T00:00:00Z'

/** RFC 3339, so many seconds after the epoch of the tests. */
export function at(seconds: number): string {
  return `${new Date(Date.parse(epoch) + seconds * 1000).toISOString().slice(0, 19)}Z`
}

export type PoolSpec = {
  readonly createdAt?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly autoAssign?: boolean
  readonly avoidBuggyIPs?: boolean
  readonly excludeAddresses?: readonly string[]
  readonly paused?: boolean
  readonly reuseAfter?: string
  readonly duplicateAddressCheck?: 'Quick' | 'Full' | 'Off'
  readonly quota?: { readonly perNamespace: number }
  readonly serviceAllocation?: unknown
}

/** As the parser reads it: objections included. */
export function pool(
  name: string,
  addresses: readonly string[],
  { createdAt = epoch, labels = {}, ...spec }: PoolSpec = {},
): Read<IPAddressPool> {
  return parseIPAddressPool(object(ipAddressPoolKind, { name, createdAt, labels }, { addresses, ...spec }))
}

export function advertisement(
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): Read<L2Advertisement> {
  return parseL2Advertisement(object(l2AdvertisementKind, { name, createdAt: epoch, labels: {} }, spec))
}

export type Naming = {
  readonly name: string
  readonly createdAt: string
  readonly labels: Readonly<Record<string, string>>
}

/** An object of ours as the API server would send it. */
export function object({ group, version, kind }: KindName, naming: Naming, spec: unknown): Resource {
  return {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: {
      name: naming.name,
      namespace: 'metallb-system',
      uid: `uid-${naming.name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: naming.createdAt,
      labels: naming.labels,
    },
    spec,
  }
}

/** Of type LoadBalancer, with one IPv4 cluster IP, a selector and port 80/TCP. */
export function service(name: string, changes: Partial<Service> = {}): Service {
  const namespace = changes.namespace ?? 'default'
  const clusterIPs = changes.clusterIPs ?? ['10.96.0.10']
  return {
    key: `${namespace}/${name}`,
    namespace,
    name,
    uid: `uid-${namespace}-${name}`,
    createdAt: epoch,
    deleting: false,
    labels: {},
    annotations: {},
    type: 'LoadBalancer',
    clusterIPs,
    ipFamilyPolicy: 'SingleStack',
    ipFamilies: clusterIPs.flatMap((text) => parseAddress(text)?.family ?? []),
    externalTrafficPolicy: 'Cluster',
    selector: { app: name },
    ports: [{ name: '', protocol: 'TCP', port: 80 }],
    ingress: [],
    conditions: [],
    ...changes,
  }
}

export const dualStack = { clusterIPs: ['10.96.0.10', 'fd00:96::10'] } as const

/** What stands on a Service after an assignment was written. */
export function assigned(from: Service, ingress: readonly string[], poolName: string): Service {
  return {
    ...from,
    ingress,
    annotations: { ...from.annotations, 'metallb.io/ip-allocated-from-pool': poolName },
    conditions: [condition('metallb.io/Allocated', { reason: 'Allocated' })],
  }
}

export function condition(type: string, changes: Partial<Condition> = {}): Condition {
  return { type, status: 'True', lastTransitionTime: epoch, reason: 'Valid', message: '', ...changes }
}

export function node(name: string, changes: Partial<Node> = {}): Node {
  return { name, labels: {}, networkUnavailable: false, addresses: [], ...changes }
}

export function speaker(name: string, interfaces: readonly string[] = ['eth0']): Speaker {
  return { node: name, interfaces }
}

export function endpoint(nodeName?: string, serving = true): Endpoint {
  return { addresses: ['10.244.0.1'], ...(nodeName === undefined ? {} : { nodeName }), serving }
}

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): Namespace {
  return { name, labels }
}

/** Of a node that speaks no BGP. */
export const noBgp: BgpPlan = {
  peers: [],
  routes: [],
  bfd: {},
  peerVerdicts: new Map(),
  peerWarnings: new Map(),
  services: new Map(),
}

/** Of a cluster without any. */
export const noBgpObjects: BgpObjects = {
  peers: new Map(),
  advertisements: new Map(),
  profiles: new Map(),
  communities: new Map(),
}

/** A cluster without anything in it. */
export function snapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    takenAt: Date.parse(epoch),
    namespace: 'metallb-system',
    settings: { ignoreExcludeLabel: false },
    pools: [],
    l2Advertisements: [],
    bgpPeers: [],
    bgpAdvertisements: [],
    bfdProfiles: [],
    communities: [],
    services: [],
    flawedServices: [],
    endpoints: new Map(),
    nodes: [],
    namespaces: new Map([['default', namespace('default')]]),
    speakers: [],
    ...changes,
  }
}

/** Nodes with a living speaker each, and one serving endpoint per Service on every node. */
export function cluster(nodes: readonly string[], changes: Partial<Snapshot> = {}): Snapshot {
  const endpoints = nodes.map((name) => endpoint(name))
  return snapshot({
    nodes: nodes.map((name) => node(name)),
    speakers: nodes.map((name) => speaker(name)),
    endpoints: new Map((changes.services ?? []).map(({ key }) => [key, endpoints])),
    ...changes,
  })
}
