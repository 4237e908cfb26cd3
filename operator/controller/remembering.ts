// The memory of the controller between its passes: what stands in PoolMemories, or is just being written to them; and
// what this process knows alone, while the API server has no such kind or lets us not read it.
import { parsePoolMemory } from '../../crds/pool-memory.ts'
import { memoryIn, memoryUnavailable } from '../../reconcilers/memory-troubles.ts'
import type { Memory } from '../../reconcilers/memory.ts'
import type { ControllerPlan } from '../../reconcilers/plan.ts'
import { bothMemories, planRemembering } from '../../reconcilers/releases.ts'
import type { Informed } from '../../reconcilers/releases.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import type { StatusObject } from '../../reconcilers/status.ts'
import { startTable } from '../collect/table.ts'
import type { Cache } from '../kube/cache.ts'

export type RememberingOptions = {
  readonly cache: Cache
  readonly pending: () => ReadonlyMap<string, StatusObject> // writes of PoolMemories not yet done
}

export type Remembering = {
  readonly plan: (snapshot: Snapshot, previous: ControllerPlan | undefined) => Informed
  readonly stop: () => void
}

export function startRemembering({ cache, pending }: RememberingOptions): Remembering {
  const table = startTable({ cache, parse: parsePoolMemory })
  let last: Memory = new Map() // by the pass before
  let wasAlone = false // the pass before could read none

  /** A write that is under way counts as done, as it does for addresses. */
  function standing(): Pick<Snapshot, 'memory' | 'memoryTroubles'> {
    if (!cache.isSynced())
      return { memory: last, memoryTroubles: { store: memoryUnavailable, pools: new Map() } }
    const found = memoryIn(table.rows())
    if (wasAlone) return { ...found, memory: bothMemories(found.memory, last) }
    const underWay = [...pending().values()].map(({ name }) => name)
    if (underWay.length === 0) return found
    const known = underWay.flatMap((name) => {
      const releases = last.get(name)
      return releases === undefined ? [] : [[name, releases] as const]
    })
    return { ...found, memory: new Map([...found.memory, ...known]) }
  }

  function plan(snapshot: Snapshot, previous: ControllerPlan | undefined): Informed {
    const informed = planRemembering(Object.freeze({ ...snapshot, ...standing() }), previous)
    last = informed.snapshot.memory ?? last
    wasAlone = informed.snapshot.memoryTroubles?.store !== undefined
    return informed
  }

  return { plan, stop: table.stop }
}
