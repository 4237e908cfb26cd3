// MP_REACH_NLRI and MP_UNREACH_NLRI, RFC 4760 §3 and §4; IPv6 next hops RFC 2545 §3, IPv4 over an IPv6
// next hop RFC 8950 §3.
//
//   MP_REACH_NLRI                                      MP_UNREACH_NLRI
//   +----------------------------------------------+   +-------------------------------+
//   | Address Family Identifier (2 octets)         |   | Address Family Identifier (2) |
//   | Subsequent Address Family Identifier (1)     |   | Subsequent AFI (1)            |
//   | Length of Next Hop (1)                       |   | Withdrawn Routes (variable)   |
//   | Network Address of Next Hop (variable)       |   +-------------------------------+
//   | Reserved (1)                                 |
//   | Network Layer Reachability Information (…)   |
//   +----------------------------------------------+
import type { Family } from '../net/address.ts'
import { concatBytes, formatHex, readBytes, readRest, readUint16, readUint8 } from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import { hexBytes } from './community.ts'
import { agreesOn } from './context.ts'
import type { AddressFamily, Context } from './context.ts'
import { BgpError } from './fault.ts'
import {
  addressText,
  addressTextBytes,
  prefixBytes,
  prefixFamily,
  readPrefixes,
  unicastFamily,
} from './nlri.ts'
import type { Prefix } from './nlri.ts'

/** Unicast of IPv4 or IPv6 is read; of any other family the bytes are kept, in hexadecimal. */
export type MpReach = AddressFamily &
  (
    | { readonly nextHops: readonly string[]; readonly prefixes: readonly Prefix[] } // global, then link-local
    | { readonly opaqueNextHop: string; readonly opaqueNlri: string }
  )

export type MpUnreach = AddressFamily &
  ({ readonly prefixes: readonly Prefix[] } | { readonly opaqueNlri: string })

/** RFC 2545 §3 and RFC 8950 §3: one address, or an IPv6 address and a link-local one. */
const nextHopLengths: Record<Family, readonly number[]> = { IPv4: [4, 16, 32], IPv6: [16, 32] }

export function decodeMpReach(reader: Reader, context: Context): MpReach {
  const family = readFamily(reader, context)
  const length = readUint8(reader, 'length of next hop')
  const nextHop = readBytes(reader, length, 'next hop')
  readUint8(reader, 'reserved')
  const unicast = unicastFamily(family)
  if (unicast === undefined)
    return { ...family, opaqueNextHop: formatHex(nextHop), opaqueNlri: formatHex(readRest(reader)) }
  if (!nextHopLengths[unicast].includes(length))
    throw new BgpError('MP_REACH_NLRI', `next hop of ${length} octets for ${unicast} unicast`)
  const nextHops = length === 32 ? [nextHop.subarray(0, 16), nextHop.subarray(16)] : [nextHop]
  const prefixes = readPrefixes(reader, unicast, 'MP NLRI')
  return { ...family, nextHops: nextHops.map(addressText), prefixes }
}

export function decodeMpUnreach(reader: Reader, context: Context): MpUnreach {
  const family = readFamily(reader, context)
  const unicast = unicastFamily(family)
  if (unicast === undefined) return { ...family, opaqueNlri: formatHex(readRest(reader)) }
  return { ...family, prefixes: readPrefixes(reader, unicast, 'MP NLRI') }
}

function readFamily(reader: Reader, context: Context): AddressFamily {
  const family = { afi: readUint16(reader, 'AFI'), safi: readUint8(reader, 'SAFI') }
  if (!agreesOn(context, family))
    throw new BgpError('family not agreed', `AFI ${family.afi} SAFI ${family.safi}`)
  return family
}

export function encodeMpReach(reach: MpReach): Uint8Array {
  const opaque = 'opaqueNlri' in reach
  const nextHop = opaque ? hexBytes(reach.opaqueNextHop) : concatBytes(...reach.nextHops.map(nextHopBytes))
  const nlri = opaque ? hexBytes(reach.opaqueNlri) : concatBytes(...reach.prefixes.map(prefixBytes))
  return concatBytes(familyBytes(reach), Uint8Array.of(nextHop.length), nextHop, Uint8Array.of(0), nlri)
}

export function encodeMpUnreach(unreach: MpUnreach): Uint8Array {
  const nlri =
    'opaqueNlri' in unreach ? hexBytes(unreach.opaqueNlri) : concatBytes(...unreach.prefixes.map(prefixBytes))
  return concatBytes(familyBytes(unreach), nlri)
}

/** AFI and SAFI, 3 octets. */
export function familyBytes({ afi, safi }: AddressFamily): Uint8Array {
  return Uint8Array.of(afi >>> 8, afi, safi)
}

export function nextHopBytes(text: string): Uint8Array {
  return addressTextBytes(text, prefixFamily(text))
}

export function formatMpReach(reach: MpReach): string {
  const family = `${reach.afi}/${reach.safi}`
  if ('opaqueNlri' in reach) return `${family} next hop 0x${reach.opaqueNextHop} 0x${reach.opaqueNlri}`
  return `${family} next hop ${reach.nextHops.join(' ')}: ${reach.prefixes.join(' ')}`
}

export function formatMpUnreach(unreach: MpUnreach): string {
  const family = `${unreach.afi}/${unreach.safi}`
  if ('opaqueNlri' in unreach) return `${family} 0x${unreach.opaqueNlri}`
  return unreach.prefixes.length === 0 ? `${family} end of RIB` : `${family}: ${unreach.prefixes.join(' ')}`
}
