// What the runner and the fuzzers know of a codec, whatever it decodes to.
import { DecodeError, formatHex } from '../../protocols/net/bytes.ts'

export type Codec = {
  readonly decode: (bytes: Uint8Array) => unknown // as JSON: bytes in hexadecimal, bigints in decimal
  readonly encodeDecoded?: (bytes: Uint8Array) => Uint8Array // encode(decode(bytes)); some formats are only read
  readonly errors: readonly string[] // all that it can raise beside bytes that are cut off, as ! lines name them
  readonly errorName: (error: DecodeError) => string
  readonly prefixesFail: boolean // false for a file of records, which may end after any of them
}

type Parts<T> = {
  readonly decode: (bytes: Uint8Array) => T
  readonly encode?: (value: T) => Uint8Array
  readonly faults: Readonly<Record<string, string>> // field → RFC section
  readonly prefixesFail?: boolean
}

/** A codec whose errors are told apart by the field that is wrong. */
export function codecOf<T>(parts: Parts<T>): Codec {
  const { decode, encode } = parts
  return {
    decode: (bytes) => jsonOf(decode(bytes)),
    ...(encode === undefined ? {} : { encodeDecoded: (bytes) => encode(decode(bytes)) }),
    errors: Object.keys(parts.faults),
    errorName: (error) => error.field,
    prefixesFail: parts.prefixesFail ?? true,
  }
}

function jsonOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return formatHex(value)
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, jsonOf(each)]))
}

/** The DecodeError of decoding, or undefined when it decodes; any other error is a bug and goes on. */
export function decodeFailure(codec: Codec, bytes: Uint8Array): DecodeError | undefined {
  try {
    codec.decode(bytes)
    return undefined
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}
