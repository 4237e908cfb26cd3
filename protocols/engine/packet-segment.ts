// One TCP segment in its frame, there and back: addresses, TTL, checksum and signature, which the machine of tcp/ does
// not see (RFC 9293 §3.1, RFC 2385, RFC 5082).
import { createHash } from 'node:crypto'
import { addressBytes, parseAddress } from '../net/address.ts'
import { DecodeError, uint16At } from '../net/bytes.ts'
import { transportChecksum } from '../net/checksum.ts'
import { decodeEthernet, encodeEthernet, padFrame } from '../net/ethernet.ts'
import type { Mac } from '../net/ethernet.ts'
import { EtherType, IpProtocol } from '../net/iana.ts'
import { decodeIpv4, encodeIpv4 } from '../net/ipv4.ts'
import { decodeIpv6, encodeIpv6 } from '../net/ipv6.ts'
import { decodeTcp, encodeTcp } from '../net/tcp.ts'
import type { InSegment, OutSegment } from '../tcp/connection.ts'
import { decodeTcpOptions, encodeTcpOptions } from '../tcp/option.ts'
import { segmentDigest, signatureObjection } from '../tcp/signature.ts'

/** Both ends, and what every segment between them must have. */
export type PacketEnds = {
  readonly local: string
  readonly remote: string
  readonly localPort: number
  readonly remotePort: number
  readonly hops: number // TTL that we send
  readonly minimumTtl: number // received below: dropped (RFC 5082 §3)
  readonly password?: string
}

export type SegmentFrame = { readonly source: Mac; readonly destination: Mac }

/** RFC 4271 appendix E: precedence Internetwork Control. */
const internetworkControl = 0xc0
const placeOfDigest = new Uint8Array(16)

export function encodeSegmentFrame(segment: OutSegment, ends: PacketEnds, macs: SegmentFrame): Uint8Array {
  const isV4 = !ends.local.includes(':')
  const tcp = encodeSegment(segment, ends)
  const { local: source, remote: destination, hops } = ends
  const packet = isV4
    ? encodeIpv4({
        source,
        destination,
        tos: internetworkControl,
        identification: 0, // it is never fragmented on its way (RFC 6864 §4.1)
        dontFragment: true,
        moreFragments: false,
        fragmentOffset: 0,
        ttl: hops,
        protocol: IpProtocol.tcp,
        options: new Uint8Array(),
        payload: tcp,
      })
    : encodeIpv6({
        source,
        destination,
        trafficClass: internetworkControl,
        flowLabel: 0,
        hopLimit: hops,
        extensions: [],
        nextHeader: IpProtocol.tcp,
        payload: tcp,
      })
  const etherType = isV4 ? EtherType.ipv4 : EtherType.ipv6
  return padFrame(encodeEthernet({ ...macs, tags: [], etherType, payload: packet }))
}

function encodeSegment(segment: OutSegment, ends: PacketEnds): Uint8Array {
  const [source, destination] = [bytesOf(ends.local), bytesOf(ends.remote)]
  const encode = (md5: Uint8Array | undefined): Uint8Array => {
    const { maximumSegmentSize } = segment
    const options = encodeTcpOptions({
      ...(maximumSegmentSize === undefined ? {} : { maximumSegmentSize }),
      ...(md5 === undefined ? {} : { md5 }),
    })
    const { sequence, acknowledgment, flags, window, payload } = segment
    const ports = { sourcePort: ends.localPort, destinationPort: ends.remotePort }
    return encodeTcp(
      { ...ports, sequence, acknowledgment, flags, window, urgentPointer: 0, options, payload },
      source,
      destination,
    )
  }
  if (ends.password === undefined) return encode(undefined)
  const key = ends.password
  return encode(segmentDigest(encode(placeOfDigest), { source, destination, key }, md5Of))
}

/** What to do with a frame that the capture's filter let through: a segment, or why it is none of ours. */
export type ReceivedSegment = { readonly segment: InSegment } | { readonly objection: string }

/** Any bytes: what cannot be read is an objection. */
export function decodeSegmentFrame(frame: Uint8Array, ends: PacketEnds): ReceivedSegment {
  try {
    return decode(frame, ends)
  } catch (error) {
    if (error instanceof DecodeError) return { objection: error.message }
    throw error
  }
}

function decode(frame: Uint8Array, ends: PacketEnds): ReceivedSegment {
  const { etherType, payload } = decodeEthernet(frame)
  const packet = packetOf(etherType, payload)
  if (packet === undefined) return { objection: 'no TCP' }
  const { source, destination, ttl, tcp } = packet
  if (source !== ends.remote || destination !== ends.local) return { objection: 'other addresses' }
  if (ttl < ends.minimumTtl) return { objection: `TTL ${ttl}, less than ${ends.minimumTtl} (RFC 5082)` }
  const segment = decodeTcp(tcp)
  if (segment.sourcePort !== ends.remotePort || segment.destinationPort !== ends.localPort)
    return { objection: 'other ports' }
  const between = { source: bytesOf(source), destination: bytesOf(destination) }
  if (!hasSoundChecksum(tcp, between)) return { objection: 'wrong checksum' }
  const { maximumSegmentSize, md5: md5Option } = decodeTcpOptions(segment.options)
  const signed = ends.password === undefined ? undefined : { ...between, key: ends.password }
  const objection = signatureObjection({ segment: tcp, md5Option }, signed, md5Of)
  if (objection !== undefined) return { objection: `${objection} (RFC 2385)` }
  const { sequence, acknowledgment, flags, window, payload: data } = segment
  const size = maximumSegmentSize === undefined ? {} : { maximumSegmentSize }
  return { segment: { sequence, acknowledgment, flags, window, ...size, payload: data } }
}

type TcpPacket = {
  readonly source: string
  readonly destination: string
  readonly ttl: number
  readonly tcp: Uint8Array
}

/** Fragments are none: a sender that fills segments as we asked makes none. */
function packetOf(etherType: number, payload: Uint8Array): TcpPacket | undefined {
  if (etherType === EtherType.ipv4) {
    const { source, destination, ttl, protocol, payload: tcp, ...rest } = decodeIpv4(payload)
    const isWhole = !rest.moreFragments && rest.fragmentOffset === 0
    return protocol === IpProtocol.tcp && isWhole ? { source, destination, ttl, tcp } : undefined
  }
  if (etherType !== EtherType.ipv6) return undefined
  const { source, destination, hopLimit: ttl, nextHeader, payload: tcp } = decodeIpv6(payload)
  return nextHeader === IpProtocol.tcp ? { source, destination, ttl, tcp } : undefined
}

/**
 * A sender on the same machine leaves the checksum to hardware that is not there, and a kernel that joins segments
 * (GRO) does not make it anew: then the field holds the sum of the pseudo-header alone, and that is sound, too.
 */
function hasSoundChecksum(
  tcp: Uint8Array,
  between: { readonly source: Uint8Array; readonly destination: Uint8Array },
): boolean {
  const header = { ...between, protocol: IpProtocol.tcp }
  if (transportChecksum(header, tcp) === 0) return true
  return uint16At(tcp, 16) === 0xffff - transportChecksum(header, new Uint8Array(tcp.length))
}

function md5Of(bytes: Uint8Array): Uint8Array {
  return createHash('md5').update(bytes).digest()
}

function bytesOf(address: string): Uint8Array {
  const parsed = parseAddress(address)
  if (parsed === undefined) throw new RangeError(`not an address: ${address}`)
  return addressBytes(parsed)
}
