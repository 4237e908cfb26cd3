// What speakers saw of real routers, as their engines wrote it: each journal is replayed to the effects that it tells.
import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replay } from './session-replay.ts'
import { parseTrace } from './trace-file.ts'

const folder = join(import.meta.dirname, 'journals')

describe('journals of engines', () => {
  for (const file of globSync('*.journal', { cwd: folder }).toSorted())
    it(file.replace('.journal', '').replaceAll('-', ' '), () => {
      const replayed = [...replay(parseTrace(readFileSync(join(folder, file), 'utf8')))]
      expect(replayed).not.to.deep.equal([])
      for (const { line, event, effects, now } of replayed)
        expect(now, `line ${line}: ${event}`).to.deep.equal(effects)
    })

  it('with a line that is no event name that line', () => {
    const text = readFileSync(join(folder, 'bgp-bird.journal'), 'utf8')
    const lines = parseTrace(`${text}\n@99999999 made-up\n`)
    expect(() => [...replay(lines)]).to.throw(/^line \d+ is no event of a bgp-session: made-up$/)
  })

  it('whose head cannot be read name that line', () => {
    expect(() => [...replay(parseTrace('@1 bfd-session {\n@2 start\n'))]).to.throw('line 1 is no bfd-session')
  })
})
