// Vectors share what does not change.
import { expect } from 'chai'
import fc from 'fast-check'
import { itemAt, itemsOf, vectorOf, withItems } from './vector.ts'

describe('vector', () => {
  it('holds what it was made of, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 400 }), (items) => {
        const vector = vectorOf(items)
        expect([...itemsOf(vector)]).to.deep.equal(items)
        expect(items.map((_, index) => itemAt(vector, index))).to.deep.equal(items)
        expect(itemAt(vector, items.length)).to.equal(undefined)
      }),
    )
  })

  it('a changed one differs in the changed places only, and the one before stays as it was', () => {
    const places = fc.array(fc.tuple(fc.nat(299), fc.integer()), { maxLength: 20 })
    fc.assert(
      fc.property(places, (changes) => {
        const before = vectorOf(Array.from({ length: 300 }, (_, index) => index))
        const after = withItems(before, new Map(changes))
        const expected = Array.from({ length: 300 }, (_, index) => index)
        for (const [index, item] of changes) expected[index] = item
        expect([...itemsOf(after)]).to.deep.equal(expected)
        expect([...itemsOf(before)][299]).to.equal(299)
      }),
    )
  })

  it('shares the chunks that nothing changed in', () => {
    const before = vectorOf(Array.from({ length: 300 }, (_, index) => index))
    const after = withItems(before, new Map([[0, -1]]))
    expect(after.chunks[0]).to.not.equal(before.chunks[0])
    expect(after.chunks[1]).to.equal(before.chunks[1])
  })

  it('refuses a place that is not there', () => {
    expect(() => withItems(vectorOf([1]), new Map([[1, 2]]))).to.throw(RangeError)
  })
})
