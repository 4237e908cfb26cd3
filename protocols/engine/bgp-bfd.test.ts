// Which BFD sessions the peers of a wish need.
import { expect } from 'chai'
import type { BfdWish } from '../bfd/config.ts'
import type { PeerConfig } from '../bgp/config.ts'
import { bfdSpecs } from './bgp-bfd.ts'
import type { LinkTable } from './link-table.ts'

const links: LinkTable = {
  links: new Map(),
  addresses: new Map([
    [
      '2 192.0.2.1/24',
      { type: 'address', removed: false, index: 2, address: '192.0.2.1', prefixLength: 24, flags: 0 },
    ],
  ]),
}

const wish: BfdWish = {
  desiredMinTxUs: 300_000,
  requiredMinRxUs: 300_000,
  detectMultiplier: 3,
  passive: false,
  multihop: false,
  minimumTtl: 254,
}

const peerAt = (address: string): PeerConfig => ({
  name: 'tor',
  endpoint: {
    remote: { address, port: 179 },
    transport: 'Kernel',
    ttl: { type: 'hops', hops: 255 },
    listen: false,
  },
  session: {
    localAs: 65001,
    peerAs: 65001,
    identifier: '192.0.2.1',
    families: ['IPv4'],
    holdTimeS: 90,
    passive: false,
    connectRetryMs: 1000,
    delayOpenMs: 0,
  },
})

const multihopOf = (address: string, multihop: BfdWish['multihop']) =>
  bfdSpecs({ peers: [peerAt(address)], bfd: { tor: { ...wish, multihop } } }, links).map(
    ({ config }) => config.multihop,
  )

describe('the BFD session of a peer', () => {
  it('is as it is wished, wherever the peer is', () => {
    expect(multihopOf('192.0.2.2', true)).to.deep.equal([true])
    expect(multihopOf('203.0.113.2', false)).to.deep.equal([false])
  })

  it('is over several hops unless the peer is in a network of ours, where that is to decide', () => {
    expect(multihopOf('192.0.2.2', 'off-link')).to.deep.equal([false])
    expect(multihopOf('203.0.113.2', 'off-link')).to.deep.equal([true])
  })

  it('is none where none is wished', () => {
    expect(bfdSpecs({ peers: [peerAt('192.0.2.2')], bfd: {} }, links)).to.deep.equal([])
  })
})
