// Lease (coordination.k8s.io/v1): who holds it, since when, and how often it is renewed.
import type { KindName, Parsed, Resource } from './kind.ts'
import { at, partAt, readInteger, readIdentity, readLabels, readString, topOf } from './read.ts'

export const leaseKind = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
} as const satisfies KindName

export type Lease = {
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly holder: string // spec.holderIdentity; '' = released
  readonly durationSeconds: number // 0 = not said
  readonly acquiredAt: string // RFC 3339 with microseconds; '' = not said
  readonly renewedAt: string
  readonly transitions: number
}

export function parseLease(resource: Resource): Parsed<Lease> {
  const top = topOf(resource)
  const { namespace, name } = readIdentity(top)
  const spec = partAt(top, 'spec')
  const value = {
    namespace,
    name,
    labels: readLabels(top),
    holder: readString(at(spec, 'holderIdentity')) ?? '',
    durationSeconds: readInteger(at(spec, 'leaseDurationSeconds')) ?? 0,
    acquiredAt: readString(at(spec, 'acquireTime')) ?? '',
    renewedAt: readString(at(spec, 'renewTime')) ?? '',
    transitions: readInteger(at(spec, 'leaseTransitions')) ?? 0,
  }
  return { value, objections: top.objections }
}
