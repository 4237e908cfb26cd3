// Segments in frames: what we write is read back, and what is not for us, not signed or not whole is told from it.
import { expect } from 'chai'
import fc from 'fast-check'
import { transportChecksum } from '../net/checksum.ts'
import { ethernetHeaderLength } from '../net/ethernet.ts'
import { tcpFlags } from '../net/tcp.ts'
import type { OutSegment } from '../tcp/connection.ts'
import { decodeSegmentFrame, encodeSegmentFrame } from './packet-segment.ts'
import type { PacketEnds } from './packet-segment.ts'

const macs = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02' }
const v4: PacketEnds = {
  local: '192.0.2.1',
  remote: '192.0.2.2',
  localPort: 50_000,
  remotePort: 179,
  hops: 255,
  minimumTtl: 255,
}
const v6: PacketEnds = { ...v4, local: '2001:db8::1', remote: '2001:db8::2' }

function turned(ends: PacketEnds): PacketEnds {
  const { local: remote, remote: local, localPort: remotePort, remotePort: localPort } = ends
  return { ...ends, local, remote, localPort, remotePort }
}

const segment: OutSegment = {
  sequence: 1000,
  acknowledgment: 2000,
  flags: ['PSH', 'ACK'],
  window: 65_535,
  payload: Uint8Array.of(1, 2, 3),
}

/** What the peer sends, as we find it. */
function arrived(ends: PacketEnds, change: (frame: Uint8Array) => void = () => undefined) {
  const frame = encodeSegmentFrame(segment, turned(ends), macs)
  change(frame)
  return decodeSegmentFrame(frame, ends)
}

const tcpAt = { v4: ethernetHeaderLength + 20, v6: ethernetHeaderLength + 40 }
const frame6 = (change: (frame: Uint8Array) => void, ends: PacketEnds = v6) => arrived(ends, change)

describe('a TCP segment in its frame', () => {
  it('is read back as it was written, by either family, signed or not', () => {
    const arbitrary = fc.record({
      ends: fc.constantFrom(v4, v6, { ...v4, password: 'secret' }, { ...v6, password: 'secret' }),
      sequence: fc.integer({ min: 0, max: 0xffffffff }),
      acknowledgment: fc.integer({ min: 0, max: 0xffffffff }),
      flags: fc.subarray([...tcpFlags]),
      window: fc.integer({ min: 0, max: 65_535 }),
      maximumSegmentSize: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
      payload: fc.uint8Array({ maxLength: 1400 }),
    })
    fc.assert(
      fc.property(arbitrary, ({ ends, maximumSegmentSize, ...rest }) => {
        const sent = { ...rest, ...(maximumSegmentSize === undefined ? {} : { maximumSegmentSize }) }
        const received = decodeSegmentFrame(encodeSegmentFrame(sent, turned(ends), macs), ends)
        expect(received).to.deep.equal({ segment: sent })
      }),
    )
  })

  it('is taken with the sum of the pseudo-header alone, as a sender that left it to hardware writes it', () => {
    const received = frame6((frame) => {
      const tcp = frame.subarray(tcpAt.v6)
      const header = { source: frame.slice(22, 38), destination: frame.slice(38, 54), protocol: 6 }
      const partial = 0xffff - transportChecksum(header, new Uint8Array(tcp.length))
      tcp.set([partial >>> 8, partial & 0xff], 16)
    })
    expect(received).to.have.property('segment')
  })

  it('is refused with a checksum that is wrong', () => {
    expect(frame6((frame) => frame.set([0xff], frame.length - 1))).to.deep.equal({
      objection: 'wrong checksum',
    })
  })

  it('is refused from too far away', () => {
    const far = { ...v6, minimumTtl: 255 }
    expect(frame6((frame) => frame.set([254], ethernetHeaderLength + 7), far)).to.deep.equal({
      objection: 'TTL 254, less than 255 (RFC 5082)',
    })
  })

  it('is refused with another key, without a signature, and with one that nobody asked for', () => {
    const signed = { ...v4, password: 'right' }
    const frame = encodeSegmentFrame(segment, turned(signed), macs)
    expect(decodeSegmentFrame(frame, { ...v4, password: 'wrong' })).to.deep.equal({
      objection: 'wrong key (RFC 2385)',
    })
    expect(decodeSegmentFrame(frame, v4)).to.have.property('objection')
    const plain = encodeSegmentFrame(segment, turned(v4), macs)
    expect(decodeSegmentFrame(plain, signed)).to.deep.equal({ objection: 'not signed (RFC 2385)' })
  })

  it('is told from one between other addresses or ports', () => {
    const frame = encodeSegmentFrame(segment, turned(v4), macs)
    expect(decodeSegmentFrame(frame, { ...v4, remote: '192.0.2.3' })).to.deep.equal({
      objection: 'other addresses',
    })
    expect(decodeSegmentFrame(frame, { ...v4, localPort: 50_001 })).to.deep.equal({
      objection: 'other ports',
    })
  })

  it('any bytes are a segment or an objection', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(119), fc.nat(255), (noise, at, value) => {
        expect(decodeSegmentFrame(noise, v4)).to.have.property('objection')
        const frame = encodeSegmentFrame(segment, turned(v4), macs)
        frame.set([value], at % frame.length)
        expect(Object.keys(decodeSegmentFrame(frame, v4))).to.have.length(1)
      }),
    )
  })
})
