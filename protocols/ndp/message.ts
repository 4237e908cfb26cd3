// Neighbour Solicitation and Advertisement (RFC 4861 §4.3, §4.4) with the rules of validity (§7.1.1, §7.1.2).
import { concatBytes, fault, readBytes, readRest, readUint16, uint16Bytes } from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import { Icmpv6Type } from '../net/iana.ts'
import { formatIpv6, ipv6Bytes } from '../net/ipv6.ts'
import type { Ipv6Packet } from '../net/ipv6.ts'
import { isMulticast, isSolicitedNodeAddress, unspecified } from '../net/multicast.ts'
import { decodeOptions, encodeOptions } from './option.ts'
import type { NdpOption } from './option.ts'
import { checkSourceOption, openMessage, sealMessage } from './packet.ts'
import type { Head } from './packet.ts'

export type NeighborSolicitation = {
  readonly type: 'neighbor-solicitation'
  readonly target: string // RFC 5952 text
  readonly options: readonly NdpOption[]
}

export type NeighborAdvertisement = {
  readonly type: 'neighbor-advertisement'
  readonly router: boolean
  readonly solicited: boolean
  readonly override: boolean
  readonly target: string
  readonly options: readonly NdpOption[]
}

export type NdpMessage = NeighborSolicitation | NeighborAdvertisement

/** A message with the addresses that carried it, without which it means nothing. */
export type NdpPacket = {
  readonly source: string
  readonly destination: string
  readonly message: NdpMessage
}

/** All that decodeNdp objects to beside bytes that are cut off and the options' own faults. */
export const ndpFaults = {
  nextHeader: 'RFC 6980 §5', // a fragment, or no ICMPv6 at all
  hopLimit: 'RFC 4861 §7.1',
  checksum: 'RFC 4861 §7.1',
  type: 'RFC 4861 §4',
  code: 'RFC 4861 §7.1',
  source: 'RFC 4291 §2.7',
  target: 'RFC 4861 §7.1',
  destination: 'RFC 4861 §7.1.1', // of a solicitation without a source: a solicited-node group
  sourceOption: 'RFC 4861 §7.1.1', // no source link-layer address without a source
  solicited: 'RFC 4861 §7.1.2', // never in what is sent to many
} as const

const flag = { router: 0x8000, solicited: 0x4000, override: 0x2000 } as const

const head: Head = {
  solicitation: Icmpv6Type.neighborSolicitation,
  advertisement: Icmpv6Type.neighborAdvertisement,
  rfc: 'RFC 4861 §7.1',
  faults: ndpFaults,
}

/** Valid by RFC 4861 §7.1, or DecodeError. */
export function decodeNdp(packet: Ipv6Packet): NdpPacket {
  const { isSolicitation, reader } = openMessage(packet, head)
  const message = isSolicitation ? readSolicitation(reader) : readAdvertisement(reader)
  if (isMulticast(message.target)) throw fault(ndpFaults, 'target', `${message.target} is multicast`)
  const { source, destination } = packet
  const result = { source, destination, message }
  checkAddresses(result)
  return result
}

//  0       8       16              32
// +-------+-------+---------------+
// |  135  |   0   |   checksum    |
// +-------+-------+---------------+
// |           reserved            |
// +-------------------------------+
// |          target (16)          |
// +-------------------------------+
// |           options …
function readSolicitation(reader: Reader): NeighborSolicitation {
  readBytes(reader, 4, 'reserved')
  const target = formatIpv6(readBytes(reader, 16, 'target'))
  return { type: 'neighbor-solicitation', target, options: decodeOptions(readRest(reader)) }
}

//  0       8       16              32
// +-------+-------+---------------+
// |  136  |   0   |   checksum    |
// +-+-+-+-+-------+---------------+
// |R|S|O|        reserved         |
// +-+-+-+-------------------------+
// |          target (16)          |
// +-------------------------------+
// |           options …
function readAdvertisement(reader: Reader): NeighborAdvertisement {
  const flags = readUint16(reader, 'flags')
  readBytes(reader, 2, 'reserved')
  const target = formatIpv6(readBytes(reader, 16, 'target'))
  return {
    type: 'neighbor-advertisement',
    router: (flags & flag.router) !== 0,
    solicited: (flags & flag.solicited) !== 0,
    override: (flags & flag.override) !== 0,
    target,
    options: decodeOptions(readRest(reader)),
  }
}

function checkAddresses(packet: NdpPacket): void {
  const { source, destination, message } = packet
  if (message.type === 'neighbor-advertisement') {
    if (message.solicited && isMulticast(destination))
      throw fault(ndpFaults, 'solicited', `set in what is sent to ${destination}`)
    return
  }
  if (source !== unspecified) return
  if (!isSolicitedNodeAddress(destination))
    throw fault(ndpFaults, 'destination', `${destination} is no solicited-node group, and the source is ::`)
  checkSourceOption(source, message.options, ndpFaults)
}

/** As the payload of an IPv6 packet with hop limit 255. */
export function encodeNdp(packet: NdpPacket): Ipv6Packet {
  const { message } = packet
  const bytes = concatBytes(
    Uint8Array.of(typeCode(message), 0, 0, 0),
    uint16Bytes(flagsOf(message)),
    uint16Bytes(0),
    ipv6Bytes(message.target),
    encodeOptions(message.options),
  )
  return sealMessage(packet, bytes)
}

function typeCode(message: NdpMessage): number {
  return message.type === 'neighbor-solicitation'
    ? Icmpv6Type.neighborSolicitation
    : Icmpv6Type.neighborAdvertisement
}

function flagsOf(message: NdpMessage): number {
  if (message.type === 'neighbor-solicitation') return 0
  const { router, solicited, override } = message
  return (router ? flag.router : 0) | (solicited ? flag.solicited : 0) | (override ? flag.override : 0)
}

/** RFC 4862 §5.4: a solicitation that asks whether an address is in use, without claiming it. */
export function isDadProbe(packet: NdpPacket): boolean {
  return packet.message.type === 'neighbor-solicitation' && packet.source === unspecified
}

/** RFC 4861 §7.2.6. */
export function isUnsolicitedAdvertisement(packet: NdpPacket): boolean {
  return packet.message.type === 'neighbor-advertisement' && !packet.message.solicited
}
