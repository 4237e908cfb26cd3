// IPv4 headers (RFC 791 §3.1).
import { addressBytes, addressFromBytes, formatAddress, parseAddress } from './address.ts'
import { concatBytes, fault, readBytes, readerOf, readUint8, readUint16, uint16Bytes } from './bytes.ts'
import { internetChecksum } from './checksum.ts'

export type Ipv4Packet = {
  readonly source: string // dotted quad
  readonly destination: string
  readonly tos: number // DSCP and ECN: RFC 2474, RFC 3168
  readonly identification: number
  readonly dontFragment: boolean
  readonly moreFragments: boolean
  readonly fragmentOffset: number // in units of 8 bytes
  readonly ttl: number
  readonly protocol: number
  readonly options: Uint8Array // a multiple of four bytes, at most 40
  readonly payload: Uint8Array
}

/** All that decodeIpv4 objects to beside bytes that are cut off. */
export const ipv4Faults = {
  version: 'RFC 791 §3.1',
  headerLength: 'RFC 791 §3.1',
  totalLength: 'RFC 791 §3.1',
  checksum: 'RFC 1122 §3.2.1.2',
} as const

const layout = 'RFC 791 §3.1'

/** A dotted quad as four bytes. Throws RangeError for anything else: a bug of the caller. */
export function ipv4Bytes(text: string): Uint8Array {
  const address = text.includes(':') ? undefined : parseAddress(text)
  if (address === undefined) throw new RangeError(`not an IPv4 address: ${text}`)
  return addressBytes(address)
}

/** Four bytes as a dotted quad. */
export function formatIpv4(bytes: Uint8Array): string {
  return formatAddress(addressFromBytes(bytes))
}

//  0       4       8               16                              32
// +-------+-------+---------------+-------------------------------+
// |   4   |  IHL  |      TOS      |          total length         |
// +-------+-------+---------------+-----+-------------------------+
// |        identification         |flags|     fragment offset     |
// +---------------+---------------+-----+-------------------------+
// |      TTL      |    protocol   |         checksum              |
// +---------------+---------------+-------------------------------+
// |  source, destination, options …                               |
// +---------------------------------------------------------------+
/** What follows the total length is padding of the frame, and left out. */
export function decodeIpv4(bytes: Uint8Array): Ipv4Packet {
  const reader = readerOf(bytes, layout)
  const first = readUint8(reader, 'version')
  if (first >>> 4 !== 4) throw fault(ipv4Faults, 'version', `${first >>> 4} is not 4`)
  const headerLength = (first & 0xf) * 4
  if (headerLength < 20) throw fault(ipv4Faults, 'headerLength', `${headerLength} bytes is below 20`)
  const tos = readUint8(reader, 'tos')
  const totalLength = readUint16(reader, 'totalLength')
  if (totalLength < headerLength)
    throw fault(ipv4Faults, 'totalLength', `${totalLength} is below the header's ${headerLength} bytes`)
  const identification = readUint16(reader, 'identification')
  const fragment = readUint16(reader, 'fragmentOffset')
  const ttl = readUint8(reader, 'ttl')
  const protocol = readUint8(reader, 'protocol')
  readUint16(reader, 'checksum')
  const source = formatIpv4(readBytes(reader, 4, 'source'))
  const destination = formatIpv4(readBytes(reader, 4, 'destination'))
  const options = readBytes(reader, headerLength - 20, 'options')
  if (internetChecksum(bytes.subarray(0, headerLength)) !== 0)
    throw fault(ipv4Faults, 'checksum', 'does not match the header')
  const payload = readBytes(reader, totalLength - headerLength, 'payload')
  return {
    source,
    destination,
    tos,
    identification,
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset: fragment & 0x1fff,
    ttl,
    protocol,
    options,
    payload,
  }
}

export function encodeIpv4(packet: Ipv4Packet): Uint8Array {
  const headerLength = 20 + packet.options.length
  const flags = (packet.dontFragment ? 0x4000 : 0) | (packet.moreFragments ? 0x2000 : 0)
  const header = concatBytes(
    Uint8Array.of(0x40 | (headerLength / 4), packet.tos),
    uint16Bytes(headerLength + packet.payload.length),
    uint16Bytes(packet.identification),
    uint16Bytes(flags | packet.fragmentOffset),
    Uint8Array.of(packet.ttl, packet.protocol, 0, 0),
    ipv4Bytes(packet.source),
    ipv4Bytes(packet.destination),
    packet.options,
  )
  header.set(uint16Bytes(internetChecksum(header)), 10)
  return concatBytes(header, packet.payload)
}
