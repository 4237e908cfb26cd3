// Steps through a layer 2 trace or a journal of the engines (layer 2, BGP, BFD): node hack/replay.ts FILE [--diff]
// Prints each event with what the machine does now; where the file says otherwise, both. --diff prints only those.
import { readFileSync } from 'node:fs'
import type { Replayed } from '../test/traces/l2-replay.ts'
import { replay } from '../test/traces/session-replay.ts'
import { formatEntry, parseTrace } from '../test/traces/trace-file.ts'

function sameEffects({ effects, now }: Replayed): boolean {
  return effects.length === now.length && effects.every((effect, index) => effect === now[index])
}

function show(entry: Replayed, onlyDifferent: boolean): boolean {
  const isSame = sameEffects(entry)
  if (isSame && onlyDifferent) return false
  console.log(formatEntry({ ...entry, effects: entry.now }))
  if (!isSame)
    console.log(['  # the file says:', ...entry.effects.map((effect) => `  # ${effect}`)].join('\n'))
  return !isSame
}

function main(file: string, onlyDifferent: boolean): number {
  let events = 0
  let different = 0
  for (const entry of replay(parseTrace(readFileSync(file, 'utf8')))) {
    events += 1
    if (show(entry, onlyDifferent)) different += 1
  }
  console.error(`${events} events, ${different} with other effects than in the file`)
  return different === 0 ? 0 : 1
}

const [file, option] = process.argv.slice(2)
if (file === undefined) {
  console.error('usage: node hack/replay.ts FILE [--diff]')
  process.exitCode = 2
} else {
  process.exitCode = main(file, option === '--diff')
}
