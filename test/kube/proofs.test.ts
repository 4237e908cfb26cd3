// The two packages that serve the tests only still fail as docs/decisions.md says.
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

describe('what keeps a package out of the running program', () => {
  for (const proof of ['dot-i-operator', 'cap-link-down'])
    it(`${proof} is still so; when it is mended, docs/decisions.md has to change`, function () {
      this.timeout(180_000)
      const script = join(import.meta.dirname, '../../hack/proofs', `${proof}.ts`)
      const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
      expect(status, stdout + stderr).to.equal(0)
    })
})
