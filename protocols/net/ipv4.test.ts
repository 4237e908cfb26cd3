import { expect } from 'chai'
import fc from 'fast-check'
import { ipv4, ipv4Packet } from '../../test/fuzz/arbitrary.ts'
import { decodeIpv4, encodeIpv4, formatIpv4, ipv4Bytes } from './ipv4.ts'

describe('ipv4', () => {
  it('a packet that we encode, we decode to the same value', () => {
    fc.assert(
      fc.property(ipv4Packet, (packet) => {
        expect(decodeIpv4(encodeIpv4(packet))).to.deep.equal(packet)
      }),
    )
  })

  it('an address is read as it is written', () => {
    fc.assert(
      fc.property(ipv4, (text) => {
        expect(formatIpv4(ipv4Bytes(text))).to.equal(text)
      }),
    )
  })

  for (const text of ['', '192.0.2', '192.0.2.256', '2001:db8::1', '::ffff:192.0.2.1'])
    it(`'${text}' is no IPv4 address`, () => {
      expect(() => ipv4Bytes(text)).to.throw(RangeError)
    })
})
