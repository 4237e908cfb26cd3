// Values of every message, as fast-check draws them; each is one that a decoder could have given.
import fc from 'fast-check'
import type { ArpPacket } from '../../protocols/arp/packet.ts'
import type { NdpMessage, NdpPacket } from '../../protocols/ndp/message.ts'
import type { NdpOption } from '../../protocols/ndp/option.ts'
import { formatHex } from '../../protocols/net/bytes.ts'
import { formatMac } from '../../protocols/net/ethernet.ts'
import type { EthernetFrame, Mac } from '../../protocols/net/ethernet.ts'
import { formatIpv4 } from '../../protocols/net/ipv4.ts'
import type { Ipv4Packet } from '../../protocols/net/ipv4.ts'
import { formatIpv6 } from '../../protocols/net/ipv6.ts'
import type { Ipv6Packet } from '../../protocols/net/ipv6.ts'
import { allNodes, isMulticast, solicitedNodeAddress, unspecified } from '../../protocols/net/multicast.ts'
import { tcpFlags } from '../../protocols/net/tcp.ts'
import type { TcpSegment } from '../../protocols/net/tcp.ts'
import type { UdpDatagram } from '../../protocols/net/udp.ts'

export function bytesOf(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length })
}

const uint16 = fc.nat(0xffff)
const uint32 = fc.nat(0xffffffff)
const payload = fc.uint8Array({ maxLength: 64 })
/** IPv4 and TCP options. */
const words = fc.nat(10).chain((count) => bytesOf(4 * count))

export const mac: fc.Arbitrary<Mac> = bytesOf(6).map((bytes) => formatMac(bytes))

/** A MAC under which one machine may be reached. */
export const unicastMac: fc.Arbitrary<Mac> = bytesOf(6).map((bytes) => {
  return formatMac(Uint8Array.of((bytes[0] ?? 0) & 0xfe, ...bytes.subarray(1)))
})

export const ipv4 = bytesOf(4).map(formatIpv4)

/** Any sixteen bytes, and those that code treats apart more often than chance would. */
export const ipv6 = fc.oneof(
  { weight: 4, arbitrary: bytesOf(16).map(formatIpv6) },
  { weight: 1, arbitrary: fc.constantFrom(unspecified, '::1', allNodes, 'ff02::1:ff00:0', '::ffff:0:0') },
)

export const unicastIpv6 = ipv6.filter((address) => !isMulticast(address) && address !== unspecified)

export const ethernetFrame: fc.Arbitrary<EthernetFrame> = fc.record({
  destination: mac,
  source: mac,
  tags: fc.array(
    fc.record({
      type: fc.constantFrom(0x8100, 0x88a8),
      priority: fc.nat(7),
      dropEligible: fc.boolean(),
      id: fc.nat(4095),
    }),
    { maxLength: 3 },
  ),
  etherType: uint16.filter((type) => type !== 0x8100 && type !== 0x88a8),
  payload,
})

export const arpPacket: fc.Arbitrary<ArpPacket> = fc.record({
  operation: fc.constantFrom('request', 'reply'),
  senderMac: mac,
  senderAddress: ipv4,
  targetMac: mac,
  targetAddress: ipv4,
})

export const ipv4Packet: fc.Arbitrary<Ipv4Packet> = fc.record({
  source: ipv4,
  destination: ipv4,
  tos: fc.nat(255),
  identification: uint16,
  dontFragment: fc.boolean(),
  moreFragments: fc.boolean(),
  fragmentOffset: fc.nat(0x1fff),
  ttl: fc.nat(255),
  protocol: fc.nat(255),
  options: words,
  payload,
})

const extensionHeader = fc
  .tuple(fc.constantFrom(0, 43, 60), fc.nat(3))
  .chain(([type, length]) => bytesOf(6 + 8 * length).map((body) => ({ type, body })))
  .map(({ type, body }) => {
    if (type === 43) body[1] = 0 // no segments left: else the walk ends there
    return { type, body }
  })

export const ipv6Packet: fc.Arbitrary<Ipv6Packet> = fc.record({
  source: ipv6,
  destination: ipv6,
  trafficClass: fc.nat(255),
  flowLabel: fc.nat(0xfffff),
  hopLimit: fc.nat(255),
  extensions: fc.array(extensionHeader, { maxLength: 3 }),
  nextHeader: fc.nat(255).filter((type) => ![0, 43, 60].includes(type)),
  payload,
})

export const udpDatagram: fc.Arbitrary<UdpDatagram> = fc.record({
  sourcePort: uint16,
  destinationPort: uint16,
  payload,
})

