// The controller stops and starts again among thousands of Services: how soon it is ready, how soon a new Service has its
// address, and what it asks of the API server meanwhile.
import { residentMb } from '../../hack/lab/herald.ts'
import type { HeraldProcess } from '../../hack/lab/herald.ts'
import { serviceObject, servicesPath } from '../../hack/lab/objects.ts'
import { untilTrue } from '../support/until.ts'
import type { Audit, Requests } from './audit.ts'
import { countOf } from './audit.ts'
import { say, tell } from './figure.ts'
import type { ServicesWatch } from './services.ts'
import { untilQuiet } from './services.ts'
import type { Stage } from './stage.ts'

const restarts = 3
const patience = 480_000

export type Among = {
  readonly stage: Stage
  readonly watch: ServicesWatch
  readonly audit: Audit
  readonly count: number // of Services
}

type Restart = {
  readonly readyMs: number
  readonly addressMs: number
  readonly moved: number
  readonly mb: number
  readonly requests: Requests
}

/** Restarts a controller that has stopped, some times; resolves with the one that runs last. */
export async function measureRestarts(at: Among): Promise<HeraldProcess> {
  const seen: Restart[] = []
  for (let turn = 1; ; turn++) {
    say(`the controller starts again, ${turn} of ${restarts}`)
    const { next, ...one } = await restart(at, `new-${turn}`)
    seen.push(one)
    if (turn === restarts) {
      tellRestarts(seen, at.count)
      return next
    }
    await next.stop()
  }
}

/** The new Service is there before the new process is. */
async function restart(
  { stage, watch, audit }: Among,
  name: string,
): Promise<Restart & { readonly next: HeraldProcess }> {
  const before = new Map(watch.addresses)
  audit.take()
  await stage.api.create(servicesPath, serviceObject({ name }))
  const next = await stage.controller()
  const url = `http://127.0.0.1:${next.healthPort}/readyz`
  const isReady = async () => (await fetch(url, { headers: { connection: 'close' } })).ok
  const becomesReady = async (): Promise<number> => {
    await untilTrue(`${next.pod} is ready`, isReady, { timeoutMs: patience, everyMs: 10 })
    return performance.now()
  }
  const [readyAt, addressedAt] = await Promise.all([becomesReady(), watch.allAddressed([name], patience)])
  await untilQuiet(stage.api)
  return {
    readyMs: readyAt - next.spawnedAt,
    addressMs: addressedAt - next.spawnedAt,
    moved: [...before].filter(([of, address]) => watch.addresses.get(of) !== address).length,
    mb: await residentMb(next.pid),
    requests: audit.take(),
    next,
  }
}

function tellRestarts(seen: readonly Restart[], count: number): void {
  const all = count.toLocaleString('en-US')
  const goals = [{ of: 'max', most: 5_000 }] as const
  const figure = `controller restarted with ${all} Services: start of the process → `
  tell(
    { figure: `${figure}ready`, unit: 'ms' },
    seen.map(({ readyMs }) => readyMs),
  )
  tell(
    {
      figure: `${figure}address of one new Service`,
      unit: 'ms',
      goals,
      metallb: '3,000: 62,000',
      note: 'the goal is the one of 3,000 Services',
    },
    seen.map(({ addressMs }) => addressMs),
  )
  const none = [{ of: 'max', most: 0 }] as const
  tell(
    { figure: 'Services that moved at a restart', unit: 'Services', goals: none },
    seen.map(({ moved }) => moved),
  )
  tell(
    {
      figure: 'writes of Service status at a restart',
      unit: 'requests',
      goals: [{ of: 'max', most: 2 }],
      note: 'those of the new Service',
    },
    seen.map(({ requests }) => countOf(requests, /^(?:patch|update) services\/status$/)),
  )
  tell(
    { figure: 'lists at a restart, pages counted', unit: 'requests' },
    seen.map(({ requests }) => countOf(requests, /^list /)),
  )
  tell(
    { figure: 'lists of Services at a restart, pages counted', unit: 'requests' },
    seen.map(({ requests }) => countOf(requests, /^list services$/)),
  )
  tell(
    { figure: `resident memory of a controller that started among ${all} Services`, unit: 'MB' },
    seen.map(({ mb }) => mb),
  )
}
