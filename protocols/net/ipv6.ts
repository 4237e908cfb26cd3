// IPv6 headers (RFC 8200 §3) and the extension headers on the way to the upper layer (RFC 8200 §4).
import { addressBytes, addressFromBytes, formatAddress, parseAddress } from './address.ts'
import {
  concatBytes,
  fault,
  readBytes,
  readerOf,
  readUint16,
  readUint32,
  readUint8,
  remaining,
  uint16Bytes,
  uint32Bytes,
} from './bytes.ts'
import type { Reader } from './bytes.ts'
import { IpProtocol } from './iana.ts'

export type Ipv6Packet = {
  readonly source: string // RFC 5952 text
  readonly destination: string
  readonly trafficClass: number
  readonly flowLabel: number
  readonly hopLimit: number
  readonly extensions: readonly ExtensionHeader[] // in their order
  readonly nextHeader: number // of the payload
  readonly payload: Uint8Array
}

/** Options and routing headers that a host passes over. */
export type ExtensionHeader = {
  readonly type: number
  readonly body: Uint8Array // from the third byte on; 6, 14, 22 … bytes
}

/** All that decodeIpv6 objects to beside bytes that are cut off. */
export const ipv6Faults = { version: 'RFC 8200 §3' } as const

export const ipv6HeaderLength = 40
const layout = 'RFC 8200 §3'

/** An IPv6 address as sixteen bytes, an IPv4-mapped one too. Throws RangeError for anything else. */
export function ipv6Bytes(text: string): Uint8Array {
  const address = text.includes(':') ? parseAddress(text) : undefined
  if (address === undefined) throw new RangeError(`not an IPv6 address: ${text}`)
  const mapped = address.family === 'IPv4' ? address.value | (0xffffn << 32n) : address.value
  return addressBytes({ family: 'IPv6', value: mapped })
}

/** Sixteen bytes as RFC 5952 text. */
export function formatIpv6(bytes: Uint8Array): string {
  return formatAddress(addressFromBytes(bytes))
}

//  0       4               12              16              24      32
// +-------+---------------+-------------------------------------+
// |   6   | traffic class |             flow label              |
// +-------+---------------+-------+--------------+--------------+
// |        payload length         | next header  |  hop limit   |
// +-------------------------------+--------------+--------------+
// |  source (16), destination (16)                              |
// +-------------------------------------------------------------+
/** What follows the payload length is padding of the frame, and left out. */
export function decodeIpv6(bytes: Uint8Array): Ipv6Packet {
  const reader = readerOf(bytes, layout)
  const first = readUint32(reader, 'version')
  if (first >>> 28 !== 6) throw fault(ipv6Faults, 'version', `${first >>> 28} is not 6`)
  const payloadLength = readUint16(reader, 'payloadLength')
  const nextHeader = readUint8(reader, 'nextHeader')
  const hopLimit = readUint8(reader, 'hopLimit')
  const source = formatIpv6(readBytes(reader, 16, 'source'))
  const destination = formatIpv6(readBytes(reader, 16, 'destination'))
  const body = readerOf(readBytes(reader, payloadLength, 'payload'), 'RFC 8200 §4')
  return {
    source,
    destination,
    trafficClass: (first >>> 20) & 0xff,
    flowLabel: first & 0xfffff,
    hopLimit,
    ...readExtensions(body, nextHeader),
  }
}

/** Each header takes at least eight bytes, so their number is bounded by the packet. */
function readExtensions(
  reader: Reader,
  first: number,
): Pick<Ipv6Packet, 'extensions' | 'nextHeader' | 'payload'> {
  const extensions: ExtensionHeader[] = []
  let type = first
  while (hostPassesOver(reader, type)) {
    const next = readUint8(reader, 'extensionHeader')
    const length = readUint8(reader, 'extensionHeaderLength')
    extensions.push({ type, body: readBytes(reader, 6 + 8 * length, 'extensionHeader') })
    type = next
  }
  return { extensions, nextHeader: type, payload: readBytes(reader, remaining(reader), 'payload') }
}

/**
 * A fragment, and a packet with segments left to visit, are not yet what the upper layer sent:
 * they end the walk, and the payload begins with that header.
 */
function hostPassesOver(reader: Reader, type: number): boolean {
  if (type === IpProtocol.hopByHopOptions || type === IpProtocol.destinationOptions) return true
  const segmentsLeft = reader.bytes[reader.offset + 3]
  return type === IpProtocol.routing && segmentsLeft === 0
}

export function encodeIpv6(packet: Ipv6Packet): Uint8Array {
  const types = [...packet.extensions.map(({ type }) => type), packet.nextHeader]
  const extensions = packet.extensions.map(({ body }, index) =>
    concatBytes(Uint8Array.of(types[index + 1] ?? 0, (body.length - 6) / 8), body),
  )
  const rest = concatBytes(...extensions, packet.payload)
  return concatBytes(
    uint32Bytes((6 << 28) | (packet.trafficClass << 20) | packet.flowLabel),
    uint16Bytes(rest.length),
    Uint8Array.of(types[0] ?? 0, packet.hopLimit),
    ipv6Bytes(packet.source),
    ipv6Bytes(packet.destination),
    rest,
  )
}

/** RFC 4291 §2.5.6, fe80::/10: means nothing without its interface. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address)
}
