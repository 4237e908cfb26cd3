// Prefixes as BGP writes them, RFC 4271 §4.3 and RFC 4760 §5. As values they are canonical text
// ('192.0.2.0/24', '2001:db8::/32'): they are keys of maps, and cross threads and files as they are.
//
//   +---------------------------+
//   |   Length (1 octet)        |  in bits
//   +---------------------------+
//   |   Prefix (variable)       |  as many octets as hold that many bits; the bits beyond mean nothing
//   +---------------------------+
import { addressBits, addressFromBytes, formatAddress, parseAddress } from '../net/address.ts'
import type { Family } from '../net/address.ts'
import { readBytes, readUint8, remaining } from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import type { FaultName } from './fault.ts'
import { asFault, BgpError } from './fault.ts'
import { Afi, Safi } from './iana.ts'
import type { AddressFamily } from './context.ts'

/** Canonical text, '192.0.2.0/24' or '2001:db8::/32'; no bit is set beyond the length. */
export type Prefix = string

export const unicast = {
  IPv4: { afi: Afi.ipv4, safi: Safi.unicast },
  IPv6: { afi: Afi.ipv6, safi: Safi.unicast },
} as const satisfies Record<Family, AddressFamily>

/** The family whose unicast routes it is, or nothing. */
export function unicastFamily({ afi, safi }: AddressFamily): Family | undefined {
  if (safi !== Safi.unicast) return undefined
  if (afi === Afi.ipv4) return 'IPv4'
  return afi === Afi.ipv6 ? 'IPv6' : undefined
}

export function prefixFamily(prefix: Prefix): Family {
  return prefix.includes(':') ? 'IPv6' : 'IPv4'
}

/** Reads to the end; `fault` is what a length that does not fit breaks, `data` what is reported of it. */
export function readPrefixes(reader: Reader, family: Family, fault: FaultName): Prefix[] {
  return asFault(fault, reader.bytes, () => {
    const prefixes: Prefix[] = []
    while (remaining(reader) > 0) prefixes.push(readPrefix(reader, family, fault))
    return prefixes
  })
}

function readPrefix(reader: Reader, family: Family, fault: FaultName): Prefix {
  const length = readUint8(reader, 'prefix length')
  if (length > addressBits[family])
    throw new BgpError(fault, `prefix length ${length} of an ${family} prefix`, reader.bytes)
  const octets = readBytes(reader, Math.ceil(length / 8), 'prefix')
  return family === 'IPv4' ? formatPrefix4(octets, length) : formatPrefix6(octets, length)
}

/** Plain arithmetic: a full table of IPv4 comes through here. */
function formatPrefix4(octets: Uint8Array, length: number): Prefix {
  const last = 0xff & (0xff << (8 * octets.length - length))
  const octet = (index: number) => (octets[index] ?? 0) & (index === octets.length - 1 ? last : 0xff)
  return `${octet(0)}.${octet(1)}.${octet(2)}.${octet(3)}/${length}`
}

function formatPrefix6(octets: Uint8Array, length: number): Prefix {
  const bytes = new Uint8Array(16)
  bytes.set(octets)
  if (length % 8 !== 0) {
    const last = octets.length - 1
    bytes[last] = (bytes[last] ?? 0) & (0xff << (8 - (length % 8)))
  }
  return `${formatAddress(addressFromBytes(bytes))}/${length}`
}

/** The octets of one prefix. A text that is no prefix is a bug of the caller. */
export function prefixBytes(prefix: Prefix): Uint8Array {
  const slash = prefix.indexOf('/')
  const length = Number(prefix.slice(slash + 1))
  const address = addressTextBytes(prefix.slice(0, slash), prefixFamily(prefix))
  const size = Math.ceil(length / 8)
  const bytes = new Uint8Array(1 + size)
  bytes[0] = length
  bytes.set(address.subarray(0, size), 1)
  return bytes
}

/** 4 or 16 octets. */
export function addressTextBytes(text: string, family: Family): Uint8Array {
  const address = parseAddress(text)
  if (address === undefined) throw new RangeError(`${text} is no address`)
  // parseAddress reads ::ffff:192.0.2.1 as the IPv4 address; on the wire it has 16 octets.
  const mapped = family === 'IPv6' && address.family === 'IPv4' ? 0xffffn << 32n : 0n
  const bytes = new Uint8Array(addressBits[family] / 8)
  let rest = address.value | mapped
  for (let index = bytes.length - 1; index >= 0; index--) {
    bytes[index] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

/** From 4 or 16 octets. */
export function addressText(bytes: Uint8Array): string {
  return formatAddress(addressFromBytes(bytes))
}
