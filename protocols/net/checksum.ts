// The Internet checksum (RFC 1071) and the pseudo-headers under it (RFC 8200 §8.1, RFC 768, RFC 9293 §3.1).

/**
 * One's complement sum of bytes[start, end), not folded: partial sums of stretches of even length may be added.
 * Cannot overflow a double below 2^37 bytes.
 */
export function sum16(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0
  let index = start
  for (; index + 1 < end; index += 2) sum += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)
  if (index < end) sum += (bytes[index] ?? 0) << 8 // an odd last byte is the high half of a word
  return sum
}

/** Folds a sum and takes its complement: the value that goes on the wire, 0 when the sum held a right checksum. */
export function checksumOf(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000)
  return 0xffff - folded
}

/** Of whole bytes that hold zero in the checksum's place (to write), or the received checksum (0 = right). */
export function internetChecksum(bytes: Uint8Array): number {
  return checksumOf(sum16(bytes, 0, bytes.length))
}

/** What stands in a pseudo-header beside the length: network order addresses, 4 or 16 bytes each. */
export type PseudoHeader = {
  readonly source: Uint8Array
  readonly destination: Uint8Array
  readonly protocol: number
}

/** Checksum of an upper-layer packet under its pseudo-header; as internetChecksum. IPv4 and IPv6 sum alike. */
export function transportChecksum(header: PseudoHeader, segment: Uint8Array): number {
  const { source, destination, protocol } = header
  const addresses = sum16(source, 0, source.length) + sum16(destination, 0, destination.length)
  const length = (segment.length >>> 16) + (segment.length & 0xffff)
  return checksumOf(addresses + length + protocol + sum16(segment, 0, segment.length))
}
