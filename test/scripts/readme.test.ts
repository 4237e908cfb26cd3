// The table of rules in README.md: it knows every story, and each file that it names is there.
import { expect } from 'chai'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const [, table = ''] = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8').split('## Which rule')
const named = new Set([...table.matchAll(/(?<=[|,] )[\w/-]+(?:\.test\.ts|\.txt)/g)].map(([name]) => name))

describe('the table of rules and stories', () => {
  it('names every story', () => {
    const stories = globSync('*.txt', { cwd: join(import.meta.dirname, 'stories') })
    expect(stories.filter((name) => !named.has(name))).to.deep.equal([])
  })

  it('names no file that is not there', () => {
    const gone = [...named].filter((name) => {
      const path = name.endsWith('.txt') ? join(import.meta.dirname, 'stories', name) : join(root, name)
      return !existsSync(path)
    })
    expect(gone).to.deep.equal([])
    expect(named.size).to.be.greaterThan(50)
  })
})
