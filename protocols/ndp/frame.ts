// Whole Ethernet frames with the Neighbour Advertisements that a node sends for an address it owns, and with what it says
// to routers.
//
// Their IP source is the advertised address itself, as Linux does it: it needs no link-local address on the
// interface, it is 'an address assigned to the interface' (RFC 4861 §4.4) as far as anyone can see, and a switch that
// binds addresses to ports (RFC 7039) sees source and target agree. MetalLB sends from the link-local address.
import { encodeEthernet, isGroupMacAt, macBytes } from '../net/ethernet.ts'
import type { Mac } from '../net/ethernet.ts'
import { EtherType } from '../net/iana.ts'
import { encodeIpv6 } from '../net/ipv6.ts'
import { allNodes, allNodesMac, multicastMac, solicitedNodeAddress } from '../net/multicast.ts'
import { encodeNdp, isDadProbe } from './message.ts'
import type { NdpMessage, NdpPacket } from './message.ts'
import { encodeRouter } from './router.ts'
import type { RouterPacket } from './router.ts'

/** At least 78 bytes, so that no padding is needed. */
export function ndpFrame(packet: NdpPacket, source: Mac, destination: Mac): Uint8Array {
  const payload = encodeIpv6(encodeNdp(packet))
  return encodeEthernet({ destination, source, tags: [], etherType: EtherType.ipv6, payload })
}

/** To a group. At least 62 bytes. */
export function routerFrame(packet: RouterPacket, source: Mac): Uint8Array {
  const payload = encodeIpv6(encodeRouter(packet))
  const destination = multicastMac(packet.destination)
  return encodeEthernet({ destination, source, tags: [], etherType: EtherType.ipv6, payload })
}

/** RFC 4861 §7.2.6: to all nodes, Override set, Solicited not. */
export function unsolicitedAdvertisement(mac: Mac, target: string): Uint8Array {
  const message = advertisementOf({ mac, target, solicited: false })
  return ndpFrame({ source: target, destination: allNodes, message }, mac, allNodesMac)
}

/** A solicitation, and the MAC of the frame it came in. */
export type ReceivedSolicitation = { readonly packet: NdpPacket; readonly frameSource: Mac }

/**
 * RFC 4861 §7.2.4: the answer to a solicitation for an address of ours. Override is set: the address is neither
 * anycast nor proxied. To a probe without a source address (DAD) the answer goes to all nodes, Solicited not set.
 * Without a usable link-layer option (a unicast probe of reachability may omit it) it goes to the MAC that sent the
 * frame. Undefined when that is a group, too: there is nobody to answer.
 */
export function solicitedAdvertisement(received: ReceivedSolicitation, mac: Mac): Uint8Array | undefined {
  const { packet } = received
  const { target } = packet.message
  if (isDadProbe(packet)) return unsolicitedAdvertisement(mac, target)
  const destination = askerMac(received)
  if (destination === undefined) return undefined
  const message = advertisementOf({ mac, target, solicited: true })
  return ndpFrame({ source: target, destination: packet.source, message }, mac, destination)
}

function askerMac({ packet, frameSource }: ReceivedSolicitation): Mac | undefined {
  const option = packet.message.options.find((each) => each.type === 'source-link-layer-address')
  const candidates = option === undefined ? [frameSource] : [option.mac, frameSource]
  return candidates.find((candidate) => !isGroupMacAt(macBytes(candidate), 0))
}

function advertisementOf(of: { mac: Mac; target: string; solicited: boolean }): NdpMessage {
  const { mac, target, solicited } = of
  return {
    type: 'neighbor-advertisement',
    router: false,
    solicited,
    override: true,
    target,
    options: [{ type: 'target-link-layer-address', mac }],
  }
}

/**
 * RFC 4862 §5.4.2: a solicitation from the unspecified address asks whether an address is in use, and claims nothing. By
 * its nonce (six bytes, RFC 7527 §4.1) a probe that a loop brings back is known again.
 */
export function dadProbe(mac: Mac, target: string, nonce: string): Uint8Array {
  const destination = solicitedNodeAddress(target)
  const message: NdpMessage = { type: 'neighbor-solicitation', target, options: [{ type: 'nonce', nonce }] }
  return ndpFrame({ source: '::', destination, message }, mac, multicastMac(destination))
}

/** RFC 4861 §4.3: whoever has the target is asked for his MAC; `destination` is a group's, or that of one machine. */
export function solicitation(
  { mac, source, target }: { readonly mac: Mac; readonly source: string; readonly target: string },
  destination: Mac = multicastMac(solicitedNodeAddress(target)),
): Uint8Array {
  const options: NdpMessage['options'] = [{ type: 'source-link-layer-address', mac }]
  const message: NdpMessage = { type: 'neighbor-solicitation', target, options }
  return ndpFrame({ source, destination: solicitedNodeAddress(target), message }, mac, destination)
}
