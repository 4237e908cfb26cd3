import { expect } from 'chai'
import fc from 'fast-check'
import { ndpPacket } from '../../test/fuzz/arbitrary.ts'
import { DecodeError } from '../net/bytes.ts'
import { isSolicitedNodeAddress, unspecified } from '../net/multicast.ts'
import { decodeNdp, encodeNdp, isDadProbe, isUnsolicitedAdvertisement } from './message.ts'

describe('ndp message', () => {
  it('that we encode, we decode to the same value', () => {
    fc.assert(
      fc.property(ndpPacket, (packet) => {
        expect(decodeNdp(encodeNdp(packet))).to.deep.equal(packet)
      }),
    )
  })

  it('with any other hop limit is refused', () => {
    fc.assert(
      fc.property(ndpPacket, fc.nat(254), (packet, hopLimit) => {
        expect(() => decodeNdp({ ...encodeNdp(packet), hopLimit })).to.throw(DecodeError, 'hopLimit')
      }),
    )
  })

  it('with any one bit turned is refused', () => {
    fc.assert(
      fc.property(ndpPacket, fc.nat(0xffff), (packet, bit) => {
        const { payload, ...header } = encodeNdp(packet)
        const at = (bit >>> 3) % payload.length
        payload[at] = (payload[at] ?? 0) ^ (1 << (bit & 7))
        expect(() => decodeNdp({ ...header, payload })).to.throw(DecodeError)
      }),
    )
  })

  it('between other addresses is refused by its checksum', () => {
    fc.assert(
      fc.property(ndpPacket, (packet) => {
        const source = packet.source === '2001:db8::5' ? '2001:db8::6' : '2001:db8::5'
        expect(() => decodeNdp({ ...encodeNdp({ ...packet, source: '2001:db8::7' }), source })).to.throw(
          DecodeError,
          'checksum',
        )
      }),
    )
  })

  it('from nobody is a probe for duplicates, and goes to a solicited-node group', () => {
    fc.assert(
      fc.property(ndpPacket, (packet) => {
        const isSolicitation = packet.message.type === 'neighbor-solicitation'
        expect(isDadProbe(packet)).to.equal(isSolicitation && packet.source === unspecified)
        if (isDadProbe(packet)) expect(isSolicitedNodeAddress(packet.destination)).to.equal(true)
      }),
    )
  })

  it('is an unsolicited advertisement only without the flag', () => {
    fc.assert(
      fc.property(ndpPacket, (packet) => {
        const { message } = packet
        const expected = message.type === 'neighbor-advertisement' && !message.solicited
        expect(isUnsolicitedAdvertisement(packet)).to.equal(expected)
      }),
    )
  })
})
