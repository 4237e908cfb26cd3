import { expect } from 'chai'
import { neededLength, parseVectors, receivedBytes, writtenBytes } from './vector.ts'

const text = `# about the file

# a title
# where it is from
0102       first
ffff=>0000 reserved
00=>       padding
= {"a": 1,
   "b": [2]}

# another title
03 only
! field
`

describe('vector', () => {
  const vectors = parseVectors(text)

  it('a file is read title by title, its own comments left out', () => {
    expect(vectors.map(({ title, comments, line }) => ({ title, comments, line }))).to.deep.equal([
      { title: 'a title', comments: ['where it is from'], line: 3 },
      { title: 'another title', comments: [], line: 11 },
    ])
  })

  it('JSON goes on over indented lines, an error is the rest of its line', () => {
    expect(vectors.map(({ outcome }) => outcome)).to.deep.equal([
      { type: 'value', json: { a: 1, b: [2] } },
      { type: 'error', error: 'field' },
    ])
  })

  it('what is received may differ from what is written', () => {
    const [vector] = vectors
    if (vector === undefined) throw new Error('no vector')
    expect([...receivedBytes(vector)]).to.deep.equal([1, 2, 0xff, 0xff, 0])
    expect([...writtenBytes(vector)]).to.deep.equal([1, 2, 0, 0])
  })

  it('what no encoder writes at the end can be missed, and so can a rest', () => {
    const [vector] = vectors
    const [open] = parseVectors('# a title\n01 first\n02 rest\n= 1')
    expect(vector === undefined ? undefined : neededLength(vector)).to.equal(4)
    expect(open === undefined ? undefined : neededLength(open)).to.equal(1)
  })

  for (const [broken, problem] of [
    ['00 field\n= 1', 'line 1: a vector begins with "# title"'],
    ['# a title\n00 field', 'line 1: a vector has bytes, then a line of = JSON or ! error'],
    ['# a title\n= 1', 'line 1: a vector has bytes, then a line of = JSON or ! error'],
    ['# a title\n0 field\n= 1', 'line 2: half a byte'],
    ['# a title\nxy field\n= 1', 'line 2: a field is "hex name" or "hex=>hex name"'],
    ['# a title\n00 field\n= {', 'line 3: not JSON'],
  ] as const)
    it(`${JSON.stringify(broken)} is refused`, () => {
      expect(() => parseVectors(broken)).to.throw(problem)
    })
})
