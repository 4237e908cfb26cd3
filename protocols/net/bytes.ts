// Length-bounded reading and writing of bytes on the wire; the one error that a decoder may raise.

/**
 * Bytes that break the protocol. `field` is the field that is wrong, or the first one that is cut off;
 * `rfc` is the rule it breaks ('RFC 4861 §7.1.1').
 */
export class DecodeError extends Error {
  override readonly name: string = 'DecodeError'
  readonly field: string
  readonly rfc: string

  constructor(field: string, problem: string, rfc: string) {
    super(`${field}: ${problem} (${rfc})`)
    this.field = field
    this.rfc = rfc
  }
}

/** All that a codec objects to beside bytes that are cut off: the field that is wrong, and the rule that says so. */
export type Faults = Readonly<Record<string, string>>

/** To be thrown: an objection that stands in the codec's table of faults. */
export function fault<Table extends Faults>(
  faults: Table,
  field: keyof Table & string,
  problem: string,
): DecodeError {
  return new DecodeError(field, problem, faults[field] ?? '')
}

/** A cursor over bytes that nothing reads past: every read consumes, or fails as DecodeError. */
export type Reader = {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly rfc: string // where the layout is written; named when the bytes end too early
  readonly littleEndian: boolean // the network is big-endian; pcap files are either
  offset: number
}

export function readerOf(bytes: Uint8Array, rfc: string, littleEndian = false): Reader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { bytes, view, rfc, littleEndian, offset: 0 }
}

export function remaining(reader: Reader): number {
  return reader.bytes.length - reader.offset
}

export function readUint8(reader: Reader, field: string): number {
  return reader.view.getUint8(advance(reader, 1, field))
}

export function readUint16(reader: Reader, field: string): number {
  return reader.view.getUint16(advance(reader, 2, field), reader.littleEndian)
}

export function readUint32(reader: Reader, field: string): number {
  return reader.view.getUint32(advance(reader, 4, field), reader.littleEndian)
}

/** A view, not a copy: the next `length` bytes. */
export function readBytes(reader: Reader, length: number, field: string): Uint8Array {
  const start = advance(reader, length, field)
  return reader.bytes.subarray(start, start + length)
}

/** A view of all that is left. */
export function readRest(reader: Reader): Uint8Array {
  return readBytes(reader, remaining(reader), 'rest')
}

function advance(reader: Reader, length: number, field: string): number {
  const left = remaining(reader)
  if (length > left)
    throw new DecodeError(field, `cut off: needs ${plural(length)}, ${left} left`, reader.rfc)
  const start = reader.offset
  reader.offset += length
  return start
}

function plural(length: number): string {
  return length === 1 ? '1 byte' : `${length} bytes`
}

/** Big-endian. */
export function uint16Bytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value)
}

/** Big-endian. */
export function uint32Bytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Unchecked big-endian reads for hot paths that have checked the length once. */
export function uint16At(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)
}

export function uint32At(bytes: Uint8Array, offset: number): number {
  return ((uint16At(bytes, offset) << 16) | uint16At(bytes, offset + 2)) >>> 0
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

/** Lower case, no separators. */
export function formatHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

/** Undefined when the text is not whole bytes in hexadecimal. */
export function parseHex(text: string): Uint8Array | undefined {
  if (!/^([0-9a-fA-F]{2})*$/.test(text)) return undefined
  const bytes = new Uint8Array(text.length / 2)
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16)
  return bytes
}
