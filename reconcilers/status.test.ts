// What holds for all that is written.
import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Service } from '../crds/core.ts'
import { anySnapshot } from '../test/support/snapshot-arbitraries.ts'
import { condition } from '../test/support/snapshots.ts'
import { later, statuses } from '../test/support/statuses.ts'
import type { Snapshot } from './snapshot.ts'
import type { StatusObject } from './status.ts'

describe('invariants of statuses', () => {
  it('statuses written twice are one write', () => {
    fc.assert(
      fc.property(anySnapshot, (of) => {
        let current = { ...of, takenAt: later }
        for (let round = 0; round < 10; round++) {
          const written = statuses(current)
          const next = writtenTo(current, written)
          if (sameServices(current, next)) {
            expect(statuses(next)).to.deep.equal(written)
            return
          }
          current = next
        }
        throw new Error('the writes do not come to rest')
      }),
    )
  })
})

function writtenTo(of: Snapshot, written: readonly StatusObject[]): Snapshot {
  const services = of.services.map((one): Service => {
    const wish = written.find(
      ({ kind, namespace, name }) => kind.kind === 'Service' && `${namespace}/${name}` === one.key,
    )
    if (wish === undefined) return one
    const annotations = Object.fromEntries(
      Object.entries({ ...one.annotations, ...wish.annotations }).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      ),
    )
    const loadBalancer = JSON.stringify(wish.status['loadBalancer'] ?? null)
    const ips = [...loadBalancer.matchAll(/"ip":"([^"]+)"/g)].flatMap((match) => match[1] ?? [])
    const ingress = loadBalancer === 'null' ? one.ingress : ips
    const conditions = (wish.conditions ?? []).map(({ type, ...fields }) => condition(type, fields))
    return { ...one, annotations, ingress, conditions }
  })
  return { ...of, services }
}

function sameServices(a: Snapshot, b: Snapshot): boolean {
  return JSON.stringify(a.services) === JSON.stringify(b.services)
}
