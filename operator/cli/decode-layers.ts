// The layers of a captured packet, outermost first. Each protocol is a row of a table: a new one is one row.
import { decodeArp } from '../../protocols/arp/packet.ts'
import { decodeBfd } from '../../protocols/bfd/packet.ts'
import type { BfdPacket } from '../../protocols/bfd/packet.ts'
import { decodeNdp } from '../../protocols/ndp/message.ts'
import { decodeRouter } from '../../protocols/ndp/router.ts'
import type { Message } from '../../protocols/bgp/message.ts'
import { formatHex, readerOf, readUint8 } from '../../protocols/net/bytes.ts'
import type { CapturedPacket } from '../../protocols/net/captured-packet.ts'
import type { Mac } from '../../protocols/net/ethernet.ts'
import { EtherType, Icmpv6Type, IpProtocol, Port } from '../../protocols/net/iana.ts'
import { decodeIpv4 } from '../../protocols/net/ipv4.ts'
import type { Ipv4Packet } from '../../protocols/net/ipv4.ts'
import { decodeIpv6 } from '../../protocols/net/ipv6.ts'
import type { Ipv6Packet } from '../../protocols/net/ipv6.ts'
import { decodeLink } from '../../protocols/net/link.ts'
import type { LinkFrame } from '../../protocols/net/link.ts'
import { decodeTcp } from '../../protocols/net/tcp.ts'
import type { TcpSegment } from '../../protocols/net/tcp.ts'
import { decodeUdp } from '../../protocols/net/udp.ts'
import { describeBfd } from './decode-bfd.ts'
import { describeBgp, newBgpStream, readBgp } from './decode-bgp.ts'
import type { BgpStream } from './decode-bgp.ts'
import { describeRouter } from './decode-router.ts'
import {
  bytesInWords,
  describeArp,
  describeIcmp,
  describeIcmpv6,
  describeNdp,
  describeTcp,
} from './decode-words.ts'

/** What the layers of a packet say of one of its ends. */
export type Endpoint = { readonly mac?: Mac; readonly address?: string; readonly port?: number }

export type Layer = {
  readonly protocol: string
  readonly source?: Endpoint
  readonly destination?: Endpoint
  readonly vlans?: readonly number[]
  readonly message?: string
  readonly detail?: object
  readonly segment?: TcpSegment // of a stream that we read
}

/** What earlier packets of a connection left over, by its direction: '192.0.2.1:1024 192.0.2.2:179'. */
export type Streams = Map<string, BgpStream>

/** Yields a layer when it is read; fails as DecodeError in the layer that it yielded last. */
export function* dissect(packet: CapturedPacket, streams: Streams): Generator<Layer> {
  let direction = ''
  for (const layer of layersOf(packet)) {
    yield layer
    const { source, destination, segment } = layer
    if (source?.address !== undefined) direction = `${source.address} ${destination?.address}`
    if (segment !== undefined) yield* readStream(segment, direction, streams)
  }
}

function* layersOf(packet: CapturedPacket): Generator<Layer> {
  yield { protocol: 'link layer' }
  const frame = decodeLink(packet.linkType, packet.bytes)
  const { source, destination, tags, etherType } = frame
  const isLength = etherType < 0x0600 // IEEE 802.3 §3.2.6
  yield {
    protocol: isLength ? 'IEEE 802.3' : 'Ethernet',
    ...(source === undefined ? {} : { source: { mac: source } }),
    ...(destination === undefined ? {} : { destination: { mac: destination } }),
    vlans: tags.map(({ id }) => id),
    message: isLength ? `${bytesInWords(etherType)} of LLC` : `EtherType 0x${hex(etherType)}`,
  }
  yield* enter(networks.get(etherType), frame)
}

function hex(etherType: number): string {
  return etherType.toString(16).padStart(4, '0')
}

type Row<Carrier> = { readonly protocol: string; readonly read: (carrier: Carrier) => Iterable<Layer> }

/** The name comes first, so that an error is the error of this protocol. What has no row is left at its carrier. */
function* enter<Carrier>(row: Row<Carrier> | undefined, carrier: Carrier): Generator<Layer> {
  if (row === undefined) return
  yield { protocol: row.protocol }
  yield* row.read(carrier)
}

const networks: ReadonlyMap<number, Row<LinkFrame>> = new Map([
  [EtherType.arp, { protocol: 'ARP', read: readArp }],
  [EtherType.ipv4, { protocol: 'IPv4', read: readIpv4 }],
  [EtherType.ipv6, { protocol: 'IPv6', read: readIpv6 }],
])

/** What UDP and TCP need to know of the packet that carries them. */
type IpPacket = { readonly payload: Uint8Array }

const tcp: Row<IpPacket> = { protocol: 'TCP', read: readTcp }
const udp: Row<IpPacket> = { protocol: 'UDP', read: readUdp }

const overIpv4: ReadonlyMap<number, Row<IpPacket>> = new Map([
  [IpProtocol.icmp, { protocol: 'ICMP', read: readIcmp }],
  [IpProtocol.tcp, tcp],
  [IpProtocol.udp, udp],
])

const overIpv6: ReadonlyMap<number, Row<Ipv6Packet>> = new Map<number, Row<Ipv6Packet>>([
  [IpProtocol.icmpv6, { protocol: 'ICMPv6', read: readIcmpv6 }],
  [IpProtocol.tcp, tcp],
  [IpProtocol.udp, udp],
])

