// What the hot path sees in a frame is what the codec sees in it.
import { expect } from 'chai'
import fc from 'fast-check'
import { arpPacket, bytesOf, ipv4, mac, mutationOf, unicastMac } from '../../test/fuzz/arbitrary.ts'
import { DecodeError, uint32At } from '../net/bytes.ts'
import {
  broadcastMac,
  decodeEthernet,
  encodeEthernet,
  formatMac,
  isGroupMacAt,
  macBytes,
} from '../net/ethernet.ts'
import { EtherType } from '../net/iana.ts'
import { ipv4Bytes } from '../net/ipv4.ts'
import { arpClaimedAddress, arpRequestTarget, arpSenderMac, noTarget, patchArpReply } from './answer.ts'
import { arpFrame, arpReply } from './frame.ts'
import { decodeArp } from './packet.ts'
import type { ArpPacket } from './packet.ts'

const packetFrame = fc.tuple(arpPacket, mac).map(([packet, destination]) => arpFrame(packet, destination))

/** Valid, nearly valid, tagged, and anything. */
const anyFrame = fc.oneof(
  packetFrame,
  packetFrame.chain(mutationOf),
  packetFrame.map((frame) => encodeEthernet({ ...decodeEthernet(frame), tags: [vlan] })),
  fc.nat(80).chain(bytesOf),
)
const vlan = { type: EtherType.vlan, priority: 0, dropEligible: false, id: 100 }

/** The packet of an untagged frame, or undefined where there is none or it breaks a rule. */
function decoded(frame: Uint8Array): ArpPacket | undefined {
  try {
    const { tags, etherType, payload } = decodeEthernet(frame)
    return tags.length === 0 && etherType === EtherType.arp ? decodeArp(payload) : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function numberOf(address: string): number {
  return uint32At(ipv4Bytes(address), 0)
}

describe('arp answer', () => {
  it('a request is seen as one exactly when it decodes as one, from a machine', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const packet = decoded(frame)
        const asks = packet?.operation === 'request' && !isGroupMacAt(macBytes(packet.senderMac), 0)
        expect(arpRequestTarget(frame)).to.equal(asks ? numberOf(packet.targetAddress) : noTarget)
      }),
      { numRuns: 1000 },
    )
  })

  it('a claim is seen exactly when a packet decodes that has a sender', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const packet = decoded(frame)
        const claims = packet !== undefined && packet.senderAddress !== '0.0.0.0'
        expect(arpClaimedAddress(frame)).to.equal(claims ? numberOf(packet.senderAddress) : noTarget)
        if (claims) expect(formatMac(arpSenderMac(frame))).to.equal(packet.senderMac)
      }),
      { numRuns: 1000 },
    )
  })

  it('a request from a group is not answered (RFC 1812 §3.3.2)', () => {
    const request: ArpPacket = {
      operation: 'request',
      senderMac: broadcastMac,
      senderAddress: '192.0.2.1',
      targetMac: broadcastMac,
      targetAddress: '192.0.2.10',
    }
    expect(arpRequestTarget(arpFrame(request, broadcastMac))).to.equal(noTarget)
    const asked = { ...request, senderMac: '02:00:00:00:00:0b' }
    expect(arpRequestTarget(arpFrame(asked, broadcastMac))).to.equal(0xc000020a)
  })

  it('one reply, patched for request after request, is each time the reply that the codec makes', () => {
    const requests = fc.array(fc.record({ senderMac: unicastMac, senderAddress: ipv4, targetMac: mac }), {
      minLength: 1,
    })
    fc.assert(
      fc.property(unicastMac, ipv4, requests, (own, address, askers) => {
        const packets = askers.map((asker): ArpPacket => {
          return { operation: 'request', ...asker, targetAddress: address }
        })
        const [first] = packets
        if (first === undefined) return
        const reply = arpReply(first, own)
        for (const packet of packets) {
          patchArpReply(reply, arpFrame(packet, broadcastMac))
          expect(reply).to.deep.equal(arpReply(packet, own))
        }
      }),
    )
  })
})
