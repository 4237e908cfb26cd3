// The path attributes of one UPDATE, RFC 4271 §4.3; what is wrong with them by RFC 7606 §3 and §4.
//
//    0                   1
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |O|T|P|E|0 0 0 0|  Type Code    |   optional, transitive, partial, extended length
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |  Length (1 octet, 2 with E)   |  value …
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
import {
  concatBytes,
  formatHex,
  readBytes,
  readerOf,
  readUint16,
  readUint8,
  remaining,
} from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import type {
  AttributeClass,
  AttributeName,
  AttributeRow,
  AttributeValues,
  KnownAttributes,
  PathAttributes,
  UnknownAttribute,
} from './attribute.ts'
import { attributeTable } from './attributes.ts'
import { hexBytes } from './community.ts'
import type { Context } from './context.ts'
import { asFault, BgpError, withData } from './fault.ts'
import { AttributeFlag, AttributeType } from './iana.ts'

const { optional, transitive, partial, extendedLength } = AttributeFlag

const classFlags: Record<AttributeClass, number> = {
  'well-known': transitive,
  'optional-transitive': optional | transitive,
  'optional-non-transitive': optional,
}

function isAttributeName(name: string): name is AttributeName {
  return Object.hasOwn(attributeTable, name)
}

/** RFC 7606 §5.1: MP_REACH_NLRI or MP_UNREACH_NLRI first, the others by type (RFC 4271 §5). */
const names = Object.keys(attributeTable)
  .filter(isAttributeName)
  .toSorted((a, b) => encodingOrder(a) - encodingOrder(b))

const namesByType: ReadonlyMap<number, AttributeName> = new Map(
  names.map((name) => [attributeTable[name].type, name]),
)

function encodingOrder(name: AttributeName): number {
  const { type } = attributeTable[name]
  return isMultiprotocol(type) ? type - 256 : type
}

function isMultiprotocol(type: number): boolean {
  return type === AttributeType.mpReach || type === AttributeType.mpUnreach
}

/** One attribute as it stands in the message. */
type RawAttribute = {
  readonly flags: number
  readonly type: number
  readonly value: Uint8Array
  readonly bytes: Uint8Array // with its header, as a NOTIFICATION shows it
}

export type DecodedAttributes = {
  readonly attributes: PathAttributes
  readonly errors: readonly BgpError[] // those the session survives; others are thrown
}

export function decodeAttributes(bytes: Uint8Array, context: Context): DecodedAttributes {
  const reader = readerOf(bytes, 'RFC 4271 §4.3')
  const errors: BgpError[] = []
  const seen = new Set<number>()
  const known: { -readonly [Name in AttributeName]?: AttributeValues[Name] } = {}
  const unknown: UnknownAttribute[] = []
  while (remaining(reader) > 0) {
    // RFC 7606 §4: after a length that does not fit nothing more can be read; the NLRI stands elsewhere.
    const stop = survive(errors, () => {
      const raw = readRaw(reader)
      survive(errors, () => {
        if (isRepeated(seen, raw)) return
        const name = namesByType.get(raw.type)
        if (name === undefined) unknown.push(unknownAttribute(raw))
        else assign(known, name, decodeKnown(name, raw, context))
      })
    })
    if (stop) break
  }
  if (unknown.length === 0) return { attributes: known, errors }
  // As RFC 4271 §5 has a sender order them, whatever this one did: the same attributes are equal.
  return { attributes: { ...known, unknown: unknown.toSorted((a, b) => a.type - b.type) }, errors }
}

/** Runs one part; an error that the session survives is noted, and the answer is true. */
function survive(errors: BgpError[], part: () => void): boolean {
  try {
    part()
    return false
  } catch (error) {
    if (!(error instanceof BgpError) || error.verdict === 'session-reset') throw error
    errors.push(error)
    return true
  }
}

function readRaw(reader: Reader): RawAttribute {
  const start = reader.offset
  const received = reader.bytes.subarray(start)
  return asFault('path attribute', received, () => {
    const flags = readUint8(reader, 'attribute flags')
    const type = readUint8(reader, 'attribute type')
    const long = (flags & extendedLength) !== 0
    const length = long ? readUint16(reader, 'attribute length') : readUint8(reader, 'attribute length')
    const value = readBytes(reader, length, `attribute ${type}`)
    const bytes = reader.bytes.subarray(start, reader.offset)
    return { flags: flags & (optional | transitive | partial), type, value, bytes }
  })
}

