// The difference between what is wished and what is.
import { expect } from 'chai'
import * as fc from 'fast-check'
import { diff } from './diff.ts'

describe('diff', () => {
  it('names what to create, to update and to remove', () => {
    const desired = new Map([
      ['new', 1],
      ['same', 2],
      ['changed', 3],
    ])
    const current = new Map([
      ['same', 2],
      ['changed', 4],
      ['old', 5],
    ])
    expect(diff(desired, current)).to.deep.equal({ create: [1], update: [3], remove: [5] })
  })

  it('applied, it brings about what is wished, and then there is nothing left to do', () => {
    const table = fc
      .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(3))
      .map((all) => new Map(Object.entries(all).map(([key, value]) => [key, { key, value }])))
    fc.assert(
      fc.property(table, table, (desired, current) => {
        const { create, update, remove } = diff(desired, current, (a, b) => a.value === b.value)
        const result = new Map(current)
        for (const { key } of remove) result.delete(key)
        for (const wish of [...create, ...update]) result.set(wish.key, wish)
        expect(diff(desired, result, (a, b) => a.value === b.value)).to.deep.equal({
          create: [],
          update: [],
          remove: [],
        })
        expect(new Set(result.keys())).to.deep.equal(new Set(desired.keys()))
      }),
    )
  })
})
