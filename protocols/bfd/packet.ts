// The BFD control packet and its authentication sections (RFC 5880 §4).
import {
  concatBytes,
  fault,
  readBytes,
  readerOf,
  readRest,
  readUint32,
  readUint8,
  uint32Bytes,
} from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import { AuthenticationType, BfdState, bfdVersion } from './iana.ts'

export type BfdPacket = {
  readonly diagnostic: number
  readonly state: BfdState
  readonly poll: boolean
  readonly final: boolean
  readonly controlPlaneIndependent: boolean
  readonly demand: boolean
  readonly detectMultiplier: number
  readonly myDiscriminator: number
  readonly yourDiscriminator: number
  readonly desiredMinTxUs: number
  readonly requiredMinRxUs: number
  readonly requiredMinEchoRxUs: number
  readonly authentication?: AuthenticationSection
}

export type AuthenticationSection =
  | { readonly type: 'simplePassword'; readonly keyId: number; readonly password: Uint8Array }
  | {
      readonly type: Exclude<AuthenticationType, 'simplePassword'>
      readonly keyId: number
      readonly sequence: number
      readonly digest: Uint8Array // 16 bytes of MD5, 20 of SHA1
    }

/** All that decodeBfd objects to beside bytes that are cut off: the discards of RFC 5880 §6.8.6, and §4.2 to §4.4. */
export const bfdFaults = {
  version: 'RFC 5880 §6.8.6',
  length: 'RFC 5880 §6.8.6',
  detectMultiplier: 'RFC 5880 §6.8.6',
  multipoint: 'RFC 5880 §6.8.6',
  myDiscriminator: 'RFC 5880 §6.8.6',
  yourDiscriminator: 'RFC 5880 §6.8.6',
  authenticationType: 'RFC 5880 §4.1',
  authenticationLength: 'RFC 5880 §4.2 to §4.4',
  reserved: 'RFC 5880 §4.3, §4.4',
  pollFinal: 'RFC 5880 §6.5',
} as const

const headerLength = 24
const bit = {
  poll: 0x20,
  final: 0x10,
  independent: 0x08,
  authentication: 0x04,
  demand: 0x02,
  multipoint: 0x01,
}

/** Bytes of each digest. */
export const digestLength = {
  keyedMd5: 16,
  meticulousKeyedMd5: 16,
  keyedSha1: 20,
  meticulousKeyedSha1: 20,
} as const

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-----+---------+---+-+-+-+-+-+-+---------------+---------------+
// |Vers |  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |    Length     |
// +-----+---------+---+-+-+-+-+-+-+---------------+---------------+
// |                       My Discriminator                        |
// |                      Your Discriminator                       |
// |                    Desired Min TX Interval                    |   microseconds
// |                   Required Min RX Interval                    |   microseconds
// |                 Required Min Echo RX Interval                 |   microseconds
// +---------------------------------------------------------------+
// |  Auth Type    |   Auth Len    |    Authentication Data ...    |   with A set
/** A UDP payload. Bytes after Length are padding (RFC 9764) and are not looked at. */
export function decodeBfd(bytes: Uint8Array): BfdPacket {
  const reader = readerOf(bytes, 'RFC 5880 §4.1')
  const first = readUint8(reader, 'version')
  const version = first >>> 5
  if (version !== bfdVersion) throw fault(bfdFaults, 'version', `${version} is not 1`)
  const flags = readUint8(reader, 'state')
  const detectMultiplier = readUint8(reader, 'detectMultiplier')
  const length = readUint8(reader, 'length')
  checkLength(bytes, length, flags)
  if (detectMultiplier === 0) throw fault(bfdFaults, 'detectMultiplier', '0 can never detect anything')
  if ((flags & bit.multipoint) !== 0) throw fault(bfdFaults, 'multipoint', 'the bit must be zero')
  if ((flags & bit.poll) !== 0 && (flags & bit.final) !== 0)
    throw fault(bfdFaults, 'pollFinal', 'poll and final in one packet')
  const packet = {
    diagnostic: first & 0x1f,
    state: stateOf(flags >>> 6),
    poll: (flags & bit.poll) !== 0,
    final: (flags & bit.final) !== 0,
    controlPlaneIndependent: (flags & bit.independent) !== 0,
    demand: (flags & bit.demand) !== 0,
    detectMultiplier,
    myDiscriminator: readUint32(reader, 'myDiscriminator'),
    yourDiscriminator: readUint32(reader, 'yourDiscriminator'),
    desiredMinTxUs: readUint32(reader, 'desiredMinTxUs'),
    requiredMinRxUs: readUint32(reader, 'requiredMinRxUs'),
    requiredMinEchoRxUs: readUint32(reader, 'requiredMinEchoRxUs'),
  }
  checkDiscriminators(packet)
  if ((flags & bit.authentication) === 0) return packet
  return {
    ...packet,
    authentication: decodeAuthentication(readBytes(reader, length - headerLength, 'authentication')),
  }
}

