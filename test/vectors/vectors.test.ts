// Golden vectors: every message both ways, every error raised, nothing read past the end.
import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatHex } from '../../protocols/net/bytes.ts'
import { decodeFailure } from './codec.ts'
import type { Codec } from './codec.ts'
import { codecs } from './codecs.ts'
import { neededLength, parseVectors, receivedBytes, writtenBytes } from './vector.ts'
import type { Vector } from './vector.ts'

for (const [name, codec] of codecs) {
  const file = join(import.meta.dirname, `${name}.txt`)
  const vectors = parseVectors(existsSync(file) ? readFileSync(file, 'utf8') : '')

  describe(`vectors of ${name}`, () => {
    for (const vector of vectors) it(vector.title, () => checkVector(codec, vector))

    it('hold a message that decodes', () => {
      expect(vectors.map(({ outcome }) => outcome.type)).to.include('value')
    })

    it('raise every error that the codec can raise', () => {
      const raised = vectors.map(({ outcome }) => (outcome.type === 'error' ? outcome.error : ''))
      expect(codec.errors.filter((error) => !raised.includes(error))).to.deep.equal([])
    })

    it('have titles of their own', () => {
      const titles = vectors.map(({ title }) => title)
      expect(titles).to.deep.equal([...new Set(titles)])
    })
  })
}

function checkVector(codec: Codec, vector: Vector): void {
  const bytes = receivedBytes(vector)
  if (vector.outcome.type === 'error') {
    const failure = decodeFailure(codec, bytes)
    expect(failure === undefined ? 'decodes' : codec.errorName(failure)).to.equal(vector.outcome.error)
    return
  }
  expect(codec.decode(bytes)).to.deep.equal(vector.outcome.json)
  if (codec.prefixesFail) checkPrefixes(codec, bytes, neededLength(vector))
  if (codec.encodeDecoded === undefined) return
  const written = codec.encodeDecoded(bytes)
  expect(formatHex(written)).to.equal(formatHex(writtenBytes(vector)))
  expect(codec.decode(written), 'decode of what was encoded').to.deep.equal(vector.outcome.json)
}

function checkPrefixes(codec: Codec, bytes: Uint8Array, needed: number): void {
  const decoded = Array.from({ length: needed }, (_, length) => length).filter(
    (length) => decodeFailure(codec, bytes.subarray(0, length)) === undefined,
  )
  expect(decoded, 'lengths of prefixes that decode').to.deep.equal([])
}
