// Communities as text and as bytes: standard (RFC 1997, 'A:B'), large (RFC 8092, 'A:B:C') and extended
// (RFC 4360 and 5701, kept as hexadecimal: most of their types are nothing to us).
import { formatHex, parseHex, uint16At, uint16Bytes, uint32At, uint32Bytes } from '../net/bytes.ts'
import { concatBytes } from '../net/bytes.ts'
import { addressText } from './nlri.ts'
import { ExtendedCommunitySubtype, ExtendedCommunityType, wellKnownCommunities } from './iana.ts'

export function communityText(bytes: Uint8Array): string {
  return `${uint16At(bytes, 0)}:${uint16At(bytes, 2)}`
}

export function largeCommunityText(bytes: Uint8Array): string {
  return `${uint32At(bytes, 0)}:${uint32At(bytes, 4)}:${uint32At(bytes, 8)}`
}

/** The 4 octets of 'A:B'. */
export function communityBytes(text: string): Uint8Array {
  const [high = 0, low = 0] = numbers(text, 2, 0xffff)
  return concatBytes(uint16Bytes(high), uint16Bytes(low))
}

/** The 12 octets of 'A:B:C'. */
export function largeCommunityBytes(text: string): Uint8Array {
  return concatBytes(...numbers(text, 3, 0xffffffff).map(uint32Bytes))
}

function numbers(text: string, count: number, limit: number): number[] {
  const parts = text.split(':').map(Number)
  const valid = parts.length === count && parts.every((part) => Number.isInteger(part) && part >= 0)
  if (!valid || parts.some((part) => part > limit)) throw new RangeError(`${text} is no community`)
  return parts
}

export function hexBytes(text: string): Uint8Array {
  const bytes = parseHex(text)
  if (bytes === undefined) throw new RangeError(`${text} is not hexadecimal`)
  return bytes
}

/**
 * Link bandwidth, draft-ietf-idr-link-bandwidth §2: routers that share flows over unequal paths weigh them
 * by it. Non-transitive; the bandwidth is bytes per second as an IEEE 754 float.
 */
export function linkBandwidth(asNumber: number, bytesPerSecond: number): string {
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, ExtendedCommunityType.nonTransitiveTwoOctetAs)
  view.setUint8(1, ExtendedCommunitySubtype.linkBandwidth)
  view.setUint16(2, asNumber > 0xffff ? 23456 : asNumber)
  view.setFloat32(4, bytesPerSecond)
  return formatHex(bytes)
}

/** Bytes per second, or nothing when it is another community. The transitive form is read as well. */
export function readLinkBandwidth(community: string): number | undefined {
  const bytes = hexBytes(community)
  const known =
    bytes[0] === ExtendedCommunityType.nonTransitiveTwoOctetAs ||
    bytes[0] === ExtendedCommunityType.twoOctetAs
  if (bytes.length !== 8 || !known || bytes[1] !== ExtendedCommunitySubtype.linkBandwidth) return undefined
  return new DataView(bytes.buffer).getFloat32(4)
}

/** For people: 'NO_EXPORT' where it has a name. */
export function formatCommunity(text: string): string {
  return Object.entries(wellKnownCommunities).find(([value]) => value === text)?.[1] ?? text
}

/** For people: 'rt:65000:1', 'lb:65000:125000000', else '0x…'. */
export function formatExtendedCommunity(text: string): string {
  const bytes = hexBytes(text)
  const bandwidth = readLinkBandwidth(text)
  if (bandwidth !== undefined) return `lb:${uint16At(bytes, 2)}:${bandwidth}`
  const kind = extendedKind(bytes[1] ?? 0)
  if (bytes.length !== 8 || kind === undefined) return `0x${text}`
  switch (bytes[0] ?? 0) {
    case ExtendedCommunityType.twoOctetAs:
      return `${kind}:${uint16At(bytes, 2)}:${uint32At(bytes, 4)}`
    case ExtendedCommunityType.ipv4Address:
      return `${kind}:${addressText(bytes.subarray(2, 6))}:${uint16At(bytes, 6)}`
    case ExtendedCommunityType.fourOctetAs:
      return `${kind}:${uint32At(bytes, 2)}:${uint16At(bytes, 6)}`
    default:
      return `0x${text}`
  }
}

function extendedKind(subtype: number): string | undefined {
  if (subtype === ExtendedCommunitySubtype.routeTarget) return 'rt'
  return subtype === ExtendedCommunitySubtype.routeOrigin ? 'soo' : undefined
}
