// docs/interop.md is what the table says.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { interopDocument } from './interop-document.ts'

describe('docs/interop.md', () => {
  it('says what the table of test/interop says (node hack/generate-interop.ts writes it)', () => {
    expect(readFileSync(new URL('../docs/interop.md', import.meta.url), 'utf8')).to.equal(interopDocument())
  })
})
