// IPv4 and IPv6 addresses and ranges as plain values, their text forms (RFC 4291, RFC 5952, RFC 4632).
// Hot paths work on the bigint; text is made once.

export type Family = 'IPv4' | 'IPv6' // Kubernetes' words

export type Address = { readonly family: Family; readonly value: bigint }

/** Both ends belong to the range. */
export type AddressRange = { readonly family: Family; readonly first: bigint; readonly last: bigint }

export const addressBits = { IPv4: 32, IPv6: 128 } as const

/** Strict: no leading zeros, no zone, no spaces. An IPv4-mapped IPv6 address is the IPv4 address, as in Go. */
export function parseAddress(text: string): Address | undefined {
  if (text.includes(':')) return parseIPv6(text)
  const value = parseIPv4(text)
  return value === undefined ? undefined : { family: 'IPv4', value: BigInt(value) }
}

function parseIPv4(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return undefined
    const octet = Number(part)
    if (octet > 255) return undefined
    value = value * 256 + octet
  }
  return value
}

function parseIPv6(text: string): Address | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head = '', tail] = halves
  const left = groups(head, tail === undefined)
  const right = tail === undefined ? [] : groups(tail, true)
  if (left === undefined || right === undefined) return undefined
  const missing = 8 - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const value = BigInt(`0x${hexOf(left)}${'0000'.repeat(missing)}${hexOf(right)}`) // one bigint, not one a group
  if (value >> 32n === 0xffffn) return { family: 'IPv4', value: value & 0xffffffffn }
  return { family: 'IPv6', value }
}

function hexOf(numbers: readonly number[]): string {
  let hex = ''
  for (const number of numbers) hex += number.toString(16).padStart(4, '0')
  return hex
}

/** A dotted quad may stand at the very end only (RFC 4291 §2.2). */
function groups(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const last = parts.at(-1) ?? ''
  const embedded = atEnd && last.includes('.') ? parseIPv4(last) : undefined
  if (last.includes('.')) {
    if (embedded === undefined) return undefined
    parts.pop()
  }
  const result: number[] = []
  for (const part of parts) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
    result.push(Number.parseInt(part, 16))
  }
  if (embedded !== undefined) result.push(embedded >>> 16, embedded & 0xffff)
  return result
}

/** Canonical text: dotted quad, or RFC 5952. */
export function formatAddress(address: Address): string {
  return address.family === 'IPv4' ? formatIPv4(Number(address.value)) : formatIPv6(address.value)
}

function formatIPv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
}

function formatIPv6(value: bigint): string {
  const parts: number[] = []
  for (let shift = 112n; shift >= 0n; shift -= 16n) parts.push(Number((value >> shift) & 0xffffn))
  return formatGroups(parts)
}

/** The eight groups of an IPv6 address as RFC 5952 text. */
export function formatGroups(parts: readonly number[]): string {
  const run = longestZeroRun(parts)
  const hex = (from: number, to: number) =>
    parts
      .slice(from, to)
      .map((part) => part.toString(16))
      .join(':')
  if (run === undefined) return hex(0, 8)
  return `${hex(0, run.start)}::${hex(run.start + run.length, 8)}`
}

/** RFC 5952 §4.2: the longest run of two or more zero groups, the first one of equals. */
function longestZeroRun(parts: readonly number[]): { start: number; length: number } | undefined {
  let best: { start: number; length: number } | undefined
  let start = 0
  for (let index = 0; index <= parts.length; index++) {
    if (index < parts.length && parts[index] === 0) continue
    const length = index - start
    if (length > 1 && length > (best?.length ?? 0)) best = { start, length }
    start = index + 1
  }
  return best
}

/** '192.0.2.0/24'; host bits may be set and are cleared, as Go's ParseCIDR does. */
export function parseCidr(text: string): AddressRange | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text)
  const address = match?.[1] === undefined ? undefined : parseAddress(match[1])
  if (match === null || address === undefined) return undefined
  const bits = addressBits[address.family]
  const length = Number(match[2])
  if (length > bits || (address.family === 'IPv4' && text.includes(':'))) return undefined
  return cidrRange(address, length)
}

export function cidrRange(address: Address, prefixLength: number): AddressRange {
  const size = 1n << BigInt(addressBits[address.family] - prefixLength)
  const first = address.value - (address.value % size)
  return { family: address.family, first, last: first + size - 1n }
}

export function rangeContains(range: AddressRange, address: Address): boolean {
  return range.family === address.family && range.first <= address.value && address.value <= range.last
}

export function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last
}

export function rangeSize(range: AddressRange): bigint {
  return range.last - range.first + 1n
}

/** '192.0.2.0/24' when the range is one CIDR, else '192.0.2.1-192.0.2.9'. */
export function formatRange(range: AddressRange): string {
  const size = rangeSize(range)
  const isCidr = (size & (size - 1n)) === 0n && range.first % size === 0n
  const first = formatAddress({ family: range.family, value: range.first })
  if (isCidr) return `${first}/${addressBits[range.family] - (size.toString(2).length - 1)}`
  return `${first}-${formatAddress({ family: range.family, value: range.last })}`
}

/** Network order bytes, 4 or 16. */
export function addressBytes(address: Address): Uint8Array {
  const length = addressBits[address.family] / 8
  const bytes = new Uint8Array(length)
  let rest = address.value
  for (let index = length - 1; index >= 0; index--) {
    bytes[index] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

/** From 4 or 16 bytes in network order. */
export function addressFromBytes(bytes: Uint8Array): Address {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return { family: bytes.length === 4 ? 'IPv4' : 'IPv6', value }
}
