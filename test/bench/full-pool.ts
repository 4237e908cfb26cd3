// A full pool and many Services that wait for it, beside all others that stand: what it costs while nothing changes, and
// how soon the next one has the address that another gives back.
import type { HeraldProcess } from '../../hack/lab/herald.ts'
import { createPool, serviceObject, servicesPath } from '../../hack/lab/objects.ts'
import { heraldNamespace } from '../../hack/lab/workload.ts'
import type { Api } from '../support/api.ts'
import { pause, until } from '../support/until.ts'
import type { Audit, Requests } from './audit.ts'
import { countOf } from './audit.ts'
import { say, tell } from './figure.ts'
import { cpuMs } from './process-figures.ts'
import type { ServicesWatch } from './services.ts'
import { eachOf, serviceNames, untilQuiet } from './services.ts'

export type At = {
  readonly api: Api
  readonly controller: HeraldProcess
  readonly watch: ServicesWatch
  readonly audit: Audit
}

const pool = 'full'
const restSeconds = 15
const freed = 20

export async function measureFullPool(
  at: At,
  { holders, waiting }: { readonly holders: number; readonly waiting: number },
): Promise<void> {
  const { api, watch } = at
  say(`a pool of ${holders} addresses, and ${waiting} Services that wait`)
  await createPool(api, pool, [`10.30.0.1-10.30.0.${holders}`])
  await onlyByName(api)
  const had = serviceNames('holder', holders)
  await createFor(api, had)
  await watch.allAddressed(had)
  const patient = serviceNames('patient', waiting)
  await createFor(api, patient)
  await untilQuiet(api)
  const refused = patient.filter((name) => watch.addresses.has(name))
  if (refused.length > 0) throw new Error(`${refused.join(', ')}: addressed from a pool that is full`)
  await tellRest(at, waiting)
  await tellFreed(at, had.slice(0, freed), patient)
}

/** Nobody else's Services go there. */
function onlyByName(api: Api): Promise<unknown> {
  const path = `/apis/metallb.io/v1beta1/namespaces/${heraldNamespace}/ipaddresspools/${pool}`
  return api.merge(path, { spec: { autoAssign: false } })
}

function createFor(api: Api, names: readonly string[]): Promise<void> {
  const annotations = { 'metallb.io/address-pool': pool }
  const spec = { ipFamilyPolicy: 'SingleStack' }
  return eachOf(names, 16, (name) => api.create(servicesPath, serviceObject({ name, annotations, spec })))
}

async function tellRest({ controller, audit }: At, waiting: number): Promise<void> {
  audit.take()
  const [startedAt, before] = [performance.now(), cpuMs(controller.pid)]
  await pause(restSeconds * 1_000)
  const seconds = (performance.now() - startedAt) / 1_000
  const figure = `a full pool, ${waiting.toLocaleString('en-US')} Services wait, nothing changes`
  tell(
    {
      figure: `${figure}: processor time of the controller`,
      unit: 'ms a second',
      note: `over ${restSeconds} s`,
    },
    (cpuMs(controller.pid) - before) / seconds,
  )
  const requests = audit.take()
  const goals = [{ of: 'max', most: 0 }] as const
  tell({ figure: 'the same: requests, but for its Lease', unit: 'requests', goals }, withoutLeases(requests))
}

function withoutLeases(requests: Requests): number {
  return countOf(requests, /^(?!\w+ leases$)(?!watch )/)
}

async function tellFreed(
  { api, watch, audit }: At,
  holders: readonly string[],
  patient: readonly string[],
): Promise<void> {
  const waiting = new Set(patient)
  const times: number[] = []
  audit.take()
  for (const name of holders) {
    const startedAt = performance.now()
    await api.remove(`${servicesPath}/${name}`)
    const next = await until(
      `a waiting Service has the address of ${name}`,
      () => [...waiting].find((one) => watch.addressedAt.has(one)),
      { everyMs: 5 },
    )
    waiting.delete(next)
    times.push((watch.addressedAt.get(next) ?? Number.NaN) - startedAt)
  }
  await untilQuiet(api)
  const writes = countOf(audit.take(), /^(?:patch|update) services\/status$/)
  const figure =
    'a Service with an address of the full pool is deleted → the next one that waits has it, by a watch'
  tell({ figure, unit: 'ms' }, times)
  tell(
    {
      figure: 'the same: writes of Service status for each address',
      unit: 'requests',
      goals: [{ of: 'max', most: 2 }],
      note: 'those of the Service that gets it: the others that wait are left alone',
    },
    writes / holders.length,
  )
}
