// docs/cli.md shows what the command really prints.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseScript } from '../../test/scripts/script.ts'
import { plannedReport } from '../../test/support/plan-example.ts'
import { printCapture } from './decode-text.ts'
import { formatPlan } from './plan.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/cli.md'), 'utf8')

describe('the page about the command', () => {
  it('shows the outputs of the story that tests them', () => {
    const { files } = parseScript(readFileSync(join(root, 'test/scripts/stories/explain.txt'), 'utf8'))
    for (const name of ['status.txt', 'asking.txt'])
      expect(page).to.include(`\`\`\`\n${files.get(name)?.trimEnd() ?? name}\n\`\`\``)
  })

  it('shows what a change would move', () => {
    expect(page).to.include(`$ herald plan -f changed.yaml\n${formatPlan(plannedReport())}\n\`\`\``)
  })

  it('shows captures as they are decoded', () => {
    const shown = [...page.matchAll(/<<< ([0-9a-f]+) .*\n(.*)\n/g)]
    expect(shown).to.have.length(2)
    for (const [, hex = '', line = ''] of shown)
      expect([...printCapture(Buffer.from(hex, 'hex'), 'text')]).to.deep.equal([line])
  })
})
