import { expect } from 'chai'
import { allRoutes, established, reasons, routesOf, states } from '../../test/support/pair.ts'
import type { Pair } from '../../test/support/pair.ts'

describe('a restart', () => {
  const graceful = { gracefulRestart: { restartTimeS: 120 } }
  const options = { a: graceful, b: graceful }

  function kept(pair: Pair): string[] {
    return [...pair.ribIn('b').IPv4].map(([prefix, { freshness }]) => `${prefix} ${freshness}`)
  }

  it('of a speaker without a word leaves its routes stale, until it has said them again', () => {
    const pair = established(options, routesOf(2))
    pair.replace('a', true)
    pair.advance(10)
    expect(kept(pair)).to.deep.equal(['10.0.0.0/32 stale', '10.0.0.1/32 stale'])
    pair.tell('a', { type: 'start', by: 'operator' })
    pair.advance(20_000)
    expect(states(pair)).to.deep.equal(['Established', 'Established'])
    expect(kept(pair), 'nobody has told the new process its routes').to.have.length(2)
    pair.tell('a', allRoutes(routesOf(1)))
    pair.advance(1_000)
    expect(kept(pair)).to.deep.equal(['10.0.0.0/32 fresh'])
  })

  it('that never ends leaves nothing', () => {
    const pair = established(options, routesOf(2))
    pair.replace('a', true)
    pair.advance(130_000)
    expect(kept(pair)).to.deep.equal([])
  })

  it('that the operator orders without graceful restart takes the routes at once', () => {
    const pair = established({}, routesOf(2))
    pair.tell('a', { type: 'stop', how: 'shutdown' })
    pair.advance(10)
    expect(kept(pair)).to.deep.equal([])
  })

  it('that is none, but a shutdown, takes them although graceful restart was agreed on', () => {
    const pair = established(options, routesOf(2))
    pair.tell('a', { type: 'stop', how: 'shutdown', text: 'for good' })
    pair.advance(10)
    expect(kept(pair)).to.deep.equal([])
    expect(reasons(pair, 'b').at(-1)).to.equal(
      'Idle: the peer said Cease/9 hard reset (Cease/2 administrative shutdown "for good")',
    )
  })

  it('noticed by the peer only through the new connection keeps the routes', () => {
    const pair = established(options, routesOf(2))
    pair.wire('silent')
    pair.replace('a', true)
    pair.wire('up')
    pair.tell('a', allRoutes(routesOf(2)))
    pair.tell('a', { type: 'start', by: 'operator' })
    pair.advance(1_000)
    expect(states(pair)).to.deep.equal(['Established', 'Established'])
    expect(kept(pair)).to.deep.equal(['10.0.0.0/32 fresh', '10.0.0.1/32 fresh'])
  })
})
