// Two sessions and a wire: what the machine does over time.
import { expect } from 'chai'
import fc from 'fast-check'
import { pairOf } from '../../test/support/pair.ts'
import type { Pair, PairOptions, Side } from '../../test/support/pair.ts'
import type { Route } from './config.ts'
import { stateOf } from './session.ts'

function routesOf(count: number, attributes: Route['attributes'] = {}): Route[] {
  return Array.from({ length: count }, (_, index) => ({
    prefix: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32`,
    peers: 'all',
    attributes,
  }))
}

function startBoth(options: PairOptions = {}, routes: readonly Route[] = []): Pair {
  const pair = pairOf(options)
  for (const side of ['a', 'b'] as const) {
    pair.tell(side, { type: 'routes', routes: side === 'a' ? routes : [] })
    pair.tell(side, { type: 'start', by: 'operator' })
  }
  return pair
}

function established(options: PairOptions = {}, routes: readonly Route[] = []): Pair {
  const pair = startBoth(options, routes)
  pair.advance(10_000)
  expect(states(pair)).to.deep.equal(['Established', 'Established'], pair.log('a').join('\n'))
  return pair
}

function states(pair: Pair): string[] {
  return (['a', 'b'] as const).map((side) => stateOf(pair.session(side)))
}

function reasons(pair: Pair, side: Side): string[] {
  return pair.log(side).map((line) => line.replace(/^@\d+ /, ''))
}

describe('two sessions', () => {
  it('that dial each other at once end up with one connection, that of the higher identifier', () => {
    const pair = established()
    for (const side of ['a', 'b'] as const) {
      expect(pair.session(side).lanes).to.have.length(1)
      expect(pair.session(side).failures).to.equal(0)
    }
    expect(pair.session('a').lanes[0].connection?.initiator).to.equal('peer')
    expect(pair.session('b').lanes[0].connection?.initiator).to.equal('us')
  })

  it('find each other over any wire, whoever may dial', () => {
    fc.assert(
      fc.property(
        fc.record({
          latencyMs: fc.integer({ min: 0, max: 400 }),
          loss: fc.double({ min: 0, max: 0.3, noNaN: true }),
          reorder: fc.double({ min: 0, max: 0.5, noNaN: true }),
          seed: fc.nat(),
          passive: fc.constantFrom<Side | undefined>('a', 'b', undefined),
          delayOpenMs: fc.constantFrom(0, 0, 500),
          apartMs: fc.nat(3000),
        }),
        ({ passive, delayOpenMs, apartMs, ...wire }) => {
          const a = { passive: passive === 'a', delayOpenMs }
          const pair = pairOf({ ...wire, a, b: { passive: passive === 'b' } })
          pair.tell('a', { type: 'routes', routes: routesOf(3) })
          pair.tell('b', { type: 'routes', routes: [] })
          pair.tell('a', { type: 'start', by: 'operator' })
          pair.advance(apartMs)
          pair.tell('b', { type: 'start', by: 'operator' })
          pair.advance(60_000)
          expect(states(pair)).to.deep.equal(['Established', 'Established'])
          expect(pair.ribIn('b').IPv4.size).to.equal(3)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('hold for a day with nothing but keepalives', () => {
    const pair = established({ a: { holdTimeS: 30 } })
    pair.advance(24 * 3600_000)
    expect(states(pair)).to.deep.equal(['Established', 'Established'])
    expect(pair.session('a').since).to.be.below(1000)
  })

  it('hold for ever without keepalives when the hold time is zero', () => {
    const pair = established({ a: { holdTimeS: 0 } })
    const sent = pair.sent('a').length
    pair.advance(24 * 3600_000)
    expect(states(pair)).to.deep.equal(['Established', 'Established'])
    expect(pair.sent('a')).to.have.length(sent)
  })

  it('notice a silent wire when the hold time is over, and find each other again when it is mended', () => {
    const pair = established({ a: { holdTimeS: 9 } })
    pair.wire('silent')
    pair.advance(9_000)
    expect(stateOf(pair.session('a'))).to.not.equal('Established')
    expect(reasons(pair, 'a')).to.include('Idle: no message for the hold time of 9 s (RFC 4271 §6.5)')
    pair.advance(600_000)
    pair.wire('up')
    pair.advance(400_000)
    expect(states(pair)).to.deep.equal(['Established', 'Established'])
  })

  it('give up a peer that lives and reads nothing, without ever queueing more than one flight', () => {
    const pair = established({ a: { holdTimeS: 90 } })
    const connection = pair.session('a').lanes[0].connection?.id ?? ''
    pair.freeze('b')
    pair.tell('a', { type: 'routes', routes: routesOf(50_000) })
    const flight = pair.sent('a').length
    for (let second = 0; second < 480; second += 30) {
      expect(stateOf(pair.session('a'))).to.equal('Established')
      pair.tell('a', { type: 'received', connection, message: { type: 'keepalive' } })
      pair.advance(30_000)
    }
    expect(pair.sent('a').slice(flight)).to.deep.equal(['NOTIFICATION Send hold timer expired/0'])
    expect(reasons(pair, 'a')).to.include('Idle: the peer has not read for the send hold time (RFC 9687)')
  })

  it('back off from a peer that accepts and drops, however often', () => {
    const pair = pairOf({ b: { passive: true, peerAs: 65009 } })
    pair.tell('b', { type: 'start', by: 'operator' })
    pair.tell('a', { type: 'start', by: 'operator' })
    const dials: number[] = []
    for (let hour = 0; hour < 2; hour++) {
      const before = pair.session('a').dials
      pair.advance(3600_000)
      dials.push(pair.session('a').dials - before)
    }
    expect(dials[0]).to.be.within(20, 80)
    expect(dials[1]).to.be.within(15, 60)
    expect(pair.session('a').lastFailure?.reason).to.include('bad peer AS')
  })

  it('back off from a peer that takes the session and drops it at once', () => {
    const pair = startBoth()
    let drops = 0
    for (let second = 0; second < 3600; second++) {
      pair.advance(1000)
      if (stateOf(pair.session('a')) !== 'Established') continue
      pair.wire('reset')
      drops++
    }
    expect(drops).to.be.within(20, 60)
  })

  it('that held for a minute start again after a second', () => {
    const pair = established()
    pair.advance(120_000)
    pair.wire('reset')
    pair.advance(3_000)
    expect(states(pair)).to.deep.equal(['Established', 'Established'])
  })
})
