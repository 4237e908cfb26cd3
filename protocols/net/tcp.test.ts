import { expect } from 'chai'
import fc from 'fast-check'
import { ipv4, tcpSegment } from '../../test/fuzz/arbitrary.ts'
import { ipv4Bytes } from './ipv4.ts'
import { decodeTcp, encodeTcp } from './tcp.ts'

describe('tcp', () => {
  it('a segment that we encode, we decode to the same value', () => {
    fc.assert(
      fc.property(tcpSegment, ipv4, ipv4, (segment, source, destination) => {
        expect(decodeTcp(encodeTcp(segment, ipv4Bytes(source), ipv4Bytes(destination)))).to.deep.equal(
          segment,
        )
      }),
    )
  })
})
