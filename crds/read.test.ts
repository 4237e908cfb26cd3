import { expect } from 'chai'
import fc from 'fast-check'
import { resourceOf } from '../test/support/resource.ts'
import * as read from './read.ts'

const { at, topOf } = read

function objectionsOf(raw: unknown, readIt: (place: read.Place) => unknown): readonly string[] {
  const top = topOf({ field: raw })
  readIt(at(top, 'field'))
  return top.objections.map(({ field, message }) => `${field} ${message}`)
}

describe('read', () => {
  for (const [words, raw, readIt, objection] of [
    ['a string', 5, read.readString, 'field must be a string'],
    ['a flag', 'true', read.readBoolean, 'field must be true or false'],
    ['a whole number', 1.5, read.readInteger, 'field must be a whole number'],
    ['a list', {}, read.readItems, 'field must be a list'],
    ['a map', [], read.readStringMap, 'field must be a map of strings'],
    ['a map of strings', { a: 1 }, read.readStringMap, 'field[a] must be a string'],
    ['a list of strings', ['a', 1], read.readStrings, 'field[1] must be a string'],
    ['a list of names', 'a', read.readNames, 'field must be a list of strings'],
    [
      'names that each stand once',
      ['a', 'a'],
      read.readDistinctNames,
      'field[1] stands at field[0] already; name it once',
    ],
  ] as const) {
    it(`what is not ${words} is objected to`, () => {
      expect(objectionsOf(raw, readIt)).to.deep.equal([objection])
    })

    it(`nothing, and null, where ${words} may stand is no objection`, () => {
      expect(objectionsOf(undefined, readIt)).to.deep.equal([])
      expect(objectionsOf(null, readIt)).to.deep.equal([])
    })
  }

  it('a number outside its bounds is objected to, and not read', () => {
    const bounded = (place: read.Place) => read.readInteger(place, { minimum: 1, maximum: 10 })
    expect(objectionsOf(0, bounded)).to.deep.equal(['field must be from 1 to 10'])
    expect(objectionsOf(10, bounded)).to.deep.equal([])
  })

  it('a word that is none of those allowed is objected to, with all of them', () => {
    const word = (place: read.Place) => read.readOneOf(place, ['a', 'b', 'c'])
    expect(objectionsOf('d', word)).to.deep.equal(['field must be a, b or c'])
  })

  it('a flawed list of names never comes to mean all', () => {
    expect(read.readNames(topOf([1]))).to.deep.equal([''])
    expect(read.readDistinctNames(topOf({}))).to.deep.equal([''])
    expect(read.readNames(topOf(undefined))).to.deep.equal([])
  })

  it('a part that is no object is objected to once, however many of its fields are read', () => {
    const top = topOf({ spec: 'text' })
    const spec = read.partAt(top, 'spec')
    for (const key of ['a', 'b', 'length']) expect(at(spec, key).raw).to.equal(undefined)
    expect(top.objections).to.deep.equal([{ field: 'spec', value: '"text"', message: 'must be an object' }])
  })

  it('what every object has from its class is no field of it', () => {
    expect(at(topOf({}), 'constructor').raw).to.equal(undefined)
  })

  it('an object without a name is objected to', () => {
    const top = topOf(resourceOf({}, { name: '' }))
    read.readIdentity(top)
    expect(top.objections.map(({ field }) => field)).to.deep.equal(['metadata.name'])
  })

  it('anything is shown in 80 characters at most, be it a megabyte or nested without end', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(read.show(value).length).to.be.at.most(80)
      }),
    )
    let nested: unknown = 1
    for (let depth = 0; depth < 50_000; depth++) nested = [nested]
    expect(read.show(nested)).to.equal('[[[["…"]]]]')
    expect(read.show('x'.repeat(1_000_000))).to.have.length(78)
    expect(read.show(undefined)).to.equal('nothing')
  })
})
