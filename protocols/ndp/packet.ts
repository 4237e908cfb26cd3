// What all messages of Neighbour Discovery share: the packet that carries one, its head, and its checksum. RFC 4861 §6.1,
// §7.1.
import { fault, readerOf, readUint16, readUint8, uint16Bytes } from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import { transportChecksum } from '../net/checksum.ts'
import type { PseudoHeader } from '../net/checksum.ts'
import { IpProtocol } from '../net/iana.ts'
import { ipv6Bytes } from '../net/ipv6.ts'
import type { Ipv6Packet } from '../net/ipv6.ts'
import { isMulticast, unspecified } from '../net/multicast.ts'
import type { NdpOption } from './option.ts'

/** RFC 4861 §7.1: no router has forwarded it, so it was sent on this link. */
export const ndpHopLimit = 255

const carrierFaults = {
  nextHeader: 'RFC 6980 §5', // a fragment, or no ICMPv6 at all
  hopLimit: 'RFC 4861 §7.1',
  source: 'RFC 4291 §2.7',
} as const

/** The two messages that a codec knows, and what it objects to in their head. */
export type Head = {
  readonly solicitation: number
  readonly advertisement: number
  readonly rfc: string // where its layout is written
  readonly faults: Readonly<Record<'checksum' | 'type' | 'code', string>>
}

//  0       8       16              32
// +-------+-------+---------------+
// | type  |   0   |   checksum    |
// +-------+-------+---------------+
/** Which of the two it is, and what follows its head. */
export function openMessage(
  packet: Ipv6Packet,
  { solicitation, advertisement, rfc, faults }: Head,
): { readonly isSolicitation: boolean; readonly reader: Reader } {
  checkCarrier(packet)
  const reader = readerOf(packet.payload, rfc)
  const type = readUint8(reader, 'type')
  const code = readUint8(reader, 'code')
  readUint16(reader, 'checksum')
  if (transportChecksum(pseudoHeader(packet.source, packet.destination), packet.payload) !== 0)
    throw fault(faults, 'checksum', 'does not match the message')
  if (type !== solicitation && type !== advertisement)
    throw fault(
      faults,
      'type',
      `${type} is neither a solicitation (${solicitation}) nor an advertisement (${advertisement})`,
    )
  if (code !== 0) throw fault(faults, 'code', `${code} is not 0`)
  return { isSolicitation: type === solicitation, reader }
}

function checkCarrier({ nextHeader, hopLimit, source }: Ipv6Packet): void {
  if (nextHeader === IpProtocol.fragment) throw fault(carrierFaults, 'nextHeader', 'a fragment')
  if (nextHeader !== IpProtocol.icmpv6)
    throw fault(carrierFaults, 'nextHeader', `${nextHeader} is not ICMPv6 (58)`)
  if (hopLimit !== ndpHopLimit) throw fault(carrierFaults, 'hopLimit', `${hopLimit} is not 255`)
  if (isMulticast(source)) throw fault(carrierFaults, 'source', `${source} is multicast`)
}

/** A solicitation from :: says no link-layer address: nobody could keep it. */
export function checkSourceOption(
  source: string,
  options: readonly NdpOption[],
  faults: Readonly<Record<'sourceOption', string>>,
): void {
  if (source === unspecified && options.some(({ type }) => type === 'source-link-layer-address'))
    throw fault(faults, 'sourceOption', 'a source link-layer address, and the source is ::')
}

/** The packet that carries a message, whose checksum is written into it. */
export function sealMessage(
  { source, destination }: Pick<Ipv6Packet, 'source' | 'destination'>,
  message: Uint8Array,
): Ipv6Packet {
  message.set(uint16Bytes(transportChecksum(pseudoHeader(source, destination), message)), 2)
  return {
    source,
    destination,
    trafficClass: 0,
    flowLabel: 0,
    hopLimit: ndpHopLimit,
    extensions: [],
    nextHeader: IpProtocol.icmpv6,
    payload: message,
  }
}

function pseudoHeader(source: string, destination: string): PseudoHeader {
  return { source: ipv6Bytes(source), destination: ipv6Bytes(destination), protocol: IpProtocol.icmpv6 }
}
