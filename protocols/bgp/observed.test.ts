import { expect } from 'chai'
import { established, pairOf, routesOf } from '../../test/support/pair.ts'
import { observe } from './observed.ts'

describe('what is reported of a session', () => {
  it('is who the peer is, what it was told, and what it said', () => {
    const pair = established(
      { a: { families: ['IPv4'] }, b: { hostname: 'tor-1', softwareVersion: 'router 1.0' } },
      [...routesOf(3), { prefix: '2001:db8::1/128', peers: 'all', attributes: {} }],
    )
    const { since, ...seen } = observe(pair.session('a'), pair.ribIn('a'))
    expect(since).to.be.below(1000)
    expect(seen).to.deep.equal({
      state: 'Established',
      reason: 'the peer confirmed our OPEN',
      failures: 0,
      peer: {
        asNumber: 65002,
        identifier: '192.0.2.2',
        families: ['IPv4'],
        holdTimeS: 90,
        gracefulRestart: false,
        hostname: 'tor-1',
        softwareVersion: 'router 1.0',
      },
      wished: { IPv4: 3, IPv6: 1 },
      isTelling: false,
      withheld: [{ reason: 'the session carries no IPv6 routes', count: 1, example: '2001:db8::1/128' }],
      received: { IPv4: 0, IPv6: 0 },
      keptFor: [],
      draining: false,
    })
    expect(observe(pair.session('b'), pair.ribIn('b')).received).to.deep.equal({ IPv4: 3, IPv6: 0 })
  })

  it('names what was changed after the OPEN, and takes effect at the next one', () => {
    const pair = established({ a: {} })
    const before = pair.session('a').config
    const config = { ...before, holdTimeS: 30, gracefulRestart: { restartTimeS: 60 } }
    pair.tell('a', { type: 'configured', config })
    expect(observe(pair.session('a'), pair.ribIn('a')).pending).to.deep.equal([
      'holdTimeS',
      'gracefulRestart',
    ])
    pair.tell('a', { type: 'configured', config: before })
    expect(observe(pair.session('a'), pair.ribIn('a'))).not.to.have.property('pending')
    pair.tell('a', { type: 'configured', config })
    pair.tell('a', { type: 'stop', how: 'reconfigured' })
    pair.tell('a', { type: 'start', by: 'operator' })
    pair.advance(60_000)
    const anew = observe(pair.session('a'), pair.ribIn('a'))
    expect([anew.state, anew.pending]).to.deep.equal(['Established', undefined])
  })

  it('is why there is none, and since when', () => {
    const pair = pairOf({ b: { peerAs: 65009 } })
    for (const side of ['a', 'b'] as const) pair.tell(side, { type: 'start', by: 'operator' })
    pair.advance(500)
    const { state, reason, lastFailure, failures, peer } = observe(pair.session('a'), pair.ribIn('a'))
    expect([state, failures, peer]).to.deep.equal(['Idle', 1, undefined])
    expect(reason).to.equal('the peer said Open/2 bad peer AS')
    expect(lastFailure?.reason).to.equal(reason)
  })
})
