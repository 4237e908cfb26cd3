// By which addresses a peer reaches us from a connection's end: what we say as next hops there. RFC 4271 §5.1.3, RFC 2545 §3.
import { cidrRange, parseAddress } from '../net/address.ts'
import type { Family } from '../net/address.ts'
import type { StreamEnd } from './byte-stream.ts'
import type { LinkTable } from './link-table.ts'
import { AddressFlag } from './rtnetlink-message.ts'
import type { AddressMessage } from './rtnetlink-message.ts'
import { isLinkLocal } from '../net/ipv6.ts'
import type { LocalEnd } from '../bgp/local-end.ts'

/**
 * The end's own address for its family; for the other one an address of the same interface, one that shares a network
 * with the peer's first. The link-local address goes with the global one to a peer on the same link.
 */
export function localEndOf(end: StreamEnd, table: LinkTable): LocalEnd {
  const usable = [...table.addresses.values()].filter(isUsable)
  const index = end.interface ?? usable.find(({ address }) => address === end.address)?.index
  const onLink = usable.filter((each) => each.index === index)
  const isIPv6 = end.address.includes(':')
  const ipv4 = isIPv6 ? first(onLink, 'IPv4') : [end.address]
  const global = isIPv6 && !isLinkLocal(end.address) ? [end.address] : first(onLink, 'IPv6')
  const local = isNeighbour(end.remote, onLink) ? linkLocal(end, onLink) : []
  const ipv6 = [...global, ...local]
  return {
    address: end.address,
    nextHops: { ...(ipv4.length === 0 ? {} : { IPv4: ipv4 }), ...(ipv6.length === 0 ? {} : { IPv6: ipv6 }) },
  }
}

function isUsable({ flags, address }: AddressMessage): boolean {
  const isNotYet = (flags & (AddressFlag.tentative | AddressFlag.dadFailed)) !== 0
  return !isNotYet && !address.startsWith('127.') && address !== '::1'
}

/** Addresses with a network before those of a single host, which may be a Service's. */
function first(addresses: readonly AddressMessage[], family: Family): readonly string[] {
  const bits = family === 'IPv4' ? 32 : 128
  const found = addresses
    .filter(({ address }) => address.includes(':') === (family === 'IPv6') && !isLinkLocal(address))
    .toSorted((a, b) => Number(a.prefixLength === bits) - Number(b.prefixLength === bits))
  return found.slice(0, 1).map(({ address }) => address)
}

function linkLocal({ address }: StreamEnd, onLink: readonly AddressMessage[]): readonly string[] {
  if (isLinkLocal(address)) return [address]
  return onLink
    .filter((each) => isLinkLocal(each.address))
    .slice(0, 1)
    .map((each) => each.address)
}

/** In a network of any interface of ours. A link-local address always is. */
export function isOnLink(address: string, table: LinkTable): boolean {
  return isLinkLocal(address) || isNeighbour(address, [...table.addresses.values()].filter(isUsable))
}

/** The peer's address lies in a network of the interface. */
function isNeighbour(remote: string, onLink: readonly AddressMessage[]): boolean {
  const peer = parseAddress(remote)
  if (peer === undefined) return false
  return onLink.some(({ address, prefixLength }) => {
    const own = parseAddress(address)
    if (own?.family !== peer.family) return false
    const { first: low, last: high } = cidrRange(own, prefixLength)
    return peer.value >= low && peer.value <= high
  })
}