/** RFC 7606 §3 g: the first one counts; a second MP attribute leaves no meaning that could be kept. */
function isRepeated(seen: Set<number>, { type, bytes }: RawAttribute): boolean {
  if (!seen.has(type)) {
    seen.add(type)
    return false
  }
  throw new BgpError(
    isMultiprotocol(type) ? 'repeated MP attribute' : 'repeated attribute',
    `type ${type} stands twice`,
    bytes,
  )
}

function unknownAttribute({ flags, type, value, bytes }: RawAttribute): UnknownAttribute {
  if ((flags & optional) === 0)
    throw new BgpError('well-known attribute', `type ${type} says it is well-known`, bytes)
  return { type, flags, value: formatHex(value) }
}

function decodeKnown<Name extends AttributeName>(
  name: Name,
  { flags, type, value, bytes }: RawAttribute,
  context: Context,
): AttributeValues[Name] {
  const row: AttributeRow<AttributeValues[Name]> = attributeTable[name]
  if (row.internalOnly && context.peer === 'external')
    throw new BgpError('internal attribute', `${row.label} from an external peer`, bytes)
  if ((flags & (optional | transitive)) !== classFlags[row.class])
    throw new BgpError(
      isMultiprotocol(type) ? 'MP attribute flags' : 'attribute flags',
      `${row.label} with flags 0x${flags.toString(16)}`,
      bytes,
    )
  try {
    return asFault(row.fault, bytes, () => row.decode(readerOf(value, 'RFC 4271 §4.3'), context))
  } catch (error) {
    throw error instanceof BgpError ? withData(error, bytes) : error
  }
}

function assign<Name extends AttributeName>(
  target: { [N in AttributeName]?: AttributeValues[N] },
  name: Name,
  value: AttributeValues[Name],
): void {
  target[name] = value
}

export function encodeAttributes(attributes: PathAttributes, context: Context): Uint8Array {
  const known = names.flatMap((name) => encodeKnown(name, attributes, context))
  const unknown = (attributes.unknown ?? []).map(({ type, flags, value }) => ({
    type,
    bytes: attributeBytes(flags, type, hexBytes(value)),
  }))
  const order = ({ type }: { readonly type: number }) => (isMultiprotocol(type) ? type - 256 : type)
  const all = [...known, ...unknown].toSorted((a, b) => order(a) - order(b))
  return concatBytes(...all.map(({ bytes }) => bytes))
}

function encodeKnown<Name extends AttributeName>(
  name: Name,
  attributes: KnownAttributes,
  context: Context,
): { readonly type: number; readonly bytes: Uint8Array }[] {
  const value: AttributeValues[Name] | undefined = attributes[name]
  if (value === undefined) return []
  const row: AttributeRow<AttributeValues[Name]> = attributeTable[name]
  return [
    { type: row.type, bytes: attributeBytes(classFlags[row.class], row.type, row.encode(value, context)) },
  ]
}

function attributeBytes(flags: number, type: number, value: Uint8Array): Uint8Array {
  const header =
    value.length > 255
      ? Uint8Array.of(flags | extendedLength, type, value.length >>> 8, value.length)
      : Uint8Array.of(flags, type, value.length)
  return concatBytes(header, value)
}

/** One line for each attribute, for people: 'ORIGIN igp'. */
export function formatAttributes(attributes: PathAttributes): string[] {
  const known = names.flatMap((name) => formatKnown(name, attributes))
  const unknown = (attributes.unknown ?? []).map(
    ({ type, flags, value }) => `attribute ${type} flags 0x${flags.toString(16)} 0x${value}`,
  )
  return [...known, ...unknown]
}

function formatKnown<Name extends AttributeName>(name: Name, attributes: KnownAttributes): string[] {
  const value: AttributeValues[Name] | undefined = attributes[name]
  if (value === undefined) return []
  const row: AttributeRow<AttributeValues[Name]> = attributeTable[name]
  return [`${row.label} ${row.format(value)}`]
}
