// Does the kernel of the node answer for an address by itself? Looked up in Linux 6.18 and tried on it (test/net):
//
//   ARP: for an address on any interface, also one that is down or does no ARP, as kube-ipvs0; what arp_ignore says,
//        the greater of conf/all and that of the interface on which the request comes, may keep it silent:
//          0, 3 to 7  it answers (3: but for addresses of scope host, which nobody claims)
//          1, 2       for addresses of that very interface (2: to those of its subnet)
//          8          it never answers
//   NDP: only for an address of that very interface; forwarding makes no difference.
//
// kube-proxy in IPVS mode has all addresses of Services on kube-ipvs0; with strictARP it sets arp_ignore to 1.
import type { Family } from '../net/address.ts'
import type { Link, LinkAddress } from './link.ts'

/** An address on a link. */
export type KernelAddress = { readonly link: Link; readonly address: LinkAddress }

/** By the text of the address. */
export function kernelAddresses(links: Iterable<Link>): ReadonlyMap<string, readonly KernelAddress[]> {
  const all = new Map<string, KernelAddress[]>()
  for (const link of links)
    for (const address of link.addresses) {
      const others = all.get(address.address)
      if (others === undefined) all.set(address.address, [{ link, address }])
      else others.push({ link, address })
    }
  return all
}

/** Asked on `link`. As long as arp_ignore is not known nothing is claimed. */
export function kernelAnswers(family: Family, { link: holder, address }: KernelAddress, link: Link): boolean {
  const isOwn = holder.index === link.index
  if (family === 'IPv6') return isOwn && !address.tentative
  switch (link.arpIgnore) {
    case undefined:
    case 8:
      return false
    case 1:
    case 2:
      return isOwn
    default:
      return true
  }
}
