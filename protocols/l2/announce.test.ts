// Who is told, how often, how fast.
import { expect } from 'chai'
import { config, eth0, eth1, holding, L2Bench, link, lines, sent } from '../../test/support/l2-session.ts'
import { decodeArp } from '../arp/packet.ts'
import { decodeEthernet } from '../net/ethernet.ts'
import { burstFrames, framesPerSecond } from './schedule.ts'
import type { Effect } from './session.ts'

type Announce = Extract<Effect, { type: 'announce' }>

function announcements(effects: readonly Effect[]): readonly Announce[] {
  return effects.filter((effect) => effect.type === 'announce')
}

/** When each announcement went out, in ms after the start, by address. */
function timesOf(bench: L2Bench, ms: number): readonly number[] {
  const times: number[] = []
  for (let passed = 0; passed < ms; passed += 1)
    for (const _ of announcements(bench.advance(1))) times.push(bench.now)
  return times
}

describe('announcements', () => {
  it('an IPv4 claim is told at once, the request form first, then the reply form', () => {
    const bench = new L2Bench()
    bench.run({ type: 'interfaces', links: [eth0] })
    const frames = announcements(bench.run({ type: 'configured', config: config(['192.0.2.10']) }))
    const packets = frames.map(({ frame }) => decodeArp(decodeEthernet(frame).payload))
    expect(packets.map(({ operation }) => operation)).to.deep.equal(['request', 'reply'])
    expect(packets.map(({ targetMac }) => targetMac)).to.deep.equal(['00:00:00:00:00:00', eth0.mac])
  })

  it('an IPv4 claim is repeated after 0.1, 1.1 and 2.2 s, then no more', () => {
    const bench = new L2Bench()
    bench.run({ type: 'interfaces', links: [eth0] })
    bench.run({ type: 'configured', config: config(['192.0.2.10']) })
    expect(timesOf(bench, 10_000)).to.deep.equal([100, 100, 1100, 1100, 2200, 2200])
  })

  it('an IPv6 claim is told three times, at least a second apart (RFC 4861 §7.2.6)', () => {
    const bench = new L2Bench()
    bench.run({ type: 'interfaces', links: [eth0] })
    const first = announcements(bench.run({ type: 'configured', config: config(['2001:db8::10']) }))
    expect(first).to.have.length(1)
    expect(timesOf(bench, 10_000)).to.deep.equal([1100, 2200])
  })

  it('nothing is told again when the same config comes again', () => {
    const bench = holding(['192.0.2.10', '2001:db8::10'])
    const session = bench.session
    expect(bench.run({ type: 'configured', config: config(['192.0.2.10', '2001:db8::10']) })).to.deep.equal(
      [],
    )
    expect(bench.session).to.equal(session)
  })

  it('a new generation with the same claims is reported and changes nothing else', () => {
    const bench = holding(['192.0.2.10'])
    const effects = bench.run({ type: 'configured', config: config(['192.0.2.10'], { generation: 2 }) })
    expect(lines(effects)).to.deep.equal(['report configured'])
    expect(sent(bench.advance(10_000))).to.deep.equal([])
  })

  it('only the new claim is told when one is added', () => {
    const bench = holding(['192.0.2.10'])
    const effects = bench.run({ type: 'configured', config: config(['192.0.2.10', '192.0.2.11']) })
    expect(new Set(announcements(effects).map(({ address }) => address))).to.deep.equal(
      new Set(['192.0.2.11']),
    )
  })

  it('a claim is told only on the interfaces that it names', () => {
    const bench = new L2Bench()
    bench.run({ type: 'interfaces', links: [eth0, eth1] })
    const claim = { address: '192.0.2.10', interfaces: ['eth1'] }
    const effects = bench.run({ type: 'configured', config: config([claim]) })
    expect(new Set(sent(effects))).to.deep.equal(new Set(['announce eth1 192.0.2.10']))
  })

  it('a claim is told again on the interface whose MAC has changed, and on no other', () => {
    const bench = holding(['192.0.2.10'])
    const effects = bench.run({ type: 'interfaces', links: [{ ...eth0, mac: '02:00:00:00:00:0a' }, eth1] })
    expect(new Set(sent(effects))).to.deep.equal(new Set(['announce eth0 192.0.2.10']))
  })

  it('a claim is told again on an interface that went down and came back', () => {
    const bench = holding(['192.0.2.10'])
    expect(sent(bench.run({ type: 'interfaces', links: [{ ...eth0, up: false }, eth1] }))).to.deep.equal([])
    const effects = bench.run({ type: 'interfaces', links: [eth0, eth1] })
    expect(new Set(sent(effects))).to.deep.equal(new Set(['announce eth0 192.0.2.10']))
  })

  it('a new name or a new address of the interface tells nobody anything', () => {
    const bench = holding(['192.0.2.10'])
    const renamed = { ...eth0, name: 'lan0', addresses: eth0.addresses.slice(1) }
    expect(sent(bench.run({ type: 'interfaces', links: [renamed, eth1] }))).to.deep.equal([])
    expect(sent(bench.advance(10_000))).to.deep.equal([])
  })

  it('a claim that names an interface follows the name', () => {
    const bench = holding([{ address: '192.0.2.10', interfaces: ['eth0'] }])
    bench.run({ type: 'interfaces', links: [{ ...eth0, name: 'lan0' }, eth1] })
    const swapped = [
      { ...eth0, name: 'lan0' },
      { ...eth1, name: 'eth0' },
    ]
    expect(new Set(sent(bench.run({ type: 'interfaces', links: swapped })))).to.deep.equal(
      new Set(['announce eth1 192.0.2.10']),
    )
  })

  it('a periodic refresh goes on for as long as it is wanted', () => {
    const bench = holding(['192.0.2.10'])
    bench.run({ type: 'configured', config: config(['192.0.2.10'], { gratuitousIntervalMs: 5000 }) })
    expect(timesOf(bench, 11_000)).to.have.length(2 * 2 * 2) // two forms, two interfaces, twice
    bench.run({ type: 'configured', config: config(['192.0.2.10']) })
    expect(timesOf(bench, 11_000)).to.deep.equal([])
  })

  it('a claim is announced anew with all its rounds, and answered for meanwhile', () => {
    const bench = holding(['192.0.2.10', '192.0.2.11'])
    const effects = bench.run({ type: 'announce-anew', addresses: ['192.0.2.10', '198.51.100.1'] })
    const later = bench.advance(5_000)
    const frames = announcements([...effects, ...later])
    expect(new Set(frames.map(({ address, first }) => [address, first].join()))).to.deep.equal(
      new Set(['192.0.2.10,false']),
    )
    expect(frames).to.have.length(2 * 8) // interfaces, frames of all rounds
  })

  it('a claim that is being handed over is not announced anew', () => {
    const bench = holding(['192.0.2.10'])
    bench.run({ type: 'yield', addresses: ['192.0.2.10'], deadline: bench.now + 2_000 })
    bench.run({ type: 'announce-anew', addresses: ['192.0.2.10'] })
    expect(announcements(bench.advance(1_000))).to.deep.equal([])
  })

  it('an announcement that could not be sent is not believed, and sent again when somebody asks', () => {
    const bench = new L2Bench()
    bench.feed({ type: 'interfaces', links: [eth0] })
    bench.feed({ type: 'configured', config: config(['192.0.2.10']) })
    bench.feed({ type: 'wake' }) // the frames go nowhere: no 'announced' comes back
    const again = bench.feed({ type: 'wake' })
    expect(announcements(again)).to.deep.equal([])
    bench.now = 100
    expect(announcements(bench.feed({ type: 'wake' })).every(({ first }) => first)).to.equal(true)
  })
})

