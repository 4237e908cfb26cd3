// 10,000 Services in one rising run, at a controller and an API server that have nothing else to do: how soon all have
// their addresses, beside what the API server takes for the same writes from a plain client; what one more costs then;
// restarts among them; a full pool with 1,000 waiting. Requests are counted by the API server's audit log.
// As root: node test/bench/allocation-large.ts [count]; all numbers go with `count`.
import { residentMb } from '../../hack/lab/herald.ts'
import type { HeraldProcess } from '../../hack/lab/herald.ts'
import { createPool, serviceObject, servicesPath } from '../../hack/lab/objects.ts'
import { heraldNamespace } from '../../hack/lab/workload.ts'
import type { Api } from '../support/api.ts'
import type { Requests } from './audit.ts'
import { auditOf, countOf } from './audit.ts'
import { say, tell } from './figure.ts'
import { measureFullPool } from './full-pool.ts'
import { measureRestarts } from './large-restart.ts'
import { cpuMs } from './process-figures.ts'
import type { ServicesWatch } from './services.ts'
import {
  createServices,
  deleteServices,
  eachOf,
  serviceNames,
  untilAssigned,
  untilQuiet,
  watchServices,
} from './services.ts'
import { onStage } from './stage.ts'

const count = Number(process.argv[2] ?? 10_000)
const half = Math.ceil(count / 2)
const alone = Math.ceil(count / 10)
const writers = 16
const more = 20
const patience = 480_000

const audit = auditOf(heraldNamespace)

function inWords(number: number): string {
  return number.toLocaleString('en-US')
}

/** Resolves with how long it took. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** A status like the controller's, by server-side apply; no addresses: a condition alone, beside what the controller wrote. */
function writePlainly(api: Api, name: string, addresses: readonly string[] = []): Promise<unknown> {
  const ingress = addresses.map((ip) => ({ ip, ipMode: 'VIP' }))
  return api.apply(`${servicesPath}/${name}/status`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    status: {
      ...(ingress.length === 0 ? {} : { loadBalancer: { ingress } }),
      conditions: [
        {
          type: 'example.com/Allocated',
          status: 'True',
          reason: 'Allocated',
          message: `${addresses.join(' and ') || 'addresses'} from pool lan`,
          lastTransitionTime: `${new Date().toISOString().slice(0, 19)}Z`,
        },
      ],
    },
  })
}

/** Herald leaves these to others. */
const foreign = { loadBalancerClass: 'example.com/none' }

function foreignAddresses(index: number): readonly string[] {
  return [`192.0.2.${index % 250}`, `2001:db8::${index.toString(16)}`]
}

/** What the API server takes for a Service and one write of its status, when nobody but a plain client is there. */
async function measureAlone(api: Api): Promise<number> {
  const names = serviceNames('alone', alone)
  const tookMs = await timed(async () => {
    await eachOf(names, writers, (name) => api.create(servicesPath, serviceObject({ name, spec: foreign })))
    await eachOf(names, writers, (name, index) => writePlainly(api, name, foreignAddresses(index)))
  })
  await deleteServices(api, names)
  return tookMs / alone
}

type Rise = {
  readonly halfMs: number // first create → last address of the first half
  readonly allMs: number
  readonly lastMs: number // last create → last address
  readonly halfMb: number
  readonly cpuMs: number
  readonly requests: Requests
}

async function rise(api: Api, controller: HeraldProcess, watch: ServicesWatch): Promise<Rise> {
  const names = serviceNames('standing', count)
  const cpuBefore = cpuMs(controller.pid)
  audit.take()
  const startedAt = performance.now()
  await createServices(api, names.slice(0, half))
  const halfMb = await residentMb(controller.pid)
  await createServices(api, names.slice(half))
  const createdAt = performance.now()
  const lastAt = await watch.allAddressed(names, patience)
  const halfAt = Math.max(...names.slice(0, half).map((name) => watch.addressedAt.get(name) ?? Number.NaN))
  await untilAssigned(api, count, patience)
  await untilQuiet(api)
  return {
    halfMs: halfAt - startedAt,
    allMs: lastAt - startedAt,
    lastMs: Math.max(0, lastAt - createdAt),
    halfMb,
    cpuMs: (cpuMs(controller.pid) - cpuBefore) / count,
    requests: audit.take(),
  }
}

/** From just before the request to the watch's word; without Herald the bench writes the address itself. */
async function measureMore(api: Api, watch: ServicesWatch, batch: string): Promise<readonly number[]> {
  const times: number[] = []
  for (const [index, name] of serviceNames(batch, more).entries()) {
    const spec = batch === 'plain' ? foreign : {}
    const startedAt = performance.now()
    await api.create(servicesPath, serviceObject({ name, spec }))
    if (batch === 'plain') await writePlainly(api, name, foreignAddresses(index))
    times.push((await watch.allAddressed([name], 60_000)) - startedAt)
  }
  return times
}

