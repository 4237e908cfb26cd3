// Peers that are named by an interface, through the driver, without a network or a clock.
import { expect } from 'chai'
import { establish, stage } from '../../test/support/bgp-driver-stage.ts'
import type { Stage } from '../../test/support/bgp-driver-stage.ts'
import { peerOf } from '../../test/support/bgp-fake-stream.ts'
import { routerFrame } from '../ndp/frame.ts'
import type { RouterPacket } from '../ndp/router.ts'
import { emptyTable, withNews } from './link-table.ts'
import type { LinkTable } from './link-table.ts'
import { LinkFlag } from './rtnetlink-message.ts'

describe('a BGP peer that is named by its interface', () => {
  let on: Stage

  beforeEach(() => {
    on = stage()
    on.peers(peerOf('a', behindEth0))
    on.driver.setLinks(linksWith(LinkFlag.up | LinkFlag.running))
    on.routes()
  })

  afterEach(() => on.end())

  it('opens that interface and no other, and none when no peer names one', () => {
    expect(on.ports.map(({ device }) => device)).to.deep.equal(['eth0'])
    expect(on.ports[0]?.sent).to.deep.equal(['router-advertisement', 'router-solicitation'])
    on.peers(peerOf('a'))
    expect(on.ports.map(({ isClosed }) => isClosed)).to.deep.equal([true])
  })

  it('dials nobody before the router has advertised itself, then its address on that interface at once', () => {
    expect(on.dialled).to.deep.equal([])
    hear(on, 'fe80::2')
    expect(on.dialled[0]).to.deep.include({ remote: { address: 'fe80::2', port: 179 }, device: 'eth0' })
    hear(on, 'fe80::2')
    expect(on.dialled).to.have.length(1)
  })

  it('a router that changes its address ends the session with the reason, and is dialled there', () => {
    hear(on, 'fe80::2')
    const stream = establish(on)
    hear(on, 'fe80::3')
    expect(stream.said().at(-1)).to.equal('notification 6/3')
    expect(on.dialled[1]?.remote).to.deep.equal({ address: 'fe80::3', port: 179 })
    expect(on.downs.at(-1)).to.contain(
      'the router on interface eth0 is fe80::3: it has changed its address from fe80::2',
    )
  })

  it('an interface that goes down ends the session with the reason; when it is back the router is found anew', () => {
    hear(on, 'fe80::2')
    const stream = establish(on)
    on.driver.setLinks(linksWith(0))
    expect([stream.isClosed, on.ports[0]?.isClosed]).to.deep.equal([true, true])
    expect(on.downs.at(-1)).to.contain('the router on interface eth0 is gone: interface eth0 is down')
    on.driver.setLinks(linksWith(LinkFlag.up | LinkFlag.running))
    expect(on.dialled).to.have.length(1)
    hear(on, 'fe80::2')
    expect(on.dialled).to.have.length(2)
  })

  it('BFD watches the router that was found, and nobody before and after', () => {
    const config = {
      desiredMinTxUs: 300_000,
      requiredMinRxUs: 300_000,
      detectMultiplier: 3,
      passive: false,
      multihop: false,
      minimumTtl: 255,
    }
    on.driver.take({ type: 'peers', peers: [peerOf('a', behindEth0)], bfd: { a: config } })
    expect(on.bfdSpecs.at(-1)).to.deep.equal([])
    hear(on, 'fe80::2')
    expect(on.bfdSpecs.at(-1)).to.deep.equal([{ peer: 'a', remote: 'fe80::2', interface: 'eth0', config }])
    on.driver.setLinks(linksWith(0))
    expect(on.bfdSpecs.at(-1)).to.deep.equal([])
  })

  it('an interface that could not be read is opened again', () => {
    on.ports[0]?.events.onFailed('no permission')
    on.wait(10_000)
    expect(on.ports).to.have.length(2)
    expect(on.ports[1]?.sent).to.deep.equal(['router-advertisement', 'router-solicitation'])
  })

  it('frames that are cut off or of others are no advertisement', () => {
    const frame = routerFrame(advertisementOf('fe80::2'), routerMac)
    for (let length = 0; length < frame.length; length++)
      on.ports[0]?.events.onFrame(frame.subarray(0, length))
    on.ports[0]?.events.onFrame(frame.with(12, 0x08))
    expect(on.dialled).to.deep.equal([])
  })
})

const behindEth0 = { remote: { interface: 'eth0' } } as const
const routerMac = '02:00:00:00:00:02'

function linksWith(flags: number): LinkTable {
  const eth0 = { type: 'link', removed: false, index: 2, hardwareType: 1, name: 'eth0', flags } as const
  const own = { type: 'address', removed: false, index: 2, address: 'fe80::1', prefixLength: 64 } as const
  return withNews(emptyTable, [
    { ...eth0, mac: '02:00:00:00:00:01' },
    { ...own, flags: 0 },
  ])
}

function advertisementOf(source: string): RouterPacket {
  return {
    source,
    destination: 'ff02::1',
    message: {
      type: 'router-advertisement',
      hopLimit: 64,
      managed: false,
      otherConfig: false,
      lifetimeS: 0,
      reachableMs: 0,
      retransMs: 0,
      options: [],
    },
  }
}

function hear({ ports }: Stage, source: string): void {
  ports.at(-1)?.events.onFrame(routerFrame(advertisementOf(source), routerMac))
}
