// Every story of stories/ is a test: the whole product in one process.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseScript } from './script.ts'
import { verbs } from './verbs.ts'
import { createWorld } from './world.ts'

const folder = join(import.meta.dirname, 'stories')

describe('the whole product, simulated', function () {
  this.timeout(180_000)

  for (const name of globSync('*.txt', { cwd: folder }).toSorted()) {
    const script = parseScript(readFileSync(join(folder, name), 'utf8'))
    it(script.title, async () => {
      const world = createWorld()
      try {
        for (const { line, verb, rest } of script.steps) {
          const run = verbs[verb]
          if (run === undefined) throw new Error(`${name}:${line}: scripts know no verb ${verb}`)
          await located(`${name}:${line}`, () => run({ world, script }, rest))
        }
      } finally {
        world.end()
      }
    })
  }
})

/** A failure says at which line of which story; it stays the same error, with what was there instead. */
async function located(place: string, run: () => void | Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    error.message = `${place}: ${error.message}`
    throw error
  }
}