await onStage(
  import.meta.filename,
  async (stage) => {
    const { api } = stage
    await createPool(api, 'lan', ['10.20.0.0/16', 'fd00:20::/112'])
    say(`${alone} Services and their statuses by a plain client`)
    const aloneMs = await measureAlone(api)
    let running = await stage.controller()
    await running.ready()
    await untilQuiet(api)
    const idleMb = await residentMb(running.pid)
    const watch = await watchServices(api)
    say(`${count} Services`)
    const risen = await rise(api, running, watch)
    const fullMb = await residentMb(running.pid)
    say(`${more} more, one after the other`)
    const moreMs = await measureMore(api, watch, 'more')
    const plainMoreMs = await measureMore(api, watch, 'plain')
    await untilQuiet(api)
    await running.stop()
    say(`${count} status writes by a plain client`)
    const names = serviceNames('standing', count)
    const plainMs = await timed(() => eachOf(names, writers, (name) => writePlainly(api, name)))
    tellRise(risen, aloneMs, plainMs)
    tellRequests(risen.requests)
    tellMore(moreMs, plainMoreMs)
    running = await measureRestarts({ stage, watch, audit, count })
    await measureFullPool(
      { api, controller: running, watch, audit },
      { holders: Math.min(250, Math.ceil(count / 40)), waiting: alone },
    )
    tellMemory({ idle: idleMb, half: risen.halfMb, full: fullMb, end: await residentMb(running.pid) })
    watch.stop()
  },
  audit,
)

function tellRise(risen: Rise, aloneMs: number, plainMs: number): void {
  const unit = 's'
  const [few, all] = [inWords(half), inWords(count)]
  const note = `the first half of ${all} created without a pause`
  tell(
    { figure: `${few} Services by 16 writers: first create → all have addresses`, unit, note },
    risen.halfMs / 1_000,
  )
  tell({ figure: `${all} Services by 16 writers: the same`, unit }, risen.allMs / 1_000)
  tell(
    {
      figure: `${all} Services: last create → last address`,
      unit: 'ms',
      goals: [{ of: 'max', most: 1_000 }],
      note: 'the goal is the one of 2,000 Services',
    },
    risen.lastMs,
  )
  tell(
    { figure: `${all} status writes alone, by a plain client with 16 writers, no controller`, unit },
    plainMs / 1_000,
  )
  tell(
    { figure: `${all} Services until all have addresses ÷ as many status writes alone`, unit: 'ratio' },
    risen.allMs / plainMs,
  )
  tell(
    {
      figure: `the same ÷ as many Services created, and their status written once, by a plain client alone`,
      unit: 'ratio',
      note: `measured with ${inWords(alone)} before the controller starts: 1 is what the API server takes by itself`,
    },
    risen.allMs / (aloneMs * count),
  )
  tell({ figure: 'processor time of the controller, for each Service', unit: 'ms' }, risen.cpuMs)
}

function tellRequests(requests: Requests): void {
  const unit = 'requests'
  tell(
    {
      figure: `writes of Service status by the controller, for each of ${inWords(count)} Services`,
      unit,
      goals: [{ of: 'max', most: 2 }],
      note: 'issue 6: one for the address, at most one more; here it says why nobody announces, as there is no speaker',
    },
    countOf(requests, /^(?:patch|update) services\/status$/) / count,
  )
  for (const [kind, number] of [...requests].toSorted(([, a], [, b]) => b - a))
    if (kind !== 'patch services/status' && number >= count / 100)
      tell({ figure: `requests by the controller, for each Service: ${kind}`, unit }, number / count)
  tell({ figure: 'all requests by the controller, for each Service', unit }, countOf(requests, /./) / count)
  tell(
    {
      figure: `lists by the controller after its start, while ${inWords(count)} Services come`,
      unit,
      goals: [{ of: 'max', most: 0 }],
      note: 'issue 6: none but after a 410',
    },
    countOf(requests, /^list /),
  )
}

function tellMore(times: readonly number[], plain: readonly number[]): void {
  const figure = `one more Service at ${inWords(count)}: created → its addresses in the status, by a watch`
  tell({ figure, unit: 'ms', metallb: 'with few: p50 57' }, times)
  const note = 'what the API server takes by itself'
  tell(
    { figure: 'for comparison, without Herald: the bench writes the address at once', unit: 'ms', note },
    plain,
  )
}

function tellMemory(mb: Readonly<Record<'idle' | 'half' | 'full' | 'end', number>>): void {
  const figure = 'resident memory of the controller, '
  tell({ figure: `${figure}idle`, unit: 'MB', metallb: '58' }, mb.idle)
  tell({ figure: `${figure}${inWords(half)} Services, as they come`, unit: 'MB' }, mb.half)
  tell({ figure: `${figure}${inWords(count)} Services`, unit: 'MB', metallb: '3,000: 110' }, mb.full)
  tell({ figure: `${figure}${inWords(count)} Services and a full pool, at the end`, unit: 'MB' }, mb.end)
}
