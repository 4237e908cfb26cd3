// Neighbour Solicitation and Advertisement (RFC 4861 §4.3, §4.4) with the rules of validity (§7.1.1, §7.1.2).
import {
  concatBytes,
  fault,
  readBytes,
  readerOf,
  readRest,
  readUint16,
  readUint8,
  uint16Bytes,
} from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import { transportChecksum } from '../net/checksum.ts'
import type { PseudoHeader } from '../net/checksum.ts'
import { Icmpv6Type, IpProtocol } from '../net/iana.ts'
import { formatIpv6, ipv6Bytes } from '../net/ipv6.ts'
import type { Ipv6Packet } from '../net/ipv6.ts'
import { isMulticast, isSolicitedNodeAddress, unspecified } from '../net/multicast.ts'
import { decodeOptions, encodeOptions } from './option.ts'
import type { NdpOption } from './option.ts'

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

/** RFC 4861 §7.1: no router has forwarded it, so it was sent on this link. */
export const ndpHopLimit = 255

const flag = { router: 0x8000, solicited: 0x4000, override: 0x2000 } as const

/** Valid by RFC 4861 §7.1, or DecodeError. */
export function decodeNdp(packet: Ipv6Packet): NdpPacket {
  checkCarrier(packet)
  const { source, destination } = packet
  const reader = readerOf(packet.payload, 'RFC 4861 §7.1')
  const type = readUint8(reader, 'type')
  const code = readUint8(reader, 'code')
  readUint16(reader, 'checksum')
  if (transportChecksum(pseudoHeader(source, destination), packet.payload) !== 0)
    throw fault(ndpFaults, 'checksum', 'does not match the message')
  if (type !== Icmpv6Type.neighborSolicitation && type !== Icmpv6Type.neighborAdvertisement)
    throw fault(ndpFaults, 'type', `${type} is neither a solicitation (135) nor an advertisement (136)`)
  if (code !== 0) throw fault(ndpFaults, 'code', `${code} is not 0`)
  const isSolicitation = type === Icmpv6Type.neighborSolicitation
  const message = isSolicitation ? readSolicitation(reader) : readAdvertisement(reader)
  if (isMulticast(message.target)) throw fault(ndpFaults, 'target', `${message.target} is multicast`)
  const result = { source, destination, message }
  checkAddresses(result)
  return result
}

export function checkCarrier(packet: Ipv6Packet): void {
  if (packet.nextHeader === IpProtocol.fragment) throw fault(ndpFaults, 'nextHeader', 'a fragment')
  if (packet.nextHeader !== IpProtocol.icmpv6)
    throw fault(ndpFaults, 'nextHeader', `${packet.nextHeader} is not ICMPv6 (58)`)
  if (packet.hopLimit !== ndpHopLimit) throw fault(ndpFaults, 'hopLimit', `${packet.hopLimit} is not 255`)
  if (isMulticast(packet.source)) throw fault(ndpFaults, 'source', `${packet.source} is multicast`)
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
  if (message.options.some(({ type }) => type === 'source-link-layer-address'))
    throw fault(ndpFaults, 'sourceOption', 'a source link-layer address, and the source is ::')
}

/** As the payload of an IPv6 packet with hop limit 255. */
export function encodeNdp(packet: NdpPacket): Ipv6Packet {
  const { source, destination, message } = packet
  const payload = concatBytes(
    Uint8Array.of(typeCode(message), 0, 0, 0),
    uint16Bytes(flagsOf(message)),
    uint16Bytes(0),
    ipv6Bytes(message.target),
    encodeOptions(message.options),
  )
  payload.set(uint16Bytes(transportChecksum(pseudoHeader(source, destination), payload)), 2)
  return {
    source,
    destination,
    trafficClass: 0,
    flowLabel: 0,
    hopLimit: ndpHopLimit,
    extensions: [],
    nextHeader: IpProtocol.icmpv6,
    payload,
  }
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

export function pseudoHeader(source: string, destination: string): PseudoHeader {
  return { source: ipv6Bytes(source), destination: ipv6Bytes(destination), protocol: IpProtocol.icmpv6 }
}

/** RFC 4862 §5.4: a solicitation that asks whether an address is in use, without claiming it. */
export function isDadProbe(packet: NdpPacket): boolean {
  return packet.message.type === 'neighbor-solicitation' && packet.source === unspecified
}

/** RFC 4861 §7.2.6. */
export function isUnsolicitedAdvertisement(packet: NdpPacket): boolean {
  return packet.message.type === 'neighbor-advertisement' && !packet.message.solicited
}
