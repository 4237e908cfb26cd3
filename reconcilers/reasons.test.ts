// The table of reasons: documented, in use, and in the form that the API wants.
import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { reasonsFile, reasonsPage } from '../hack/generate-reasons.ts'
import { reasons } from './reasons.ts'

const sources = globSync('*.ts', { cwd: import.meta.dirname })
  .filter((name) => !name.endsWith('.test.ts') && name !== 'reasons.ts')
  .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))

describe('the table of reasons', () => {
  it('docs/reasons.md agrees with it (node hack/generate-reasons.ts)', () => {
    expect(readFileSync(reasonsFile, 'utf8')).to.equal(reasonsPage())
  })

  it('every reason in it stands in docs/reasons.md', () => {
    const page = reasonsPage()
    expect(Object.keys(reasons).filter((reason) => !page.includes(`| \`${reason}\` |`))).to.deep.equal([])
  })

  it('every reason in it is given by some check', () => {
    const unused = Object.keys(reasons).filter(
      (reason) => !sources.some((text) => text.includes(`'${reason}'`)),
    )
    expect(unused).to.deep.equal([])
  })

  it('every reason is a word that metav1.Condition takes', () => {
    for (const reason of Object.keys(reasons)) expect(reason).to.match(/^[A-Z][A-Za-z0-9]{0,1023}$/)
  })
})