describe('ten thousand claims taken over at once', () => {
  const claims = Array.from({ length: 10_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)

  function takeOver(): { readonly bench: L2Bench; readonly effects: readonly Effect[] } {
    const bench = new L2Bench()
    bench.run({ type: 'interfaces', links: [link({ index: 1, name: 'eth0' })] })
    return { bench, effects: bench.run({ type: 'configured', config: config(claims) }) }
  }

  it('begin with one burst and keep to the budget', () => {
    const { bench, effects } = takeOver()
    expect(announcements(effects)).to.have.length(burstFrames)
    expect(announcements(bench.advance(1000)).length).to.be.within(
      framesPerSecond * 0.9,
      framesPerSecond * 1.02,
    )
  })

  it('are each told once before any is told twice', () => {
    const { bench, effects } = takeOver()
    const all = [...announcements(effects), ...announcements(bench.advance(2100))]
    const first = all.slice(0, claims.length).map(({ address }) => address)
    expect(new Set(first).size).to.equal(claims.length)
  })

  it('are all done in the end: eight frames each', () => {
    const { bench, effects } = takeOver()
    const all = [...announcements(effects), ...announcements(bench.advance(60_000))]
    expect(all).to.have.length(8 * claims.length)
    expect(bench.session.wakeAt).to.equal(undefined)
  })
})
