// The order in which Services are served: oldest first, then by key.
import type { Service } from '../crds/core.ts'

export function compareAge(a: Service, b: Service): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1
  if (a.key === b.key) return 0
  return a.key < b.key ? -1 : 1
}

/** The snapshot is in this order already; whoever makes one by hand need not know. */
export function oldestFirst(services: readonly Service[]): readonly Service[] {
  const ordered = services.every((service, position) => {
    const before = services[position - 1]
    return before === undefined || compareAge(before, service) <= 0
  })
  return ordered ? services : services.toSorted(compareAge)
}
