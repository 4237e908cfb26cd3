// The MD5 signature of a TCP segment (RFC 2385 §2), kept for the routers that know nothing newer.
import { bytesEqual, concatBytes, uint16Bytes } from '../net/bytes.ts'
import { IpProtocol } from '../net/iana.ts'

/** Hashing is not ours; whoever does I/O brings it. */
export type Md5 = (bytes: Uint8Array) => Uint8Array

/** Addresses in network order, 4 or 16 bytes each. */
export type SignedBetween = {
  readonly source: Uint8Array
  readonly destination: Uint8Array
  readonly key: string
}

/**
 * 16 bytes, over the pseudo-header, the header without options and with a checksum of zero, the data, the key.
 * `segment` is the whole encoded segment; its options are not looked at, so the digest's place may hold anything.
 */
export function segmentDigest(segment: Uint8Array, between: SignedBetween, md5: Md5): Uint8Array {
  const headerLength = ((segment[12] ?? 0) >>> 4) * 4
  const header = segment.slice(0, 20)
  header.set([0, 0], 16)
  const data = segment.subarray(headerLength)
  return md5(
    concatBytes(pseudoHeader(between, segment.length), header, data, new TextEncoder().encode(between.key)),
  )
}

/** RFC 2385 §2 item 1 for IPv4; for IPv6 the pseudo-header of RFC 8200 §8.1, as Linux and the BSDs do. */
function pseudoHeader(between: SignedBetween, length: number): Uint8Array {
  const { source, destination } = between
  return source.length === 4
    ? concatBytes(source, destination, Uint8Array.of(0, IpProtocol.tcp), uint16Bytes(length))
    : concatBytes(
        source,
        destination,
        uint16Bytes(length >>> 16),
        uint16Bytes(length & 0xffff),
        Uint8Array.of(0, 0, 0, IpProtocol.tcp),
      )
}

/** What is wrong with a received segment's signature, in words, or nothing (RFC 2385 §2: drop it, answer nothing). */
export function signatureObjection(
  received: { readonly segment: Uint8Array; readonly md5Option: Uint8Array | undefined },
  between: SignedBetween | undefined,
  md5: Md5,
): string | undefined {
  const { segment, md5Option } = received
  if (between === undefined) return md5Option === undefined ? undefined : 'signed, and we have no key'
  if (md5Option === undefined) return 'not signed'
  return bytesEqual(md5Option, segmentDigest(segment, between, md5)) ? undefined : 'wrong key'
}
