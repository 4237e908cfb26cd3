// Books that are kept from snapshot to snapshot and books made afresh give the same plans.
import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Namespace, Service } from '../crds/core.ts'
import { anyAddress, anySnapshot } from '../test/support/snapshot-arbitraries.ts'
import { assigned, namespace, pool, service, snapshot } from '../test/support/snapshots.ts'
import { planPools } from './pool-counts.ts'
import { indexPools } from './pools.ts'
import type { Allocator } from './services.ts'
import { startAllocator } from './services.ts'
import type { Flawed, Snapshot } from './snapshot.ts'

/** Everything that an allocation decides, as plain data. */
function planned(allocate: Allocator, of: Snapshot): unknown {
  const index = indexPools(of.pools)
  const allocation = allocate(of, index)
  return { services: new Map(allocation.services), pools: planPools(index, allocation) }
}

type Step = {
  readonly next: Snapshot
  readonly keeps: readonly boolean[] // of each place: the object of before stays, or its absence
  readonly keepsPools: boolean
  readonly written: readonly (readonly string[] | undefined)[]
  readonly flawed: number // this one cannot be read
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  next: anySnapshot,
  keeps: fc.array(fc.constantFrom(true, true, true, false), { minLength: 9, maxLength: 9 }),
  keepsPools: fc.constantFrom(true, true, true, false),
  written: fc.array(fc.option(fc.array(anyAddress, { maxLength: 2 }), { nil: undefined, freq: 3 }), {
    minLength: 7,
    maxLength: 7,
  }),
  flawed: fc.nat(20),
})

const names = ['s', 't', 'u', 'v', 'w', 'x', 'y']

/** The snapshot after: objects that did not change are the same objects. */
function follow(before: Snapshot, { next, keeps, keepsPools, written, flawed }: Step): Snapshot {
  const services = names.flatMap((name, position): readonly Service[] => {
    const from = keeps[position] === true ? before : next
    return from.services.filter((one) => one.name === name)
  })
  const namespaces = ['default', 'prod'].flatMap((name, position): [string, Namespace][] => {
    const from = keeps[7 + position] === true ? before : next
    const found = from.namespaces.get(name)
    return found === undefined ? [] : [[name, found]]
  })
  const unreadable = services.filter((_, position) => position === flawed)
  return {
    ...next,
    settings: before.settings,
    pools: keepsPools ? before.pools : next.pools,
    services: services.filter((one) => !unreadable.includes(one)),
    flawedServices: [...unreadable.map(flawedFrom), ...strangersOf(flawed)],
    namespaces: new Map(namespaces),
    written: new Map(
      services.flatMap(({ uid }, position): [string, readonly string[]][] => {
        const texts = written[position]
        return texts === undefined ? [] : [[uid, texts]]
      }),
    ),
  }
}

const naming = { kind: { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true } }
const objections = [{ field: 'spec.ports[0].port', value: '0', message: 'must be above' }]

function flawedFrom(one: Service): Flawed {
  const { namespace, name } = one
  return { ...naming, namespace, name, service: one, objections }
}

function strangersOf(turn: number): readonly Flawed[] {
  if (turn % 4 !== 3) return []
  return [{ ...naming, namespace: 'default', name: 'unread', ingress: [`192.0.2.${turn}`], objections }]
}

describe('the books', () => {
  it('kept over any sequence of snapshots give the same plans as those made afresh', () => {
    fc.assert(
      fc.property(anySnapshot, fc.array(anyStep, { minLength: 1, maxLength: 8 }), (first, steps) => {
        const kept = startAllocator()
        let of = first
        planned(kept, of)
        for (const step of steps) {
          of = follow(of, step)
          expect(planned(kept, of)).to.deep.equal(planned(startAllocator(), of))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('know that a namespace changed, though nothing in its Services did', () => {
    const gold = { namespaceSelectors: [{ matchLabels: { tier: 'gold' } }] }
    const of = snapshot({
      pools: [pool('lan', ['192.0.2.0/24'], { serviceAllocation: gold })],
      services: [assigned(service('a'), ['192.0.2.9'], 'lan')],
      namespaces: new Map([['default', namespace('default', { tier: 'gold' })]]),
    })
    const kept = startAllocator()
    const stateIn = (one: Snapshot) => kept(one, indexPools(one.pools)).services.get('default/a')?.state
    expect(stateIn(of)).to.equal('assigned')
    expect(stateIn({ ...of, namespaces: new Map([['default', namespace('default')]]) })).to.equal('pending')
  })

  it('are good again after a plan that failed', () => {
    const kept = startAllocator()
    const pools = [pool('lan', ['192.0.2.0/24'])]
    const good = snapshot({ pools, services: [service('a'), service('b')] })
    planned(kept, good)
    const trap = new Proxy(service('trap'), {
      get: (target, name) => {
        if (name === 'loadBalancerClass') throw new Error('a bug')
        return Reflect.get(target, name)
      },
    })
    expect(() => planned(kept, { ...good, services: [service('a'), trap] })).to.throw('a bug')
    expect(planned(kept, good)).to.deep.equal(planned(startAllocator(), good))
  })
})
