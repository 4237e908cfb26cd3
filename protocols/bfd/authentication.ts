// Authentication of BFD control packets (RFC 5880 §6.7). Stateless: digests here, sequence numbers in session.ts.
import { bytesEqual, concatBytes } from '../net/bytes.ts'
import type { BfdAuthentication } from './config.ts'
import type { AuthenticationType } from './iana.ts'
import { digestLength, encodeBfd } from './packet.ts'
import type { AuthenticationSection, BfdPacket } from './packet.ts'

/** Hashing is not ours; whoever does I/O brings it. */
export type Hash = (algorithm: 'md5' | 'sha1', bytes: Uint8Array) => Uint8Array

/** Fills the digest of a packet whose section has type, key id and sequence (RFC 5880 §6.7.3, §6.7.4). */
export function signBfd(packet: BfdPacket, authentication: BfdAuthentication, hash: Hash): BfdPacket {
  const section = packet.authentication
  if (section === undefined || section.type === 'simplePassword') return packet
  const digest = digestOf(packet, authentication, hash)
  return { ...packet, authentication: { ...section, digest } }
}

/** The section that a sender puts in, its digest still to be computed. */
export function authenticationSection(
  authentication: BfdAuthentication,
  sequence: number,
): AuthenticationSection {
  const { type, keyId } = authentication
  if (type === 'simplePassword')
    return { type, keyId, password: new TextEncoder().encode(authentication.key) }
  return { type, keyId, sequence, digest: new Uint8Array(digestLength[type]) }
}

/**
 * What is wrong with the packet's authentication, in words, or nothing (RFC 5880 §6.8.6: A set without
 * authentication in use, or clear with it, is a discard).
 */
export function authenticationObjection(
  packet: BfdPacket,
  authentication: BfdAuthentication | undefined,
  hash: Hash,
): string | undefined {
  const section = packet.authentication
  if (authentication === undefined)
    return section === undefined ? undefined : 'authenticated, and we use none'
  if (section === undefined) return 'not authenticated'
  if (section.type !== authentication.type)
    return `authentication ${section.type}, not ${authentication.type}`
  if (section.keyId !== authentication.keyId) return `key id ${section.keyId}, not ${authentication.keyId}`
  if (section.type === 'simplePassword')
    return bytesEqual(section.password, new TextEncoder().encode(authentication.key))
      ? undefined
      : 'wrong password'
  return bytesEqual(section.digest, digestOf(packet, authentication, hash)) ? undefined : 'wrong digest'
}

/** RFC 5880 §6.7.3: the digest is over the packet with the key, padded with zeros, in the place of the digest. */
function digestOf(packet: BfdPacket, authentication: BfdAuthentication, hash: Hash): Uint8Array {
  const section = packet.authentication
  if (section === undefined || section.type === 'simplePassword') return new Uint8Array()
  const key = paddedKey(authentication.key, digestLength[section.type])
  return hash(
    algorithmOf(section.type),
    encodeBfd({ ...packet, authentication: { ...section, digest: key } }),
  )
}

function paddedKey(key: string, length: number): Uint8Array {
  const bytes = new TextEncoder().encode(key).subarray(0, length)
  return concatBytes(bytes, new Uint8Array(length - bytes.length))
}

function algorithmOf(type: AuthenticationType): 'md5' | 'sha1' {
  return type === 'keyedMd5' || type === 'meticulousKeyedMd5' ? 'md5' : 'sha1'
}
