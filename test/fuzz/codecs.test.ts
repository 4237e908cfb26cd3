// Any bytes decode or fail as DecodeError; what decodes, encodes, and decodes to the same value again.
import { expect } from 'chai'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeFailure } from '../vectors/codec.ts'
import type { Codec } from '../vectors/codec.ts'
import { codecs } from '../vectors/codecs.ts'
import { parseVectors, receivedBytes } from '../vectors/vector.ts'
import { mutationOf } from './arbitrary.ts'
import { repairIcmpv6, repairIpv4 } from './repair.ts'
import { budgetMs, replayHint, seed } from './budget.ts'

const vectorFolder = join(import.meta.dirname, '..', 'vectors')

/** Half of the rung's time is for the codecs, one after the other; the pipeline of `herald decode` has the rest. */
const msPerProperty = budgetMs / 2 / (2 * codecs.size)

describe(`fuzz of the codecs (${replayHint})`, () => {
  for (const [name, codec] of codecs) {
    const seeds = seedsOf(name)

    it(`${name}: any bytes decode or fail as DecodeError`, function () {
      this.timeout(60_000 + 2 * msPerProperty)
      check(fc.uint8Array({ maxLength: 300 }), codec)
    })

    it(`${name}: a vector with a few bytes changed decodes or fails as DecodeError`, function () {
      this.timeout(60_000 + 2 * msPerProperty)
      check(
        fc
          .constantFrom(...seeds)
          .chain(mutationOf)
          .map(repairOf(name)),
        codec,
      )
    })
  }
})

/** What a checksum covers would not be reached otherwise; one run in two keeps its damage. */
function repairOf(name: string): (bytes: Uint8Array) => Uint8Array {
  const repair = repairs.get(name)
  return (bytes) => (repair === undefined || (bytes.at(-1) ?? 0) % 2 === 0 ? bytes : repair(bytes))
}

const repairs: ReadonlyMap<string, (bytes: Uint8Array) => Uint8Array> = new Map([
  ['ipv4', repairIpv4],
  ['ndp', repairIcmpv6],
  ['ndp-router', repairIcmpv6],
])

function seedsOf(name: string): readonly Uint8Array[] {
  const seeds = parseVectors(readFileSync(join(vectorFolder, `${name}.txt`), 'utf8')).map(receivedBytes)
  if (seeds.length === 0) throw new Error(`${name} has no vectors to mutate`)
  return seeds
}

/** As many runs as the time allows. */
function check(inputs: fc.Arbitrary<Uint8Array>, codec: Codec): void {
  const property = fc.property(inputs, (bytes) => survives(codec, bytes))
  fc.assert(property, { seed, numRuns: 10_000_000, interruptAfterTimeLimit: msPerProperty })
}

function survives(codec: Codec, bytes: Uint8Array): void {
  if (decodeFailure(codec, bytes) !== undefined || codec.encodeDecoded === undefined) return
  const decoded = codec.decode(bytes)
  expect(codec.decode(codec.encodeDecoded(bytes))).to.deep.equal(decoded)
}
