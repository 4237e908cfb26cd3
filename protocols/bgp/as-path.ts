// AS_PATH and AS4_PATH: segments, both widths, and their merging. RFC 4271 §4.3 and §5.1.2, RFC 6793 §4.2.
//
//   +-------------------+-------------------+----------------------------------------+
//   | Segment Type (1)  | Number of AS (1)  |  that many AS numbers of 2 or 4 octets |  … and again
//   +-------------------+-------------------+----------------------------------------+
import { readUint16, readUint32, readUint8, remaining, uint16Bytes, uint32Bytes } from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import { concatBytes } from '../net/bytes.ts'
import { BgpError } from './fault.ts'
import type { FaultName } from './fault.ts'
import { AsSegmentType, asTrans } from './iana.ts'

const segmentNames = {
  [AsSegmentType.set]: 'set',
  [AsSegmentType.sequence]: 'sequence',
  [AsSegmentType.confederationSequence]: 'confederation-sequence',
  [AsSegmentType.confederationSet]: 'confederation-set',
} as const

const segmentTypes = {
  set: AsSegmentType.set,
  sequence: AsSegmentType.sequence,
  'confederation-sequence': AsSegmentType.confederationSequence,
  'confederation-set': AsSegmentType.confederationSet,
} as const

export type AsSegment = {
  readonly type: keyof typeof segmentTypes
  readonly asNumbers: readonly number[] // 1 to 255 of them
}

/** Reads to the end. An empty segment, an unknown type and AS 0 break the path. */
export function readAsPath(reader: Reader, octets: 2 | 4, fault: FaultName): AsSegment[] {
  const segments: AsSegment[] = []
  while (remaining(reader) > 0) segments.push(readSegment(reader, octets, fault))
  return segments
}

function readSegment(reader: Reader, octets: 2 | 4, fault: FaultName): AsSegment {
  const code = readUint8(reader, 'segment type')
  const type = segmentName(code)
  if (type === undefined) throw new BgpError(fault, `segment type ${code}`)
  const count = readUint8(reader, 'number of AS')
  if (count === 0) throw new BgpError(fault, 'empty segment')
  const asNumbers: number[] = []
  for (let index = 0; index < count; index++)
    asNumbers.push(octets === 4 ? readUint32(reader, 'AS number') : readUint16(reader, 'AS number'))
  if (asNumbers.includes(0)) throw new BgpError(fault, 'AS 0 in the path (RFC 7607 §2)')
  return { type, asNumbers }
}

function segmentName(code: number): AsSegment['type'] | undefined {
  switch (code) {
    case AsSegmentType.set:
    case AsSegmentType.sequence:
    case AsSegmentType.confederationSequence:
    case AsSegmentType.confederationSet:
      return segmentNames[code]
    default:
      return undefined
  }
}

/** An AS that does not fit into two octets becomes AS_TRANS, RFC 6793 §4.2.2. */
export function asPathBytes(segments: readonly AsSegment[], octets: 2 | 4): Uint8Array {
  return concatBytes(
    ...segments.flatMap(({ type, asNumbers }) => {
      if (asNumbers.length === 0 || asNumbers.length > 255)
        throw new RangeError(`a segment of ${asNumbers.length} AS numbers`)
      const numbers = asNumbers.map((asNumber) =>
        octets === 4 ? uint32Bytes(asNumber) : uint16Bytes(asNumber > 0xffff ? asTrans : asNumber),
      )
      return [Uint8Array.of(segmentTypes[type], asNumbers.length), ...numbers]
    }),
  )
}

/** A sequence of any length, cut into segments of at most 255. */
export function sequence(asNumbers: readonly number[]): AsSegment[] {
  const segments: AsSegment[] = []
  for (let index = 0; index < asNumbers.length; index += 255)
    segments.push({ type: 'sequence', asNumbers: asNumbers.slice(index, index + 255) })
  return segments
}

export function isConfederation(segment: AsSegment): boolean {
  return segment.type.startsWith('confederation')
}

export function isSet({ type }: AsSegment): boolean {
  return type === 'set' || type === 'confederation-set'
}

/** As many as the decision process counts: a set is one, confederation segments are none (RFC 5065 §5.3). */
export function asPathLength(segments: readonly AsSegment[]): number {
  return segments.reduce((sum, segment) => {
    if (isConfederation(segment)) return sum
    return sum + (segment.type === 'set' ? 1 : segment.asNumbers.length)
  }, 0)
}

/**
 * The whole path of a route that came through two-octet speakers, RFC 6793 §4.2.3: the leading part of
 * AS_PATH that AS4_PATH does not cover, then AS4_PATH. An AS4_PATH longer than AS_PATH is ignored.
 */
export function mergeAs4Path(
  asPath: readonly AsSegment[],
  as4Path: readonly AsSegment[] | undefined,
): readonly AsSegment[] {
  if (as4Path === undefined) return asPath
  const tail = as4Path.filter((segment) => !isConfederation(segment))
  let leading = asPathLength(asPath) - asPathLength(tail)
  if (leading < 0) return asPath
  const head: AsSegment[] = []
  for (const segment of asPath) {
    if (isConfederation(segment)) {
      head.push(segment)
      continue
    }
    if (leading === 0) break
    const asNumbers = segment.type === 'set' ? segment.asNumbers : segment.asNumbers.slice(0, leading)
    head.push({ type: segment.type, asNumbers })
    leading -= segment.type === 'set' ? 1 : asNumbers.length
  }
  return [...head, ...tail]
}

/** '65001 65002 {64512,64513}', confederation segments in round brackets. */
export function formatAsPath(segments: readonly AsSegment[]): string {
  return segments
    .map(({ type, asNumbers }) => {
      if (type === 'sequence') return asNumbers.join(' ')
      if (type === 'set') return `{${asNumbers.join(',')}}`
      return type === 'confederation-set' ? `({${asNumbers.join(',')}})` : `(${asNumbers.join(' ')})`
    })
    .join(' ')
}
