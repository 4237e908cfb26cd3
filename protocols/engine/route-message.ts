// rtnetlink(7) about one destination: which way the kernel would send, and over which interface. Bytes to plain data
// and back, as in rtnetlink-message.ts; numbers are little-endian.
import { addressBytes, addressFromBytes, formatAddress, parseAddress } from '../net/address.ts'
import { concatBytes } from '../net/bytes.ts'
import { formatMac } from '../net/ethernet.ts'
import type { Mac } from '../net/ethernet.ts'
import { attributesOf } from './rtnetlink-message.ts'
import { socketFamily } from './socket-address.ts'

export type Way = {
  readonly interface: number // index
  readonly gateway?: string // absent: the destination is on the link
  readonly source?: string // that the kernel would choose
  readonly mtu?: number // of the route, when it has one of its own
  readonly isLocal: boolean // the destination is this machine
}

export type WayWish = {
  readonly destination: string
  readonly source?: string
  readonly interface?: number // only by this one
}

export type LinkFacts = { readonly name: string; readonly mac?: Mac; readonly mtu: number }

/** <linux/netlink.h>, <linux/rtnetlink.h>, <linux/if_link.h>. */
const MessageType = { error: 2, newLink: 16, getLink: 18, newRoute: 24, getRoute: 26 }
const RouteAttribute = {
  destination: 1,
  source: 2,
  outgoing: 4,
  gateway: 5,
  preferred: 7,
  metrics: 8,
  via: 18,
}
const LinkAttribute = { address: 1, name: 3, mtu: 4 }
const metricMtu = 2
const typeLocal = 2 // RTN_LOCAL
const requestFlag = 1
const headerLength = 16

//  0       8       16      24      32
// +-------+-------+-------+-------+
// |family |dst len|src len| tos   |   struct rtmsg
// | table |proto  | scope | type  |
// +-------+-------+-------+-------+
// | flags                         |
// +-------------------------------+
// | attributes …
export function routeRequest({ destination, source, interface: index }: WayWish): Uint8Array {
  const to = bytesOf(destination)
  const from = source === undefined ? undefined : bytesOf(source)
  const family = to.length === 4 ? socketFamily.IPv4 : socketFamily.IPv6
  const body = Uint8Array.of(family, to.length * 8, (from?.length ?? 0) * 8, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  return message(
    MessageType.getRoute,
    concatBytes(
      body,
      attribute(RouteAttribute.destination, to),
      from === undefined ? new Uint8Array() : attribute(RouteAttribute.source, from),
      index === undefined ? new Uint8Array() : attribute(RouteAttribute.outgoing, numberBytes(index)),
    ),
  )
}

export function linkRequest(index: number): Uint8Array {
  const body = new Uint8Array(16) // struct ifinfomsg
  body.set(numberBytes(index), 4)
  return message(MessageType.getLink, body)
}

/** Undefined for any other message; a number: the errno of a refusal. */
export function decodeRoute(datagram: Uint8Array): Way | number | undefined {
  const body = bodyOf(datagram, MessageType.newRoute)
  if (body === undefined || typeof body === 'number') return body
  if (body.length < 12) return undefined
  const attributes = attributesOf(body.subarray(12))
  const outgoing = attributes.get(RouteAttribute.outgoing)
  if (outgoing?.length !== 4) return undefined
  const gateway = attributes.get(RouteAttribute.gateway) ?? attributes.get(RouteAttribute.via)?.subarray(2)
  const source = attributes.get(RouteAttribute.preferred)
  const mtu = attributesOf(attributes.get(RouteAttribute.metrics) ?? new Uint8Array()).get(metricMtu)
  return {
    interface: numberOf(outgoing),
    ...(gateway === undefined ? {} : { gateway: textOf(gateway) }),
    ...(source === undefined ? {} : { source: textOf(source) }),
    ...(mtu?.length === 4 ? { mtu: numberOf(mtu) } : {}),
    isLocal: body[7] === typeLocal,
  }
}

/** As decodeRoute. */
export function decodeLinkFacts(datagram: Uint8Array): LinkFacts | number | undefined {
  const body = bodyOf(datagram, MessageType.newLink)
  if (body === undefined || typeof body === 'number') return body
  if (body.length < 16) return undefined
  const attributes = attributesOf(body.subarray(16))
  const name = attributes.get(LinkAttribute.name)
  const mtu = attributes.get(LinkAttribute.mtu)
  const mac = attributes.get(LinkAttribute.address)
  if (name === undefined || mtu?.length !== 4) return undefined
  return {
    name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
    mtu: numberOf(mtu),
    ...(mac?.length === 6 ? { mac: formatMac(mac) } : {}),
  }
}

function bodyOf(datagram: Uint8Array, type: number): Uint8Array | number | undefined {
  if (datagram.length < headerLength) return undefined
  const view = viewOf(datagram)
  const length = Math.min(view.getUint32(0, true), datagram.length)
  const body = datagram.subarray(headerLength, length)
  const kind = view.getUint16(4, true)
  if (kind === MessageType.error && body.length >= 4) return -viewOf(body).getInt32(0, true)
  return kind === type ? body : undefined
}

function message(type: number, body: Uint8Array): Uint8Array {
  const header = new Uint8Array(headerLength)
  const view = viewOf(header)
  view.setUint32(0, headerLength + body.length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, requestFlag, true)
  view.setUint32(8, 1, true)
  return concatBytes(header, body)
}

/** Of 4 or 16 bytes: nothing to align. */
function attribute(type: number, value: Uint8Array): Uint8Array {
  const header = new Uint8Array(4)
  const view = viewOf(header)
  view.setUint16(0, 4 + value.length, true)
  view.setUint16(2, type, true)
  return concatBytes(header, value)
}

function bytesOf(address: string): Uint8Array {
  const parsed = parseAddress(address)
  if (parsed === undefined) throw new RangeError(`not an address: ${address}`)
  return addressBytes(parsed)
}

function textOf(bytes: Uint8Array): string {
  return formatAddress(addressFromBytes(bytes))
}

function numberBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  viewOf(bytes).setUint32(0, value, true)
  return bytes
}

function numberOf(bytes: Uint8Array): number {
  return viewOf(bytes).getUint32(0, true)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
