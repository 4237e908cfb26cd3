// The block-structured capture format (draft-ietf-opsawg-pcapng): sections of either byte order, many interfaces.
import { fault, readBytes, readerOf, readUint16, readUint32, readUint8, remaining } from './bytes.ts'
import type { Reader } from './bytes.ts'
import type { CapturedPacket } from './captured-packet.ts'

/** All that readPcapng objects to beside bytes that are cut off. */
export const pcapngFaults = {
  blockLength: 'draft-ietf-opsawg-pcapng §3.1',
  trailingLength: 'draft-ietf-opsawg-pcapng §3.1',
  byteOrder: 'draft-ietf-opsawg-pcapng §4.1',
  version: 'draft-ietf-opsawg-pcapng §4.1',
  timeResolution: 'draft-ietf-opsawg-pcapng §4.2',
  interfaceId: 'draft-ietf-opsawg-pcapng §4.3',
} as const

/** The same in both byte orders. */
export const sectionHeaderType = 0x0a0d0d0a
const byteOrderMagic = 0x1a2b3c4d
const BlockType = { interfaceDescription: 1, packet: 2, simplePacket: 3, enhancedPacket: 6 } as const
const OptionCode = { end: 0, timeResolution: 9, timeOffset: 14 } as const

type Interface = {
  readonly linkType: number
  readonly snapLength: number // 0 = no limit
  readonly ticksPerSecond: bigint
  readonly offsetSeconds: bigint
}

/** What a section has told so far. */
type Section = { readonly littleEndian: boolean; readonly interfaces: Interface[] }

//  0            4                          8                            length - 4    length
// +------------+--------------------------+----------------------------+-------------+
// | block type | block length (whole)     | body, to a multiple of 4   | length again|
// +------------+--------------------------+----------------------------+-------------+
/** Packet by packet; each block takes at least twelve bytes, so their number is bounded by the file. */
export function* readPcapng(file: Uint8Array): Generator<CapturedPacket> {
  let section: Section = { littleEndian: false, interfaces: [] } // a file begins with a section, as readCapture saw
  let offset = 0
  while (offset < file.length) {
    const block = readBlock(file.subarray(offset), section)
    offset += block.length
    if (block.type === sectionHeaderType) {
      checkVersion(block.body)
      section = { littleEndian: block.body.littleEndian, interfaces: [] }
      continue
    }
    if (block.type === BlockType.interfaceDescription) section.interfaces.push(readInterface(block.body))
    const packet = readPacket(block, section.interfaces)
    if (packet !== undefined) yield packet
  }
}

type Block = { readonly type: number; readonly length: number; readonly body: Reader }

function readBlock(rest: Uint8Array, section: Section): Block {
  const layout = 'draft-ietf-opsawg-pcapng §3.1'
  const isSection = readUint32(readerOf(rest, layout), 'blockType') === sectionHeaderType
  const littleEndian = isSection ? sectionIsLittleEndian(rest) : section.littleEndian
  const reader = readerOf(rest, layout, littleEndian)
  const type = readUint32(reader, 'blockType')
  const length = readUint32(reader, 'blockLength')
  if (length < 12 || length % 4 !== 0)
    throw fault(pcapngFaults, 'blockLength', `${length} is below 12 or no multiple of 4`)
  const body = readBytes(reader, length - 12, 'block')
  const again = readUint32(reader, 'trailingLength')
  if (again !== length) throw fault(pcapngFaults, 'trailingLength', `${again} is not ${length}`)
  return { type, length, body: readerOf(body, 'draft-ietf-opsawg-pcapng §4', littleEndian) }
}

function sectionIsLittleEndian(block: Uint8Array): boolean {
  const reader = readerOf(block, pcapngFaults.byteOrder)
  readBytes(reader, 8, 'blockLength')
  const magic = readUint32(reader, 'byteOrder')
  if (magic === byteOrderMagic) return false
  if (magic === 0x4d3c2b1a) return true
  throw fault(pcapngFaults, 'byteOrder', `0x${magic.toString(16)} is not 0x1a2b3c4d in any order`)
}

