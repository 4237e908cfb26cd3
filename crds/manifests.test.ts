import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifestFiles } from '../hack/crd-manifests.ts'

const folder = join(import.meta.dirname, 'manifests')
const lastAppliedLimit = 262_144 // bytes of all annotations; kubectl apply keeps the whole object in one

describe('manifests', () => {
  it('are what the kinds say; else run `node hack/generate-crds.ts`', () => {
    const stored = new Map(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const),
    )
    const made = manifestFiles()
    expect([...stored.keys()].toSorted()).to.deep.equal([...made.keys()].toSorted())
    for (const [name, text] of made) expect(stored.get(name), name).to.equal(text)
  })

  it('are the same whenever they are made', () => {
    expect([...manifestFiles()]).to.deep.equal([...manifestFiles()])
  })

  it('are small enough for `kubectl apply`', () => {
    for (const [name, text] of manifestFiles()) expect(text.length, name).to.be.below(lastAppliedLimit / 2)
  })
})
