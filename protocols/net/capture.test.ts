import { expect } from 'chai'
import fc from 'fast-check'
import { DecodeError } from './bytes.ts'
import { readCapture } from './capture.ts'
import { encodePcap } from './pcap.ts'

const packet = fc
  .record({ timeNs: fc.bigInt(0n, 4_000_000_000_000_000_000n), bytes: fc.uint8Array(), more: fc.nat(9) })
  .map(({ timeNs, bytes, more }) => ({ timeNs, bytes, linkType: 1, originalLength: bytes.length + more }))

describe('capture', () => {
  it('a file that we write, we read to the same packets', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 5 }), (packets) => {
        expect([...readCapture(encodePcap(1, packets))]).to.deep.equal(packets)
      }),
    )
  })

  it('a file that breaks off gives the packets before that', () => {
    const one = { timeNs: 1n, bytes: Uint8Array.of(1, 2), linkType: 1, originalLength: 2 }
    const file = encodePcap(1, [one, one])
    const seen: unknown[] = []
    expect(() => {
      for (const each of readCapture(file.subarray(0, file.length - 1))) seen.push(each)
    }).to.throw(DecodeError, 'packet: cut off: needs 2 bytes, 1 left')
    expect(seen).to.deep.equal([one])
  })

  it('an empty file is no capture', () => {
    expect(() => readCapture(new Uint8Array(0))).to.throw(DecodeError, 'magic')
  })
})
