// The network interfaces of this node as layer 2 sees them, and which of them may carry claims (metallb.md §5.3).
import { parseAddress } from '../net/address.ts'
import { macBytes, zeroMac } from '../net/ethernet.ts'
import type { Mac } from '../net/ethernet.ts'

export type Link = {
  readonly index: number
  readonly name: string
  readonly mac: Mac // zeroMac: it has none
  readonly permanentMac?: Mac // that it was made with; absent: it is no hardware
  readonly isEthernet: boolean
  readonly up: boolean // set up by whoever configures the node
  readonly running: boolean // … and it has a carrier
  readonly broadcast: boolean
  readonly noArp: boolean
  readonly master?: string // name of the bond, bridge or VRF it is part of, or its index where the name is unknown
  readonly addresses: readonly LinkAddress[]
  readonly arpIgnore?: number // net.ipv4.conf: which requests the kernel itself answers here; absent: not known
  readonly capture: 'open' | 'closed' | 'failed' // whether the engine can read and send frames here
  readonly captureError?: string
}

export type LinkAddress = {
  readonly address: string // canonical text
  readonly prefixLength: number
  readonly tentative: boolean // duplicate address detection is not done, or has failed
}

/** metallb's announcedInterfacesToExclude. */
export const defaultInterfacesToExclude: readonly string[] = [
  '^docker.*',
  '^cbr.*',
  '^dummy.*',
  '^virbr.*',
  '^lxcbr.*',
  '^veth.*',
  '^lo$',
  '^cali.*',
  '^tunl.*',
  '^flannel.*',
  '^kube-ipvs.*',
  '^cni.*',
  '^nodelocaldns.*',
  '^lxc.*',
]

/** Patterns joined with OR, unanchored. One that is no regular expression matches nothing and is named in `invalid`. */
export type Exclusion = { readonly patterns: readonly RegExp[]; readonly invalid: readonly string[] }

export function exclusionOf(texts: readonly string[]): Exclusion {
  const patterns: RegExp[] = []
  const invalid: string[] = []
  for (const text of texts) {
    try {
      patterns.push(new RegExp(text))
    } catch {
      invalid.push(text)
    }
  }
  return { patterns, invalid }
}

type LinkCheck = (link: Link, exclusion: Exclusion) => string | undefined

/** In reading order; the first objection is the one that is told. */
const configurationChecks: readonly LinkCheck[] = [
  (link, exclusion) =>
    exclusion.patterns.some((pattern) => pattern.test(link.name)) ? 'excluded by name' : undefined,
  (link) => (link.isEthernet && link.mac !== zeroMac ? undefined : 'not an Ethernet interface'),
  (link) => (link.master === undefined ? undefined : `part of ${link.master}`),
  (link) => (link.broadcast ? undefined : 'cannot broadcast'),
  (link) => (link.noArp ? 'ARP is switched off' : undefined),
  (link) => (link.up ? undefined : 'down'),
  (link) => (link.running ? undefined : 'no carrier'),
]

/** Why no claim may stand on this interface, as far as the interface itself decides: those without are opened. */
export function objectionToOpening(link: Link, exclusion: Exclusion): string | undefined {
  for (const check of configurationChecks) {
    const objection = check(link, exclusion)
    if (objection !== undefined) return objection
  }
  return undefined
}

/** Why no claim may stand on this interface now. */
export function objectionTo(link: Link, exclusion: Exclusion): string | undefined {
  const objection = objectionToOpening(link, exclusion)
  if (objection !== undefined || link.capture === 'open') return objection
  return link.capture === 'failed'
    ? `cannot be captured: ${link.captureError ?? 'unknown error'}`
    : 'not opened yet'
}

/** Why an interface that may carry IPv4 claims carries no IPv6 ones: without a link-local address IPv6 is off there. */
export function objectionToIPv6(link: Link): string | undefined {
  const locals = link.addresses.filter(({ address }) => isLinkLocal(address))
  if (locals.length === 0) return 'no link-local IPv6 address'
  return locals.every(({ tentative }) => tentative) ? 'link-local IPv6 address is tentative' : undefined
}

/** fe80::/10. */
function isLinkLocal(text: string): boolean {
  const address = parseAddress(text)
  return address?.family === 'IPv6' && address.value >> 118n === 0x3fan
}

/** A MAC as a number: quick to look up. */
export function macKey(bytes: Uint8Array, offset: number): number {
  let key = 0
  for (let index = 0; index < 6; index++) key = key * 256 + (bytes[offset + index] ?? 0)
  return key
}

export function macKeyOf(mac: Mac): number {
  return macKey(macBytes(mac), 0)
}
