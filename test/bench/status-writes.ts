// 5,000 Services that wait for their addresses when the controller starts: how many it addresses a second, and beside it
// how many status writes the same API server takes from a plain client. As root: node test/bench/status-writes.ts
import { servicesPath } from '../../hack/lab/objects.ts'
import type { Api } from '../support/api.ts'
import { say, tell } from './figure.ts'
import { createSingleStack, eachOf, serviceNames, watchServices } from './services.ts'
import { onStage } from './stage.ts'
import type { Stage } from './stage.ts'

const count = 5_000
const atOnce = [16, 32, 64] as const

/** From the first address to the last. */
async function allocate({ api, controller }: Stage, names: readonly string[]): Promise<number> {
  const watch = await watchServices(api)
  const running = await controller()
  const lastAt = await watch.allAddressed(names, 240_000)
  const firstAt = Math.min(...watch.addressedAt.values())
  watch.stop()
  await running.stop()
  return ((names.length - 1) * 1_000) / (lastAt - firstAt)
}

/** The same fields as the controller writes, by server-side apply, from as many writers; nobody else writes. */
async function writePlainly(api: Api, names: readonly string[], writers: number): Promise<number> {
  const watch = await watchServices(api) // one more watch, as with the controller
  const startedAt = performance.now()
  await eachOf(names, writers, (name, index) => {
    const ip = `10.10.${120 + (writers % 100)}.${index % 250}`
    return api.apply(`${servicesPath}/${name}/status`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, annotations: { 'example.com/pool': `${writers}` } },
      status: { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] }, conditions: [conditionOf(ip)] },
    })
  })
  const tookMs = performance.now() - startedAt
  watch.stop()
  return (names.length * 1_000) / tookMs
}

function conditionOf(ip: string): unknown {
  return {
    type: 'example.com/Allocated',
    status: 'True',
    reason: 'Allocated',
    message: `${ip} from pool lan`,
    lastTransitionTime: `${new Date().toISOString().slice(0, 19)}Z`,
  }
}

await onStage(import.meta.filename, async (stage) => {
  say(`${count} Services, created before the controller starts`)
  const names = serviceNames('waiting', count)
  await createSingleStack(stage.api, names)
  say('the controller starts')
  const perSecond = await allocate(stage, names)
  tell(
    { figure: '5,000 waiting Services: addresses by the controller, first to last', unit: 'a second' },
    perSecond,
  )
  const plain: number[] = []
  for (const writers of atOnce) {
    say(`a plain client, ${writers} writes at once`)
    const rate = await writePlainly(stage.api, names.slice(0, 2_000), writers)
    plain.push(rate)
    const figure = `2,000 status writes by a plain client, ${writers} at once`
    tell({ figure, unit: 'a second' }, rate)
  }
  const note = 'above 1 the API server is the limit'
  tell(
    { figure: 'controller ÷ the best of the plain client', unit: 'ratio', note },
    perSecond / Math.max(...plain),
  )
})
