// ARP at 100,000 requests a second: the same packets as packet.ts and frame.ts, read and patched in place.
// Offsets are those of an untagged Ethernet frame: 14 bytes of header, then the packet.
import { uint16At, uint32At } from '../net/bytes.ts'
import { ethernetHeaderLength, isGroupMacAt } from '../net/ethernet.ts'
import { ArpOperation, EtherType } from '../net/iana.ts'
import { arpLength } from './packet.ts'

const at = {
  etherType: 12,
  hardwareAndProtocol: ethernetHeaderLength, // hardware type 1, protocol type 0x0800
  lengths: ethernetHeaderLength + 4, // 6 and 4
  operation: ethernetHeaderLength + 6,
  senderMac: ethernetHeaderLength + 8,
  senderAddress: ethernetHeaderLength + 14,
  targetMac: ethernetHeaderLength + 18,
  targetAddress: ethernetHeaderLength + 24,
} as const

/** Not an address: what the peekers give for a frame that is none of theirs. */
export const noTarget = -1

/**
 * The address (uint32) that an ARP request asks for, or noTarget for any other frame.
 * Agrees with decodeArp, but for one: a sender whose MAC is a group gets no answer (RFC 1812 §3.3.2).
 */
export function arpRequestTarget(frame: Uint8Array): number {
  if (!isArp(frame) || uint16At(frame, at.operation) !== ArpOperation.request) return noTarget
  if (isGroupMacAt(frame, at.senderMac)) return noTarget
  return uint32At(frame, at.targetAddress)
}

/**
 * The address (uint32) that the sender of an ARP request or reply says is his, or noTarget:
 * whoever speaks for an address of ours is a conflict or our successor (RFC 5227 §2.4). A probe claims nothing.
 */
export function arpClaimedAddress(frame: Uint8Array): number {
  if (!isArp(frame)) return noTarget
  const operation = uint16At(frame, at.operation)
  if (operation !== ArpOperation.request && operation !== ArpOperation.reply) return noTarget
  const address = uint32At(frame, at.senderAddress)
  return address === 0 ? noTarget : address
}

function isArp(frame: Uint8Array): boolean {
  return (
    frame.length >= ethernetHeaderLength + arpLength &&
    uint16At(frame, at.etherType) === EtherType.arp &&
    uint32At(frame, at.hardwareAndProtocol) === 0x00010800 &&
    uint16At(frame, at.lengths) === 0x0604
  )
}

/** The claimant's MAC, in place; of a frame for which arpClaimedAddress gave an address. */
export function arpSenderMac(frame: Uint8Array): Uint8Array {
  return frame.subarray(at.senderMac, at.senderMac + 6)
}

/**
 * Makes `reply` (any frame of arpReply for this address) the answer to `request`,
 * a frame for which arpRequestTarget gave that address. Nothing is allocated.
 */
export function patchArpReply(reply: Uint8Array, request: Uint8Array): void {
  for (let index = 0; index < 6; index++) reply[index] = request[at.senderMac + index] ?? 0
  for (let index = 0; index < 10; index++) reply[at.targetMac + index] = request[at.senderMac + index] ?? 0
}
