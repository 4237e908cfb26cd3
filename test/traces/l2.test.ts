// Every trace under l2/ does today what is written in it. `HERALD_WRITE_TRACES=1` writes down what it does.
import { expect } from 'chai'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { replayL2 } from './l2-replay.ts'
import { formatEntry, parseTrace } from './trace-file.ts'

const folder = join(import.meta.dirname, 'l2')
const files = globSync('*.trace', { cwd: folder }).toSorted()

/** Comments stay above the event that they stand above. */
function rewritten(text: string): string {
  const replayed = new Map(replayL2(parseTrace(text)).map((entry) => [entry.line, entry]))
  return text
    .split('\n')
    .flatMap((line, index) => {
      const entry = replayed.get(index + 1)
      if (entry === undefined) return /^\s+\S/.test(line) ? [] : [line]
      return [formatEntry({ at: entry.at, event: entry.event, effects: entry.now })]
    })
    .join('\n')
}

describe('layer 2 traces', () => {
  for (const file of files)
    it(file.replace('.trace', '').replaceAll('-', ' '), () => {
      const path = join(folder, file)
      if (process.env['HERALD_WRITE_TRACES'] === '1')
        writeFileSync(path, rewritten(readFileSync(path, 'utf8')))
      for (const { line, event, effects, now } of replayL2(parseTrace(readFileSync(path, 'utf8'))))
        expect(now, `line ${line}: ${event}`).to.deep.equal(effects)
    })

  it('every kind of event and of effect stands in some trace', () => {
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
    const entries = parseTrace(text)
    const words = new Set(
      entries.flatMap(({ event, effects }) => [event, ...effects].map((each) => each.split(' ')[0])),
    )
    const events = ['configured', 'interfaces', 'frame', 'announced', 'wake', 'yield', 'announce-anew']
    const effects = ['answer', 'announce', 'probe', 'wake-at', 'join', 'leave', 'ignore', 'yielded', 'report']
    expect([...words]).to.have.members([...events, ...effects])
  })
})
