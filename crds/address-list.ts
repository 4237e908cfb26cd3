// spec.addresses and spec.excludeAddresses of a pool: CIDRs and start-end ranges, IPv4 (RFC 4632) and IPv6 (RFC 4291 §2.3) side by side.
// It accepts what Go's net.ParseCIDR and net.ParseIP accept, as manifests of MetalLB rely on it, and refuses the rest.
import { Validator } from 'ip-num'
import type { Address, AddressRange } from '../protocols/net/address.ts'
import { addressBits, cidrRange, formatAddress, parseAddress } from '../protocols/net/address.ts'
import type { Place } from './read.ts'
import { objectTo, readItems } from './read.ts'

/** One entry. */
export type PoolRange = AddressRange & { readonly index: number; readonly text: string }

/** The good entries in the order written, disjoint; each bad entry is objected to, and so is an empty list. */
export function readAddressList(place: Place): readonly PoolRange[] {
  const items = readItems(place)
  if (items.length === 0 && (place.raw === undefined || Array.isArray(place.raw)))
    objectTo(place, 'must name at least one CIDR or start-end range, such as 192.0.2.0/24')
  const entries = items.flatMap((item, index) => readEntry(item, index) ?? [])
  return disjoint(entries, items)
}

/** The good entries in the order written; they may be none, and may overlap. Each bad entry is objected to. */
export function readExclusions(place: Place): readonly PoolRange[] {
  return readItems(place).flatMap((item, index) => readEntry(item, index) ?? [])
}

function readEntry(item: Place, index: number): PoolRange | undefined {
  if (typeof item.raw !== 'string') {
    objectTo(item, 'must be a string: a CIDR such as 192.0.2.0/24 or a range such as 192.0.2.10-192.0.2.20')
    return undefined
  }
  const range = parseEntry(item.raw)
  if (typeof range !== 'string') return { ...range, index, text: item.raw }
  objectTo(item, range)
  return undefined
}

/** A CIDR, or a start-end range with spaces allowed around the dash; or what is wrong with it. */
export function parseEntry(text: string): AddressRange | string {
  const dash = text.indexOf('-')
  return dash < 0 ? parsePrefix(text) : parseSpan(text.slice(0, dash), text.slice(dash + 1))
}

// Go reads the length as a number, so /024 is /24; host bits may be set and are cleared.
function parsePrefix(text: string): AddressRange | string {
  const slash = text.indexOf('/')
  if (slash < 0) return withoutLength(text)
  const address = parseAddress(text.slice(0, slash))
  if (address === undefined) return notAnAddress(text.slice(0, slash))
  const digits = text.slice(slash + 1)
  const written = text.includes(':') ? addressBits.IPv6 : addressBits.IPv4
  const length = /^\d{1,20}$/.test(digits) ? Number(digits) : Number.NaN
  if (!(length <= written)) return `the prefix length must be from 0 to ${written}`
  return mappedPrefix(address, length, written)
}

// ::ffff:192.0.2.0/120 is 192.0.2.0/24 to Go. A shorter length than /96 reaches out of the mapped block: IPv6 then.
function mappedPrefix(address: Address, length: number, written: number): AddressRange {
  const mappedBits = written - addressBits[address.family] // 96 for an IPv4-mapped address, else 0
  if (mappedBits === 0 || length >= mappedBits) return cidrRange(address, length - mappedBits)
  return cidrRange({ family: 'IPv6', value: (0xffffn << 32n) | address.value }, length)
}

function withoutLength(text: string): string {
  const address = parseAddress(text)
  if (address === undefined) return notAnAddress(text)
  const alone = formatAddress(address)
  return `must be a CIDR or a start-end range; the address alone is ${alone}/${addressBits[address.family]}`
}

function parseSpan(start: string, end: string): AddressRange | string {
  const first = parseAddress(trim(start))
  if (first === undefined) return `the start of the range: ${notAnAddress(trim(start))}`
  const last = parseAddress(trim(end))
  if (last === undefined) return `the end of the range: ${notAnAddress(trim(end))}`
  if (first.family !== last.family)
    return `a range must stay in one family; it starts with ${first.family} and ends with ${last.family}`
  if (first.value > last.value) {
    const turned = `${formatAddress(last)}-${formatAddress(first)}`
    return `the range ends before it starts; the other way round it is ${turned}`
  }
  return { family: first.family, first: first.value, last: last.value }
}

// Go's strings.TrimSpace: White_Space of Unicode, which has U+0085 and not U+FEFF; String.trim is the other way round.
function trim(text: string): string {
  return text.replace(/^(?:(?!\uFEFF)[\s\u0085])+/u, '').replace(/(?:(?!\uFEFF)[\s\u0085])+$/u, '')
}

// ip-num says what exactly is wrong; it is asked only then (4 to 18 µs an address, too slow for every good one).
function notAnAddress(text: string): string {
  if (text.length > 100) return 'not an IP address'
  const looksIPv6 = text.includes(':')
  const [, problems] = looksIPv6 ? Validator.isValidIPv6String(text) : Validator.isValidIPv4String(text)
  const why = problems[0]?.replace(/^Error: /, '')
  const what = `not an ${looksIPv6 ? 'IPv6' : 'IPv4'} address`
  return why === undefined ? what : `${what} (${why})`
}

/**
 * Entries must not overlap. Where they do the later written one is objected to, and what both hold is kept once:
 * the ranges stay disjoint and lose no address that a Service may have. One sort, one pass.
 */
function disjoint(entries: readonly PoolRange[], items: readonly Place[]): readonly PoolRange[] {
  const kept: PoolRange[] = []
  let reach: PoolRange | undefined // of those seen, the one that reaches furthest
  for (const entry of entries.toSorted(byStart)) {
    if (reach === undefined || reach.family !== entry.family || reach.last < entry.first) {
      kept.push(entry)
      reach = entry
      continue
    }
    objectToOverlap(reach, entry, items)
    if (entry.last <= reach.last) continue
    kept.push({ ...entry, first: reach.last + 1n })
    reach = entry
  }
  return kept.toSorted((a, b) => a.index - b.index)
}

function objectToOverlap(a: PoolRange, b: PoolRange, items: readonly Place[]): void {
  const [earlier, later] = a.index < b.index ? [a, b] : [b, a]
  const [there, here] = [items[earlier.index], items[later.index]]
  if (there === undefined || here === undefined) return
  objectTo(here, `overlaps ${there.path} (${earlier.text}); each address must stand once`)
}

function byStart(a: PoolRange, b: PoolRange): number {
  if (a.family !== b.family) return a.family < b.family ? -1 : 1
  if (a.first !== b.first) return a.first < b.first ? -1 : 1
  return a.index - b.index
}
