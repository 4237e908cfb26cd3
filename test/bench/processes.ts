// How long controller and speaker take from their start until they are ready, and how much memory they have: idle, with
// 3,000 dual-stack Services that the speaker announces, and after these have changed again and again.
// As root: node test/bench/processes.ts
import { residentMb } from '../../hack/lab/herald.ts'
import type { HeraldProcess } from '../../hack/lab/herald.ts'
import { nodeAddresses } from '../../hack/lab/names.ts'
import { servicesPath } from '../../hack/lab/objects.ts'
import type { Api } from '../support/api.ts'
import { pause, untilTrue } from '../support/until.ts'
import { say, tell } from './figure.ts'
import { createServices, eachOf, serviceNames, untilAssigned, untilQuiet, untilReported } from './services.ts'
import { onStage } from './stage.ts'
import type { Stage } from './stage.ts'

const starts = 5
const count = 3_000
const changes = 3

async function startUpMs(start: () => Promise<HeraldProcess>): Promise<number> {
  const process = await start()
  const url = `http://127.0.0.1:${process.healthPort}/readyz`
  const isReady = async () => (await fetch(url, { headers: { connection: 'close' } })).ok
  await untilTrue(`${process.pod} is ready`, isReady, { timeoutMs: 30_000, everyMs: 5 })
  const tookMs = performance.now() - process.spawnedAt
  await process.stop()
  return tookMs
}

async function measureStarts({ controller, speaker }: Stage): Promise<void> {
  for (const [name, start] of Object.entries({ controller, speaker })) {
    say(`start-up of the ${name}, ${starts} times`)
    const times: number[] = []
    for (let turn = 0; turn < starts; turn++) times.push(await startUpMs(start))
    tell({ figure: `${name}: start of the process → ready`, unit: 'ms' }, times)
  }
}

/** The node that the speaker is on. */
async function createNode(api: Api): Promise<void> {
  const { IPv4, IPv6 } = nodeAddresses('node-a')
  await api.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } })
  await api.merge('/api/v1/nodes/node-a/status', {
    status: {
      addresses: [IPv4, IPv6].map((address) => ({ type: 'InternalIP', address })),
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }],
    },
  })
}

/** What the controller manager would write: one endpoint on the node, for each Service and family. */
async function createEndpoints(api: Api, names: readonly string[]): Promise<void> {
  const path = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'
  await eachOf(names, 16, (name) =>
    api.create(path, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.244.1.2'], conditions: { ready: true }, nodeName: 'node-a' }],
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    }),
  )
}

/** A label of every Service changes: each process takes it in, and nothing follows from it. */
async function touch(api: Api, names: readonly string[], turn: number): Promise<void> {
  const metadata = { labels: { turn: `${turn}` } }
  await eachOf(names, 16, (name) => api.merge(`${servicesPath}/${name}`, { metadata }))
  await pause(2_000) // a pass or two
}

await onStage(import.meta.filename, async (stage) => {
  const { api } = stage
  await createNode(api)
  await measureStarts(stage)
  const processes = { controller: await stage.controller(), speaker: await stage.speaker() }
  await Promise.all([processes.controller.ready(), processes.speaker.ready()])
  await pause(10_000)
  const idle = await memory(processes)
  say(`${count} Services with an endpoint each`)
  const names = serviceNames('standing', count)
  await createEndpoints(api, names)
  await createServices(api, names)
  await untilAssigned(api, count)
  await untilReported(api, count)
  await untilQuiet(api)
  const full = await memory(processes)
  const later: Memory[] = []
  for (let turn = 1; turn <= changes; turn++) {
    say(`every Service changes, ${turn} of ${changes}`)
    await touch(api, names, turn)
    later.push(await memory(processes))
  }
  tellMemory(idle, full, later)
})

type Memory = { readonly controller: number; readonly speaker: number }
type Processes = { readonly controller: HeraldProcess; readonly speaker: HeraldProcess }

async function memory({ controller, speaker }: Processes): Promise<Memory> {
  return { controller: await residentMb(controller.pid), speaker: await residentMb(speaker.pid) }
}

function tellMemory(idle: Memory, full: Memory, later: readonly Memory[]): void {
  const metallb = { controller: ['58', '110'], speaker: ['67', '134'] } as const
  for (const name of ['controller', 'speaker'] as const) {
    const goals = name === 'speaker' ? { goals: [{ of: 'max', most: 150 }] as const } : {}
    const [idleOfMetalLB = '', fullOfMetalLB = ''] = metallb[name]
    const unit = 'MB'
    tell({ figure: `${name}: resident memory, idle`, unit, metallb: idleOfMetalLB, ...goals }, idle[name])
    tell(
      {
        figure: `${name}: resident memory, 3,000 Services`,
        unit,
        metallb: fullOfMetalLB,
        ...goals,
      },
      full[name],
    )
    tell(
      { figure: `${name}: the same after each of ${changes} changes of every Service`, unit, ...goals },
      later.map((one) => one[name]),
    )
  }
}
