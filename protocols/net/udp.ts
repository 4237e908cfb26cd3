// UDP headers (RFC 768; over IPv6 RFC 8200 §8.1).
import { concatBytes, fault, readBytes, readerOf, readUint16, uint16Bytes } from './bytes.ts'
import { transportChecksum } from './checksum.ts'
import { IpProtocol } from './iana.ts'

export type UdpDatagram = {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly payload: Uint8Array
}

/** All that decodeUdp objects to beside bytes that are cut off. */
export const udpFaults = { length: 'RFC 768' } as const

//  0               16              32
// +---------------+---------------+
// |  source port  |  dest. port   |
// +---------------+---------------+
// |    length     |   checksum    |
// +---------------+---------------+
/**
 * The checksum is left to the kernel that received the datagram: in a capture on the sending machine
 * it is not yet filled in (checksum offload).
 */
export function decodeUdp(bytes: Uint8Array): UdpDatagram {
  const reader = readerOf(bytes, 'RFC 768')
  const sourcePort = readUint16(reader, 'sourcePort')
  const destinationPort = readUint16(reader, 'destinationPort')
  const length = readUint16(reader, 'length')
  if (length < 8) throw fault(udpFaults, 'length', `${length} is below the header's 8 bytes`)
  readUint16(reader, 'checksum')
  return { sourcePort, destinationPort, payload: readBytes(reader, length - 8, 'payload') }
}

/** Addresses in network order, 4 or 16 bytes each: they stand in the pseudo-header. */
export function encodeUdp(datagram: UdpDatagram, source: Uint8Array, destination: Uint8Array): Uint8Array {
  const bytes = concatBytes(
    uint16Bytes(datagram.sourcePort),
    uint16Bytes(datagram.destinationPort),
    uint16Bytes(8 + datagram.payload.length),
    uint16Bytes(0),
    datagram.payload,
  )
  const checksum = transportChecksum({ source, destination, protocol: IpProtocol.udp }, bytes)
  bytes.set(uint16Bytes(checksum === 0 ? 0xffff : checksum), 6) // zero would say 'none was made'
  return bytes
}
