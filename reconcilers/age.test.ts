// Lists of Services that follow each other: in order, and what only one of them has.
import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Service } from '../crds/core.ts'
import { at, service } from '../test/support/snapshots.ts'
import { compareAge, difference, followOrder } from './age.ts'

const all: readonly Service[] = Array.from({ length: 24 }, (_, index) =>
  service(`svc-${index % 12}`, { createdAt: at(index % 5) }),
)
const anyList = fc.subarray([...all]).chain((some) => {
  const [once] = [some.filter(({ key }, place) => some.findIndex((one) => one.key === key) === place)]
  return fc.oneof(
    fc.constant(once.toSorted(compareAge)),
    fc.shuffledSubarray(once, { minLength: once.length, maxLength: once.length }),
  )
})

describe('lists of Services', () => {
  it('are put in order, and stay the same list while nothing changes', () => {
    fc.assert(
      fc.property(anyList, anyList, (first, second) => {
        const before = followOrder([], first)
        expect(before).to.deep.equal(first.toSorted(compareAge))
        expect(followOrder(before, second)).to.deep.equal(second.toSorted(compareAge))
        expect(followOrder(before, [...before])).to.equal(before)
      }),
    )
  })

  it('differ in the objects that only one of them has', () => {
    fc.assert(
      fc.property(anyList, anyList, (first, second) => {
        const [before, now] = [followOrder([], first), followOrder([], second)]
        const { gone, come } = difference(before, now)
        expect(new Set(gone)).to.deep.equal(new Set(before).difference(new Set(now)))
        expect(new Set(come)).to.deep.equal(new Set(now).difference(new Set(before)))
        expect(gone.length + come.length).to.equal(new Set([...gone, ...come]).size)
      }),
    )
  })
})
