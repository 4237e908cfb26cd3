// A burst, then a rate.
import { expect } from 'chai'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { createTokenBucket } from './token-bucket.ts'

describe('token bucket', () => {
  it('lets a burst through at once and then one per share of a second', () => {
    const { clock } = fakeClock()
    const bucket = createTokenBucket({ perSecond: 10, burst: 2, clock })
    expect([1, 2, 3, 4].map(() => bucket.take())).to.deep.equal([0, 0, 100, 200])
  })

  it('never saves up more than a burst', () => {
    const { clock, advance } = fakeClock()
    const bucket = createTokenBucket({ perSecond: 10, burst: 2, clock })
    advance(60_000)
    expect([1, 2, 3].map(() => bucket.take())).to.deep.equal([0, 0, 100])
  })
})
