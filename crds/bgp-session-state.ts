// BGPSessionState (frrk8s.metallb.io/v1beta1): a kind of FRR-K8s, which dashboards of MetalLB's users read. It is not ours:
// no definition of it is shipped, and speakers write it where a cluster has it.
import type { KindName, Parsed, Resource } from './kind.ts'
import { at, partAt, readIdentity, readString, topOf } from './read.ts'

export type BGPSessionState = {
  readonly name: string
  readonly namespace: string
  readonly node: string
  readonly peer: string // as in the label
  readonly vrf: string // '' = the default one
  readonly bgpStatus: string
  readonly bfdStatus: string
  readonly isOurs: boolean // written by a speaker of ours, not by FRR-K8s
}

export const bgpSessionStateKind = {
  group: 'frrk8s.metallb.io',
  version: 'v1beta1',
  plural: 'bgpsessionstates',
  kind: 'BGPSessionState',
  namespaced: true,
} as const satisfies KindName

/** FRR-K8s' labels, by which its readers look for a session; and one that says who wrote the object. */
export const bgpSessionStateLabels = {
  node: 'frrk8s.metallb.io/node',
  peer: 'frrk8s.metallb.io/peer',
  vrf: 'frrk8s.metallb.io/vrf',
  writer: 'app.kubernetes.io/managed-by',
} as const

export const bgpSessionStateWriter = 'herald-speaker'

export function parseBGPSessionState(resource: Resource): Parsed<BGPSessionState> {
  const top = topOf(resource)
  const { name, namespace } = readIdentity(top)
  const status = partAt(top, 'status')
  const textOf = (field: string): string => readString(at(status, field)) ?? ''
  const value = {
    name,
    namespace,
    node: textOf('node'),
    peer: textOf('peer'),
    vrf: textOf('vrf'),
    bgpStatus: textOf('bgpStatus'),
    bfdStatus: textOf('bfdStatus'),
    isOurs: resource.metadata.labels?.[bgpSessionStateLabels.writer] === bgpSessionStateWriter,
  }
  return { value, objections: top.objections }
}
