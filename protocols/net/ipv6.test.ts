import { expect } from 'chai'
import fc from 'fast-check'
import { ipv6, ipv6Packet } from '../../test/fuzz/arbitrary.ts'
import { decodeIpv6, encodeIpv6, formatIpv6, ipv6Bytes } from './ipv6.ts'

describe('ipv6', () => {
  it('a packet that we encode, we decode to the same value', () => {
    fc.assert(
      fc.property(ipv6Packet, (packet) => {
        expect(decodeIpv6(encodeIpv6(packet))).to.deep.equal(packet)
      }),
    )
  })

  it('an address is read as it is written', () => {
    fc.assert(
      fc.property(ipv6, (text) => {
        expect(formatIpv6(ipv6Bytes(text))).to.equal(text)
      }),
    )
  })

  it('an IPv4-mapped address keeps its sixteen bytes', () => {
    expect(formatIpv6(ipv6Bytes('::ffff:192.0.2.1'))).to.equal('::ffff:c000:201')
  })

  for (const text of ['', '192.0.2.1', '2001:db8::g', '::1%eth0'])
    it(`'${text}' is no IPv6 address`, () => {
      expect(() => ipv6Bytes(text)).to.throw(RangeError)
    })
})
