// Every *.trace beside this file, replayed. After a wanted change: HERALD_WRITE_TRACES=1 writes the effects anew.
import { expect } from 'chai'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatEvent, parseEvent } from '../../../protocols/bgp/trace.ts'
import { parseStories, renderStory } from './story.ts'

for (const name of globSync('*.trace', { cwd: import.meta.dirname }).toSorted()) {
  const file = join(import.meta.dirname, name)
  const stories = parseStories(readFileSync(file, 'utf8'))
  if (process.env['HERALD_WRITE_TRACES'] === '1')
    writeFileSync(file, `${stories.map(renderStory).join('\n\n')}\n`)
  const texts = readFileSync(file, 'utf8')
    .trimEnd()
    .split(/\n\n(?=# )/)

  describe(`traces of ${name}`, () => {
    for (const [index, story] of stories.entries())
      it(story.title, () => {
        expect(renderStory(story)).to.equal(texts[index])
      })

    it('are lines that the journal would write', () => {
      const events = stories.flatMap(({ lines }) => lines.filter((line) => line.startsWith('@')))
      for (const line of events) {
        const text = line.replace(/^@\d+\s+/, '')
        const event = parseEvent(text)
        expect(event === undefined ? undefined : formatEvent(event)).to.equal(text)
      }
    })
  })
}
