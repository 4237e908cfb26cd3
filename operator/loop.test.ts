// The loop on a clock that is a number.
import { expect } from 'chai'
import { fakeClock } from '../test/support/fake-clock.ts'
import { startLoop } from './loop.ts'

function loopUnderTest(passTakesMs = 0) {
  const { clock, advance, spend } = fakeClock()
  const passes: number[] = []
  const errors: unknown[] = []
  const behaviour = { during: () => {} }
  const pass = () => {
    passes.push(clock.now())
    spend(passTakesMs)
    behaviour.during()
  }
  const loop = startLoop({ pass, failed: (error) => errors.push(error), clock })
  return { loop, advance, passes, errors, behaviour }
}

describe('the loop', () => {
  it('starts at once when it was idle', () => {
    const { loop, advance, passes } = loopUnderTest()
    advance(1_000)
    loop.mark()
    advance(0)
    expect(passes).to.deep.equal([1_000])
  })

  it('makes one pass of all the changes of one turn', () => {
    const { loop, advance, passes } = loopUnderTest()
    for (let change = 0; change < 1_000; change++) loop.mark()
    advance(1_000)
    expect(passes).to.have.length(1)
  })

  it('rests for twice as long as the last pass took', () => {
    const { loop, advance, passes } = loopUnderTest(7)
    loop.mark()
    advance(0)
    loop.mark()
    advance(100)
    expect(passes).to.deep.equal([0, 21])
  })

  it('rests for no longer than its bound', () => {
    const { loop, advance, passes } = loopUnderTest(400)
    loop.mark()
    advance(0)
    loop.mark()
    advance(300)
    expect(passes).to.deep.equal([0, 650])
  })

  it('makes another pass for a change that comes up during a pass', () => {
    const { loop, advance, passes, behaviour } = loopUnderTest(5)
    behaviour.during = () => {
      behaviour.during = () => {}
      loop.mark()
    }
    loop.mark()
    advance(100)
    expect(passes).to.have.length(2)
  })

  it('keeps the earliest of the wishes to be woken', () => {
    const { loop, advance, passes } = loopUnderTest()
    loop.markIn(500)
    loop.markIn(200)
    loop.markIn(900)
    advance(1_000)
    expect(passes).to.deep.equal([200])
  })

  it('goes on after a pass that failed', () => {
    const { loop, advance, passes, errors, behaviour } = loopUnderTest()
    behaviour.during = () => {
      throw new Error('a bug')
    }
    loop.mark()
    advance(10)
    loop.mark()
    advance(10)
    expect(passes).to.have.length(2)
    expect(errors.map(String)).to.deep.equal(['Error: a bug', 'Error: a bug'])
  })

  it('does nothing after stop', () => {
    const { loop, advance, passes } = loopUnderTest()
    loop.mark()
    loop.markIn(5)
    loop.stop()
    loop.mark()
    advance(100)
    expect(passes).to.deep.equal([])
  })
})
