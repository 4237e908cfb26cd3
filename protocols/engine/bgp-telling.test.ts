// What each peer is told of the routes, through the driver, without a network or a clock.
import { expect } from 'chai'
import { establish, route, stage } from '../../test/support/bgp-driver-stage.ts'
import type { Stage } from '../../test/support/bgp-driver-stage.ts'
import { keepalive, peerOf } from '../../test/support/bgp-fake-stream.ts'
import { unicast } from '../bgp/nlri.ts'
import { emptyTable, withNews } from './link-table.ts'

describe('the routes that a BGP peer is told', () => {
  let on: Stage

  beforeEach(() => {
    on = stage()
  })

  afterEach(() => on.end())

  it('announces what is wished, then End-of-RIB, and what changes after it', () => {
    on.driver.setLinks(emptyTable)
    on.peers(peerOf('a'))
    on.routes(route('198.51.100.1/32'))
    const stream = establish(on)
    expect(stream.said()).to.deep.equal(['open', 'keepalive', 'update +198.51.100.1/32', 'update'])
    stream.events.onDrained()
    on.gone('198.51.100.1/32')
    expect(stream.said().at(-1)).to.equal('update -198.51.100.1/32')
    expect(on.taken()).to.equal(2)
  })

  it('tells the routes of a family whose next hop comes later, in the same session', () => {
    const { session, ...peer } = peerOf('a')
    const address = { type: 'address', removed: false, index: 2, flags: 0 } as const
    const ipv4 = { ...address, address: '192.0.2.1', prefixLength: 24 }
    on.driver.setLinks(withNews(emptyTable, [ipv4]))
    on.routes(route('2001:db8:100::3/128'))
    on.peers({ ...peer, session: { ...session, families: ['IPv4', 'IPv6'] } })
    const [stream] = on.streams
    if (stream === undefined) throw new Error('nothing was dialled')
    stream.open()
    const capabilities = [unicast.IPv4, unicast.IPv6].map(
      (family) => ({ name: 'multiprotocol', ...family }) as const,
    )
    stream.say(
      { type: 'open', asNumber: 65002, holdTimeS: 90, identifier: '192.0.2.2', capabilities },
      keepalive,
    )
    const endsOfRib = ['update', 'update']
    expect(stream.said()).to.deep.equal(['open', 'keepalive', ...endsOfRib])
    stream.events.onDrained()
    on.driver.setLinks(withNews(emptyTable, [ipv4, { ...address, address: '2001:db8::1', prefixLength: 64 }]))
    expect(stream.said().slice(4)).to.deep.equal(['update 2001:db8:100::3/128 by 2001:db8::1'])
  })

  it('says nothing of routes before it has been told them all', () => {
    on.driver.setLinks(emptyTable)
    on.peers(peerOf('a'))
    const stream = establish(on)
    expect(stream.said()).to.deep.equal(['open', 'keepalive'])
    on.routes(route('198.51.100.1/32'))
    expect(stream.said().slice(2)).to.deep.equal(['update +198.51.100.1/32', 'update'])
  })

  it('tells each peer its own routes', () => {
    on.driver.setLinks(emptyTable)
    on.routes(route('198.51.100.1/32', ['b']), route('198.51.100.2/32', ['a']), route('198.51.100.3/32'))
    on.peers(peerOf('a'))
    const stream = establish(on)
    expect(stream.said()[2]).to.equal('update +198.51.100.2/32 +198.51.100.3/32')
  })

  it('shows what a peer was told, and what it told', () => {
    on.driver.setLinks(emptyTable)
    on.peers(peerOf('a'))
    on.routes(route('198.51.100.1/32'), route('2001:db8::1/128'))
    const stream = establish(on)
    const attributes = { origin: 'igp', asPath: [], nextHop: '192.0.2.2' } as const
    stream.say({ type: 'update', withdrawn: [], attributes, nlri: ['203.0.113.0/24'] })
    const shown = on.driver.show('a', 10)
    expect(shown?.received.map(({ prefix }) => prefix)).to.deep.equal(['203.0.113.0/24'])
    expect(shown?.told.map(({ prefix, withheld }) => [prefix, withheld])).to.deep.equal([
      ['198.51.100.1/32', undefined],
      ['2001:db8::1/128', 'the session carries no IPv6 routes'],
    ])
    expect(on.driver.show('b', 10)).to.equal(undefined)
  })
})
