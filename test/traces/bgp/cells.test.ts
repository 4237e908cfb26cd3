// The state machine, cell by cell: cells/STATE.txt says what each event does, to be held against RFC 4271 §8.2.2.
// After a wanted change: HERALD_WRITE_TRACES=1 writes the files anew.
import { expect } from 'chai'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { states } from '../../../protocols/bgp/session.ts'
import { eventNames, renderCells, standings } from './cells.ts'
import type { Standing } from './cells.ts'

function fileOf(standing: Standing): string {
  const name = standing.replace(', OPEN ', '-').replace(/[A-Z]/g, (letter, at: number) => {
    return `${at === 0 ? '' : '-'}${letter.toLowerCase()}`
  })
  return join(import.meta.dirname, 'cells', `${name.replaceAll('--', '-')}.txt`)
}

function textOf(standing: Standing): string {
  const file = fileOf(standing)
  if (process.env['HERALD_WRITE_TRACES'] === '1') writeFileSync(file, renderCells(standing))
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

describe('the state machine of RFC 4271', () => {
  for (const standing of standings)
    it(`in ${standing} does with each event what its file says`, () => {
      expect(renderCells(standing)).to.equal(textOf(standing))
    })

  it('has every (state, event) cell of §8 in some file', () => {
    const missing = states.flatMap((state) => {
      const lines = textOf(state).split('\n')
      return eventNames
        .filter((name) => !lines.some((line) => line.startsWith(`${name} (`)))
        .map((name) => `${state} × ${name}`)
    })
    expect(missing).to.deep.equal([])
    expect(states.length * eventNames.length).to.equal(6 * 29)
  })
})
