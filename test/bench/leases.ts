// What the Leases of the speakers cost: writes and watch events a second by the rule of operator/members/figures.ts, and
// with a hundred of them, renewed in time on a real API server that the controller watches, the processor time of each.
// As root: node test/bench/leases.ts
import { heraldNamespace } from '../../hack/lab/workload.ts'
import { leaseObject, microTime } from '../../operator/kube/lease.ts'
import { leaseFigures, renewIntervalMs } from '../../operator/members/figures.ts'
import { leaseContent, leaseName } from '../../operator/members/speaker-lease.ts'
import type { Api, Watching } from '../support/api.ts'
import { digText } from '../support/dig.ts'
import { pause } from '../support/until.ts'
import { say, tell } from './figure.ts'
import { cpuMs } from './process-figures.ts'
import { writesOf } from './services.ts'
import { onStage } from './stage.ts'

const speakers = 100
const watchers = 5 // of the hundred: parsing what all of them see would be the load itself
const seconds = 15
const path = `/apis/coordination.k8s.io/v1/namespaces/${heraldNamespace}/leases`

function tellComputed(): void {
  for (const count of [3, 100, 1_000]) {
    const { intervalMs, deadAfterMs, writesPerSecond, watchEventsPerSecond } = leaseFigures(count, 4)
    const note = `computed: renewed every ${intervalMs / 1_000} s, dead after ${deadAfterMs / 1_000} s`
    const figure = `Leases of ${count.toLocaleString('en')} speakers`
    tell({ figure: `${figure}: writes`, unit: 'a second', note }, writesPerSecond)
    const goals = [{ of: 'max', most: 10_000 }] as const
    tell(
      { figure: `${figure}: watch events, all speakers together`, unit: 'a second', goals },
      watchEventsPerSecond,
    )
  }
}

async function createLease(api: Api, node: string): Promise<void> {
  const intervalMs = renewIntervalMs(speakers)
  const now = Date.now()
  const lease = leaseObject({
    ref: { namespace: heraldNamespace, name: leaseName(node) },
    hold: { holder: node, durationMs: 4 * intervalMs, acquiredAtMs: now, renewedAtMs: now, transitions: 0 },
    metadata: leaseContent({ node, intervalMs, interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01' }] }),
  })
  await api.create(path, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', ...lease })
}

/** Each at its own moment of the interval, as speakers that started at different times. */
function renewAll(api: Api, nodes: readonly string[]): { readonly stop: () => Promise<void> } {
  const intervalMs = renewIntervalMs(speakers)
  let running = true
  const renew = async (node: string, index: number): Promise<void> => {
    await pause((index * intervalMs) / nodes.length)
    while (running) {
      const startedAt = performance.now()
      await api.merge(`${path}/${leaseName(node)}`, { spec: { renewTime: microTime(Date.now()) } })
      await pause(Math.max(0, startedAt + intervalMs - performance.now()))
    }
  }
  const all = Promise.all(nodes.map(renew))
  return {
    stop: async () => {
      running = false
      await all
    },
  }
}

await onStage(import.meta.filename, async ({ api, plane, controller }) => {
  tellComputed()
  say(`${speakers} Leases, renewed by the rule, for ${seconds} s`)
  const running = await controller()
  await running.ready()
  const nodes = Array.from({ length: speakers }, (_, index) => `node-${index}`)
  for (const node of nodes) await createLease(api, node)
  let events = 0
  const version = digText(await api.get(`${path}?limit=1`), 'metadata', 'resourceVersion') ?? ''
  const watching: Watching[] = []
  for (let watcher = 0; watcher < watchers; watcher++)
    watching.push(await api.watch(`${path}?resourceVersion=${version}`, () => (events += 1)))
  const renewing = renewAll(api, nodes)
  await pause(2_000) // in full swing
  const pids = { ...plane.pids(), controller: running.pid }
  const spent = () => Object.entries(pids).map(([name, pid]) => ({ name, ms: cpuMs(pid) }))
  const [startedAt, writesBefore, eventsBefore, spentBefore] = [
    performance.now(),
    await writesOf(api, 'leases'),
    events,
    spent(),
  ]
  await pause(seconds * 1_000)
  const took = (performance.now() - startedAt) / 1_000
  const [writes, seen, spentAfter] = [await writesOf(api, 'leases'), events, spent()]
  await renewing.stop()
  for (const one of watching) one.stop()
  const figure = `${speakers} Leases on a real API server`
  tell(
    {
      figure: `${figure}: writes that it counts`,
      unit: 'a second',
      note: 'with the Lease of the controller',
    },
    (writes - writesBefore) / took,
  )
  tell(
    { figure: `${figure}: events that one watch sees`, unit: 'a second' },
    (seen - eventsBefore) / watchers / took,
  )
  for (const [index, { name, ms }] of spentAfter.entries()) {
    const before = spentBefore[index]?.ms ?? 0
    const note = name === 'controller' ? 'it watches them all' : `with ${watchers + 1} watches`
    tell({ figure: `${figure}: processor time of ${name}`, unit: 'ms a second', note }, (ms - before) / took)
  }
})
