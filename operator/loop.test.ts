// The loop on a clock that is a number.
import { expect } from 'chai'
import fc from 'fast-check'
import { fakeClock } from '../test/support/fake-clock.ts'
import { startLoop } from './loop.ts'

const longestRestMs = 250
const longestPassMs = 300

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

  it('rests for longer with each pass that follows another, and no longer so after a time of quiet', () => {
    const { loop, advance, passes } = loopUnderTest(1)
    const passAfterPass = (count: number): readonly number[] => {
      const from = passes.length
      while (passes.length < from + count) {
        const before = passes.length
        loop.mark()
        while (passes.length === before) advance(1)
      }
      return passes.slice(from + 1).map((at, index) => at - 1 - (passes[from + index] ?? 0))
    }
    expect(passAfterPass(10)).to.deep.equal([2, 3, 4, 5, 6, 7, 8, 9, 9])
    advance(100)
    expect(passAfterPass(3)).to.deep.equal([2, 3])
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

  it('tries a pass that failed again, ever more seldom, though nothing changes', () => {
    const { loop, advance, passes, behaviour } = loopUnderTest()
    behaviour.during = () => {
      throw new Error('a bug')
    }
    loop.mark()
    advance(7_500)
    expect(passes).to.deep.equal([0, 1_000, 3_000, 7_000])
    advance(600_000)
    expect((passes.at(-1) ?? 0) - (passes.at(-2) ?? 0)).to.equal(60_000)
  })

  it('a pass that went well ends the row of failures', () => {
    const { loop, advance, passes, behaviour } = loopUnderTest()
    let isBroken = true
    behaviour.during = () => {
      if (isBroken) throw new Error('a bug')
    }
    loop.mark()
    advance(1_500)
    isBroken = false
    advance(10_000)
    expect(passes).to.deep.equal([0, 1_000, 3_000])
    isBroken = true
    loop.mark()
    advance(1_000)
    expect(passes.slice(3)).to.deep.equal([11_500, 12_500])
  })

  it('whatever marks it, and whenever, a pass begins after it within the longest rest and one pass', () => {
    const moment = fc.record({
      waitMs: fc.nat(300),
      takesMs: fc.nat(300),
      what: fc.constantFrom('mark', 'mark within the pass', 'mark soon', 'fail'),
    })
    fc.assert(
      fc.property(fc.array(moment, { minLength: 1, maxLength: 30 }), (moments) => {
        const { clock, advance, spend } = fakeClock()
        let unseen: number[] = [] // marks since the last pass began
        let within = (): void => undefined
        const pass = () => {
          const latest = clock.now() - (unseen[0] ?? clock.now())
          expect(latest).to.be.at.most(longestPassMs + longestRestMs)
          unseen = []
          const now = within
          within = () => undefined
          now()
        }
        const errors: unknown[] = []
        const loop = startLoop({ pass, failed: (error) => errors.push(error), clock })
        const mark = () => {
          unseen.push(clock.now())
          loop.mark()
        }
        for (const { waitMs, takesMs, what } of moments) {
          within = () => {
            if (what === 'mark within the pass') mark()
            spend(takesMs)
            if (what === 'fail') throw new Error('a bug')
          }
          if (what === 'mark soon') loop.markIn(takesMs)
          else mark()
          advance(waitMs)
        }
        advance(longestPassMs + longestRestMs)
        expect(unseen).to.deep.equal([])
        expect(errors.filter((error) => String(error) !== 'Error: a bug')).to.deep.equal([])
      }),
    )
  })

  it('makes the pass that is planned before it ends, and no other', () => {
    const { loop, advance, passes } = loopUnderTest(7)
    loop.mark()
    advance(0)
    loop.mark() // it rests: this one would come later
    loop.finish()
    expect(passes).to.have.length(2)
    loop.mark()
    advance(1_000)
    expect(passes).to.have.length(2)
    const idle = loopUnderTest()
    idle.loop.finish()
    expect(idle.passes).to.deep.equal([])
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