/** By the port that a datagram is sent to. */
const overUdp: ReadonlyMap<number, Row<IpPacket>> = new Map([
  [Port.bfdSingleHop, { protocol: 'BFD', read: readBfd }],
  [Port.bfdMultiHop, { protocol: 'BFD', read: readBfd }],
])

function* readArp(frame: LinkFrame): Generator<Layer> {
  const packet = decodeArp(frame.payload)
  yield { protocol: 'ARP', message: describeArp(packet), detail: packet }
}

function* readIpv4(frame: LinkFrame): Generator<Layer> {
  const packet = decodeIpv4(frame.payload)
  const { protocol, fragmentOffset, moreFragments } = packet
  const isFragment = moreFragments || fragmentOffset > 0
  yield ipLayer('IPv4', packet, isFragment ? fragmentInWords(packet) : `protocol ${protocol}`)
  if (!isFragment) yield* enter(overIpv4.get(protocol), packet)
}

function ipLayer(protocol: string, packet: Ipv4Packet | Ipv6Packet, message: string): Layer {
  const { source, destination } = packet
  return { protocol, source: { address: source }, destination: { address: destination }, message }
}

function fragmentInWords({ protocol, fragmentOffset, payload }: Ipv4Packet): string {
  const first = 8 * fragmentOffset
  return `fragment of protocol ${protocol}: ${bytesInWords(payload.length)} from ${first}`
}

function* readIpv6(frame: LinkFrame): Generator<Layer> {
  const packet = decodeIpv6(frame.payload)
  const { nextHeader } = packet
  yield ipLayer('IPv6', packet, nextHeader === IpProtocol.fragment ? 'fragment' : `next header ${nextHeader}`)
  yield* enter(overIpv6.get(nextHeader), packet)
}

function* readIcmp({ payload }: IpPacket): Generator<Layer> {
  const reader = readerOf(payload, 'RFC 792')
  const type = readUint8(reader, 'type')
  yield { protocol: 'ICMP', message: describeIcmp(type, readUint8(reader, 'code')) }
}

const neighbourTypes: readonly number[] = [Icmpv6Type.neighborSolicitation, Icmpv6Type.neighborAdvertisement]
const routerTypes: readonly number[] = [Icmpv6Type.routerSolicitation, Icmpv6Type.routerAdvertisement]

function* readIcmpv6(packet: Ipv6Packet): Generator<Layer> {
  const reader = readerOf(packet.payload, 'RFC 4443 §2.1')
  const type = readUint8(reader, 'type')
  if (neighbourTypes.includes(type)) {
    yield { protocol: 'NDP' }
    const { message } = decodeNdp(packet)
    yield { protocol: 'NDP', message: describeNdp(packet.source, message), detail: message }
  } else if (routerTypes.includes(type)) {
    yield { protocol: 'NDP' }
    const found = decodeRouter(packet)
    yield { protocol: 'NDP', message: describeRouter(found), detail: found.message }
  } else yield { protocol: 'ICMPv6', message: describeIcmpv6(type, readUint8(reader, 'code')) }
}

function* readTcp({ payload }: IpPacket): Generator<Layer> {
  const segment = decodeTcp(payload)
  const message = `${describeTcp(segment)}, ${bytesInWords(segment.payload.length)}`
  const isBgp = [segment.sourcePort, segment.destinationPort].includes(Port.bgp)
  yield { protocol: 'TCP', ...portsOf(segment), message, ...(isBgp ? { segment } : {}) }
}

/** The messages that end in this segment share one layer: each adds its words. */
function* readStream(segment: TcpSegment, direction: string, streams: Streams): Generator<Layer> {
  if (segment.payload.length === 0) return
  const key = `${direction} ${segment.sourcePort} ${segment.destinationPort}`
  const stream = streams.get(key) ?? newBgpStream()
  streams.set(key, stream)
  yield { protocol: 'BGP', message: bytesInWords(segment.payload.length) }
  const messages: Message[] = []
  for (const message of readBgp(stream, segment)) {
    messages.push(message)
    yield { protocol: 'BGP', message: messages.map(describeBgp).join('; '), detail: { messages } }
  }
}

function* readUdp({ payload }: IpPacket): Generator<Layer> {
  const datagram = decodeUdp(payload)
  yield { protocol: 'UDP', ...portsOf(datagram), message: bytesInWords(datagram.payload.length) }
  yield* enter(overUdp.get(datagram.destinationPort), datagram)
}

function* readBfd({ payload }: IpPacket): Generator<Layer> {
  const packet = decodeBfd(payload)
  yield { protocol: 'BFD', message: describeBfd(packet), detail: withoutSecrets(packet) }
}

/** A capture is shown to others: the password of the plain kind is not. */
function withoutSecrets(packet: BfdPacket): object {
  const { authentication, ...rest } = packet
  if (authentication === undefined) return rest
  const { type, keyId } = authentication
  if (authentication.type === 'simplePassword') return { ...rest, authentication: { type, keyId } }
  const { sequence, digest } = authentication
  return { ...rest, authentication: { type, keyId, sequence, digest: formatHex(digest) } }
}

type Ported = { readonly sourcePort: number; readonly destinationPort: number; readonly payload: Uint8Array }

function portsOf({ sourcePort, destinationPort }: Ported): Pick<Layer, 'source' | 'destination'> {
  return { source: { port: sourcePort }, destination: { port: destinationPort } }
}
