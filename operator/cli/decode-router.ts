// Router solicitations and advertisements in words, for herald decode: every field that is said, and the options that
// routers use (RFC 4861 §4.2, §4.6; RFC 4191 §2.3; RFC 8106 §5).
import type { RouterAdvertisement, RouterPacket } from '../../protocols/ndp/router.ts'
import type { NdpOption } from '../../protocols/ndp/option.ts'
import { formatIpv6 } from '../../protocols/net/ipv6.ts'
import { parseHex } from '../../protocols/net/bytes.ts'
import { optionInWords } from './decode-words.ts'

export function describeRouter({ source, message }: RouterPacket): string {
  const options = message.options.map(routerOptionInWords)
  const rest = options.length === 0 ? '' : ` (${options.join(', ')})`
  return message.type === 'router-solicitation'
    ? `router solicitation from ${source}${rest}`
    : `router advertisement: ${advertisementInWords(message)}${rest}`
}

function advertisementInWords(message: RouterAdvertisement): string {
  const { lifetimeS, hopLimit, reachableMs, retransMs, managed, otherConfig } = message
  return [
    lifetimeS === 0 ? 'no default router' : `default router for ${lifetimeS} s`,
    ...(hopLimit === 0 ? [] : [`hop limit ${hopLimit}`]),
    ...(managed ? ['addresses by DHCPv6'] : []),
    ...(otherConfig ? ['other settings by DHCPv6'] : []),
    ...(reachableMs === 0 ? [] : [`reachable ${reachableMs} ms`]),
    ...(retransMs === 0 ? [] : [`retransmits after ${retransMs} ms`]),
  ].join(', ')
}

function routerOptionInWords(option: NdpOption): string {
  return optionInWords(option, (code, data) => {
    const bytes = parseHex(data) ?? new Uint8Array(0)
    return optionWords.get(code)?.(bytes, viewOf(bytes))
  })
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** By type; the bytes behind type and length. Undefined where the length is not that of such an option. */
type OptionWords = (bytes: Uint8Array, view: DataView) => string | undefined

const optionWords: ReadonlyMap<number, OptionWords> = new Map<number, OptionWords>([
  [3, prefixInWords], // RFC 4861 §4.6.2
  [5, (bytes, view) => (bytes.length === 6 ? `MTU ${view.getUint32(2)}` : undefined)], // RFC 4861 §4.6.4
  [24, routeInWords], // RFC 4191 §2.3
  [25, serversInWords], // RFC 8106 §5.1
])

//  0       8               (counted from behind type and length)
// +-------+-+-+-----------+-------------------------------+-------------------------------+
// |length |L|A|           | valid lifetime                | preferred lifetime            | reserved, prefix (16)
// +-------+-+-+-----------+-------------------------------+-------------------------------+
function prefixInWords(bytes: Uint8Array, view: DataView): string | undefined {
  if (bytes.length !== 30) return undefined
  const flags = view.getUint8(1)
  const prefix = `prefix ${formatIpv6(bytes.subarray(14))}/${view.getUint8(0)}`
  const uses = [...((flags & 0x80) === 0 ? [] : ['on-link']), ...((flags & 0x40) === 0 ? [] : ['autonomous'])]
  return [
    prefix,
    ...uses,
    `for ${lifetime(view.getUint32(2))}, preferred ${lifetime(view.getUint32(6))}`,
  ].join(' ')
}

function routeInWords(bytes: Uint8Array, view: DataView): string | undefined {
  if (![6, 14, 22].includes(bytes.length)) return undefined
  const prefix = new Uint8Array(16)
  prefix.set(bytes.subarray(6))
  const preference = ['medium', 'high', 'reserved', 'low'][(view.getUint8(1) >> 3) & 3]
  return `route ${formatIpv6(prefix)}/${view.getUint8(0)} ${preference} for ${lifetime(view.getUint32(2))}`
}

function serversInWords(bytes: Uint8Array, view: DataView): string | undefined {
  const servers = bytes.subarray(6)
  if (bytes.length < 22 || servers.length % 16 !== 0) return undefined
  const addresses = Array.from({ length: servers.length / 16 }, (_, index) =>
    formatIpv6(servers.subarray(16 * index, 16 * index + 16)),
  )
  return `DNS ${addresses.join(' ')} for ${lifetime(view.getUint32(2))}`
}

function lifetime(seconds: number): string {
  return seconds === 0xffffffff ? 'ever' : `${seconds} s`
}
