// The Services of a snapshot by key. The table is kept from snapshot to snapshot, and what differs is written into it:
// to make one of 10,000 Services anew takes longer than all the rest of a plan.
import type { Service } from '../crds/core.ts'
import { difference, followOrder } from './age.ts'
import { everyService } from './flaws.ts'
import type { Snapshot } from './snapshot.ts'

type ByKey = (snapshot: Snapshot) => ReadonlyMap<string, Service>

function startTable(): ByKey {
  const byKey = new Map<string, Service>()
  let services: readonly Service[] = []
  return (snapshot) => {
    const now = followOrder(services, everyService(snapshot))
    const { gone, come } = difference(services, now)
    for (const service of gone) byKey.delete(service.key)
    for (const service of come) byKey.set(service.key, service)
    services = now
    return byKey
  }
}

/** Good until it is asked for of another snapshot. */
export const servicesByKey = startTable()
