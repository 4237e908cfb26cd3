// Addresses that surely nobody has: who answers for one of them answers for anything (proxy ARP, RFC 1027; RFC 4861 §7.2.8),
// and its answer for an address of ours says nothing about that address. The config may name more of them: the address that
// a Service has inside the cluster only. kube-proxy in IPVS mode has that on each node, beside all that is announced, and
// without strictARP the kernel there answers for both.
import type { Address } from '../net/address.ts'
import { formatAddress, parseAddress, parseCidr, rangeContains } from '../net/address.ts'
import { hashOf } from './check.ts'
import type { Link } from './link.ts'
import type { HeldClaim, Session } from './session.ts'
import { itemsOf } from './vector.ts'

/** RFC 7600 §4.8: the 'IPv4 dummy address', never the destination of a packet. Far from everything: for default routes. */
const dummyAddress = '192.0.0.8'

/** Of the claim on this link: one as near as can be, so that the same routes lead there, and a far one. */
export function controlsFor(claim: HeldClaim, link: Link): readonly string[] {
  const address = parseAddress(claim.address)
  if (address === undefined) return []
  const named = claim.controls ?? []
  return address.family === 'IPv4'
    ? [nearIPv4(address, link), dummyAddress, ...named]
    : [nearIPv6(address), ...named]
}

/**
 * RFC 1122 §3.2.1.3: host number zero of the subnet is no host's address; of its /24 where the address is in no subnet of
 * the link. Host number -1 where the claim is that one.
 */
function nearIPv4(address: Address, link: Link): string {
  const subnet = link.addresses
    .map((each) => ({ ...each, range: parseCidr(`${each.address}/${each.prefixLength}`) }))
    .find(
      ({ range, prefixLength }) => range !== undefined && prefixLength <= 30 && rangeContains(range, address),
    )
  const size = 2n ** BigInt(32 - (subnet?.prefixLength ?? 24))
  const first = address.value - (address.value % size)
  return formatAddress({ family: 'IPv4', value: first === address.value ? first + size - 1n : first })
}

/** Of the same /64, with an interface identifier that only follows from a hash: one of 2^64. */
function nearIPv6(address: Address): string {
  const text = formatAddress(address)
  const identifier = BigInt(hashOf(text)) * 2n ** 32n + BigInt(hashOf(`${text}+`))
  return formatAddress({ family: 'IPv6', value: ((address.value >> 64n) << 64n) + identifier })
}

/** Those that are asked for now, with the claims that are suspected to be in use. */
export function controlsOf(session: Session): Session['controls'] {
  const controls = new Map<string, Set<string>>()
  for (const claim of itemsOf(session.claims)) {
    const { check } = claim
    if (check?.state !== 'suspecting' || check.suspect === undefined) continue
    const link = session.links.get(check.suspect.link)
    if (link === undefined) continue
    for (const control of controlsFor(claim, link))
      controls.set(control, (controls.get(control) ?? new Set()).add(claim.address))
  }
  return controls.size === 0 && session.controls.size === 0 ? session.controls : controls
}
