// Whose answers count during a check, and what of it is taken back when more nodes are known (RFC 5227 §2.1.1).
import { expect } from 'chai'
import { eth0, config, L2Bench, macOfOther, sent } from '../../test/support/l2-session.ts'
import { gratuitousReply } from '../arp/frame.ts'
import { itemAt } from './vector.ts'

const address = '192.0.2.200'
const claims = [{ address, interfaces: 'all', check: 'beside' }] as const

function suspected(): L2Bench {
  const bench = new L2Bench()
  bench.run({ type: 'interfaces', links: [eth0] })
  bench.run({ type: 'configured', config: config(claims) })
  bench.advance(10)
  bench.frame(gratuitousReply(macOfOther, address))
  return bench
}

function stateOf({ session }: L2Bench): string | undefined {
  return itemAt(session.claims, 0)?.check?.state
}

describe('who answers during a check, and turns out to be a node of the cluster', () => {
  it('is no longer suspected: the address is announced on', () => {
    const bench = suspected()
    expect(stateOf(bench)).to.equal('suspecting')
    bench.run({ type: 'configured', config: config(claims, { generation: 2, nodeMacs: [macOfOther] }) })
    expect(sent(bench.advance(2_000)).some((line) => line.includes('announce'))).to.equal(true)
    expect(stateOf(bench)).to.equal('over')
  })

  it('no longer uses it: the address is asked for again at once, and then announced', () => {
    const bench = suspected()
    bench.advance(2_000)
    expect(stateOf(bench)).to.equal('in-use')
    const before = [{ address, interfaces: 'all', check: 'before' }] as const
    bench.run({ type: 'configured', config: config(before, { generation: 2, nodeMacs: [macOfOther] }) })
    bench.advance(2_000)
    expect(stateOf(bench)).to.equal('over')
  })

  it('says nothing about another machine that was found', () => {
    const bench = suspected()
    bench.advance(2_000)
    bench.run({
      type: 'configured',
      config: config(claims, { generation: 2, nodeMacs: ['02:00:00:00:00:77'] }),
    })
    bench.advance(2_000)
    expect(stateOf(bench)).to.equal('in-use')
  })
})
