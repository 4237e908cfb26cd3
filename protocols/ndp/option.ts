// Options of neighbour discovery messages (RFC 4861 §4.6): a table by type; what is not in it is kept as it came.
import {
  concatBytes,
  fault,
  formatHex,
  parseHex,
  readBytes,
  readerOf,
  readUint8,
  remaining,
} from '../net/bytes.ts'
import { formatMac, macBytes } from '../net/ethernet.ts'
import type { Mac } from '../net/ethernet.ts'
import { NdpOptionType } from '../net/iana.ts'

export type NdpOption =
  | { readonly type: 'source-link-layer-address'; readonly mac: Mac }
  | { readonly type: 'target-link-layer-address'; readonly mac: Mac }
  | { readonly type: 'nonce'; readonly nonce: string } // hexadecimal
  | { readonly type: 'unknown'; readonly code: number; readonly data: string } // hexadecimal

/** All that decodeOptions objects to beside bytes that are cut off. */
export const optionFaults = {
  optionLength: 'RFC 4861 §4.6',
  linkLayerAddress: 'RFC 2464 §6',
} as const

type OptionRow = {
  readonly code: number
  readonly decode: (data: Uint8Array) => NdpOption
}

const rows: readonly OptionRow[] = [
  {
    code: NdpOptionType.sourceLinkLayerAddress, // RFC 4861 §4.6.1
    decode: (data) => ({ type: 'source-link-layer-address', mac: decodeMac(data) }),
  },
  {
    code: NdpOptionType.targetLinkLayerAddress, // RFC 4861 §4.6.1
    decode: (data) => ({ type: 'target-link-layer-address', mac: decodeMac(data) }),
  },
  {
    code: NdpOptionType.nonce, // RFC 3971 §5.3.2
    decode: (data) => ({ type: 'nonce', nonce: formatHex(data) }),
  },
]

const rowsByCode: ReadonlyMap<number, OptionRow> = new Map(rows.map((row) => [row.code, row]))

function decodeMac(data: Uint8Array): Mac {
  if (data.length !== 6)
    throw fault(optionFaults, 'linkLayerAddress', `${data.length} bytes are no Ethernet address`)
  return formatMac(data)
}

//  0       8       16
// +-------+-------+----------------
// | type  | length|  data …           length in units of 8 bytes, the first two included
// +-------+-------+----------------
/** Every option takes at least eight bytes, or is refused: 'Nodes MUST silently discard' a length of zero. */
export function decodeOptions(bytes: Uint8Array): readonly NdpOption[] {
  const reader = readerOf(bytes, 'RFC 4861 §4.6')
  const options: NdpOption[] = []
  while (remaining(reader) > 0) {
    const code = readUint8(reader, 'optionType')
    const length = readUint8(reader, 'optionLength')
    if (length === 0) throw fault(optionFaults, 'optionLength', 'is zero')
    const data = readBytes(reader, 8 * length - 2, 'optionData')
    const row = rowsByCode.get(code)
    options.push(row === undefined ? { type: 'unknown', code, data: formatHex(data) } : row.decode(data))
  }
  return options
}

export function encodeOptions(options: readonly NdpOption[]): Uint8Array {
  return concatBytes(...options.map(encodeOption))
}

function encodeOption(option: NdpOption): Uint8Array {
  const { code, data } = codeAndData(option)
  if (data.length === 0 || data.length % 8 !== 6)
    throw new RangeError(`option ${code} of ${data.length} bytes`)
  return concatBytes(Uint8Array.of(code, (data.length + 2) / 8), data)
}

function codeAndData(option: NdpOption): { code: number; data: Uint8Array } {
  switch (option.type) {
    case 'source-link-layer-address':
      return { code: NdpOptionType.sourceLinkLayerAddress, data: macBytes(option.mac) }
    case 'target-link-layer-address':
      return { code: NdpOptionType.targetLinkLayerAddress, data: macBytes(option.mac) }
    case 'nonce':
      return { code: NdpOptionType.nonce, data: hexBytes(option.nonce) }
    case 'unknown':
      return { code: option.code, data: hexBytes(option.data) }
  }
}

function hexBytes(text: string): Uint8Array {
  const bytes = parseHex(text)
  if (bytes === undefined) throw new RangeError(`not hexadecimal: ${text}`)
  return bytes
}
