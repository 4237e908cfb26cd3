// One result a Service, in the order of the list, kept from snapshot to snapshot: worked out anew of those Services that
// are other objects, and of those whose key is told to be touched. A pure cache, as large as one snapshot.
import type { Service } from '../crds/core.ts'
import { compareAge } from './age.ts'

export type PerService<Result> = (
  services: readonly Service[],
  touched: Touched, // of whom something changed that the work depends on, besides the Service itself
  work: (service: Service) => Result,
) => readonly Result[]

/** Keys of Services. */
export type Touched = ReadonlySet<string> | 'all'

/** Quick with lists that are oldest first. */
export function rememberPerService<Result>(): PerService<Result> {
  let last: readonly Service[] = []
  let results: readonly Result[] = []
  return (services, touched, work) => {
    const isTouched = touched === 'all' ? () => true : (key: string) => touched.has(key)
    if (services === last && touched !== 'all' && touched.size === 0) return results
    const made: Result[] = []
    let place = 0
    for (const service of services) {
      place = follow(last, place, service)
      const known = last[place] === service && !isTouched(service.key) ? results[place] : undefined
      made.push(known ?? work(service))
    }
    last = services
    results = made
    return made
  }
}

/** Where the Service stands in the list, or would stand; looked for from this place on. */
function follow(services: readonly Service[], from: number, service: Service): number {
  let place = from
  for (let other = services[place]; other !== undefined && other !== service; other = services[++place])
    if (compareAge(other, service) >= 0) break
  return place
}
