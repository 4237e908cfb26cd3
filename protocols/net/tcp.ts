// TCP headers (RFC 9293 §3.1), as far as a reader of captures needs them.
import {
  concatBytes,
  fault,
  readBytes,
  readerOf,
  readRest,
  readUint16,
  readUint32,
  uint16Bytes,
  uint32Bytes,
} from './bytes.ts'
import { transportChecksum } from './checksum.ts'
import { IpProtocol } from './iana.ts'

export type TcpSegment = {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly sequence: number
  readonly acknowledgment: number
  readonly flags: readonly TcpFlag[] // in the order of tcpFlags
  readonly window: number
  readonly urgentPointer: number
  readonly options: Uint8Array // a multiple of four bytes, at most 40
  readonly payload: Uint8Array
}

/** Lowest bit first: RFC 9293 §3.1. */
export const tcpFlags = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'] as const
export type TcpFlag = (typeof tcpFlags)[number]

/** All that decodeTcp objects to beside bytes that are cut off. */
export const tcpFaults = { dataOffset: 'RFC 9293 §3.1' } as const

//  0       4       8               16                              32
// +-------------------------------+-------------------------------+
// |          source port          |       destination port        |
// +-------------------------------+-------------------------------+
// |                     sequence, acknowledgment                  |
// +-------+-------+---------------+-------------------------------+
// |offset |  0    |     flags     |            window             |
// +-------+-------+---------------+-------------------------------+
// |           checksum            |        urgent pointer         |
// +-------------------------------+-------------------------------+
// |  options …                                                    |
// +---------------------------------------------------------------+
/** The checksum is not looked at, as in decodeUdp. */
export function decodeTcp(bytes: Uint8Array): TcpSegment {
  const reader = readerOf(bytes, 'RFC 9293 §3.1')
  const sourcePort = readUint16(reader, 'sourcePort')
  const destinationPort = readUint16(reader, 'destinationPort')
  const sequence = readUint32(reader, 'sequence')
  const acknowledgment = readUint32(reader, 'acknowledgment')
  const control = readUint16(reader, 'dataOffset')
  const headerLength = (control >>> 12) * 4
  if (headerLength < 20) throw fault(tcpFaults, 'dataOffset', `${headerLength} bytes is below 20`)
  const window = readUint16(reader, 'window')
  readUint16(reader, 'checksum')
  const urgentPointer = readUint16(reader, 'urgentPointer')
  const options = readBytes(reader, headerLength - 20, 'options')
  const flags = tcpFlags.filter((_, bit) => (control & (1 << bit)) !== 0)
  const ports = { sourcePort, destinationPort }
  return {
    ...ports,
    sequence,
    acknowledgment,
    flags,
    window,
    urgentPointer,
    options,
    payload: readRest(reader),
  }
}

/** Addresses in network order, 4 or 16 bytes each: they stand in the pseudo-header. */
export function encodeTcp(segment: TcpSegment, source: Uint8Array, destination: Uint8Array): Uint8Array {
  const flags = segment.flags.reduce((bits, flag) => bits | (1 << tcpFlags.indexOf(flag)), 0)
  const bytes = concatBytes(
    uint16Bytes(segment.sourcePort),
    uint16Bytes(segment.destinationPort),
    uint32Bytes(segment.sequence),
    uint32Bytes(segment.acknowledgment),
    uint16Bytes((((20 + segment.options.length) / 4) << 12) | flags),
    uint16Bytes(segment.window),
    uint16Bytes(0),
    uint16Bytes(segment.urgentPointer),
    segment.options,
    segment.payload,
  )
  bytes.set(uint16Bytes(transportChecksum({ source, destination, protocol: IpProtocol.tcp }, bytes)), 16)
  return bytes
}
