import { expect } from 'chai'
import fc from 'fast-check'
import { changePrefixes, emptyPrefixMap, entriesOf, getPrefix, prefixMapOf } from './prefix-map.ts'
import type { PrefixMap } from './prefix-map.ts'

/** Few prefixes, so that they meet again, in batches that exceed what lies over the base, or not. */
const prefix = fc.nat(2000).map((number) => `10.0.${number >> 8}.${number & 255}/32`)
const change = fc.tuple(prefix, fc.option(fc.nat(5), { nil: undefined }))
const batch = fc.oneof(
  { arbitrary: fc.array(change, { maxLength: 10 }), weight: 5 },
  fc.array(change, { minLength: 900, maxLength: 1500, size: 'max' }),
)

describe('a map from prefixes', () => {
  it('holds what a Map holds after the same changes, and every older one stays as it was', () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 8 }), (batches) => {
        const model = new Map<string, number>()
        let map: PrefixMap<number> = emptyPrefixMap
        const history: (readonly [PrefixMap<number>, Map<string, number>])[] = []
        for (const changes of batches) {
          for (const [name, value] of changes)
            if (value === undefined) model.delete(name)
            else model.set(name, value)
          map = changePrefixes(map, changes)
          for (const [name] of changes) expect(getPrefix(map, name)).to.equal(model.get(name))
          history.push([map, new Map(model)])
        }
        for (const [older, expected] of history) {
          expect(older.size).to.equal(expected.size)
          expect(new Map(entriesOf(older))).to.deep.equal(expected)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('yields each entry once', () => {
    const map = changePrefixes(prefixMapOf(new Map([['a', 1]])), [
      ['a', 2],
      ['b', 3],
    ])
    expect([...entriesOf(map)]).to.deep.equal([
      ['a', 2],
      ['b', 3],
    ])
  })
})
