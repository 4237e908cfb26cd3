// One timer for many deadlines.
import { expect } from 'chai'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { Alarm } from './alarm.ts'

function stage() {
  const { clock, advance, nextIn } = fakeClock()
  const rings: string[] = []
  const alarm = new Alarm(clock, (dueAt) => rings.push(`due at ${dueAt}, rung at ${clock.now()}`))
  return { alarm, rings, advance, nextIn }
}

describe('an alarm', () => {
  it('rings at the earliest of all deadlines, and once', () => {
    const { alarm, rings, advance } = stage()
    for (const at of [300, 200, 400]) alarm.setBy(at)
    advance(1000)
    expect(rings).to.deep.equal(['due at 200, rung at 200'])
  })

  it('rings in the next turn for a deadline that is over, and says when that was', () => {
    const { alarm, rings, advance } = stage()
    advance(500)
    alarm.setBy(100)
    expect(rings).to.deep.equal([])
    advance(0)
    expect(rings).to.deep.equal(['due at 100, rung at 500'])
  })

  it('can be set again while it rings', () => {
    const { clock, advance } = fakeClock()
    const rings: number[] = []
    const alarm: Alarm = new Alarm(clock, (dueAt) => {
      rings.push(dueAt)
      if (dueAt < 300) alarm.setBy(dueAt + 100)
    })
    alarm.setBy(100)
    advance(1000)
    expect(rings).to.deep.equal([100, 200, 300])
  })

  it('is silent when it is cancelled', () => {
    const { alarm, rings, advance, nextIn } = stage()
    alarm.setBy(100)
    alarm.cancel()
    expect(nextIn()).to.equal(Infinity)
    advance(1000)
    expect(rings).to.deep.equal([])
  })
})
