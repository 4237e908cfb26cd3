// Bytes to lines: wherever a chunk ends, the lines are the same.
import { expect } from 'chai'
import fc from 'fast-check'
import { createLineSplitter } from './lines.ts'

const lineFeed = /\n/g

describe('line splitter', () => {
  it('finds the same lines wherever the stream is cut, through a character too', () => {
    const texts = fc.array(
      fc.string({ unit: 'binary', minLength: 1 }).map((text) => text.replace(lineFeed, ' ')),
    )
    fc.assert(
      fc.property(texts, fc.array(fc.nat({ max: 4_000 })), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
        const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length]
        const splitter = createLineSplitter()
        let start = 0
        const found = ends
          .toSorted((one, other) => one - other)
          .flatMap((end) => {
            const chunk = bytes.subarray(start, end)
            start = end
            return splitter.push(chunk)
          })
        expect(found).to.deep.equal(lines.map((line) => Buffer.from(line).toString()))
      }),
    )
  })

  it('keeps a line back until its end is there', () => {
    const splitter = createLineSplitter()
    expect(splitter.push(Buffer.from('{"type":'))).to.deep.equal([])
    expect(splitter.push(Buffer.from('"ADDED"}\n{'))).to.deep.equal(['{"type":"ADDED"}'])
  })

  it('skips empty lines', () => {
    expect(createLineSplitter().push(Buffer.from('\n\na\n\n'))).to.deep.equal(['a'])
  })
})
