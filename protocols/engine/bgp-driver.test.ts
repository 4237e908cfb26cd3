// What becomes of wishes for peers, without a network or a clock.
import { expect } from 'chai'
import { establish, route, stage } from '../../test/support/bgp-driver-stage.ts'
import type { Stage } from '../../test/support/bgp-driver-stage.ts'
import { peerOf } from '../../test/support/bgp-fake-stream.ts'
import { emptyTable } from './link-table.ts'

describe('the driver of BGP sessions', () => {
  let on: Stage

  beforeEach(() => {
    on = stage()
  })

  afterEach(() => on.end())

  it('dials nobody before it knows the links of the node', () => {
    on.peers(peerOf('a'))
    expect(on.streams).to.have.length(0)
    on.driver.setLinks(emptyTable)
    expect(on.streams).to.have.length(1)
  })

  it('the same peers again change nothing; a new password of one resets that one alone', () => {
    const others = { remote: { address: '192.0.2.3', port: 179 } } as const
    on.driver.setLinks(emptyTable)
    on.routes()
    on.peers(peerOf('a'))
    const first = establish(on)
    on.peers(peerOf('a'), peerOf('b', others))
    const second = establish(on)
    on.peers(peerOf('a'), peerOf('b', others))
    expect([first.isClosed, second.isClosed]).to.deep.equal([false, false])
    on.peers(peerOf('a', { password: 'new' }), peerOf('b', others))
    expect([first.isClosed, second.isClosed]).to.deep.equal([true, false])
    expect(first.said().at(-1)).to.equal('notification 6/6')
    expect(on.streams).to.have.length(3)
  })

  it('a peer elsewhere is another peer: the old one hears that it is deconfigured', () => {
    on.driver.setLinks(emptyTable)
    on.routes()
    on.peers(peerOf('a'))
    const stream = establish(on)
    on.peers(peerOf('a', { remote: { address: '192.0.2.9', port: 179 } }))
    expect(stream.said().at(-1)).to.equal('notification 6/3')
    expect(on.streams).to.have.length(2)
  })

  it('each change of a session is logged with its reason and counted, however soon its state is left', () => {
    on.driver.setLinks(emptyTable)
    on.peers(peerOf('a'))
    establish(on)
    const from = on.changes.length
    on.peers(peerOf('a', { password: 'new' }))
    expect(on.changes.slice(from)).to.deep.equal([
      'Established Idle: configuration changed: password',
      'Idle Connect: dialling',
    ])
    const { transitions } = on.driver.report('a')?.counters ?? {}
    expect(transitions).to.deep.equal({ Connect: 2, OpenSent: 1, OpenConfirm: 1, Established: 1, Idle: 1 })
  })

  it('whether a peer may connect to us is no reason to reset its session', () => {
    on.driver.setLinks(emptyTable)
    on.routes()
    on.peers(peerOf('a'))
    const stream = establish(on)
    on.peers(peerOf('a', { listen: true }))
    expect(stream.isClosed).to.equal(false)
  })

  it('BFD down ends the session with Cease/10; AdminDown does not', () => {
    on.driver.setLinks(emptyTable)
    on.routes()
    on.peers(peerOf('a'))
    const stream = establish(on)
    on.bfdDown(['a'], false)
    expect(stream.isClosed).to.equal(false)
    on.bfdDown(['a'], true)
    expect(stream.said().at(-1)).to.equal('notification 6/10')
  })

  it('drains by name, and stops with what was wished for each', async () => {
    on.driver.setLinks(emptyTable)
    on.peers(peerOf('a'))
    on.routes(route('198.51.100.1/32'))
    const stream = establish(on)
    stream.events.onDrained()
    on.driver.take({ type: 'drain', peers: ['a'] })
    expect(stream.said().filter((word) => word === 'update +198.51.100.1/32')).to.have.length(2)
    await on.driver.stop({ keepRoutes: true, pauseMs: 0 }) // graceful restart was not agreed on
    expect(stream.said().at(-1)).to.equal('notification 6/2')
    expect(stream.isClosed).to.equal(true)
  })
})
