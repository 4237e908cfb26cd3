// One router's stories, played one after the other; the routers side by side, for most of a story is waiting.
import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { addHost, createLan, destroyLan } from '../net/lan.ts'
import type { Host } from '../net/lan.ts'
import { startProcess } from '../support/process.ts'
import type { Running } from '../support/process.ts'
import { makeTemporaryFolder } from '../support/temporary.ts'
import { untilTrue } from '../support/until.ts'
import { play, Speakers } from './scene.ts'
import type { SceneWish, Stage } from './scene.ts'
import { verdictOn } from './table.ts'
import type { Cell } from './table.ts'
import type { RouterRow } from './routers.ts'

const cellMs = 180_000

/** How many stories play at a time: most of a story is waiting, and a slow machine is not made slower. */
export class Gate {
  private free = cpus().length + 1
  private readonly waiting: (() => void)[] = []

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1
    else await new Promise<void>((resolve) => this.waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.waiting.shift()
      if (next === undefined) this.free += 1
      else next()
    }
  }
}

type Outcome = { readonly error?: unknown }

/** On a LAN of its own, from here on; each outcome can be waited for. */
export class Row {
  private readonly outcomes = new Map<Cell, Promise<Outcome>>()
  readonly capture: string // of all that went over port 179; whole once it has ended
  readonly ended: Promise<void>

  constructor(cells: readonly Cell[], gate: Gate) {
    const lan = createLan()
    const us = addHost(lan, 'us', 1)
    const stage = { speakers: new Speakers(us), router: addHost(lan, 'them', 2) }
    const folder = makeTemporaryFolder('stories')
    this.capture = join(folder, 'capture')
    const tcpdump = captureOn(us, this.capture)
    let last: Promise<unknown> = untilTrue('tcpdump listens', () => existsSync(this.capture))
    for (const cell of cells) {
      const outcome = last.then(() => gate.through(() => playCell(stage, cell)))
      this.outcomes.set(cell, outcome)
      last = outcome
    }
    this.ended = last.then(async () => {
      await tcpdump.stop()
      stage.speakers.killAll()
      destroyLan(lan)
    })
  }

  async outcomeOf(cell: Cell): Promise<void> {
    const outcome = await this.outcomes.get(cell)
    if (outcome === undefined) throw new Error('this cell was not played')
    if (outcome.error !== undefined) throw outcome.error
  }
}

/** As root: it has nobody to become whose files these could be. */
function captureOn({ namespace, device }: Host, file: string): Running {
  return startProcess({
    command: 'tcpdump',
    args: ['-i', device, '-w', file, '-U', '--immediate-mode', '-Z', 'root', 'tcp port 179'],
    namespace,
    logFile: `${file}.log`,
  })
}

export function toldBy(router: RouterRow, cells: readonly Cell[]): readonly Cell[] {
  return cells.filter((cell) => cell.router === router && verdictOn(cell).type === 'told')
}

async function playCell(stage: Stage, cell: Cell): Promise<Outcome> {
  const { router, story } = cell
  try {
    await play(stage, { start: router.start, wish: wishOf(cell), patienceMs: cellMs }, story.play)
    return {}
  } catch (error) {
    return { error }
  }
}

function wishOf({ story: { wish = {} }, transport, over }: Cell): SceneWish {
  return { ...wish, over, endpoint: { ...wish.endpoint, transport } }
}
