// Router Solicitation and Advertisement (RFC 4861 §4.1, §4.2) with the rules of validity (§6.1.1, §6.1.2).
import {
  concatBytes,
  fault,
  readBytes,
  readRest,
  readUint16,
  readUint32,
  readUint8,
  uint16Bytes,
  uint32Bytes,
} from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import { Icmpv6Type } from '../net/iana.ts'
import { isLinkLocal } from '../net/ipv6.ts'
import type { Ipv6Packet } from '../net/ipv6.ts'
import { decodeOptions, encodeOptions } from './option.ts'
import type { NdpOption } from './option.ts'
import { checkSourceOption, openMessage, sealMessage } from './packet.ts'
import type { Head } from './packet.ts'

export type RouterSolicitation = {
  readonly type: 'router-solicitation'
  readonly options: readonly NdpOption[]
}

export type RouterAdvertisement = {
  readonly type: 'router-advertisement'
  readonly hopLimit: number // for what hosts send; 0: not said
  readonly managed: boolean
  readonly otherConfig: boolean
  readonly lifetimeS: number // 0: no default router
  readonly reachableMs: number // 0: not said
  readonly retransMs: number // 0: not said
  readonly options: readonly NdpOption[]
}

/** A message with the addresses that carried it. */
export type RouterPacket = {
  readonly source: string
  readonly destination: string
  readonly message: RouterSolicitation | RouterAdvertisement
}

/** All that decodeRouter objects to beside bytes that are cut off and the options' own faults. */
export const routerFaults = {
  nextHeader: 'RFC 6980 §5', // a fragment, or no ICMPv6 at all
  hopLimit: 'RFC 4861 §6.1',
  checksum: 'RFC 4861 §6.1',
  type: 'RFC 4861 §4',
  code: 'RFC 4861 §6.1',
  source: 'RFC 4861 §6.1.2', // of an advertisement: link-local
  sourceOption: 'RFC 4861 §6.1.1', // no source link-layer address without a source
} as const

const flag = { managed: 0x80, otherConfig: 0x40 } as const

const head: Head = {
  solicitation: Icmpv6Type.routerSolicitation,
  advertisement: Icmpv6Type.routerAdvertisement,
  rfc: 'RFC 4861 §6.1',
  faults: routerFaults,
}

/** Valid by RFC 4861 §6.1, or DecodeError. */
export function decodeRouter(packet: Ipv6Packet): RouterPacket {
  const { isSolicitation, reader } = openMessage(packet, head)
  const message = isSolicitation ? readSolicitation(reader) : readAdvertisement(reader)
  const { source, destination } = packet
  const result = { source, destination, message }
  checkSource(result)
  return result
}

//  0       8       16              32
// +-------+-------+---------------+
// |  133  |   0   |   checksum    |
// +-------+-------+---------------+
// |           reserved            |
// +-------------------------------+
// |           options …
function readSolicitation(reader: Reader): RouterSolicitation {
  readBytes(reader, 4, 'reserved')
  return { type: 'router-solicitation', options: decodeOptions(readRest(reader)) }
}

//  0       8       16              32
// +-------+-------+---------------+
// |  134  |   0   |   checksum    |
// +-------+-+-+---+---------------+
// | hops  |M|O|   |  lifetime (s) |   the rest of the flags is for others: RFC 6275 §7.1, RFC 4191 §2.2
// +-------+-+-+---+---------------+
// |      reachable time (ms)      |
// +-------------------------------+
// |      retrans timer (ms)       |
// +-------------------------------+
// |           options …
function readAdvertisement(reader: Reader): RouterAdvertisement {
  const hopLimit = readUint8(reader, 'current hop limit')
  const flags = readUint8(reader, 'flags')
  return {
    type: 'router-advertisement',
    hopLimit,
    managed: (flags & flag.managed) !== 0,
    otherConfig: (flags & flag.otherConfig) !== 0,
    lifetimeS: readUint16(reader, 'router lifetime'),
    reachableMs: readUint32(reader, 'reachable time'),
    retransMs: readUint32(reader, 'retrans timer'),
    options: decodeOptions(readRest(reader)),
  }
}

function checkSource({ source, message }: RouterPacket): void {
  if (message.type === 'router-advertisement') {
    if (!isLinkLocal(source)) throw fault(routerFaults, 'source', `${source} is no link-local address`)
    return
  }
  checkSourceOption(source, message.options, routerFaults)
}

/** As the payload of an IPv6 packet with hop limit 255. */
export function encodeRouter(packet: RouterPacket): Ipv6Packet {
  const { message } = packet
  return sealMessage(packet, concatBytes(bodyOf(message), encodeOptions(message.options)))
}

function bodyOf(message: RouterPacket['message']): Uint8Array {
  if (message.type === 'router-solicitation')
    return Uint8Array.of(Icmpv6Type.routerSolicitation, 0, 0, 0, 0, 0, 0, 0)
  const { hopLimit, managed, otherConfig, lifetimeS, reachableMs, retransMs } = message
  return concatBytes(
    Uint8Array.of(Icmpv6Type.routerAdvertisement, 0, 0, 0),
    Uint8Array.of(hopLimit, (managed ? flag.managed : 0) | (otherConfig ? flag.otherConfig : 0)),
    uint16Bytes(lifetimeS),
    uint32Bytes(reachableMs),
    uint32Bytes(retransMs),
  )
}
