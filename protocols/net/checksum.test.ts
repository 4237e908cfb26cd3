import { expect } from 'chai'
import fc from 'fast-check'
import { concatBytes, uint16Bytes } from './bytes.ts'
import { checksumOf, internetChecksum, sum16, transportChecksum } from './checksum.ts'

describe('checksum', () => {
  it('sums the example of RFC 1071 §3', () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)
    expect(internetChecksum(bytes)).to.equal(0xffff - 0xddf2)
  })

  it('counts an odd last byte as the high half of a word', () => {
    expect(internetChecksum(Uint8Array.of(0x12))).to.equal(0xffff - 0x1200)
  })

  it('of bytes that hold their own checksum is zero', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        const even = bytes.length % 2 === 0 ? bytes : bytes.subarray(1)
        expect(internetChecksum(concatBytes(even, uint16Bytes(internetChecksum(even))))).to.equal(0)
      }),
    )
  })

  it('adds up over stretches of even length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8 }), fc.nat(4), (bytes, half) => {
        const parts = sum16(bytes, 0, 2 * half) + sum16(bytes, 2 * half, bytes.length)
        expect(checksumOf(parts)).to.equal(internetChecksum(bytes))
      }),
    )
  })

  it('folds as often as it takes', () => {
    expect(checksumOf(0xffff_ffff_ffff)).to.equal(0)
  })

  it('under a pseudo-header is that of the header written out (RFC 8200 §8.1)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 200 }), fc.nat(255), (bytes, protocol) => {
        const [source, destination, segment] = [
          bytes.subarray(0, 16),
          bytes.subarray(16, 32),
          bytes.subarray(32),
        ]
        const written = concatBytes(
          source,
          destination,
          Uint8Array.of(0, 0, 0, segment.length, 0, 0, 0, protocol),
          segment,
        )
        expect(transportChecksum({ source, destination, protocol }, segment)).to.equal(
          internetChecksum(written),
        )
      }),
    )
  })
})
