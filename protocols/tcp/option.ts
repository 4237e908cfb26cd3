// The TCP options that we use: maximum segment size (RFC 9293 §3.2) and the MD5 signature (RFC 2385 §3).
import {
  concatBytes,
  fault,
  readBytes,
  readerOf,
  readUint8,
  remaining,
  uint16At,
  uint16Bytes,
} from '../net/bytes.ts'

export type TcpOptions = {
  readonly maximumSegmentSize?: number
  readonly md5?: Uint8Array // 16 bytes
}

export const tcpOptionFaults = {
  optionLength: 'RFC 9293 §3.1',
  maximumSegmentSize: 'RFC 9293 §3.2',
  md5: 'RFC 2385 §3',
} as const

const kind = { end: 0, noOperation: 1, maximumSegmentSize: 2, md5: 19 }

/** Bytes that a signed segment spends on options: kind, length, digest, and two of padding. */
export const md5OptionLength = 20

/** Unknown options are passed over. */
export function decodeTcpOptions(bytes: Uint8Array): TcpOptions {
  const reader = readerOf(bytes, 'RFC 9293 §3.1')
  let options: TcpOptions = {}
  while (remaining(reader) > 0) {
    const type = readUint8(reader, 'optionKind')
    if (type === kind.end) return options
    if (type === kind.noOperation) continue
    const length = readUint8(reader, 'optionLength')
    if (length < 2) throw fault(tcpOptionFaults, 'optionLength', `${length} is below 2`)
    options = { ...options, ...decodeOption(type, readBytes(reader, length - 2, 'option')) }
  }
  return options
}

function decodeOption(type: number, value: Uint8Array): TcpOptions {
  if (type === kind.maximumSegmentSize) {
    if (value.length !== 2) throw fault(tcpOptionFaults, 'maximumSegmentSize', `${value.length} bytes, not 2`)
    return { maximumSegmentSize: uint16At(value, 0) }
  }
  if (type === kind.md5) {
    if (value.length !== 16) throw fault(tcpOptionFaults, 'md5', `a digest of ${value.length} bytes, not 16`)
    return { md5: value }
  }
  return {}
}

/** Padded to a multiple of four bytes. */
export function encodeTcpOptions(options: TcpOptions): Uint8Array {
  const { maximumSegmentSize, md5 } = options
  return concatBytes(
    maximumSegmentSize === undefined
      ? new Uint8Array()
      : concatBytes(Uint8Array.of(kind.maximumSegmentSize, 4), uint16Bytes(maximumSegmentSize)),
    md5 === undefined
      ? new Uint8Array()
      : concatBytes(Uint8Array.of(kind.noOperation, kind.noOperation, kind.md5, 18), md5),
  )
}
