// Prefixes as BGP writes them, RFC 4271 §4.3 and RFC 4760 §5. As values they are canonical text
// ('192.0.2.0/24', '2001:db8::/32'): they are keys of maps, and cross threads and files as they are. Full tables
// come through here, so the common forms are read and written digit by digit.
//
//   +---------------------------+
//   |   Length (1 octet)        |  in bits
//   +---------------------------+
//   |   Prefix (variable)       |  as many octets as hold that many bits; the bits beyond mean nothing
//   +---------------------------+
import { addressBits, formatGroups } from '../net/address.ts'
import type { Family } from '../net/address.ts'
import { readBytes, readUint8, remaining } from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import { formatIpv4, ipv4Bytes } from '../net/ipv4.ts'
import { formatIpv6, ipv6Bytes } from '../net/ipv6.ts'
import type { AddressFamily } from './context.ts'
import { asFault, BgpError } from './fault.ts'
import type { FaultName } from './fault.ts'
import { Afi, Safi } from './iana.ts'

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

/** Reads to the end; `fault` is what a length that does not fit breaks. */
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
  const octets = readBytes(reader, (length + 7) >>> 3, 'prefix')
  return family === 'IPv4' ? formatPrefix4(octets, length) : formatPrefix6(octets, length)
}

/** The octet at `index`, without the bits that lie beyond the length. */
function octetAt(octets: Uint8Array, index: number, length: number): number {
  const octet = octets[index] ?? 0
  return index === octets.length - 1 ? octet & (0xff00 >>> (((length - 1) & 7) + 1)) : octet
}

function formatPrefix4(octets: Uint8Array, length: number): Prefix {
  const octet = (index: number) => octetAt(octets, index, length)
  return `${octet(0)}.${octet(1)}.${octet(2)}.${octet(3)}/${length}`
}

function formatPrefix6(octets: Uint8Array, length: number): Prefix {
  const groups: number[] = []
  for (let index = 0; index < 16; index += 2)
    groups.push((octetAt(octets, index, length) << 8) | octetAt(octets, index + 1, length))
  return `${formatGroups(groups)}/${length}`
}

/** The octets of one prefix. A text that is no prefix is a bug of the caller. */
export function prefixBytes(prefix: Prefix): Uint8Array {
  const slash = prefix.indexOf('/')
  const length = Number(prefix.slice(slash + 1))
  const address = prefix.slice(0, slash)
  const size = (length + 7) >>> 3
  const bytes = new Uint8Array(1 + size)
  bytes[0] = length
  const octets = address.includes(':') ? octets6(address) : octets4(address)
  for (let index = 0; index < size; index++) bytes[index + 1] = octets[index] ?? 0
  return bytes
}

const colon = 0x3a
const dot = 0x2e

function octets4(text: string): readonly number[] {
  const octets = [0, 0, 0, 0]
  let index = 0
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place)
    if (code === dot) index++
    else octets[index] = (octets[index] ?? 0) * 10 + code - 0x30
  }
  return octets
}

/** Groups of hexadecimal digits, one run of zero groups left out. */
function octets6(text: string): readonly number[] | Uint8Array {
  if (text.includes('.')) return ipv6Bytes(text)
  const gap = text.indexOf('::')
  const octets = new Uint8Array(16)
  if (gap < 0) writeGroups(octets, 0, text)
  else {
    writeGroups(octets, 0, text.slice(0, gap))
    const tail = text.slice(gap + 2)
    writeGroups(octets, 16 - 2 * countGroups(tail), tail)
  }
  return octets
}

function countGroups(text: string): number {
  if (text === '') return 0
  let count = 1
  for (let place = 0; place < text.length; place++) if (text.charCodeAt(place) === colon) count++
  return count
}

function writeGroups(octets: Uint8Array, from: number, text: string): void {
  let at = from
  let group = 0
  for (let place = 0; place <= text.length; place++) {
    const code = place === text.length ? colon : text.charCodeAt(place)
    if (code !== colon) {
      group = (group << 4) | (code <= 0x39 ? code - 0x30 : code - 0x57)
      continue
    }
    if (text.length > 0) {
      octets[at] = group >>> 8
      octets[at + 1] = group
    }
    at += 2
    group = 0
  }
}

/** 4 or 16 octets. */
export function addressTextBytes(text: string, family: Family): Uint8Array {
  return family === 'IPv4' ? ipv4Bytes(text) : ipv6Bytes(text)
}

/** From 4 or 16 octets. */
export function addressText(bytes: Uint8Array): string {
  return bytes.length === 4 ? formatIpv4(bytes) : formatIpv6(bytes)
}
