// Small reports make the whole.
import { expect } from 'chai'
import { config, eth0, holding, L2Bench } from '../../test/support/l2-session.ts'
import { Observation } from './observation.ts'
import { Reporter } from './reporter.ts'

function both() {
  return { reporter: new Reporter(), observation: new Observation() }
}

describe('reports', () => {
  it('tell all at first, and then only what is different', () => {
    const { reporter } = both()
    const bench = holding(['192.0.2.10', '2001:db8::10'])
    const first = reporter.take(bench.session, 0)
    expect(first.claims).to.have.length(2)
    expect(first.interfaces).to.have.length(2)
    expect(reporter.take(bench.session, 0)).to.deep.equal({ generation: 1, loopLagMs: 0 })
    bench.run({ type: 'configured', config: config(['192.0.2.10', '2001:db8::10', '192.0.2.11']) })
    expect(reporter.take(bench.session, 0).claims?.map(({ address }) => address)).to.deep.equal([
      '192.0.2.11',
    ])
  })

  it('a round of announcements alone is not told, but for its count', () => {
    const { reporter } = both()
    const bench = holding(['192.0.2.10'], 0)
    reporter.take(bench.session, 0)
    bench.advance(5000)
    reporter.count('192.0.2.10', 'gratuitousSent')
    const report = reporter.take(bench.session, 0)
    expect(report.claims).to.equal(undefined)
    expect([...(report.counts?.deltas ?? [])]).to.deep.equal([0, 0, 1])
  })

  it('add up to what is so', () => {
    const { reporter, observation } = both()
    const bench = holding(['192.0.2.10'])
    observation.take(reporter.take(bench.session, 0))
    for (let count = 0; count < 3; count++) {
      reporter.count('192.0.2.10', 'requestsReceived')
      reporter.drop('not-ours')
      observation.take(reporter.take(bench.session, 1.5))
    }
    const { claims, dropped, generation, alive, loopLagMs } = observation.value()
    expect({ dropped, generation, alive, loopLagMs }).to.deep.equal({
      dropped: { 'not-ours': 3 },
      generation: 1,
      alive: true,
      loopLagMs: 1.5,
    })
    expect(claims[0]).to.deep.include({
      address: '192.0.2.10',
      interfaces: ['eth0', 'eth1'],
      requestsReceived: 3,
    })
  })

  it('counters and delays alone are no news, and are there when asked for', () => {
    const { reporter, observation } = both()
    const bench = holding(['192.0.2.10'])
    expect(observation.take(reporter.take(bench.session, 0))).to.equal(true)
    reporter.count('192.0.2.10', 'requestsReceived')
    reporter.drop('not-ours')
    expect(observation.take(reporter.take(bench.session, 7))).to.equal(false)
    expect(observation.value().claims[0]?.requestsReceived).to.equal(1)
    expect(observation.value().dropped).to.deep.equal({ 'not-ours': 1 })
  })

  it('a claim stays the same object until something of it changes', () => {
    const { reporter, observation } = both()
    const bench = holding(['192.0.2.10', '192.0.2.11'])
    observation.take(reporter.take(bench.session, 0))
    const [first, second] = observation.value().claims
    reporter.count('192.0.2.11', 'requestsReceived')
    observation.take(reporter.take(bench.session, 0))
    expect(observation.value().claims[0]).to.equal(first)
    expect(observation.value().claims[1]).to.not.equal(second)
  })

  it('forget a claim that is gone', () => {
    const { reporter, observation } = both()
    const bench = holding(['192.0.2.10', '192.0.2.11'])
    observation.take(reporter.take(bench.session, 0))
    bench.run({ type: 'configured', config: config(['192.0.2.11'], { generation: 2 }) })
    observation.take(reporter.take(bench.session, 0))
    expect(observation.value().claims.map(({ address }) => address)).to.deep.equal(['192.0.2.11'])
  })

  it('a worker that died answers for nothing; counters and claims go on with the next one', () => {
    const { reporter, observation } = both()
    const bench = holding(['192.0.2.10', '192.0.2.11'])
    reporter.count('192.0.2.10', 'requestsReceived')
    observation.take(reporter.take(bench.session, 0))
    observation.workerDied()
    expect(observation.value().alive).to.equal(false)
    expect(observation.value().claims.flatMap(({ interfaces }) => interfaces)).to.deep.equal([])
    const next = new Reporter()
    const fresh = new L2Bench()
    fresh.run({ type: 'interfaces', links: [eth0] })
    fresh.run({ type: 'configured', config: config(['192.0.2.10']) })
    next.count('192.0.2.10', 'requestsReceived')
    observation.take(next.take(fresh.session, 0))
    const { claims, alive } = observation.value()
    expect(alive).to.equal(true)
    expect(claims.map(({ address, requestsReceived }) => [address, requestsReceived])).to.deep.equal([
      ['192.0.2.10', 2],
    ])
  })

  it('the whole is the same object until something is told', () => {
    const { reporter, observation } = both()
    observation.take(reporter.take(holding(['192.0.2.10']).session, 0))
    expect(observation.value()).to.equal(observation.value())
  })

  it('only the delay of the loop is no news', () => {
    const { reporter, observation } = both()
    const bench = holding(['192.0.2.10'])
    expect(observation.take(reporter.take(bench.session, 0))).to.equal(true)
    expect(observation.take(reporter.take(bench.session, 7))).to.equal(false)
  })
})
