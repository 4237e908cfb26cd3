// OPEN, RFC 4271 §4.2, with capabilities (RFC 5492) and extended optional parameters (RFC 9072).
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+
//   |    Version    |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |     My Autonomous System      |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |           Hold Time           |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                         BGP Identifier                        |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   | Opt Parm Len  |  parameters: type (1), length (1), value …
//   +-+-+-+-+-+-+-+-+
//   RFC 9072 §2: | 255 | 255 | Extended Opt. Parm. Length (2) | parameters: type (1), length (2), value …
import {
  concatBytes,
  readBytes,
  readerOf,
  readRest,
  readUint16,
  readUint8,
  remaining,
  uint16Bytes,
} from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import { allCapabilities, decodeCapabilities, encodeCapabilities } from './capability-list.ts'
import type { Capability } from './capability.ts'
import { asFault, BgpError } from './fault.ts'
import { asTrans, OptionalParameter } from './iana.ts'
import { addressText, addressTextBytes } from './nlri.ts'

export type Open = {
  readonly type: 'open'
  readonly asNumber: number // the field of two octets; the AS itself stands in the capability, RFC 6793
  readonly holdTimeS: number // 0 or at least 3
  readonly identifier: string // dotted quad
  readonly capabilities: readonly Capability[]
}

const version = 4

export function decodeOpen(body: Uint8Array): Open {
  const reader = readerOf(body, 'RFC 4271 §4.2')
  return asFault('optional parameters', body, () => {
    const versionReceived = readUint8(reader, 'version')
    // RFC 4271 §6.2: the data is the largest version that we speak.
    if (versionReceived !== version)
      throw new BgpError('version', String(versionReceived), uint16Bytes(version))
    const asNumber = readUint16(reader, 'my AS')
    const holdTimeS = readUint16(reader, 'hold time')
    const identifier = addressText(readBytes(reader, 4, 'identifier'))
    const capabilities = readParameters(reader).flatMap(parameterCapabilities)
    const open = { type: 'open', asNumber, holdTimeS, identifier, capabilities } as const
    checkOpen(open)
    return open
  })
}

type Parameter = { readonly type: number; readonly value: Uint8Array }

function readParameters(reader: Reader): Parameter[] {
  const length = readUint8(reader, 'optional parameters length')
  const rest = readRest(reader)
  // RFC 9072 §2: a first parameter of type 255 marks the extended form, whatever the length octet says.
  const isExtended = length !== 0 && rest[0] === OptionalParameter.extendedLength
  if (!isExtended) return readList(boundedReader(rest, length), 1)
  const extended = readerOf(rest.subarray(1), 'RFC 9072 §2')
  return asFault('extended optional parameters', rest, () => {
    const extendedLength = readUint16(extended, 'extended length')
    return readList(boundedReader(readRest(extended), extendedLength), 2)
  })
}

function boundedReader(bytes: Uint8Array, length: number): Reader {
  if (bytes.length !== length)
    throw new BgpError('optional parameters', `${length} octets announced, ${bytes.length} there`, bytes)
  return readerOf(bytes, 'RFC 4271 §4.2')
}

function readList(reader: Reader, lengthOctets: 1 | 2): Parameter[] {
  const parameters: Parameter[] = []
  while (remaining(reader) > 0) {
    const type = readUint8(reader, 'parameter type')
    const length =
      lengthOctets === 1 ? readUint8(reader, 'parameter length') : readUint16(reader, 'parameter length')
    parameters.push({ type, value: readBytes(reader, length, `parameter ${type}`) })
  }
  return parameters
}

function parameterCapabilities({ type, value }: Parameter): Capability[] {
  if (type !== OptionalParameter.capabilities) throw new BgpError('optional parameter type', String(type))
  return decodeCapabilities(value)
}

/** What is wrong with an OPEN whoever sent it; what is wrong with it for a certain peer, negotiate.ts knows. */
function checkOpen(open: Open): void {
  const { asNumber, holdTimeS, identifier } = open
  if (holdTimeS === 1 || holdTimeS === 2)
    throw new BgpError('hold time', `${holdTimeS} s`, uint16Bytes(holdTimeS))
  if (identifier === '0.0.0.0') throw new BgpError('identifier', identifier)
  if (asNumber === 0) throw new BgpError('AS zero', 'my AS is 0')
  checkFourOctetAs(open)
  const roles = new Set(allCapabilities(open.capabilities, 'role').map(({ role }) => role))
  if (roles.size > 1) throw new BgpError('role', `several: ${[...roles].join(', ')}`)
}

function checkFourOctetAs({ asNumber, capabilities }: Open): void {
  const numbers = new Set(allCapabilities(capabilities, 'four-octet-as').map((one) => one.asNumber))
  const [full, other] = numbers
  if (other !== undefined) throw new BgpError('four-octet AS', `two: ${full} and ${other}`)
  if (full === 0) throw new BgpError('AS zero', 'the AS of the capability is 0')
  if ((full ?? asNumber) === asTrans) throw new BgpError('four-octet AS', 'AS_TRANS is nobody')
  const expected = full === undefined || full > 0xffff ? undefined : full
  if (expected !== undefined && asNumber !== expected)
    throw new BgpError('four-octet AS', `my AS is ${asNumber}, the capability says ${full}`)
}

/** The AS that the peer says it is, RFC 6793 §4.1. */
export function openAs(open: Open): number {
  return allCapabilities(open.capabilities, 'four-octet-as')[0]?.asNumber ?? open.asNumber
}

export function encodeOpen(open: Open): Uint8Array {
  return concatBytes(
    Uint8Array.of(version),
    uint16Bytes(open.asNumber),
    uint16Bytes(open.holdTimeS),
    addressTextBytes(open.identifier, 'IPv4'),
    parameterBytes(encodeCapabilities(open.capabilities)),
  )
}

/** All capabilities in one parameter; in the extended form only when they do not fit, for not all peers know it. */
function parameterBytes(capabilities: Uint8Array): Uint8Array {
  const { length } = capabilities
  const type = OptionalParameter.capabilities
  if (length === 0) return Uint8Array.of(0)
  if (length + 2 <= 255) return concatBytes(Uint8Array.of(length + 2, type, length), capabilities)
  const { extendedLength } = OptionalParameter
  return concatBytes(
    Uint8Array.of(extendedLength, extendedLength),
    uint16Bytes(length + 3),
    Uint8Array.of(type),
    uint16Bytes(length),
    capabilities,
  )
}
