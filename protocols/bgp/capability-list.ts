// The capabilities of an OPEN as a list, RFC 5492 §4: read, written, looked up, shown.
import {
  concatBytes,
  DecodeError,
  formatHex,
  readBytes,
  readerOf,
  readUint8,
  remaining,
} from '../net/bytes.ts'
import { capabilityTable, list } from './capabilities.ts'
import type {
  Capability,
  CapabilityFields,
  CapabilityName,
  CapabilityRow,
  KnownCapability,
} from './capability.ts'
import { hexBytes } from './community.ts'
import { asFault, BgpError } from './fault.ts'

function isCapabilityName(name: string): name is CapabilityName {
  return Object.hasOwn(capabilityTable, name)
}

const namesByCode: ReadonlyMap<number, CapabilityName> = new Map(
  Object.keys(capabilityTable)
    .filter(isCapabilityName)
    .map((name) => [capabilityTable[name].code, name]),
)

/**
 * The capabilities of one optional parameter. A TLV that crosses the end of the parameter breaks the OPEN;
 * content that is malformed is one's own affair (RFC 5492 §5 knows no error for it) and is ignored, except
 * the AS number: who misreads that talks to a stranger.
 *
 *   +------------------------------+
 *   | Capability Code (1 octet)    |
 *   | Capability Length (1 octet)  |
 *   | Capability Value (variable)  |   … and again
 *   +------------------------------+
 */
export function decodeCapabilities(bytes: Uint8Array): Capability[] {
  const reader = readerOf(bytes, 'RFC 5492 §4')
  return asFault('capability', bytes, () =>
    list(reader, () => {
      const code = readUint8(reader, 'capability code')
      const length = readUint8(reader, 'capability length')
      return decodeCapability(code, readBytes(reader, length, 'capability value'))
    }),
  )
}

function decodeCapability(code: number, value: Uint8Array): Capability {
  const unknown = { name: 'unknown', code, value: formatHex(value) } as const
  const name = namesByCode.get(code)
  if (name === undefined) return unknown
  try {
    return decodeKnown(name, value)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    if (capabilityTable[name].whenMalformed === 'ignore') return unknown
    throw new BgpError('capability', `${name}: ${error.message}`)
  }
}

function decodeKnown<Name extends CapabilityName>(name: Name, value: Uint8Array): KnownCapability<Name> {
  const row: CapabilityRow<CapabilityFields[Name]> = capabilityTable[name]
  const reader = readerOf(value, 'RFC 5492 §4')
  const fields: CapabilityFields[Name] = row.decode(reader)
  if (remaining(reader) > 0)
    throw new DecodeError(name, `${remaining(reader)} octets too many`, 'RFC 5492 §4')
  return { name, ...fields }
}

export function encodeCapabilities(capabilities: readonly Capability[]): Uint8Array {
  return concatBytes(...capabilities.map(capabilityBytes))
}

function capabilityBytes(capability: Capability): Uint8Array {
  const isUnknown = capability.name === 'unknown'
  const code = isUnknown ? capability.code : capabilityTable[capability.name].code
  const value = isUnknown ? hexBytes(capability.value) : knownBytes(capability)
  if (value.length > 255) throw new RangeError(`a capability of ${value.length} octets`)
  return concatBytes(Uint8Array.of(code, value.length), value)
}

function knownBytes<Name extends CapabilityName>(capability: KnownCapability<Name>): Uint8Array {
  return capabilityTable[capability.name].encode(capability)
}

/** For people: 'multiprotocol 1/1'; a known code among the unknown ones is malformed. */
export function formatCapability(capability: Capability): string {
  if (capability.name !== 'unknown') return formatKnown(capability)
  const known = namesByCode.get(capability.code)
  const label = known === undefined ? `capability ${capability.code}` : `${known} (malformed)`
  return `${label} 0x${capability.value}`
}

function formatKnown<Name extends CapabilityName>(capability: KnownCapability<Name>): string {
  return `${capability.name} ${capabilityTable[capability.name].format(capability)}`.trim()
}

type Named<Name extends CapabilityName> = Extract<Capability, { readonly name: Name }>

/** The first capability of that name, RFC 5492 §4: several are as one. */
export function findCapability<Name extends CapabilityName>(
  capabilities: readonly Capability[],
  name: Name,
): Named<Name> | undefined {
  return allCapabilities(capabilities, name)[0]
}

export function allCapabilities<Name extends CapabilityName>(
  capabilities: readonly Capability[],
  name: Name,
): Named<Name>[] {
  return capabilities.filter((capability): capability is Named<Name> => capability.name === name)
}
