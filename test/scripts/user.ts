// The user of a script: applies and deletes what stands in YAML files, as kubectl does it, and fills in what the API
// server would.
import { parseAllDocuments } from 'yaml'
import { bfdProfileKind } from '../../crds/bfd-profile.ts'
import { bgpAdvertisementKind } from '../../crds/bgp-advertisement.ts'
import { bgpPeerKind } from '../../crds/bgp-peer.ts'
import { communityKind } from '../../crds/community.ts'
import { configurationStateKind } from '../../crds/configuration-state.ts'
import { endpointSliceKind } from '../../crds/endpoint-slice.ts'
import { ipAddressPoolKind } from '../../crds/ip-address-pool.ts'
import type { KindName } from '../../crds/kind.ts'
import { l2AdvertisementKind } from '../../crds/l2-advertisement.ts'
import { namespaceKind } from '../../crds/namespace.ts'
import { nodeKind } from '../../crds/node.ts'
import { isObject } from '../../crds/read.ts'
import { serviceKind } from '../../crds/service.ts'
import type { Store } from './fake-store.ts'

export const kinds: readonly KindName[] = [
  serviceKind,
  endpointSliceKind,
  nodeKind,
  namespaceKind,
  ipAddressPoolKind,
  l2AdvertisementKind,
  bgpAdvertisementKind,
  bgpPeerKind,
  bfdProfileKind,
  communityKind,
  configurationStateKind,
]

type Named = {
  readonly kind: KindName
  readonly key: string
  readonly object: Readonly<Record<string, unknown>>
}

export function applyYaml(store: Store, text: string): void {
  for (const { kind, key, object } of documents(text)) {
    const before = store.get(kind, key)
    const spec = kind === serviceKind ? { spec: serviceSpec(object['spec'], before?.['spec']) } : {}
    const status = before?.['status'] ?? object['status']
    const annotations = { ...before?.metadata.annotations, ...annotationsOf(object) }
    const metadata = { ...(isObject(object['metadata']) ? object['metadata'] : {}), annotations }
    store.put(kind, key, { ...object, ...spec, metadata, ...(status === undefined ? {} : { status }) })
  }
}

/** As kubectl edit --subresource=status: what stands there of addresses is what the file says. */
export function writeStatus(store: Store, text: string): void {
  for (const { kind, key, object } of documents(text)) {
    const before = store.get(kind, key)
    if (before === undefined) throw new Error(`there is no ${kind.kind} ${key}`)
    const status = isObject(before['status']) ? before['status'] : {}
    const written = isObject(object['status']) ? object['status'] : {}
    store.put(kind, key, { ...before, status: { ...status, ...written } })
  }
}

export function deleteYaml(store: Store, text: string): void {
  for (const { kind, key } of documents(text)) store.remove(kind, key)
}

function documents(text: string): readonly Named[] {
  return parseAllDocuments(text).map((document): Named => {
    const object: unknown = document.toJS()
    if (!isObject(object)) throw new Error(`not an object: ${text}`)
    const kind = kinds.find((candidate) => candidate.kind === object['kind'])
    if (kind === undefined) throw new Error(`scripts know no kind ${String(object['kind'])}`)
    const metadata = isObject(object['metadata']) ? object['metadata'] : {}
    const home = kind.group === 'metallb.io' ? 'metallb-system' : 'default'
    const { namespace = home, name } = metadata
    if (typeof namespace !== 'string' || typeof name !== 'string')
      throw new Error(`an object without a name: ${text}`)
    return { kind, key: kind.namespaced ? `${namespace}/${name}` : name, object }
  })
}

function annotationsOf(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const metadata = object['metadata']
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined
  return isObject(annotations) ? annotations : {}
}

/** Cluster IPs and families, as the API server sets them once. */
function serviceSpec(raw: unknown, before: unknown): Readonly<Record<string, unknown>> {
  const spec = isObject(raw) ? raw : {}
  const standing = isObject(before) ? before : {}
  const ipFamilyPolicy = spec['ipFamilyPolicy'] ?? 'SingleStack'
  const dual = ipFamilyPolicy !== 'SingleStack'
  return {
    ipFamilyPolicy,
    ipFamilies: standing['ipFamilies'] ?? (dual ? ['IPv4', 'IPv6'] : ['IPv4']),
    clusterIPs: standing['clusterIPs'] ?? (dual ? ['10.96.0.10', 'fd00::10'] : ['10.96.0.10']),
    ...spec,
  }
}
