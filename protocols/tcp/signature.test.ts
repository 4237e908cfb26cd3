// MD5 signatures of TCP segments: right, wrong, missing, unexpected.
import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { decodeTcp, encodeTcp } from '../net/tcp.ts'
import { decodeTcpOptions, encodeTcpOptions } from './option.ts'
import type { Md5 } from './signature.ts'
import { segmentDigest, signatureObjection } from './signature.ts'

const md5: Md5 = (bytes) => new Uint8Array(createHash('md5').update(bytes).digest())
const between = {
  source: Uint8Array.of(192, 0, 2, 1),
  destination: Uint8Array.of(192, 0, 2, 2),
  key: 'secret',
}

function signedSegment(payload: Uint8Array): Uint8Array {
  const bare = {
    sourcePort: 50000,
    destinationPort: 179,
    sequence: 1,
    acknowledgment: 2,
    window: 3,
    urgentPointer: 0,
  }
  const blank = encodeTcpOptions({ md5: new Uint8Array(16) })
  const segment = encodeTcp(
    { ...bare, flags: ['ACK'], options: blank, payload },
    between.source,
    between.destination,
  )
  const options = encodeTcpOptions({ md5: segmentDigest(segment, between, md5) })
  return encodeTcp({ ...bare, flags: ['ACK'], options, payload }, between.source, between.destination)
}

function objection(segment: Uint8Array, key: typeof between | undefined): string | undefined {
  return signatureObjection(
    { segment, md5Option: decodeTcpOptions(decodeTcp(segment).options).md5 },
    key,
    md5,
  )
}

describe('the MD5 signature of a TCP segment', () => {
  it('is accepted with the same key and refused with another, with none, and where none is expected', () => {
    const segment = signedSegment(Uint8Array.of(1, 2, 3))
    expect(objection(segment, between)).to.equal(undefined)
    expect(objection(segment, { ...between, key: 'other' })).to.equal('wrong key')
    expect(objection(segment, undefined)).to.equal('signed, and we have no key')
    const bare = encodeTcp(
      { ...decodeTcp(segment), options: new Uint8Array() },
      between.source,
      between.destination,
    )
    expect(objection(bare, between)).to.equal('not signed')
  })

  it('is refused when a byte of the data was changed', () => {
    const segment = signedSegment(Uint8Array.of(1, 2, 3))
    segment[segment.length - 1] = 4
    expect(objection(segment, between)).to.equal('wrong key')
  })
})
