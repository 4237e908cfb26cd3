// The annotations of Services that MetalLB's users write, under the name of today and the old one (metallb.md §3.1).
import type { Service } from '../crds/core.ts'

export type AnnotationName =
  | 'address-pool'
  | 'loadBalancerIPs'
  | 'allow-shared-ip'
  | 'ip-allocated-from-pool'
  | 'bgp-communities' // ours
  | 'remember-address' // ours

export const allocatedFromPool = 'metallb.io/ip-allocated-from-pool'

/** If both are there the one of today counts, even when it is empty. */
export function annotationOf(service: Service, name: AnnotationName): string | undefined {
  return service.annotations[`metallb.io/${name}`] ?? service.annotations[`metallb.universe.tf/${name}`]
}

/** The keys under the old prefix: they still work, and their owner is told. */
export function deprecatedAnnotations(service: Service): readonly string[] {
  return Object.keys(service.annotations)
    .filter((key) => key.startsWith('metallb.universe.tf/'))
    .toSorted()
}
