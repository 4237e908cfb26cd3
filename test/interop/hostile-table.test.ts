// Each row of the attack history is played: its vectors are there and go over the wire, its stories are there.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { acts } from './hostile-acts.ts'
import { bfdActs } from './hostile-bfd-acts.ts'
import { establishedFiles, openFiles, vectorsOf } from './hostile-rows.ts'
import { attackRows } from './hostile-table.ts'

const root = join(import.meta.dirname, '..', '..')
const playedFiles = new Set<string>([...openFiles, ...establishedFiles.map(([file]) => file), 'bfd'])
const titlesOf = (file: string): ReadonlySet<string> => new Set(vectorsOf(file).map(({ title }) => title))

/** In the quotes of the source, so that the title of a story is one, and no word of a comment. */
function isTold(source: string, title: string): boolean {
  return ["'", '`', '"'].some((quote) => source.includes(quote + title))
}

describe('the attack history', () => {
  for (const { section, row, vectors = {}, stories = {} } of attackRows)
    it(`§${section} ${row}: is played on the wire`, () => {
      expect(Object.keys({ ...vectors, ...stories }), 'what plays it').to.not.deep.equal([])
      for (const [file, titles] of Object.entries(vectors)) {
        expect(playedFiles, 'files that go over the wire').to.include(file)
        expect(titles).to.not.deep.equal([])
        expect([...titlesOf(file)]).to.include.members([...titles])
      }
      for (const [file, titles] of Object.entries(stories)) {
        const source = readFileSync(join(root, file), 'utf8')
        expect(titles.filter((title) => !isTold(source, title))).to.deep.equal([])
      }
    })

  it('has each row once', () => {
    const names = attackRows.map(({ section, row }) => `${section} ${row}`)
    expect(names).to.deep.equal([...new Set(names)])
    const counts = Object.groupBy(attackRows, ({ section }) => section)
    expect(Object.entries(counts).map(([section, rows]) => `${section}: ${rows?.length}`)).to.deep.equal([
      '5.1: 13',
      '5.2: 33',
      '5.3: 10',
      '5.4: 17',
      '5.5: 5',
    ])
  })

  it('has a use for every act', () => {
    const used = new Set(attackRows.flatMap(({ stories = {} }) => Object.values(stories).flat()))
    expect([...acts, ...bfdActs].map(({ title }) => title).filter((title) => !used.has(title))).to.deep.equal(
      [],
    )
  })
})
