// The controller starts again while 3,000 Services have their addresses: how soon a new Service gets one, that nobody
// moves and that nothing is written which stands already. As root: node test/bench/restart.ts
import { serviceObject, servicesPath } from '../../hack/lab/objects.ts'
import type { HeraldProcess } from '../../hack/lab/herald.ts'
import { say, tell } from './figure.ts'
import type { ServicesWatch } from './services.ts'
import {
  createServices,
  serviceNames,
  untilAssigned,
  untilQuiet,
  watchServices,
  writesOf,
} from './services.ts'
import { onStage } from './stage.ts'
import type { Stage } from './stage.ts'

const count = 3_000
const restarts = 3

type Restart = { readonly tookMs: number; readonly moved: number; readonly writes: number }

/** The new Service is there before the new process is. */
async function restart(
  { api, controller }: Stage,
  watch: ServicesWatch,
  name: string,
): Promise<Restart & { readonly next: HeraldProcess }> {
  const before = new Map(watch.addresses)
  const writesBefore = await writesOf(api, 'services', 'status')
  await api.create(servicesPath, serviceObject({ name }))
  const next = await controller()
  const addressedAt = await watch.allAddressed([name], 60_000)
  await untilAssigned(api, before.size + 1)
  await untilQuiet(api)
  const moved = [...before].filter(([of, address]) => watch.addresses.get(of) !== address).length
  const writes = (await writesOf(api, 'services', 'status')) - writesBefore
  return { tookMs: addressedAt - next.spawnedAt, moved, writes, next }
}

await onStage(import.meta.filename, async (stage) => {
  let running = await stage.controller()
  say(`${count} Services`)
  await createServices(stage.api, serviceNames('standing', count))
  await untilAssigned(stage.api, count)
  await untilQuiet(stage.api)
  const watch = await watchServices(stage.api)
  const after = { SIGTERM: new Array<Restart>(), SIGKILL: new Array<Restart>() } as const
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (let turn = 1; turn <= restarts; turn++) {
      say(`${signal} to the controller, ${turn} of ${restarts}`)
      running.kill(signal)
      await running.exited
      const { next, ...seen } = await restart(stage, watch, `new-${signal.toLowerCase()}-${turn}`)
      after[signal].push(seen)
      running = next
    }
  }
  watch.stop()
  tellRestarts(after.SIGTERM, after.SIGKILL)
})

function tellRestarts(stopped: readonly Restart[], killed: readonly Restart[]): void {
  const times = (restarts: readonly Restart[]) => restarts.map(({ tookMs }) => tookMs)
  const figure = 'controller restarted with 3,000 Services: start of the process → address of one new Service'
  const goals = [{ of: 'max', most: 5_000 }] as const
  tell({ figure: `${figure}, after SIGTERM`, unit: 'ms', goals, metallb: '62,000' }, times(stopped))
  const note = 'as a container that starts again in its pod: the Lease is still its own'
  tell({ figure: 'the same, after SIGKILL', unit: 'ms', goals, note }, times(killed))
  const all = [...stopped, ...killed]
  tell(
    {
      figure: 'Services that moved at a restart',
      unit: 'Services',
      goals: [{ of: 'max', most: 0 }],
      metallb: '0',
    },
    all.map(({ moved }) => moved),
  )
  tell(
    {
      figure: 'writes of Service status that the API server counts at a restart',
      unit: 'writes',
      goals: [{ of: 'max', most: 2 }],
      note: 'those of the new Service',
    },
    all.map(({ writes }) => writes),
  )
}
