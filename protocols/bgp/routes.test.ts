import { expect } from 'chai'
import { allRoutes, established, reasons, routesOf, startBoth } from '../../test/support/pair.ts'

describe('many routes', () => {
  it('10,000 reach the peer, change and go, and nothing is sent twice', () => {
    const pair = established({}, routesOf(10_000))
    expect(pair.ribIn('b').IPv4.size).to.equal(10_000)
    const before = pair.sent('a').length
    pair.tell('a', allRoutes(routesOf(10_000)))
    pair.advance(1000)
    expect(pair.sent('a')).to.have.length(before)
    pair.tell('a', allRoutes([]))
    pair.advance(1000)
    expect(pair.ribIn('b').IPv4.size).to.equal(0)
  })

  it('over the limit of the peer end the session with the reason on both sides', () => {
    const pair = startBoth({ b: { prefixLimits: { IPv4: 10 } } }, routesOf(11))
    pair.advance(300)
    expect(reasons(pair, 'b')).to.include('Idle: 11 IPv4 prefixes, the limit is 10')
    expect(reasons(pair, 'a')).to.include('Idle: the peer said Cease/1 maximum prefixes')
  })
})
