// What is told of the session.
import { expect } from 'chai'
import { config, eth0, eth1, holding, L2Bench, link, macOfOther } from '../../test/support/l2-session.ts'
import { gratuitousRequest } from '../arp/frame.ts'
import { kernelAddresses } from './kernel-answers.ts'
import { claimFacts, interfaceFacts } from './observe.ts'
import { itemAt } from './vector.ts'

function factsOf(bench: L2Bench) {
  const claim = itemAt(bench.session.claims, 0)
  return claim === undefined
    ? undefined
    : claimFacts(claim, bench.session, kernelAddresses(bench.session.links.values()))
}

describe('observation', () => {
  it('a claim is answered for on the interfaces where its first frame is on the wire', () => {
    expect(factsOf(holding(['192.0.2.10']))?.interfaces).to.deep.equal(['eth0', 'eth1'])
    const bench = new L2Bench()
    bench.feed({ type: 'interfaces', links: [eth0] })
    bench.feed({ type: 'configured', config: config(['192.0.2.10']) })
    expect(factsOf(bench)).to.deep.equal({ address: '192.0.2.10', interfaces: [] })
  })

  it('a claim for which the kernel answers by itself is told with the interface that has it', () => {
    const bench = holding(['192.0.2.10'])
    const ipvs = link({
      index: 9,
      name: 'kube-ipvs0',
      noArp: true,
      addresses: [{ address: '192.0.2.10', prefixLength: 32, tentative: false }],
    })
    bench.run({ type: 'interfaces', links: [{ ...eth0, arpIgnore: 0 }, eth1, ipvs] })
    expect(factsOf(bench)?.heldBy).to.equal('kube-ipvs0')
    bench.run({ type: 'interfaces', links: [{ ...eth0, arpIgnore: 1 }, eth1, ipvs] })
    expect(factsOf(bench)?.heldBy).to.equal(undefined)
  })

  it('a rival is told with the time of its last announcement, and of ours', () => {
    const bench = holding(['192.0.2.10'], 10_000)
    bench.frame(gratuitousRequest(macOfOther, '192.0.2.10'), { capturedAt: 50_000_000 }) // another clock
    expect(factsOf(bench)?.rival).to.deep.equal({ mac: macOfOther, seenAt: 50_000, toldAt: 50_000 - 7_800 })
    bench.advance(1_000)
    bench.run({ type: 'announce-anew', addresses: ['192.0.2.10'] })
    expect(factsOf(bench)?.rival?.toldAt).to.equal(51_000)
  })

  it('an interface is told with its addresses, and with what stands against it', () => {
    const bench = holding([])
    bench.run({
      type: 'interfaces',
      links: [eth0, { ...eth1, running: false }, link({ index: 3, name: 'lo' })],
    })
    expect(interfaceFacts(bench.session).map(({ name, objection }) => [name, objection])).to.deep.equal([
      ['eth0', undefined],
      ['eth1', 'no carrier'],
      ['lo', 'excluded by name'],
    ])
    expect(interfaceFacts(bench.session)[0]?.addresses).to.deep.equal(['192.0.2.1/24', 'fe80::1/64'])
  })

  it('an interface on which IPv6 is off carries IPv4 claims only, and says so', () => {
    const bench = new L2Bench()
    bench.run({ type: 'interfaces', links: [{ ...eth0, addresses: [] }] })
    bench.run({ type: 'configured', config: config(['2001:db8::10']) })
    expect(factsOf(bench)?.interfaces).to.deep.equal([])
    expect(interfaceFacts(bench.session)[0]).to.include({
      candidate: true,
      objectionIPv6: 'no link-local IPv6 address',
    })
  })
})
