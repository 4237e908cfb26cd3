// Pure caches: the same result, the work once.
import { expect } from 'chai'
import { rememberLast, rememberPerObject, sameItems } from './once.ts'

describe('what is remembered', () => {
  it('the last result stands as long as lists hold the same objects', () => {
    let times = 0
    const count = rememberLast((objects: readonly object[], flag: boolean) => {
      times++
      return flag ? objects.length : 0
    })
    const countedAfter = (objects: readonly object[], flag: boolean) => [count(objects, flag), times]
    const [a, b] = [{}, {}]
    expect(countedAfter([a, b], true)).to.deep.equal([2, 1])
    expect(countedAfter([a, b], true)).to.deep.equal([2, 1])
    expect(countedAfter([b, a], true)).to.deep.equal([2, 2])
    expect(countedAfter([b], true)).to.deep.equal([1, 3])
    expect(countedAfter([b], false)).to.deep.equal([0, 4])
    expect(countedAfter([{}], false)).to.deep.equal([0, 5])
  })

  it('one result per object, also when the result is undefined', () => {
    let times = 0
    const look = rememberPerObject((subject: { readonly name?: string }) => {
      times++
      return subject.name
    })
    const one = {}
    expect([look(one), look(one), times]).to.deep.equal([undefined, undefined, 1])
    expect([look({ name: 'x' }), times]).to.deep.equal(['x', 2])
  })

  it('lists are the same when their objects are', () => {
    const one = {}
    expect(sameItems([one], [one])).to.equal(true)
    expect(sameItems([one], [{}])).to.equal(false)
    expect(sameItems([one], [one, one])).to.equal(false)
  })
})
