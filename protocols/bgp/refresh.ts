// ROUTE-REFRESH, RFC 2918 §3; the subtypes of enhanced route refresh RFC 7313 §3.2.
//
//   +---------------+---------------+---------------+---------------+
//   |  AFI (2 octets)               |  Subtype      |  SAFI         |   then ORF entries, RFC 5291 §4
//   +---------------+---------------+---------------+---------------+
import {
  concatBytes,
  formatHex,
  readBytes,
  readerOf,
  readRest,
  readUint16,
  readUint8,
  remaining,
} from '../net/bytes.ts'
import { hexBytes } from './community.ts'
import type { AddressFamily } from './context.ts'
import { asFault, BgpError } from './fault.ts'
import { RefreshSubtype } from './iana.ts'

export type RouteRefresh = AddressFamily & {
  readonly type: 'route-refresh'
  readonly subtype: number // RefreshSubtype; others are ignored, RFC 7313 §5
  readonly filters?: string // ORF entries, hexadecimal: we never agree to any and ignore them
}

export function decodeRouteRefresh(body: Uint8Array): RouteRefresh {
  const reader = readerOf(body, 'RFC 2918 §3')
  return asFault('refresh length', body, () => {
    const afi = readUint16(reader, 'AFI')
    const subtype = readUint8(reader, 'subtype')
    const refresh = { type: 'route-refresh', afi, subtype, safi: readUint8(reader, 'SAFI') } as const
    const rest = readRest(reader)
    if (rest.length === 0) return refresh
    if (subtype === RefreshSubtype.begin || subtype === RefreshSubtype.end)
      throw new BgpError('refresh length', `${body.length} octets where 4 stand`, body)
    checkFilters(rest)
    return { ...refresh, filters: formatHex(rest) }
  })
}

/** When-to-refresh (1), then entries: ORF type (1), length (2), that many octets. */
function checkFilters(bytes: Uint8Array): void {
  const reader = readerOf(bytes, 'RFC 5291 §4')
  readUint8(reader, 'when to refresh')
  while (remaining(reader) > 0) {
    readUint8(reader, 'ORF type')
    readBytes(reader, readUint16(reader, 'ORF length'), 'ORF entries')
  }
}

export function encodeRouteRefresh({ afi, subtype, safi, filters = '' }: RouteRefresh): Uint8Array {
  return concatBytes(Uint8Array.of(afi >>> 8, afi, subtype, safi), hexBytes(filters))
}
