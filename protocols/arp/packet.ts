// ARP for IPv4 over Ethernet (RFC 826), and what RFC 5227 calls probe and announcement.
import { concatBytes, fault, readBytes, readerOf, readUint16, readUint8, uint16Bytes } from '../net/bytes.ts'
import { formatMac, macBytes } from '../net/ethernet.ts'
import type { Mac } from '../net/ethernet.ts'
import { ArpHardwareType, ArpOperation, EtherType } from '../net/iana.ts'
import { formatIpv4, ipv4Bytes } from '../net/ipv4.ts'

export type ArpPacket = {
  readonly operation: 'request' | 'reply'
  readonly senderMac: Mac
  readonly senderAddress: string // dotted quad
  readonly targetMac: Mac
  readonly targetAddress: string
}

/** All that decodeArp objects to beside bytes that are cut off. */
export const arpFaults = {
  hardwareType: 'RFC 826, Packet Reception',
  protocolType: 'RFC 826, Packet Reception',
  hardwareLength: 'RFC 826, Packet Reception',
  protocolLength: 'RFC 826, Packet Reception',
  operation: 'RFC 826, Packet format',
} as const

export const arpLength = 28

//  0               16              32
// +---------------+---------------+
// | hardware type | protocol type |   1 (Ethernet), 0x0800 (IPv4)
// +-------+-------+---------------+
// | hlen  | plen  |   operation   |   6, 4, 1 = request or 2 = reply
// +-------+-------+---------------+
// | sender MAC (6), sender IP (4) |
// +-------------------------------+
// | target MAC (6), target IP (4) |
// +-------------------------------+
/** The payload of an Ethernet frame. Bytes after the packet are the frame's padding, however many. */
export function decodeArp(bytes: Uint8Array): ArpPacket {
  const reader = readerOf(bytes, 'RFC 826, Packet format')
  const hardwareType = readUint16(reader, 'hardwareType')
  if (hardwareType !== ArpHardwareType.ethernet)
    throw fault(arpFaults, 'hardwareType', `${hardwareType} is not Ethernet (1)`)
  const protocolType = readUint16(reader, 'protocolType')
  if (protocolType !== EtherType.ipv4)
    throw fault(arpFaults, 'protocolType', `0x${protocolType.toString(16)} is not IPv4 (0x800)`)
  const hardwareLength = readUint8(reader, 'hardwareLength')
  if (hardwareLength !== 6) throw fault(arpFaults, 'hardwareLength', `${hardwareLength} is not 6`)
  const protocolLength = readUint8(reader, 'protocolLength')
  if (protocolLength !== 4) throw fault(arpFaults, 'protocolLength', `${protocolLength} is not 4`)
  const operation = operationOf(readUint16(reader, 'operation'))
  return {
    operation,
    senderMac: formatMac(readBytes(reader, 6, 'senderMac')),
    senderAddress: formatIpv4(readBytes(reader, 4, 'senderAddress')),
    targetMac: formatMac(readBytes(reader, 6, 'targetMac')),
    targetAddress: formatIpv4(readBytes(reader, 4, 'targetAddress')),
  }
}

function operationOf(code: number): ArpPacket['operation'] {
  if (code === ArpOperation.request) return 'request'
  if (code === ArpOperation.reply) return 'reply'
  throw fault(arpFaults, 'operation', `${code} is neither request (1) nor reply (2)`)
}

/** 28 bytes, without padding. */
export function encodeArp(packet: ArpPacket): Uint8Array {
  return concatBytes(
    uint16Bytes(ArpHardwareType.ethernet),
    uint16Bytes(EtherType.ipv4),
    Uint8Array.of(6, 4),
    uint16Bytes(ArpOperation[packet.operation]),
    macBytes(packet.senderMac),
    ipv4Bytes(packet.senderAddress),
    macBytes(packet.targetMac),
    ipv4Bytes(packet.targetAddress),
  )
}

/** RFC 5227 §1.1: a request that asks whether an address is in use, without claiming it. */
export function isArpProbe(packet: ArpPacket): boolean {
  return packet.operation === 'request' && packet.senderAddress === '0.0.0.0'
}

/** RFC 5227 §1.1: a request for the sender's own address. */
export function isArpAnnouncement(packet: ArpPacket): boolean {
  return packet.operation === 'request' && isGratuitousArp(packet)
}

/** RFC 5944 §4.6: request or reply, it tells what nobody asked. */
export function isGratuitousArp(packet: ArpPacket): boolean {
  return packet.senderAddress === packet.targetAddress && packet.senderAddress !== '0.0.0.0'
}
