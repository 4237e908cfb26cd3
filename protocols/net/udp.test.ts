import { expect } from 'chai'
import fc from 'fast-check'
import { ipv6, udpDatagram } from '../../test/fuzz/arbitrary.ts'
import { transportChecksum } from './checksum.ts'
import { IpProtocol } from './iana.ts'
import { ipv6Bytes } from './ipv6.ts'
import { decodeUdp, encodeUdp } from './udp.ts'

describe('udp', () => {
  it('a datagram that we encode, we decode to the same value', () => {
    fc.assert(
      fc.property(udpDatagram, ipv6, ipv6, (datagram, source, destination) => {
        const bytes = encodeUdp(datagram, ipv6Bytes(source), ipv6Bytes(destination))
        expect(decodeUdp(bytes)).to.deep.equal(datagram)
      }),
    )
  })

  it('a datagram over IPv6 carries a checksum that is right and never zero', () => {
    fc.assert(
      fc.property(udpDatagram, ipv6, (datagram, address) => {
        const [source, destination] = [ipv6Bytes(address), ipv6Bytes('2001:db8::1')]
        const bytes = encodeUdp(datagram, source, destination)
        expect(transportChecksum({ source, destination, protocol: IpProtocol.udp }, bytes)).to.equal(0)
        expect(bytes.subarray(6, 8)).to.not.deep.equal(Uint8Array.of(0, 0))
      }),
    )
  })
})
