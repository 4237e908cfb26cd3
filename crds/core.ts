// The core kinds that Herald reads, as the planner sees them: Service, EndpointSlice, Node, Namespace.
import type { Family } from '../protocols/net/address.ts'
import type { Condition } from './kind.ts'
import type { Cidr } from './service-cidr.ts'

export type ServicePort = {
  readonly name: string
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  readonly port: number
}

export type Service = {
  readonly key: string // 'namespace/name'
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly createdAt: string // RFC 3339
  readonly deleting: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>> // ours only: metallb.io/* and metallb.universe.tf/*
  readonly type: string
  readonly loadBalancerClass?: string
  readonly loadBalancerIP?: string // spec.loadBalancerIP
  readonly clusterIPs: readonly string[] // without 'None'
  readonly ipFamilyPolicy: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack'
  readonly ipFamilies: readonly Family[]
  readonly externalTrafficPolicy: 'Cluster' | 'Local'
  readonly selector: Readonly<Record<string, string>> // empty: the Service has none
  readonly ports: readonly ServicePort[]
  readonly ingress: readonly string[] // status.loadBalancer.ingress[].ip, canonical where it parses
  readonly portsStand?: boolean // true, or absent: some status.loadBalancer.ingress[].ports
  readonly conditions: readonly Condition[] // status.conditions of type metallb.io/*
}

export type Endpoint = {
  readonly addresses: readonly string[]
  readonly nodeName?: string
  readonly ports?: readonly string[] // 'TCP/name' of those it answers at; absent: not said
  readonly serving: boolean // metallb.md §3.8: ready is true or unset, or serving is true
}

export type Node = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly networkUnavailable: boolean
  readonly leaving?: NodeLeaving // its pods go, and do not come back soon
  readonly taints?: readonly string[] // keys; absent: none
  readonly trueConditions?: readonly string[] // types; absent: none
  readonly addresses: readonly string[] // status.addresses of type InternalIP and ExternalIP
  readonly podCIDRs?: readonly Cidr[] // spec.podCIDRs; absent: none
}

/** Cordoned: by its administrator, kubectl cordon or drain. ShuttingDown: the machine goes, as the kubelet or the cloud says. */
export type NodeLeaving = 'Cordoned' | 'ShuttingDown'

export type Namespace = { readonly name: string; readonly labels: Readonly<Record<string, string>> }