export const tcpSegment: fc.Arbitrary<TcpSegment> = fc.record({
  sourcePort: uint16,
  destinationPort: uint16,
  sequence: uint32,
  acknowledgment: uint32,
  flags: fc.subarray([...tcpFlags]),
  window: uint16,
  urgentPointer: uint16,
  options: words,
  payload,
})

const optionData = fc
  .integer({ min: 1, max: 3 })
  .chain((length) => bytesOf(8 * length - 2))
  .map(formatHex)

/** The link-layer addresses are left to those who know where they may stand. */
const otherOption: fc.Arbitrary<NdpOption> = fc.oneof(
  fc.record({ type: fc.constant('nonce'), nonce: optionData }),
  fc.record({
    type: fc.constant('unknown'),
    code: fc.nat(255).filter((code) => ![1, 2, 14].includes(code)),
    data: optionData,
  }),
)
const sourceOption: fc.Arbitrary<NdpOption> = fc.record({
  type: fc.constant('source-link-layer-address'),
  mac,
})
const targetOption: fc.Arbitrary<NdpOption> = fc.record({
  type: fc.constant('target-link-layer-address'),
  mac,
})
const anyOptions = fc.array(fc.oneof(sourceOption, targetOption, otherOption), { maxLength: 3 })

const target = ipv6.filter((address) => !isMulticast(address))
const solicitationType = fc.constant('neighbor-solicitation')

/** From someone who has an address. */
const solicitation: fc.Arbitrary<NdpPacket> = fc.record({
  source: unicastIpv6,
  destination: ipv6,
  message: fc.record({ type: solicitationType, target, options: anyOptions }),
})

/** From someone who has none yet: to a group, not necessarily that of the target. */
const dadProbe: fc.Arbitrary<NdpPacket> = fc.record({
  source: fc.constant(unspecified),
  destination: ipv6.map(solicitedNodeAddress),
  message: fc.record({
    type: solicitationType,
    target,
    options: fc.array(fc.oneof(targetOption, otherOption), { maxLength: 2 }),
  }),
})

const advertisement: fc.Arbitrary<NdpPacket> = fc
  .record({
    source: ipv6.filter((address) => !isMulticast(address)),
    destination: ipv6,
    router: fc.boolean(),
    solicited: fc.boolean(),
    override: fc.boolean(),
    target,
    options: anyOptions,
  })
  .map(({ source, destination, ...rest }) => {
    const solicited = rest.solicited && !isMulticast(destination)
    const message: NdpMessage = { type: 'neighbor-advertisement', ...rest, solicited }
    return { source, destination, message }
  })

export const ndpSolicitation = fc.oneof(solicitation, dadProbe)
export const ndpAdvertisement = advertisement
export const ndpPacket = fc.oneof(solicitation, dadProbe, advertisement)

/** Of addresses, flags and options that may or may not go together; the encoder does not mind. */
const anyAddress = fc.oneof(ipv6, fc.constant(unspecified), ipv6.map(solicitedNodeAddress), nearGroup())
export const looseNdpPacket: fc.Arbitrary<NdpPacket> = fc.record({
  source: anyAddress,
  destination: anyAddress,
  message: fc.oneof(
    fc.record({ type: solicitationType, target: anyAddress, options: anyOptions }),
    fc.record({
      type: fc.constant('neighbor-advertisement'),
      router: fc.boolean(),
      solicited: fc.boolean(),
      override: fc.boolean(),
      target: anyAddress,
      options: anyOptions,
    }),
  ),
})

/** A solicited-node group with one of its first thirteen bytes off by a bit. */
function nearGroup(): fc.Arbitrary<string> {
  return fc.tuple(bytesOf(3), fc.nat(8 * 13 - 1)).map(([low, bit]) => {
    const group = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ...low)
    group[bit >>> 3] = (group[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
    return formatIpv6(group)
  })
}

/** A few bytes of `bytes` changed, cut off or put in: near enough to what is valid to get past the first checks. */
export function mutationOf(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    at: fc.nat(Math.max(bytes.length - 1, 0)),
    to: fc.nat(255),
    how: fc.constantFrom('set', 'flip', 'cut', 'insert'),
  })
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const result = [...bytes]
    for (const { at, to, how } of changes) {
      if (how === 'set') result[Math.min(at, result.length)] = to
      if (how === 'flip') result[Math.min(at, result.length)] = (result[at] ?? 0) ^ (1 << (to & 7))
      if (how === 'cut') result.splice(at, 1 + (to & 15))
      if (how === 'insert') result.splice(at, 0, to)
    }
    return Uint8Array.from(result)
  })
}
