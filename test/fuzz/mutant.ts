// Messages that are nearly right: golden vectors of BGP with a few bytes changed, the lengths put right every other time, so
// that what is wrong lies as deep as it may. One seed, one sequence.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { draw } from '../../protocols/bgp/timing.ts'
import { concatBytes } from '../../protocols/net/bytes.ts'
import { parseVectors, receivedBytes } from '../vectors/vector.ts'
import { bgpCodecs } from '../vectors/bgp.ts'

const vectorFolder = join(import.meta.dirname, '..', 'vectors')
const headerLength = 19

/** Every BGP vector, right and wrong. */
export const bgpSeeds: readonly Uint8Array[] = bgpCodecs.flatMap(([name]) =>
  parseVectors(readFileSync(join(vectorFolder, `${name}.txt`), 'utf8')).map(receivedBytes),
)

/** Whole numbers from 0 up to below `limit`. */
export type Dice = (limit: number) => number

export function diceOf(seed: number): Dice {
  let current = seed
  return (limit) => {
    const drawn = draw(current)
    current = drawn.seed
    return Math.floor(drawn.random * limit)
  }
}

/** Values at which lengths and counts go wrong. */
const edges = [0, 1, 2, 3, 4, 5, 0x7f, 0x80, 0xfe, 0xff] as const

type Change = (bytes: Uint8Array, dice: Dice) => Uint8Array

const changes: readonly Change[] = [
  (bytes, dice) => put(bytes, dice(bytes.length), dice(256)),
  (bytes, dice) => put(bytes, dice(bytes.length), edges[dice(edges.length)] ?? 0),
  (bytes, dice) => {
    const at = dice(bytes.length)
    return put(bytes, at, (bytes[at] ?? 0) ^ (1 << dice(8)))
  },
  (bytes, dice) => {
    const at = dice(bytes.length)
    return concatBytes(bytes.subarray(0, at), bytes.subarray(at + 1 + dice(16)))
  },
  (bytes, dice) => {
    const at = dice(bytes.length + 1)
    return concatBytes(bytes.subarray(0, at), Uint8Array.of(dice(256)), bytes.subarray(at))
  },
  // A piece of itself again, where it stands or elsewhere: things that stand twice.
  (bytes, dice) => {
    const [from, at] = [dice(bytes.length), dice(bytes.length + 1)]
    const piece = bytes.subarray(from, from + 1 + dice(32))
    return concatBytes(bytes.subarray(0, at), piece, bytes.subarray(at))
  },
  // The tail of another message.
  (bytes, dice) => {
    const other = bgpSeeds[dice(bgpSeeds.length)] ?? bytes
    return concatBytes(bytes.subarray(0, headerLength + dice(8)), other.subarray(headerLength + dice(32)))
  },
]

/** Of any vector, or of `bytes`. */
export function mutantOf(
  dice: Dice,
  bytes: Uint8Array = bgpSeeds[dice(bgpSeeds.length)] ?? new Uint8Array(19),
): Uint8Array {
  let mutant = bytes
  for (let count = 1 + dice(4); count > 0 && mutant.length > 0; count--)
    mutant = changes[dice(changes.length)]?.(mutant, dice) ?? mutant
  return dice(2) === 0 ? withLength(mutant) : mutant
}

/** The header's length says what is there. */
export function withLength(bytes: Uint8Array): Uint8Array {
  if (bytes.length < headerLength) return bytes
  return put(put(bytes, 16, bytes.length >>> 8), 17, bytes.length & 0xff)
}

function put(bytes: Uint8Array, at: number, to: number): Uint8Array {
  const result = Uint8Array.from(bytes)
  if (at < result.length) result[at] = to
  return result
}
