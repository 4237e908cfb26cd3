import { expect } from 'chai'
import fc from 'fast-check'
import { arpPacket, mac, ipv4 } from '../../test/fuzz/arbitrary.ts'
import { broadcastMac, zeroMac } from '../net/ethernet.ts'
import * as arp from './packet.ts'
import type { ArpPacket } from './packet.ts'

const request: ArpPacket = {
  operation: 'request',
  senderMac: '02:00:00:00:00:0a',
  senderAddress: '192.0.2.1',
  targetMac: zeroMac,
  targetAddress: '192.0.2.2',
}

function kindsOf(packet: ArpPacket): readonly string[] {
  const kinds = {
    probe: arp.isArpProbe,
    announcement: arp.isArpAnnouncement,
    gratuitous: arp.isGratuitousArp,
  }
  return Object.entries(kinds).flatMap(([kind, is]) => (is(packet) ? [kind] : []))
}

describe('arp packet', () => {
  it('that we encode, we decode to the same value', () => {
    fc.assert(
      fc.property(arpPacket, (packet) => {
        expect(arp.decodeArp(arp.encodeArp(packet))).to.deep.equal(packet)
      }),
    )
  })

  it('a plain request is neither probe nor announcement', () => {
    expect(kindsOf(request)).to.deep.equal([])
  })

  it('a request without a sender address is a probe', () => {
    expect(kindsOf({ ...request, senderAddress: '0.0.0.0' })).to.deep.equal(['probe'])
  })

  it('a request for no address from no address announces nothing', () => {
    expect(kindsOf({ ...request, senderAddress: '0.0.0.0', targetAddress: '0.0.0.0' })).to.deep.equal([
      'probe',
    ])
  })

  it('a request for the own address is an announcement, whatever its target MAC', () => {
    fc.assert(
      fc.property(fc.oneof(mac, fc.constant(broadcastMac)), ipv4, (targetMac, address) => {
        const packet = { ...request, senderAddress: address, targetAddress: address, targetMac }
        expect(kindsOf(packet)).to.deep.equal(
          address === '0.0.0.0' ? ['probe'] : ['announcement', 'gratuitous'],
        )
      }),
    )
  })

  it('a reply about the own address is gratuitous and no announcement', () => {
    expect(kindsOf({ ...request, operation: 'reply', targetAddress: '192.0.2.1' })).to.deep.equal([
      'gratuitous',
    ])
  })
})