/** RFC 5880 §6.8.6: 24 without authentication, 26 with, never more than what came. */
function checkLength(bytes: Uint8Array, length: number, flags: number): void {
  const least = (flags & bit.authentication) === 0 ? headerLength : headerLength + 2
  if (length < least) throw fault(bfdFaults, 'length', `${length} is below ${least}`)
  if (length > bytes.length)
    throw fault(bfdFaults, 'length', `${length} is more than the ${bytes.length} bytes that came`)
}

function checkDiscriminators(packet: BfdPacket): void {
  if (packet.myDiscriminator === 0) throw fault(bfdFaults, 'myDiscriminator', 'must not be 0')
  if (packet.yourDiscriminator === 0 && packet.state !== 'down' && packet.state !== 'adminDown')
    throw fault(bfdFaults, 'yourDiscriminator', `must not be 0 in state ${packet.state}`)
}

function stateOf(code: number): BfdState {
  if (code === BfdState.adminDown) return 'adminDown'
  if (code === BfdState.down) return 'down'
  return code === BfdState.init ? 'init' : 'up'
}

// +---------------+---------------+---------------+---------------+
// |  Auth Type    |   Auth Len    |  Auth Key ID  |   Reserved    |   MD5: length 24, SHA1: length 28
// +---------------+---------------+---------------+---------------+
// |                        Sequence Number                        |
// |                 Digest: 16 bytes or 20 bytes                  |
/** The bytes from Auth Type to the end that Length gives. */
function decodeAuthentication(bytes: Uint8Array): AuthenticationSection {
  const reader = readerOf(bytes, 'RFC 5880 §4.2 to §4.4')
  const type = authenticationTypeOf(readUint8(reader, 'authenticationType'))
  const length = readUint8(reader, 'authenticationLength')
  if (length !== bytes.length)
    throw fault(bfdFaults, 'authenticationLength', `${length} where Length leaves ${bytes.length}`)
  const keyId = readUint8(reader, 'keyId')
  if (type === 'simplePassword') return { type, keyId, password: decodePassword(reader) }
  const wanted = 8 + digestLength[type]
  if (length !== wanted) throw fault(bfdFaults, 'authenticationLength', `${length} is not ${wanted}`)
  if (readUint8(reader, 'reserved') !== 0) throw fault(bfdFaults, 'reserved', 'must be zero')
  const sequence = readUint32(reader, 'sequence')
  return { type, keyId, sequence, digest: readRest(reader) }
}

function decodePassword(reader: Reader): Uint8Array {
  const password = readRest(reader)
  if (password.length < 1 || password.length > 16)
    throw fault(bfdFaults, 'authenticationLength', `a password of ${password.length} bytes is not 1 to 16`)
  return password
}

function authenticationTypeOf(code: number): AuthenticationType {
  if (code === AuthenticationType.simplePassword) return 'simplePassword'
  if (code === AuthenticationType.keyedMd5) return 'keyedMd5'
  if (code === AuthenticationType.meticulousKeyedMd5) return 'meticulousKeyedMd5'
  if (code === AuthenticationType.keyedSha1) return 'keyedSha1'
  if (code === AuthenticationType.meticulousKeyedSha1) return 'meticulousKeyedSha1'
  throw fault(bfdFaults, 'authenticationType', `${code} is none of 1 to 5`)
}

/** `paddedLength` bytes where the packet is shorter (RFC 9764 §3: zeros after the packet). */
export function encodeBfd(packet: BfdPacket, paddedLength = 0): Uint8Array {
  const section =
    packet.authentication === undefined ? new Uint8Array() : encodeAuthentication(packet.authentication)
  const flags =
    (BfdState[packet.state] << 6) |
    (packet.poll ? bit.poll : 0) |
    (packet.final ? bit.final : 0) |
    (packet.controlPlaneIndependent ? bit.independent : 0) |
    (packet.authentication === undefined ? 0 : bit.authentication) |
    (packet.demand ? bit.demand : 0)
  const bytes = concatBytes(
    Uint8Array.of(
      (bfdVersion << 5) | packet.diagnostic,
      flags,
      packet.detectMultiplier,
      headerLength + section.length,
    ),
    uint32Bytes(packet.myDiscriminator),
    uint32Bytes(packet.yourDiscriminator),
    uint32Bytes(packet.desiredMinTxUs),
    uint32Bytes(packet.requiredMinRxUs),
    uint32Bytes(packet.requiredMinEchoRxUs),
    section,
  )
  return bytes.length < paddedLength ? concatBytes(bytes, new Uint8Array(paddedLength - bytes.length)) : bytes
}

function encodeAuthentication(section: AuthenticationSection): Uint8Array {
  const code = AuthenticationType[section.type]
  if (section.type === 'simplePassword')
    return concatBytes(Uint8Array.of(code, 3 + section.password.length, section.keyId), section.password)
  return concatBytes(
    Uint8Array.of(code, 8 + section.digest.length, section.keyId, 0),
    uint32Bytes(section.sequence),
    section.digest,
  )
}
