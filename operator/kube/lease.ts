// A Lease on its way to the API server: who holds it and since when. https://kubernetes.io/docs/concepts/architecture/leases
import type { OwnerReference, Resource } from '../../crds/kind.ts'
import { leaseKind, parseLease } from '../../crds/lease.ts'
import type { NewObject, Ref } from './client.ts'

export type LeaseRef = { readonly namespace: string; readonly name: string }

/** What a holder writes. */
export type Hold = {
  readonly holder: string // '' = released
  readonly durationMs: number
  readonly acquiredAtMs: number // wall clock
  readonly renewedAtMs: number
  readonly transitions: number
}

export type LeaseMetadata = {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
}

export type LeaseWrite = {
  readonly ref: LeaseRef
  readonly hold: Hold
  readonly metadata?: LeaseMetadata
  readonly resourceVersion?: string // absent: it is created
}

export function leaseRef({ namespace, name }: LeaseRef): Ref {
  return { kind: leaseKind, namespace, name }
}

export function leaseObject({ ref, hold, metadata, resourceVersion }: LeaseWrite): NewObject {
  return {
    metadata: { ...metadata, ...ref, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    spec: {
      holderIdentity: hold.holder,
      leaseDurationSeconds: Math.max(1, Math.ceil(hold.durationMs / 1_000)), // whole seconds, and none is not allowed
      acquireTime: microTime(hold.acquiredAtMs),
      renewTime: microTime(hold.renewedAtMs),
      leaseTransitions: hold.transitions,
    },
  }
}

/** metav1.MicroTime, '2026-11-24T08:28:00.123456Z'. Six digits are what the API server answers with. */
export function microTime(wallMs: number): string {
  const micros = Math.floor((wallMs * 1_000) % 1_000)
  return new Date(wallMs).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`)
}

export function holderOf(lease: Resource): string {
  return parseLease(lease).value.holder
}
