// What is kept for each Service is what would be worked out anew.
import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Service } from '../crds/core.ts'
import { at, service } from '../test/support/snapshots.ts'
import { oldestFirst } from './age.ts'
import { rememberPerService } from './per-service.ts'
import type { Touched } from './per-service.ts'

const all: readonly Service[] = Array.from({ length: 20 }, (_, index) =>
  service(`svc-${index % 10}`, { createdAt: at(index % 4), labels: { turn: `${index}` } }),
)
const anyStep = fc.record({
  services: fc.shuffledSubarray([...all]),
  isOrdered: fc.boolean(),
  touched: fc.oneof(fc.subarray(all.map(({ key }) => key)), fc.constant('all' as const)),
})

describe('one result a Service', () => {
  it('is the one that the work gives, whatever was asked before, if all are told that are touched', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 10 }), (steps) => {
        const remember = rememberPerService<string>()
        const facts = new Map<string, number>()
        for (const [turn, { services, isOrdered, touched }] of steps.entries()) {
          for (const key of touched === 'all' ? all.map((one) => one.key) : touched) facts.set(key, turn)
          const list = isOrdered ? oldestFirst(services) : services
          const work = (one: Service) => `${one.labels['turn']} ${facts.get(one.key)}`
          const told: Touched = touched === 'all' ? touched : new Set(touched)
          expect(remember(list, told, work)).to.deep.equal(list.map(work))
        }
      }),
    )
  })

  it('is not worked out again while nothing changes, nor for a Service beside one that goes', () => {
    const remember = rememberPerService<string>()
    const worked: string[] = []
    const work = ({ key }: Service) => {
      worked.push(key)
      return key
    }
    const services = oldestFirst(all.slice(0, 10))
    const first = remember(services, 'all', work)
    expect(remember(services, new Set(), work)).to.equal(first)
    remember(services.toSpliced(3, 2), new Set(), work)
    remember(services.toSpliced(3, 2), new Set([services[0]?.key ?? '']), work)
    expect(worked).to.deep.equal([...services.map(({ key }) => key), services[0]?.key])
  })
})
