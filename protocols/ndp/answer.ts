// Neighbour discovery at 100,000 solicitations a second: the same messages as message.ts and frame.ts,
// read and patched in place. Offsets are those of an untagged Ethernet frame and an IPv6 header without extensions
// (14 + 40 bytes): what the capture filter lets through.
import { uint16At, uint32At } from '../net/bytes.ts'
import { checksumOf, sum16 } from '../net/checksum.ts'
import { ethernetHeaderLength, isGroupMacAt } from '../net/ethernet.ts'
import { EtherType, Icmpv6Type, IpProtocol, NdpOptionType } from '../net/iana.ts'
import { ipv6HeaderLength } from '../net/ipv6.ts'
import { ndpHopLimit } from './packet.ts'

const ip = ethernetHeaderLength
const icmp = ip + ipv6HeaderLength
const at = {
  frameSource: 6,
  etherType: 12,
  version: ip,
  payloadLength: ip + 4,
  nextHeader: ip + 6,
  hopLimit: ip + 7,
  source: ip + 8,
  destination: ip + 24,
  type: icmp,
  code: icmp + 1,
  checksum: icmp + 2,
  flags: icmp + 4,
  target: icmp + 8,
  options: icmp + 24,
} as const

/** Not a key: what the peekers give for a frame that is none of theirs. */
export const noKey = -1

/** The key of an address: its low 32 bits. Whoever finds an entry by it still compares with targetIs. */
export function targetKey(address: Uint8Array): number {
  return uint32At(address, 12)
}

/** The key of the address that a valid solicitation asks for, or noKey for any other frame. Agrees with decodeNdp. */
export function solicitationKey(frame: Uint8Array): number {
  if (!isNdp(frame, Icmpv6Type.neighborSolicitation)) return noKey
  const sourceOption = optionOffset(frame, NdpOptionType.sourceLinkLayerAddress)
  if (sourceOption === badOptions) return noKey
  if (isUnspecified(frame, at.source)) {
    if (sourceOption !== noOption || !isSolicitedNode(frame, at.destination)) return noKey
  } else if (answerMacOffset(frame, sourceOption) === noOption) return noKey
  return uint32At(frame, at.target + 12)
}

/** The key of the address that a valid advertisement tells of, or noKey: whoever speaks for an address of ours. */
export function advertisementKey(frame: Uint8Array): number {
  if (!isNdp(frame, Icmpv6Type.neighborAdvertisement)) return noKey
  const toMany = frame[at.destination] === 0xff
  if (toMany && ((frame[at.flags] ?? 0) & 0x40) !== 0) return noKey
  if (optionOffset(frame, NdpOptionType.targetLinkLayerAddress) === badOptions) return noKey
  return uint32At(frame, at.target + 12)
}

/** Of a frame with a key: whether its target is this address (16 bytes). */
export function targetIs(frame: Uint8Array, address: Uint8Array): boolean {
  for (let index = 0; index < 16; index++) if (frame[at.target + index] !== address[index]) return false
  return true
}

/** The MAC that an advertisement names for its target, in place; without the option, the sender's own. */
export function advertisedMac(frame: Uint8Array): Uint8Array {
  const option = optionOffset(frame, NdpOptionType.targetLinkLayerAddress)
  const start = option < 0 ? at.frameSource : option + 2
  return frame.subarray(start, start + 6)
}

/** RFC 4861 §7.1 but for the options. */
function isNdp(frame: Uint8Array, type: number): boolean {
  if (frame.length < at.options || uint16At(frame, at.etherType) !== EtherType.ipv6) return false
  if ((frame[at.version] ?? 0) >>> 4 !== 6 || frame[at.nextHeader] !== IpProtocol.icmpv6) return false
  if (frame[at.hopLimit] !== ndpHopLimit || frame[at.type] !== type || frame[at.code] !== 0) return false
  const length = uint16At(frame, at.payloadLength)
  if (length < at.options - icmp || icmp + length > frame.length) return false
  if (frame[at.source] === 0xff || frame[at.target] === 0xff) return false
  return icmpChecksum(frame, length) === 0
}

