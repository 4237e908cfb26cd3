// Planned hand-over, and others that announce what we hold.
import { expect } from 'chai'
import {
  config,
  holding,
  ignored,
  macOfClient,
  macOfEth0,
  macOfOther,
  sent,
} from '../../test/support/l2-session.ts'
import type { L2Bench } from '../../test/support/l2-session.ts'
import { gratuitousReply, gratuitousRequest } from '../arp/frame.ts'
import { unsolicitedAdvertisement } from '../ndp/frame.ts'
import { parseFrame } from './frame-text.ts'
import type { Effect } from './session.ts'
import { itemAt } from './vector.ts'

const request =
  parseFrame(
    `arp request from ${macOfClient} 192.0.2.50 for 00:00:00:00:00:00 192.0.2.10 to ff:ff:ff:ff:ff:ff`,
  ) ?? new Uint8Array()
const solicitation =
  parseFrame(
    `ns from ${macOfClient} fe80::50 to 33:33:ff:00:00:10 ff02::1:ff00:10 target 2001:db8::10 source-mac ${macOfClient}`,
  ) ?? new Uint8Array()

function yielded(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) =>
    effect.type === 'yielded' ? [`${effect.address} to ${effect.to ?? 'nobody'}`] : [],
  )
}

function leaving(address: string, ms = 60_000): L2Bench {
  const bench = holding([address], ms)
  bench.run({ type: 'yield', addresses: [address], deadline: bench.now + 2000 })
  return bench
}

describe('a claim that is handed over', () => {
  it('is answered for until its successor is heard', () => {
    const bench = leaving('192.0.2.10')
    bench.advance(1500)
    expect(sent(bench.frame(request))).to.deep.equal(['answer eth0 192.0.2.10'])
  })

  const announcements: readonly [string, string, Uint8Array, Uint8Array][] = [
    ['a gratuitous request', '192.0.2.10', gratuitousRequest(macOfOther, '192.0.2.10'), request],
    ['a gratuitous reply', '192.0.2.10', gratuitousReply(macOfOther, '192.0.2.10'), request],
    [
      'an unsolicited advertisement',
      '2001:db8::10',
      unsolicitedAdvertisement(macOfOther, '2001:db8::10'),
      solicitation,
    ],
  ]
  for (const [what, address, announcement, question] of announcements)
    it(`is answered for no more once ${what} of another machine is heard`, () => {
      const bench = leaving(address)
      expect(yielded(bench.frame(announcement))).to.deep.equal([`${address} to ${macOfOther}`])
      expect(ignored(bench.frame(question))).to.deep.equal(['handed-over'])
    })

  it('is not given up for our own announcement that comes back', () => {
    const bench = leaving('192.0.2.10')
    expect(yielded(bench.frame(gratuitousRequest(macOfEth0, '192.0.2.10')))).to.deep.equal([])
  })

  it('is answered for no more when the time is up', () => {
    const bench = leaving('192.0.2.10')
    expect(yielded(bench.advance(1999))).to.deep.equal([])
    expect(yielded(bench.advance(1))).to.deep.equal(['192.0.2.10 to nobody'])
    expect(ignored(bench.frame(request))).to.deep.equal(['handed-over'])
  })

  it('is announced no more, however fresh it is', () => {
    const bench = leaving('192.0.2.10', 50)
    expect(sent(bench.advance(1900))).to.deep.equal([])
  })

  it('goes at once to a successor that was heard just before', () => {
    const bench = holding(['192.0.2.10'])
    bench.frame(gratuitousRequest(macOfOther, '192.0.2.10'))
    bench.advance(300)
    const effects = bench.run({ type: 'yield', addresses: ['192.0.2.10'], deadline: bench.now + 2000 })
    expect(yielded(effects)).to.deep.equal([`192.0.2.10 to ${macOfOther}`])
  })

  it('waits for its successor though somebody announced it a minute ago', () => {
    const bench = holding(['192.0.2.10'])
    bench.frame(gratuitousRequest(macOfOther, '192.0.2.10'))
    bench.advance(60_000)
    const effects = bench.run({ type: 'yield', addresses: ['192.0.2.10'], deadline: bench.now + 2000 })
    expect(yielded(effects)).to.deep.equal([])
    expect(sent(bench.frame(request))).to.deep.equal(['answer eth0 192.0.2.10'])
  })

  it('is answered for though the config without it comes in between', () => {
    const bench = leaving('192.0.2.10')
    bench.run({ type: 'configured', config: config([], { generation: 2 }) })
    expect(sent(bench.frame(request))).to.deep.equal(['answer eth0 192.0.2.10'])
    bench.frame(gratuitousRequest(macOfOther, '192.0.2.10'))
    bench.advance(1000)
    expect(bench.session.claims.length).to.equal(0)
  })

  it('stays silent while a config goes on to list it, and comes back after one that does not', () => {
    const bench = leaving('192.0.2.10')
    bench.frame(gratuitousRequest(macOfOther, '192.0.2.10'))
    const again = bench.run({ type: 'configured', config: config(['192.0.2.10'], { generation: 2 }) })
    expect(sent([...again, ...bench.advance(5000)])).to.deep.equal([])
    bench.run({ type: 'configured', config: config([], { generation: 3 }) })
    const anew = bench.run({ type: 'configured', config: config(['192.0.2.10'], { generation: 4 }) })
    expect(sent(anew)).to.include('announce eth0 192.0.2.10')
  })

  it('is taken back and announced when it is ours again before it was handed over', () => {
    const bench = leaving('192.0.2.10')
    bench.run({ type: 'configured', config: config([], { generation: 2 }) })
    bench.advance(500)
    const again = bench.run({ type: 'configured', config: config(['192.0.2.10'], { generation: 3 }) })
    expect(sent(again)).to.include('announce eth0 192.0.2.10')
    expect(yielded(bench.advance(10_000))).to.deep.equal([])
    expect(sent(bench.frame(request))).to.deep.equal(['answer eth0 192.0.2.10'])
  })

  it('is taken back when it is ours again the moment after it was handed over', () => {
    const bench = leaving('192.0.2.10')
    bench.run({ type: 'configured', config: config([], { generation: 2 }) })
    bench.frame(gratuitousRequest(macOfOther, '192.0.2.10'))
    const again = bench.run({ type: 'configured', config: config(['192.0.2.10'], { generation: 3 }) })
    expect(sent(again)).to.include('announce eth0 192.0.2.10')
  })

  it('that is not held is handed over at once', () => {
    const bench = holding([])
    const effects = bench.run({ type: 'yield', addresses: ['192.0.2.99'], deadline: bench.now + 2000 })
    expect(yielded(effects)).to.deep.equal(['192.0.2.99 to nobody'])
  })

  it('leaves its group on every interface', () => {
    const bench = leaving('2001:db8::10')
    const effects = [
      ...bench.frame(unsolicitedAdvertisement(macOfOther, '2001:db8::10')),
      ...bench.advance(1000),
    ]
    const left = effects.flatMap((effect) =>
      effect.type === 'leave' ? [`${effect.link} ${effect.group}`] : [],
    )
    expect(left).to.have.members(['1 ff02::1:ff00:10', '2 ff02::1:ff00:10'])
  })
})

