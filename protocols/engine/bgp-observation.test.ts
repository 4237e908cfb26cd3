import { expect } from 'chai'
import type { PeerReport } from '../bgp/observed.ts'
import type { BgpReport } from './bgp-messages.ts'
import { BgpObservation } from './bgp-observation.ts'

const counts = { open: 1, update: 2, notification: 0, keepalive: 3, 'route-refresh': 0, bytes: 100 }

function peer(state: PeerReport['session']['state'] = 'Established', updates = 2): PeerReport {
  return {
    session: {
      state,
      reason: 'a reason',
      since: 1000,
      failures: 0,
      wished: { IPv4: 1, IPv6: 0 },
      isTelling: false,
      withheld: [],
      received: { IPv4: 5, IPv6: 0 },
      keptFor: [],
      draining: false,
    },
    counters: { sent: { ...counts, update: updates }, received: counts, established: 1 },
  }
}

function report(peers: BgpReport['peers'], more: Partial<BgpReport> = {}): BgpReport {
  return { generation: 1, peers, gone: [], loopLagMs: 0, ...more }
}

describe('what the bgp worker reports', () => {
  it('is put together, and news are only what is no counter', () => {
    const observation = new BgpObservation()
    expect(observation.take(report({ a: peer() }))).to.equal(true)
    expect(observation.take(report({ a: peer('Established', 9) }, { loopLagMs: 7 }))).to.equal(false)
    expect(observation.value().peers['a']?.counters.sent.update).to.equal(9)
    expect(observation.take(report({ a: peer('Idle', 9) }))).to.equal(true)
    expect(observation.take(report({}, { gone: ['a'] }))).to.equal(true)
    expect(observation.value().peers).to.deep.equal({})
  })

  it('is the same object until something changes', () => {
    const observation = new BgpObservation()
    observation.take(report({ a: peer() }))
    expect(observation.value()).to.equal(observation.value())
  })

  it('of a worker that died no session stands, and counters go on where they were', () => {
    const observation = new BgpObservation()
    observation.take(report({ a: peer() }))
    observation.workerDied(5000)
    const dead = observation.value()
    expect(dead).to.include({ alive: false, generation: -1 })
    expect(dead.peers['a']?.session).to.include({ state: 'Idle', since: 5000 })
    expect(dead.peers['a']?.session.received.IPv4).to.equal(0)
    observation.take(report({ a: peer('Connect', 1) }, { generation: -1 }))
    expect(observation.value().peers['a']?.counters.sent.update).to.equal(3)
    expect(observation.value().peers['a']?.counters.established).to.equal(2)
  })

  it('a peer that went while the worker was dead is gone once the next one has its wish', () => {
    const observation = new BgpObservation()
    observation.take(report({ a: peer(), b: peer() }))
    observation.workerDied(5000)
    observation.take(report({ a: peer('Connect') }, { generation: -1 }))
    expect(Object.keys(observation.value().peers)).to.deep.equal(['a', 'b'])
    observation.take(report({}, { generation: 2 }))
    expect(Object.keys(observation.value().peers)).to.deep.equal(['a'])
  })
})
