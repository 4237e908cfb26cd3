// The Lease of a speaker: that it lives, and what it says of its node. One object a node: speaker-<node>.
import { createHash } from 'node:crypto'
import type { OwnerReference, Resource } from '../../crds/kind.ts'
import { parseLease } from '../../crds/lease.ts'
import { isObject } from '../../crds/read.ts'

/** An interface on which the node can announce. */
export type SpeakerInterface = { readonly name: string; readonly mac: string }

export type SpeakerLease = {
  readonly node: string
  readonly acquiredAt: string // RFC 3339: when the speaker started; '' = not said
  readonly renewal: string
  readonly renewedAtMs: number // wall clock of that machine; NaN when unreadable
  readonly released: boolean
  readonly intervalMs: number
  readonly interfaces?: readonly SpeakerInterface[] // absent = not said yet
  readonly macs?: readonly string[] // further addresses with which the node may answer; absent = not said
}

/** A Lease names no more MAC addresses. */
export const mostMacs = 64

const nodeAnnotation = 'metallb.io/node-name'
const intervalAnnotation = 'metallb.io/renew-interval-ms'
const interfacesAnnotation = 'metallb.io/interfaces'
const macsAnnotation = 'metallb.io/macs'

/** Names of nodes may be as long as names of objects: a long one is cut and told apart by its hash. */
export function leaseName(node: string): string {
  const name = `speaker-${node}`
  if (name.length <= 253) return name
  return `${name.slice(0, 220)}-${createHash('sha256').update(node).digest('hex').slice(0, 32)}`
}

export type LeaseContent = {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
}

export type LeaseFacts = {
  readonly node: string
  readonly nodeUid?: string // known: the Lease goes when the Node goes
  readonly intervalMs: number
  readonly interfaces?: readonly SpeakerInterface[]
  readonly macs?: readonly string[]
}

export function leaseContent({ node, nodeUid, intervalMs, interfaces, macs = [] }: LeaseFacts): LeaseContent {
  return {
    labels: { app: 'metallb', 'metallb.io/component-type': 'speaker' },
    annotations: {
      [nodeAnnotation]: node,
      [intervalAnnotation]: String(intervalMs),
      ...(interfaces === undefined ? {} : { [interfacesAnnotation]: JSON.stringify(interfaces) }),
      ...(macs.length === 0 ? {} : { [macsAnnotation]: macs.slice(0, mostMacs).join(',') }),
    },
    ...(nodeUid === undefined
      ? {}
      : { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node, uid: nodeUid }] }),
  }
}

/** Undefined: the Lease of something else. */
export function readSpeakerLease(object: Resource): SpeakerLease | undefined {
  const annotations = object.metadata.annotations ?? {}
  const node = annotations[nodeAnnotation]
  if (node === undefined || object.metadata.name !== leaseName(node)) return undefined
  const { value: lease } = parseLease(object)
  const intervalMs = Number(annotations[intervalAnnotation])
  const interfaces = readInterfaces(annotations[interfacesAnnotation])
  const macs = readMacs(annotations[macsAnnotation])
  return {
    node,
    acquiredAt: lease.acquiredAt,
    renewal: lease.renewedAt,
    renewedAtMs: Date.parse(lease.renewedAt),
    released: lease.holder === '',
    intervalMs: intervalMs >= 100 ? intervalMs : 1_000, // someone edited it: as a small cluster
    ...(interfaces === undefined ? {} : { interfaces }),
    ...(macs.length === 0 ? {} : { macs }),
  }
}

const macText = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

function readMacs(text = ''): readonly string[] {
  const macs = text.split(',').filter((mac) => macText.test(mac))
  return macs.slice(0, mostMacs)
}

function readInterfaces(text: string | undefined): readonly SpeakerInterface[] | undefined {
  const list = text === undefined ? undefined : parseJson(text)
  if (!Array.isArray(list)) return undefined
  return list.flatMap((item: unknown) => {
    if (!isObject(item)) return []
    const { name, mac } = item
    return typeof name === 'string' && typeof mac === 'string' ? [{ name, mac }] : []
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // someone edited it: as if it said nothing
  }
}
