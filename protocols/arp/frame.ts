// Whole Ethernet frames with the ARP packets that a node sends for an address it owns; all padded to 60 bytes.
import { broadcastMac, encodeEthernet, padFrame, zeroMac } from '../net/ethernet.ts'
import type { Mac } from '../net/ethernet.ts'
import { EtherType } from '../net/iana.ts'
import { encodeArp } from './packet.ts'
import type { ArpPacket } from './packet.ts'

export function arpFrame(packet: ArpPacket, destination: Mac): Uint8Array {
  const payload = encodeArp(packet)
  const source = packet.senderMac
  return padFrame(encodeEthernet({ destination, source, tags: [], etherType: EtherType.arp, payload }))
}

/**
 * RFC 5227 §2.3: a broadcast request, sender = target = address, 'identical to the ARP Probe' otherwise, whose
 * target MAC 'SHOULD be set to all zeroes' (§2.1.1). Linux takes it at once.
 */
export function gratuitousRequest(mac: Mac, address: string): Uint8Array {
  return announcement({ operation: 'request', mac, address, targetMac: zeroMac })
}

/**
 * The same as a broadcast reply, for receivers that look at replies only. The target MAC is our own:
 * with the broadcast address there Linux does not see it as gratuitous, and ignores it for a second (locktime).
 */
export function gratuitousReply(mac: Mac, address: string): Uint8Array {
  return announcement({ operation: 'reply', mac, address, targetMac: mac })
}

function announcement(
  of: Pick<ArpPacket, 'operation' | 'targetMac'> & { mac: Mac; address: string },
): Uint8Array {
  const { operation, mac, address, targetMac } = of
  return arpFrame(
    { operation, senderMac: mac, senderAddress: address, targetMac, targetAddress: address },
    broadcastMac,
  )
}

/**
 * RFC 5227 §1.1, §2.1.1: a broadcast request that asks whether an address is in use, and claims nothing: its sender's
 * address is 0.0.0.0, 'to avoid polluting ARP caches in other hosts'.
 */
export function arpProbe(mac: Mac, address: string): Uint8Array {
  return arpQuestion({ mac, sender: '0.0.0.0', target: address }, broadcastMac)
}

/** A plain request, to everybody or to one machine (RFC 1122 §2.3.2.1). */
export function arpQuestion(
  { mac, sender, target }: { readonly mac: Mac; readonly sender: string; readonly target: string },
  destination: Mac,
): Uint8Array {
  const question: ArpPacket = {
    operation: 'request',
    senderMac: mac,
    senderAddress: sender,
    targetMac: zeroMac,
    targetAddress: target,
  }
  return arpFrame(question, destination)
}

/** RFC 826, Packet Reception: the answer to a request for an address of ours, unicast to the one who asked. */
export function arpReply(request: ArpPacket, mac: Mac): Uint8Array {
  const reply: ArpPacket = {
    operation: 'reply',
    senderMac: mac,
    senderAddress: request.targetAddress,
    targetMac: request.senderMac,
    targetAddress: request.senderAddress,
  }
  return arpFrame(reply, request.senderMac)
}