function checkVersion(body: Reader): void {
  readUint32(body, 'byteOrder')
  const major = readUint16(body, 'version')
  if (major !== 1) throw fault(pcapngFaults, 'version', `${major} is not 1`)
}

function readInterface(body: Reader): Interface {
  const linkType = readUint16(body, 'linkType')
  readUint16(body, 'reserved')
  const snapLength = readUint32(body, 'snapLength')
  let ticksPerSecond = 1_000_000n
  let offsetSeconds = 0n
  while (remaining(body) > 0) {
    const code = readUint16(body, 'optionCode')
    const length = readUint16(body, 'optionLength')
    if (code === OptionCode.end) break
    const value = readerOf(readBytes(body, length, 'option'), body.rfc, body.littleEndian)
    readBytes(body, paddingOf(length), 'option')
    if (code === OptionCode.timeResolution) ticksPerSecond = resolutionOf(readUint8(value, 'timeResolution'))
    if (code === OptionCode.timeOffset) offsetSeconds = readInt64(value, 'timeOffset')
  }
  return { linkType, snapLength, ticksPerSecond, offsetSeconds }
}

/** The high bit chooses between powers of 2 and of 10. Finer than 2^-63 or 10^-19 s no 64-bit time can count. */
function resolutionOf(code: number): bigint {
  const exponent = code & 0x7f
  const isBinary = (code & 0x80) !== 0
  if (exponent > (isBinary ? 63 : 19))
    throw fault(pcapngFaults, 'timeResolution', `${isBinary ? 2 : 10}^-${exponent} s`)
  return (isBinary ? 2n : 10n) ** BigInt(exponent)
}

function readInt64(reader: Reader, field: string): bigint {
  const [first, second] = [readUint32(reader, field), readUint32(reader, field)]
  const [high, low] = reader.littleEndian ? [second, first] : [first, second]
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))
}

function paddingOf(length: number): number {
  return -length & 3
}

/** Undefined for blocks that hold no packet: names, statistics, secrets and whatever may come. */
function readPacket(block: Block, interfaces: readonly Interface[]): CapturedPacket | undefined {
  const { type, body } = block
  if (type === BlockType.simplePacket) return readSimplePacket(body, interfaceOf(interfaces, 0))
  if (type === BlockType.enhancedPacket)
    return readTimedPacket(body, interfaceOf(interfaces, readUint32(body, 'interfaceId')))
  if (type !== BlockType.packet) return undefined
  const interfaceId = readUint16(body, 'interfaceId') // the obsolete form: 16 bits, then a count of drops
  readUint16(body, 'drops')
  return readTimedPacket(body, interfaceOf(interfaces, interfaceId))
}

function interfaceOf(interfaces: readonly Interface[], id: number): Interface {
  const found = interfaces[id]
  if (found === undefined) throw fault(pcapngFaults, 'interfaceId', `${id} is not described before`)
  return found
}

/** From the time stamp on, which is two halves, the higher first in either byte order. */
function readTimedPacket(body: Reader, from: Interface): CapturedPacket {
  const high = BigInt(readUint32(body, 'time'))
  const ticks = (high << 32n) | BigInt(readUint32(body, 'time'))
  const capturedLength = readUint32(body, 'capturedLength')
  const originalLength = readUint32(body, 'originalLength')
  const bytes = readBytes(body, capturedLength, 'packet')
  const timeNs = (ticks * 1_000_000_000n) / from.ticksPerSecond + from.offsetSeconds * 1_000_000_000n
  return { timeNs, linkType: from.linkType, originalLength, bytes }
}

function readSimplePacket(body: Reader, from: Interface): CapturedPacket {
  const originalLength = readUint32(body, 'originalLength')
  const limit = from.snapLength === 0 ? originalLength : from.snapLength
  const bytes = readBytes(body, Math.min(originalLength, limit), 'packet')
  return { linkType: from.linkType, originalLength, bytes }
}
