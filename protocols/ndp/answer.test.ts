// What the hot path sees in a frame is what the codec sees in it.
import { expect } from 'chai'
import fc from 'fast-check'
import * as arbitrary from '../../test/fuzz/arbitrary.ts'
import { repairIcmpv6 } from '../../test/fuzz/repair.ts'
import { DecodeError } from '../net/bytes.ts'
import { decodeEthernet, encodeEthernet, formatMac } from '../net/ethernet.ts'
import { EtherType } from '../net/iana.ts'
import { decodeIpv6, ipv6Bytes } from '../net/ipv6.ts'
import * as answer from './answer.ts'
import { ndpFrame, solicitedAdvertisement, unsolicitedAdvertisement } from './frame.ts'
import { decodeNdp } from './message.ts'
import type { NdpPacket } from './message.ts'

const vlan = { type: EtherType.vlan, priority: 0, dropEligible: false, id: 100 }
const { mac, unicastMac } = arbitrary
const packetFrame = fc
  .tuple(arbitrary.ndpPacket, mac, mac)
  .map(([packet, source, destination]) => ndpFrame(packet, source, destination))

/** Rules of addresses broken, options with lengths and types that do not fit, messages cut short. */
const brokenFrame = fc
  .record({
    packet: arbitrary.looseNdpPacket,
    source: mac,
    type: fc.option(fc.nat(8), { nil: undefined }), // of the first option
    length: fc.option(fc.nat(3), { nil: undefined }),
    cut: fc.nat(30), // bytes that the payload length leaves out
  })
  .map(({ packet, source, type, length, cut }) => {
    const frame = ndpFrame(packet, source, '33:33:ff:00:00:10')
    if (frame.length > 78) {
      frame[78] = type ?? frame[78] ?? 0
      frame[79] = length ?? frame[79] ?? 0
    }
    if (cut < 10) frame[19] = Math.max(0, (frame[19] ?? 0) - cut)
    return withRightChecksum(frame)
  })

/** Valid, breaking one rule or another, damaged, tagged, and anything. */
const anyFrame = fc.oneof(
  { weight: 2, arbitrary: packetFrame },
  { weight: 8, arbitrary: brokenFrame },
  { weight: 2, arbitrary: packetFrame.chain(arbitrary.mutationOf) },
  { weight: 2, arbitrary: packetFrame.chain(arbitrary.mutationOf).map(withRightChecksum) },
  {
    weight: 1,
    arbitrary: packetFrame.map((frame) => encodeEthernet({ ...decodeEthernet(frame), tags: [vlan] })),
  },
  { weight: 1, arbitrary: fc.nat(100).chain(arbitrary.bytesOf) },
)

/** So that what is wrong meets the checks behind the checksum. */
function withRightChecksum(frame: Uint8Array): Uint8Array {
  repairIcmpv6(frame.subarray(14))
  return frame
}

/** The packet of an untagged frame without extension headers, or undefined where it breaks a rule. */
function decoded(frame: Uint8Array): NdpPacket | undefined {
  try {
    const { tags, etherType, payload } = decodeEthernet(frame)
    if (tags.length > 0 || etherType !== EtherType.ipv6) return undefined
    const packet = decodeIpv6(payload)
    return packet.extensions.length === 0 ? decodeNdp(packet) : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function keyOf(address: string): number {
  return answer.targetKey(ipv6Bytes(address))
}

/** The answer that the codec makes to a frame, or undefined. */
function codecAnswer(frame: Uint8Array, own: string): Uint8Array | undefined {
  const packet = decoded(frame)
  if (packet?.message.type !== 'neighbor-solicitation') return undefined
  return solicitedAdvertisement({ packet, frameSource: formatMac(frame, 6) }, own)
}

describe('ndp answer', () => {
  it('a solicitation is seen as one exactly when it decodes as one and can be answered', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const packet = decoded(frame)
        const asked = codecAnswer(frame, '02:00:00:00:00:0a') !== undefined
        const expected = asked && packet !== undefined ? keyOf(packet.message.target) : answer.noKey
        expect(answer.solicitationKey(frame)).to.equal(expected)
      }),
      { numRuns: 3000 },
    )
  })

  it('an advertisement is seen as one exactly when it decodes as one', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const message = decoded(frame)?.message
        const expected = message?.type === 'neighbor-advertisement' ? keyOf(message.target) : answer.noKey
        expect(answer.advertisementKey(frame)).to.equal(expected)
      }),
      { numRuns: 3000 },
    )
  })

  it('the MAC that an advertisement names is that of its option, else of its frame', () => {
    fc.assert(
      fc.property(arbitrary.ndpAdvertisement, mac, mac, (packet, source, destination) => {
        const frame = ndpFrame(packet, source, destination)
        const option = packet.message.options.find(({ type }) => type === 'target-link-layer-address')
        const expected = option !== undefined && 'mac' in option ? option.mac : source
        expect(formatMac(answer.advertisedMac(frame))).to.equal(expected)
      }),
    )
  })

  it('a target is known by all of its sixteen bytes', () => {
    const frame = unsolicitedAdvertisement('02:00:00:00:00:0a', '2001:db8::10')
    expect(answer.targetIs(frame, ipv6Bytes('2001:db8::10'))).to.equal(true)
    expect(answer.targetIs(frame, ipv6Bytes('2001:db8:1::10'))).to.equal(false)
    expect(answer.targetKey(ipv6Bytes('2001:db8:1::10'))).to.equal(
      answer.targetKey(ipv6Bytes('2001:db8::10')),
    )
  })

  it('one advertisement, patched for solicitation after solicitation, is each time the answer that the codec makes', () => {
    const asked = fc.array(fc.record({ packet: arbitrary.ndpSolicitation, source: unicastMac }), {
      minLength: 1,
    })
    fc.assert(
      fc.property(unicastMac, arbitrary.unicastIpv6, asked, (own, target, askers) => {
        const patched = unsolicitedAdvertisement(own, target)
        for (const { packet, source } of askers) {
          const message = { ...packet.message, target }
          const solicitation = ndpFrame({ ...packet, message }, source, '33:33:ff:00:00:10')
          answer.patchAdvertisement(patched, solicitation)
          expect(patched).to.deep.equal(codecAnswer(solicitation, own))
        }
      }),
    )
  })
})
