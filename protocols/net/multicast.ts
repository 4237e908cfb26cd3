// Multicast addresses of IPv6 neighbour discovery and the MAC groups that carry them (RFC 4291 §2.7.1, RFC 2464 §7).
import { formatMac } from './ethernet.ts'
import type { Mac } from './ethernet.ts'
import { formatIpv6, ipv6Bytes } from './ipv6.ts'

export const allNodes = 'ff02::1' // RFC 4291 §2.7.1
export const allNodesMac: Mac = '33:33:00:00:00:01'
export const allRouters = 'ff02::2' // RFC 4291 §2.7.1
export const unspecified = '::' // RFC 4291 §2.5.2

/** RFC 4291 §2.7: ff00::/8. */
export function isMulticast(address: string): boolean {
  return ipv6Bytes(address)[0] === 0xff
}

/** RFC 4291 §2.7.1: ff02::1:ff00:0/104 and the low 24 bits of the address. */
export function solicitedNodeAddress(address: string): string {
  const group = ipv6Bytes('ff02::1:ff00:0')
  group.set(ipv6Bytes(address).subarray(13), 13)
  return formatIpv6(group)
}

export function isSolicitedNodeAddress(address: string): boolean {
  return isMulticast(address) && solicitedNodeAddress(address) === address
}

/** RFC 2464 §7: 33:33 and the low 32 bits of the group. */
export function multicastMac(group: string): Mac {
  return formatMac(Uint8Array.of(0x33, 0x33, ...ipv6Bytes(group).subarray(12)))
}
