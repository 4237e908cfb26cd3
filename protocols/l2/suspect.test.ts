// Whose answers count during a check, and what of it is taken back when more nodes are known (RFC 5227 §2.1.1).
import { expect } from 'chai'
import { eth0, config, L2Bench, macOfOther, sent } from '../../test/support/l2-session.ts'
import { gratuitousReply } from '../arp/frame.ts'
import type { Check } from './check.ts'
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

describe('who answers during a check, and is known to answer for anything', () => {
  const known = config(claims, { generation: 2, proxyMacs: [macOfOther] })

  it('is not suspected: the address is announced, and found free', () => {
    const bench = new L2Bench()
    bench.run({ type: 'interfaces', links: [eth0] })
    bench.run({ type: 'configured', config: known })
    bench.advance(10)
    bench.frame(gratuitousReply(macOfOther, address))
    expect(sent(bench.advance(2_000)).some((line) => line.includes('announce'))).to.equal(true)
    expect(checkOf(bench)).to.deep.include({ state: 'over', proxy: macOfOther })
  })

  it('no longer uses what it was found to use: that is asked for again, and announced', () => {
    const bench = suspected()
    bench.advance(2_000)
    expect(stateOf(bench)).to.equal('in-use')
    bench.run({ type: 'configured', config: known })
    bench.frame(gratuitousReply(macOfOther, address))
    expect(sent(bench.advance(2_000)).some((line) => line.includes('announce'))).to.equal(true)
    expect(checkOf(bench)).to.deep.include({ state: 'over', proxy: macOfOther })
  })

  it('hides nobody: another machine that answers beside it uses the address', () => {
    const bench = new L2Bench()
    bench.run({ type: 'interfaces', links: [eth0] })
    bench.run({ type: 'configured', config: known })
    bench.advance(10)
    bench.frame(gratuitousReply(macOfOther, address))
    bench.frame(gratuitousReply('02:00:00:00:00:77', address))
    bench.advance(2_000)
    expect(checkOf(bench)?.usedBy?.mac).to.equal('02:00:00:00:00:77')
  })
})

describe('who answers during a check, and for an address that is only of the cluster', () => {
  const inside = '10.96.0.7'
  const asking = [{ address, interfaces: 'all', check: 'beside', controls: [inside] }] as const

  it('uses neither: it is a node of the cluster, and the address is announced', () => {
    const bench = new L2Bench()
    bench.run({ type: 'interfaces', links: [eth0] })
    bench.run({ type: 'configured', config: config(asking) })
    bench.advance(10)
    bench.frame(gratuitousReply(macOfOther, address))
    expect(stateOf(bench)).to.equal('suspecting')
    bench.frame(gratuitousReply(macOfOther, inside))
    bench.advance(2_000)
    expect(checkOf(bench)).to.deep.include({ state: 'over', proxy: macOfOther })
  })
})

describe('the address that a port of a bond was made with', () => {
  it('is an own one: nobody is suspected who answers with it', () => {
    const bench = new L2Bench()
    bench.run({ type: 'interfaces', links: [{ ...eth0, permanentMac: macOfOther }] })
    bench.run({ type: 'configured', config: config(claims) })
    bench.advance(10)
    bench.frame(gratuitousReply(macOfOther, address))
    bench.advance(2_000)
    expect(stateOf(bench)).to.equal('over')
  })
})

function checkOf({ session }: L2Bench): Check | undefined {
  return itemAt(session.claims, 0)?.check
}
