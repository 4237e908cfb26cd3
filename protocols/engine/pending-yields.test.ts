// When a wish to yield is settled.
import { expect } from 'chai'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { PendingYields } from './pending-yields.ts'

function stage() {
  const { clock, advance, nextIn } = fakeClock()
  const settled: number[] = []
  return { yields: new PendingYields((id) => settled.push(id), clock), settled, advance, nextIn }
}

describe('addresses that are being yielded', () => {
  it('settle the wish when the last of them is handed over', () => {
    const { yields, settled } = stage()
    yields.begin(1, ['192.0.2.1', '192.0.2.2'], 2000)
    yields.handedOver('192.0.2.1')
    expect(settled).to.deep.equal([])
    yields.handedOver('192.0.2.2')
    expect(settled).to.deep.equal([1])
  })

  it('settle every wish that has them', () => {
    const { yields, settled } = stage()
    yields.begin(1, ['192.0.2.1'], 2000)
    yields.begin(2, ['192.0.2.1'], 2000)
    yields.handedOver('192.0.2.1')
    expect(settled).to.deep.equal([1, 2])
  })

  it('settle the wish once, a little after its time when nobody takes them', () => {
    const { yields, settled, advance } = stage()
    yields.begin(1, ['192.0.2.1'], 2000)
    advance(2249)
    expect(settled).to.deep.equal([])
    advance(1)
    yields.handedOver('192.0.2.1')
    advance(10_000)
    expect(settled).to.deep.equal([1])
  })

  it('settle a wish for none at once', () => {
    const { yields, settled } = stage()
    yields.begin(1, [], 2000)
    yields.settleEmpty()
    expect(settled).to.deep.equal([1])
  })

  it('are forgotten, with their timers, when the thread ends', () => {
    const { yields, settled, nextIn } = stage()
    yields.begin(1, ['192.0.2.1'], 2000)
    yields.close()
    expect([settled, nextIn()]).to.deep.equal([[], Infinity])
  })
})
