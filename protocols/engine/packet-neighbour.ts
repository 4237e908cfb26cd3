// The link-layer address of whoever is next on the way to a peer: asked by ARP or Neighbour Discovery (RFC 826, RFC 4861
// §7.2.2), and read from what it says.
import { arpFrame } from '../arp/frame.ts'
import { decodeArp } from '../arp/packet.ts'
import { decodeNdp } from '../ndp/message.ts'
import { ndpFrame } from '../ndp/frame.ts'
import { DecodeError } from '../net/bytes.ts'
import { broadcastMac, decodeEthernet, zeroMac } from '../net/ethernet.ts'
import type { Mac } from '../net/ethernet.ts'
import { EtherType } from '../net/iana.ts'
import { decodeIpv6 } from '../net/ipv6.ts'
import { multicastMac, solicitedNodeAddress } from '../net/multicast.ts'

export type Asker = { readonly mac: Mac; readonly address: string }

/** What the capture must let through for the answer to be seen. */
export const neighbourFilter = 'arp or (icmp6 and icmp6[0] = 136)'

export function solicitation(target: string, { mac, address }: Asker): Uint8Array {
  if (!target.includes(':'))
    return arpFrame(
      {
        operation: 'request',
        senderMac: mac,
        senderAddress: address,
        targetMac: zeroMac,
        targetAddress: target,
      },
      broadcastMac,
    )
  const group = solicitedNodeAddress(target)
  const message = {
    type: 'neighbor-solicitation',
    target,
    options: [{ type: 'source-link-layer-address', mac }],
  } as const
  return ndpFrame({ source: address, destination: group, message }, mac, multicastMac(group))
}

/** The address that a frame claims for `target`; undefined when it claims none, or is nothing of the kind. */
export function claimedMac(frame: Uint8Array, target: string): Mac | undefined {
  try {
    return claim(frame, target)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function claim(frame: Uint8Array, target: string): Mac | undefined {
  const { etherType, payload } = decodeEthernet(frame)
  if (etherType === EtherType.arp) {
    const { senderAddress, senderMac } = decodeArp(payload)
    return senderAddress === target ? senderMac : undefined
  }
  if (etherType !== EtherType.ipv6) return undefined
  const { message } = decodeNdp(decodeIpv6(payload))
  if (message.type !== 'neighbor-advertisement' || message.target !== target) return undefined
  const option = message.options.find(({ type }) => type === 'target-link-layer-address')
  return option?.type === 'target-link-layer-address' ? option.mac : undefined
}