/** Over both addresses, which stand side by side before the message, the length and the protocol. */
function icmpChecksum(frame: Uint8Array, length: number): number {
  return checksumOf(sum16(frame, at.source, icmp + length) + length + IpProtocol.icmpv6)
}

const noOption = -1
const badOptions = -2

/** Where the first option of this type begins, noOption, or badOptions when one of any type breaks the rules. */
function optionOffset(frame: Uint8Array, type: number): number {
  const end = icmp + uint16At(frame, at.payloadLength)
  let found = noOption
  for (let offset: number = at.options; offset < end; ) {
    const code = frame[offset]
    const length = 8 * (frame[offset + 1] ?? 0)
    if (length === 0 || offset + length > end) return badOptions
    const holdsMac =
      code === NdpOptionType.sourceLinkLayerAddress || code === NdpOptionType.targetLinkLayerAddress
    if (holdsMac && length !== 8) return badOptions
    if (code === type && found === noOption) found = offset
    offset += length
  }
  return found
}

/** The MAC to answer to: of the option, else of the frame, unless it is a group. */
function answerMacOffset(frame: Uint8Array, sourceOption: number): number {
  if (sourceOption !== noOption && !isGroupMacAt(frame, sourceOption + 2)) return sourceOption + 2
  return isGroupMacAt(frame, at.frameSource) ? noOption : at.frameSource
}

function isUnspecified(frame: Uint8Array, offset: number): boolean {
  for (let index = 0; index < 16; index++) if (frame[offset + index] !== 0) return false
  return true
}

/** ff02::1:ff00:0/104. */
function isSolicitedNode(frame: Uint8Array, offset: number): boolean {
  return (
    uint32At(frame, offset) === 0xff020000 &&
    uint32At(frame, offset + 4) === 0 &&
    uint32At(frame, offset + 8) === 1 &&
    frame[offset + 12] === 0xff
  )
}

/**
 * Makes `advertisement` (a frame of unsolicitedAdvertisement for this target) the answer to `solicitation`, a frame
 * for which solicitationKey gave a key and targetIs the target. Nothing is allocated. A frame patched earlier serves
 * again.
 */
export function patchAdvertisement(advertisement: Uint8Array, solicitation: Uint8Array): void {
  const probe = isUnspecified(solicitation, at.source)
  if (probe) toAllNodes(advertisement)
  else toAsker(advertisement, solicitation)
  advertisement[at.flags] = probe ? 0x20 : 0x60 // Override, and Solicited for who can be named
  advertisement[at.checksum] = 0
  advertisement[at.checksum + 1] = 0
  const checksum = icmpChecksum(advertisement, advertisement.length - icmp)
  advertisement[at.checksum] = checksum >>> 8
  advertisement[at.checksum + 1] = checksum & 0xff
}

function toAsker(advertisement: Uint8Array, solicitation: Uint8Array): void {
  const sourceOption = optionOffset(solicitation, NdpOptionType.sourceLinkLayerAddress)
  const macOffset = answerMacOffset(solicitation, sourceOption)
  for (let index = 0; index < 6; index++) advertisement[index] = solicitation[macOffset + index] ?? 0
  for (let index = 0; index < 16; index++)
    advertisement[at.destination + index] = solicitation[at.source + index] ?? 0
}

/** 33:33:00:00:00:01, ff02::1. */
function toAllNodes(advertisement: Uint8Array): void {
  advertisement.fill(0, 0, 6)
  advertisement[0] = 0x33
  advertisement[1] = 0x33
  advertisement[5] = 1
  advertisement.fill(0, at.destination, at.destination + 16)
  advertisement[at.destination] = 0xff
  advertisement[at.destination + 1] = 2
  advertisement[at.destination + 15] = 1
}
