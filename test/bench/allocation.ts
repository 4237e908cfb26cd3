// 2,000 Services created by 16 writers at a controller and an API server that have nothing else to do, then deleted:
// how long after the last request the last address is there, what one Service costs, and that a deletion costs the same
// however many Services there are. As root: node test/bench/allocation.ts
import type { HeraldProcess } from '../../hack/lab/herald.ts'
import { say, tell } from './figure.ts'
import { cpuMs } from './process-figures.ts'
import type { ServicesWatch } from './services.ts'
import {
  createServices,
  deleteServices,
  serviceNames,
  untilAssigned,
  watchServices,
  writesOf,
} from './services.ts'
import { onStage } from './stage.ts'
import type { Stage } from './stage.ts'

const count = 2_000
const rounds = 2

type Creation = {
  readonly createdPerSecond: number
  readonly lastMs: number
  readonly writes: number
  readonly controllerMs: number
}

type Deletion = { readonly tookMs: number; readonly firstHalfMs: number; readonly lastHalfMs: number }

async function create(
  { api }: Stage,
  controller: HeraldProcess,
  watch: ServicesWatch,
  names: readonly string[],
): Promise<Creation> {
  const [writesBefore, cpuBefore] = [await writesOf(api, 'services', 'status'), cpuMs(controller.pid)]
  const startedAt = performance.now()
  await createServices(api, names)
  const createdAt = performance.now()
  const addressedAt = await watch.allAddressed(names)
  await untilAssigned(api, names.length)
  return {
    createdPerSecond: (names.length * 1_000) / (createdAt - startedAt),
    lastMs: Math.max(0, addressedAt - createdAt),
    writes: ((await writesOf(api, 'services', 'status')) - writesBefore) / names.length,
    controllerMs: (cpuMs(controller.pid) - cpuBefore) / names.length,
  }
}

/** Each half is over when the pool's counter is right again, so that all that a deletion causes is in it. */
async function remove(
  { api }: Stage,
  controller: HeraldProcess,
  names: readonly string[],
): Promise<Deletion> {
  const half = names.length / 2
  const startedAt = performance.now()
  const before = cpuMs(controller.pid)
  await deleteServices(api, names.slice(0, half))
  await untilAssigned(api, names.length - half)
  const between = cpuMs(controller.pid)
  await deleteServices(api, names.slice(half))
  await untilAssigned(api, 0)
  return {
    tookMs: performance.now() - startedAt,
    firstHalfMs: (between - before) / half,
    lastHalfMs: (cpuMs(controller.pid) - between) / half,
  }
}

await onStage(import.meta.filename, async (stage) => {
  const controller = await stage.controller()
  await controller.ready()
  const watch = await watchServices(stage.api)
  const created: Creation[] = []
  const deleted: Deletion[] = []
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}: ${count} Services`)
    const names = serviceNames(`round-${round}`, count)
    created.push(await create(stage, controller, watch, names))
    deleted.push(await remove(stage, controller, names))
  }
  watch.stop()
  tellCreation(created)
  tellDeletion(deleted)
})

function tellCreation(created: readonly Creation[]): void {
  tell(
    {
      figure: '2,000 Services by 16 writers: last create → last address',
      unit: 'ms',
      goals: [{ of: 'max', most: 1_000 }],
      metallb: '9,300',
    },
    created.map(({ lastMs }) => lastMs),
  )
  tell(
    {
      figure: 'the same: Services created and addressed',
      unit: 'a second',
      metallb: '46',
      note: 'the writers wait for the API server, which gives each Service its two cluster addresses',
    },
    created.map(({ createdPerSecond, lastMs }) => count / (count / createdPerSecond + lastMs / 1_000)),
  )
  tell(
    {
      figure: 'the same: writes of Service status that the API server counts, for each Service',
      unit: 'writes',
      goals: [{ of: 'max', most: 2 }],
      note: 'one for the address, one that says why nobody announces: there is no speaker here',
    },
    created.map(({ writes }) => writes),
  )
  tell(
    { figure: 'the same: processor time of the controller, for each Service', unit: 'ms' },
    created.map(({ controllerMs }) => controllerMs),
  )
}

function tellDeletion(deleted: readonly Deletion[]): void {
  tell(
    {
      figure: '2,000 Services deleted by 16 writers, until the pool counts none',
      unit: 'ms',
      metallb: '3,000: ≈ 600,000',
    },
    deleted.map(({ tookMs }) => tookMs),
  )
  tell(
    { figure: 'processor time of the controller for each deletion, first thousand', unit: 'ms' },
    deleted.map(({ firstHalfMs }) => firstHalfMs),
  )
  tell(
    { figure: 'the same, last thousand', unit: 'ms' },
    deleted.map(({ lastHalfMs }) => lastHalfMs),
  )
  tell(
    {
      figure: 'first thousand ÷ last thousand',
      unit: 'ratio',
      goals: [{ of: 'max', most: 2 }],
      note: 'O(1) each; 3 if each deletion went through all Services',
    },
    deleted.map(({ firstHalfMs, lastHalfMs }) => firstHalfMs / lastHalfMs),
  )
}
