// What the controller remembers of addresses between its passes, whether or not the API server keeps PoolMemories.
import { expect } from 'chai'
import { poolMemoryKind } from '../../crds/pool-memory.ts'
import { memoryStatuses } from '../../reconcilers/memory-status.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { assigned, at, pool, service, snapshot } from '../../test/support/snapshots.ts'
import { createCache } from '../kube/cache.ts'
import { startRemembering } from './remembering.ts'

const pools = [pool('lan', ['192.0.2.0/24'], { reuseAfter: '1h' })]
const web = assigned(service('web'), ['192.0.2.1'], 'lan')

function takenAt(seconds: number, changes: Partial<Snapshot>): Snapshot {
  return snapshot({ pools, takenAt: Date.parse(at(seconds)), ...changes })
}

describe('what the controller remembers', () => {
  it('while the API server has no PoolMemories is written as soon as it has them, beside what stands there', () => {
    const cache = createCache(poolMemoryKind)
    const remembering = startRemembering({ cache, pending: () => new Map() })
    const { plan } = remembering.plan(takenAt(1_000, { services: [web] }), undefined)
    const alone = remembering.plan(takenAt(1_001, {}), plan)
    expect(memoryStatuses(alone.snapshot)).to.deep.equal([])
    const released = [{ address: '192.0.2.2', service: 'default/mail', releasedAt: at(900) }]
    const metadata = { name: 'lan', namespace: 'metallb-system', uid: 'u', resourceVersion: '5' }
    cache.replace(
      [{ apiVersion: 'metallb.io/v1beta1', kind: 'PoolMemory', metadata, status: { released } }],
      '5',
    )
    const together = remembering.plan(takenAt(1_002, {}), alone.plan)
    expect(memoryStatuses(together.snapshot).map(({ status }) => status)).to.deep.equal([
      { released: [{ address: '192.0.2.1', service: 'default/web', releasedAt: at(1_001) }, ...released] },
    ])
    remembering.stop()
  })

  it('is what stands in the cluster from then on: who takes an entry away makes it forget', () => {
    const cache = createCache(poolMemoryKind)
    const remembering = startRemembering({ cache, pending: () => new Map() })
    const { plan } = remembering.plan(takenAt(1_000, { services: [web] }), undefined)
    const alone = remembering.plan(takenAt(1_001, {}), plan)
    cache.replace([], '5')
    const together = remembering.plan(takenAt(1_002, {}), alone.plan)
    expect(together.snapshot.memory?.size).to.equal(1)
    expect(remembering.plan(takenAt(1_003, {}), together.plan).snapshot.memory?.size).to.equal(0)
    remembering.stop()
  })
})