describe('a rival', () => {
  const announcement = gratuitousRequest(macOfOther, '192.0.2.10')

  function rivalOf(bench: L2Bench) {
    return itemAt(bench.session.claims, 0)?.rival
  }

  it('is told with its MAC and the time at which it was seen', () => {
    const bench = holding(['192.0.2.10'])
    const effects = bench.frame(announcement, { capturedAt: 123_456_789 })
    expect(effects).to.deep.include({ type: 'report', why: 'rival' })
    expect(rivalOf(bench)).to.deep.include({ mac: macOfOther, seenAt: 123_456_789 })
  })

  it('does not keep us from answering, nor make us announce', () => {
    const bench = holding(['192.0.2.10'])
    bench.frame(announcement)
    expect(sent(bench.advance(5000))).to.deep.equal([])
    expect(sent(bench.frame(request))).to.deep.equal(['answer eth0 192.0.2.10'])
  })

  it('that announces again and again is told once a second', () => {
    const bench = holding(['192.0.2.10'])
    const effects: Effect[] = []
    for (let count = 0; count < 100; count++) {
      effects.push(...bench.frame(announcement))
      bench.advance(1)
    }
    expect(effects.filter(({ type }) => type === 'report')).to.have.length(1)
    expect(rivalOf(bench)?.heardAt).to.equal(bench.now - 1)
  })

  it('is none that asks for another address in our name', () => {
    const bench = holding(['192.0.2.10'])
    const spoofed = parseFrame(
      `arp request from ${macOfOther} 192.0.2.10 for 00:00:00:00:00:00 192.0.2.1 to ff:ff:ff:ff:ff:ff`,
    )
    expect(ignored(bench.frame(spoofed ?? new Uint8Array()))).to.deep.equal(['spoofed'])
    expect(rivalOf(bench)).to.equal(undefined)
  })
})
