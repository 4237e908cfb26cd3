// A small cluster as kubectl dumps it, and a change of it: what the page about the command shows of `herald plan`.
import { circumstancesOf } from '../../operator/cli/access.ts'
import { changesOf } from '../../operator/cli/changes.ts'
import { lookThrough } from '../../operator/cli/cluster.ts'
import { dumpOf } from '../../operator/cli/dump.ts'
import { parseManifests } from '../../operator/cli/manifests.ts'
import { reportOf } from '../../operator/cli/plan-command.ts'
import type { PlanReport } from '../../operator/cli/plan.ts'

export const exampleCluster = `
apiVersion: v1
kind: List
items:
- apiVersion: metallb.io/v1beta1
  kind: IPAddressPool
  metadata: {name: lan, namespace: metallb-system, creationTimestamp: "2026-01-01T00:00:00Z"}
  spec: {addresses: [192.0.2.0/24]}
- apiVersion: metallb.io/v1beta1
  kind: IPAddressPool
  metadata: {name: spare, namespace: metallb-system, creationTimestamp: "2026-01-02T00:00:00Z"}
  spec: {addresses: [198.51.100.0/29], autoAssign: false}
- apiVersion: metallb.io/v1beta1
  kind: L2Advertisement
  metadata: {name: all, namespace: metallb-system}
- apiVersion: v1
  kind: Node
  metadata: {name: node-a, labels: {zone: a}}
- apiVersion: v1
  kind: Node
  metadata: {name: node-b, labels: {zone: b}}
${['web', 'api', 'mail'].map(exampleService).join('')}
`

function exampleService(name: string, index: number): string {
  return `
- apiVersion: v1
  kind: Service
  metadata: {name: ${name}, namespace: default, creationTimestamp: "2026-01-0${index + 3}T00:00:00Z"}
  spec: {type: LoadBalancer, clusterIPs: [10.96.0.${index + 10}], selector: {app: ${name}}, ports: [{port: 80}]}
  status: {loadBalancer: {ingress: [{ip: 192.0.2.${index * 100}}]}}
- apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {name: ${name}-1, namespace: default, labels: {kubernetes.io/service-name: ${name}}}
  addressType: IPv4
  endpoints:
  - {addresses: [10.244.0.1], nodeName: node-a, conditions: {ready: true}}
  - {addresses: [10.244.1.1], nodeName: node-b, conditions: {ready: true}}
  ports: [{port: 80}]
`
}

/** The pool shrinks to its lower half, and only zone a announces. */
export const exampleChange = `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: lan, namespace: metallb-system}
spec: {addresses: [192.0.2.0/25]}
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: all, namespace: metallb-system}
spec: {nodeSelectors: [{matchLabels: {zone: a}}]}
`

export type Planned = {
  readonly cluster?: string
  readonly change?: string
  readonly deletions?: readonly string[]
}

/** As the command does it with files. */
export function plannedReport({
  cluster = exampleCluster,
  change = exampleChange,
  deletions = [],
}: Planned = {}): PlanReport {
  const namespace = 'metallb-system'
  const { lists, takenAtMs } = dumpOf(parseManifests('cluster.yaml', cluster), namespace)
  const circumstances = { ...circumstancesOf({ namespace, leaseMissed: '4' }), wallMs: takenAtMs }
  const { snapshot } = lookThrough(lists, circumstances)
  const changes = changesOf(parseManifests('changed.yaml', change), deletions, { namespace, home: 'default' })
  return reportOf({ snapshot, lists, circumstances, home: 'default' }, changes)
}
