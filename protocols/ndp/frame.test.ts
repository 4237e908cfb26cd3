import { expect } from 'chai'
import { decodeEthernet } from '../net/ethernet.ts'
import { EtherType } from '../net/iana.ts'
import { decodeIpv6 } from '../net/ipv6.ts'
import { dadProbe, solicitation, solicitedAdvertisement, unsolicitedAdvertisement } from './frame.ts'
import { decodeNdp, isDadProbe } from './message.ts'
import type { NdpPacket } from './message.ts'
import type { NdpOption } from './option.ts'

const own = '02:00:00:00:00:0a'
const asker = '02:00:00:00:00:0b'
const target = '2001:db8::10'

function read(frame: Uint8Array) {
  const { destination, source, tags, etherType, payload } = decodeEthernet(frame)
  const { hopLimit } = decodeIpv6(payload)
  return {
    header: { destination, source, tags, etherType },
    hopLimit,
    packet: decodeNdp(decodeIpv6(payload)),
  }
}

function solicitationFrom(source: string, options: readonly NdpOption[]): NdpPacket {
  return {
    source,
    destination: 'ff02::1:ff00:10',
    message: { type: 'neighbor-solicitation', target, options },
  }
}

function advertised(solicited: boolean) {
  return {
    type: 'neighbor-advertisement',
    router: false,
    solicited,
    override: true,
    target,
    options: [{ type: 'target-link-layer-address', mac: own }],
  }
}

/** Where the answer goes, and what it says. */
function answerTo(packet: NdpPacket, frameSource: string) {
  const frame = solicitedAdvertisement({ packet, frameSource }, own)
  if (frame === undefined) return undefined
  const { header, packet: answer } = read(frame)
  return { mac: header.destination, ...answer }
}

describe('ndp frame', () => {
  it('of an unsolicited advertisement goes to all nodes and overrides', () => {
    const { header, hopLimit, packet } = read(unsolicitedAdvertisement(own, target))
    expect(header).to.deep.equal({
      destination: '33:33:00:00:00:01',
      source: own,
      tags: [],
      etherType: EtherType.ipv6,
    })
    expect(hopLimit).to.equal(255)
    expect(packet).to.deep.equal({ source: target, destination: 'ff02::1', message: advertised(false) })
  })

  it('of an answer goes to the MAC that the solicitation names', () => {
    const option: NdpOption = { type: 'source-link-layer-address', mac: asker }
    expect(answerTo(solicitationFrom('2001:db8::2', [option]), '02:00:00:00:00:0c')).to.deep.equal({
      mac: asker,
      source: target,
      destination: '2001:db8::2',
      message: advertised(true),
    })
  })

  it('of an answer to a solicitation without the option goes to the MAC that sent the frame', () => {
    expect(answerTo(solicitationFrom('fe80::2', []), asker)).to.deep.equal({
      mac: asker,
      source: target,
      destination: 'fe80::2',
      message: advertised(true),
    })
  })

  it('of an answer to a probe for duplicates goes to all nodes, unsolicited', () => {
    expect(answerTo(solicitationFrom('::', [{ type: 'nonce', nonce: '010203040506' }]), asker)).to.deep.equal(
      {
        mac: '33:33:00:00:00:01',
        source: target,
        destination: 'ff02::1',
        message: advertised(false),
      },
    )
  })

  it('of an answer never goes to a group that the option names', () => {
    const option: NdpOption = { type: 'source-link-layer-address', mac: 'ff:ff:ff:ff:ff:ff' }
    const packet = solicitationFrom('2001:db8::2', [option])
    expect(answerTo(packet, asker)?.mac).to.equal(asker)
    expect(answerTo(packet, '33:33:00:00:00:01')).to.equal(undefined)
  })
})

describe('what asks for an address by NDP', () => {
  it('of a probe for duplicates comes from :: with a nonce, to the group of the address (RFC 4862 §5.4.2)', () => {
    const { header, packet } = read(dadProbe(own, target, '010203040506'))
    expect(header).to.deep.include({ destination: '33:33:ff:00:00:10', source: own })
    expect(isDadProbe(packet)).to.equal(true)
    expect(packet.destination).to.equal('ff02::1:ff00:10')
    expect(packet.message).to.deep.equal({
      type: 'neighbor-solicitation',
      target,
      options: [{ type: 'nonce', nonce: '010203040506' }],
    })
  })

  it('of a solicitation to one machine goes to its MAC, and says whom to answer', () => {
    const { header, packet } = read(solicitation({ mac: own, source: 'fe80::2', target }, asker))
    expect(header.destination).to.equal(asker)
    expect(packet).to.deep.include({ source: 'fe80::2', destination: 'ff02::1:ff00:10' })
    expect(packet.message.options).to.deep.equal([{ type: 'source-link-layer-address', mac: own }])
  })
})
