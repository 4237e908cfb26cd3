// One router's stories, played one after the other; the routers side by side, for most of a story is waiting.
import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { addHost, createLan, destroyLan } from '../net/lan.ts'
import type { Host, Lan } from '../net/lan.ts'
import { startProcess } from '../support/process.ts'
import type { Running } from '../support/process.ts'
import { makeTemporaryFolder } from '../support/temporary.ts'
import { untilTrue } from '../support/until.ts'
import type { StartContainer } from '../containers/container.ts'
import { onHost } from './place.ts'
import type { Place } from './place.ts'
import { play, Speakers } from './scene.ts'
import type { SceneWish } from './scene.ts'
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

export type RowWish = {
  readonly router: RouterRow
  readonly cells: readonly Cell[]
  readonly gate: Gate
  readonly startContainer: StartContainer | undefined // without it the router is processes in a namespace
}

type Home = { readonly place: Place; readonly stop: () => Promise<void> }

/** Where the row's router lives. */
async function homeOf(
  lan: Lan,
  { image }: RouterRow,
  startContainer: StartContainer | undefined,
): Promise<Home> {
  if (startContainer === undefined)
    return { place: onHost(addHost(lan, 'them', 2)), stop: () => Promise.resolve() }
  const { pid, placeOn, stop } = await startContainer(image)
  return { place: placeOn(addHost(lan, 'them', 2, pid)), stop }
}

/** On a LAN of its own, from here on; each outcome can be waited for. */
export class Row {
  private readonly outcomes = new Map<Cell, Promise<Outcome>>()
  readonly capture: string // of all that went over port 179; whole once it has ended
  readonly ended: Promise<void>

  constructor({ router, cells, gate, startContainer }: RowWish) {
    const lan = createLan()
    const us = addHost(lan, 'us', 1)
    const speakers = new Speakers(us)
    const home = homeOf(lan, router, startContainer)
    home.catch(() => undefined) // each cell tells it
    const folder = makeTemporaryFolder('stories')
    this.capture = join(folder, 'capture')
    const tcpdump = captureOn(us, this.capture)
    let last: Promise<unknown> = untilTrue('tcpdump listens', () => existsSync(this.capture))
    for (const cell of cells) {
      const outcome = last.then(() => gate.through(() => playCell({ speakers, home }, cell)))
      this.outcomes.set(cell, outcome)
      last = outcome
    }
    this.ended = last.then(async () => {
      await tcpdump.stop()
      speakers.killAll()
      await home.then(({ stop }) => stop()).catch(() => undefined) // what failed was told by each cell
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

async function playCell(
  { speakers, home }: { readonly speakers: Speakers; readonly home: Promise<Home> },
  cell: Cell,
): Promise<Outcome> {
  const { router, story } = cell
  try {
    const stage = { speakers, router: (await home).place }
    await play(stage, { start: router.start, wish: wishOf(cell), patienceMs: cellMs }, story.play)
    return {}
  } catch (error) {
    return { error }
  }
}

function wishOf({ story: { wish = {} }, transport, over }: Cell): SceneWish {
  return { ...wish, over, endpoint: { ...wish.endpoint, transport } }
}
