// The link layers that capture files hold (https://www.tcpdump.org/linktypes.html): a table by link type.
import { fault, readBytes, readerOf, readRest, readUint16, readUint32, readUint8 } from './bytes.ts'
import type { Reader } from './bytes.ts'
import { decodeEthernet, formatMac, readTags } from './ethernet.ts'
import type { Mac, VlanTag } from './ethernet.ts'
import { EtherType, LinkType } from './iana.ts'

/** What a link layer tells of the packet in it. */
export type LinkFrame = {
  readonly source?: Mac
  readonly destination?: Mac
  readonly tags: readonly VlanTag[]
  readonly etherType: number
  readonly payload: Uint8Array
}

const registry = 'tcpdump.org/linktypes'

/** All that decodeLink objects to beside bytes that are cut off. */
export const linkFaults = {
  linkType: registry,
  addressFamily: `${registry}, LINKTYPE_NULL`,
  ipVersion: `${registry}, LINKTYPE_RAW`,
} as const

const decoders: ReadonlyMap<number, (bytes: Uint8Array) => LinkFrame> = new Map([
  [LinkType.null, decodeLoopback],
  [LinkType.ethernet, decodeEthernet],
  [LinkType.raw, decodeRaw],
  [LinkType.loop, decodeLoopback],
  [LinkType.linuxSll, decodeCooked],
  [LinkType.ipv4, decodeRaw],
  [LinkType.ipv6, decodeRaw],
  [LinkType.linuxSll2, decodeCooked2],
])

export function decodeLink(linkType: number, bytes: Uint8Array): LinkFrame {
  const decode = decoders.get(linkType)
  if (decode === undefined) throw fault(linkFaults, 'linkType', `${linkType} is not one that we read`)
  return decode(bytes)
}

/** AF_INET is 2 everywhere; AF_INET6 is Linux's, NetBSD's, FreeBSD's or macOS's. */
const families: ReadonlyMap<number, number> = new Map([
  [2, EtherType.ipv4],
  [10, EtherType.ipv6],
  [24, EtherType.ipv6],
  [28, EtherType.ipv6],
  [30, EtherType.ipv6],
])

/** The byte order is not said: families are below 2^16, so a bigger number was read in the wrong one. */
function decodeLoopback(bytes: Uint8Array): LinkFrame {
  const reader = readerOf(bytes, registry)
  const read = readUint32(reader, 'addressFamily')
  const family = read > 0xffff ? readUint32(readerOf(bytes, registry, true), 'addressFamily') : read
  const etherType = families.get(family)
  if (etherType === undefined) throw fault(linkFaults, 'addressFamily', `${family} is not IPv4 or IPv6`)
  return { tags: [], etherType, payload: readRest(reader) }
}

function decodeRaw(bytes: Uint8Array): LinkFrame {
  const version = readUint8(readerOf(bytes, registry), 'ipVersion') >>> 4
  if (version !== 4 && version !== 6) throw fault(linkFaults, 'ipVersion', `${version} is neither 4 nor 6`)
  return { tags: [], etherType: version === 4 ? EtherType.ipv4 : EtherType.ipv6, payload: bytes }
}

// +-------------+---------------+----------------+-------------+-----------+---------
// | direction 2 | hardware type | address length | address (8) | type (2)  | payload
// +-------------+---------------+----------------+-------------+-----------+---------
function decodeCooked(bytes: Uint8Array): LinkFrame {
  const reader = readerOf(bytes, `${registry}, LINKTYPE_LINUX_SLL`)
  readUint16(reader, 'direction')
  readUint16(reader, 'hardwareType')
  const source = cookedSource(reader, readUint16(reader, 'addressLength'))
  return { ...source, ...readTags(reader), payload: readRest(reader) }
}

// +----------+--------------+---------------+---------------+-------------+------------------+-------------+----
// | type (2) | reserved (2) | interface (4) | hardware type | direction 1 | address length 1 | address (8) | …
// +----------+--------------+---------------+---------------+-------------+------------------+-------------+----
function decodeCooked2(bytes: Uint8Array): LinkFrame {
  const reader = readerOf(bytes, `${registry}, LINKTYPE_LINUX_SLL2`)
  const etherType = readUint16(reader, 'etherType')
  readBytes(reader, 9, 'interface') // reserved, interface, hardware type, direction
  const source = cookedSource(reader, readUint8(reader, 'addressLength'))
  return { ...source, tags: [], etherType, payload: readRest(reader) }
}

function cookedSource(reader: Reader, length: number): { readonly source?: Mac } {
  const address = readBytes(reader, 8, 'address')
  return length === 6 ? { source: formatMac(address) } : {}
}
