// The classic capture format (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds.
import {
  concatBytes,
  fault,
  readBytes,
  readerOf,
  readUint16,
  readUint32,
  remaining,
  uint16Bytes,
  uint32Bytes,
} from './bytes.ts'
import type { CapturedPacket } from './captured-packet.ts'

/** All that readPcap objects to beside bytes that are cut off. */
export const pcapFaults = {
  magic: 'draft-ietf-opsawg-pcap §4',
  version: 'draft-ietf-opsawg-pcap §4',
} as const

/** As they read in big-endian order. */
const magics: ReadonlyMap<number, { littleEndian: boolean; nsPerTick: bigint }> = new Map([
  [0xa1b2c3d4, { littleEndian: false, nsPerTick: 1000n }],
  [0xd4c3b2a1, { littleEndian: true, nsPerTick: 1000n }],
  [0xa1b23c4d, { littleEndian: false, nsPerTick: 1n }],
  [0x4d3cb2a1, { littleEndian: true, nsPerTick: 1n }],
])

//  0               4             8                     16           20               24
// +---------------+-------------+---------------------+------------+-----------------+
// | magic         | version 2.4 | reserved            | snap length| link type       |
// +---------------+-------------+----------+----------+------------+-----------------+
// | seconds       | ticks       | captured | original |  bytes …                     |
// +---------------+-------------+----------+----------+------------------------------+
/** Packet by packet; each record takes at least sixteen bytes, so their number is bounded by the file. */
export function* readPcap(file: Uint8Array): Generator<CapturedPacket> {
  const magic = readUint32(readerOf(file, pcapFaults.magic), 'magic')
  const format = magics.get(magic)
  if (format === undefined)
    throw fault(pcapFaults, 'magic', `0x${magic.toString(16)} begins neither pcap nor pcapng`)
  const reader = readerOf(file, 'draft-ietf-opsawg-pcap §5', format.littleEndian)
  readUint32(reader, 'magic')
  const major = readUint16(reader, 'version')
  readUint16(reader, 'version')
  if (major !== 2) throw fault(pcapFaults, 'version', `${major} is not 2`)
  readBytes(reader, 12, 'header')
  const linkType = readUint32(reader, 'linkType') & 0xffff // above it: the length of check sequences
  while (remaining(reader) > 0) {
    const seconds = BigInt(readUint32(reader, 'seconds'))
    const timeNs = seconds * 1_000_000_000n + BigInt(readUint32(reader, 'ticks')) * format.nsPerTick
    const capturedLength = readUint32(reader, 'capturedLength')
    const originalLength = readUint32(reader, 'originalLength')
    yield { timeNs, linkType, originalLength, bytes: readBytes(reader, capturedLength, 'packet') }
  }
}

/** A file of packets of one link type, big-endian, nanoseconds; packets without a time get zero. */
export function encodePcap(linkType: number, packets: readonly CapturedPacket[]): Uint8Array {
  const header = concatBytes(
    uint32Bytes(0xa1b23c4d),
    uint16Bytes(2),
    uint16Bytes(4),
    new Uint8Array(8),
    uint32Bytes(0x40000), // tcpdump's snap length
    uint32Bytes(linkType),
  )
  return concatBytes(header, ...packets.map(encodeRecord))
}

function encodeRecord(packet: CapturedPacket): Uint8Array {
  const time = packet.timeNs ?? 0n
  return concatBytes(
    uint32Bytes(Number(time / 1_000_000_000n)),
    uint32Bytes(Number(time % 1_000_000_000n)),
    uint32Bytes(packet.bytes.length),
    uint32Bytes(packet.originalLength),
    packet.bytes,
  )
}
