// The BGP identifier of a node (RFC 6286 §2.1): four octets, unique among the speakers of one AS.
import type { Node } from '../crds/core.ts'
import { formatAddress, parseAddress } from '../protocols/net/address.ts'
import { rememberPerObject } from './once.ts'

/** The first IPv4 address of the node; where there is none, a number made of its name, as in MetalLB. */
export function identifierOf(name: string, node: Node | undefined): string {
  return (node === undefined ? undefined : firstIPv4(node)) ?? identifierFromName(name)
}

const firstIPv4 = rememberPerObject((node: Node): string | undefined => {
  const found = node.addresses
    .map(parseAddress)
    .find((address) => address?.family === 'IPv4' && address.value > 0n)
  return found === undefined ? undefined : formatAddress(found)
})

/** The CRC-32 of the name, least significant octet first. */
export function identifierFromName(name: string): string {
  const sum = crc32(new TextEncoder().encode(name))
  const octets = [sum & 255, (sum >>> 8) & 255, (sum >>> 16) & 255, sum >>> 24]
  return sum === 0 ? '0.0.0.1' : octets.join('.')
}

/** As in Ethernet: reflected, polynomial 0xedb88320. Names are short: no table. */
function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0)
  }
  return ~sum >>> 0
}
