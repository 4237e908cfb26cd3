// Metrics as Prometheus reads them: MetalLB's names and labels, and no series outlives its object.
import { expect } from 'chai'
import { Registry } from 'prom-client'
import type { L2Observed } from '../protocols/l2/observed.ts'
import type { ControllerPlan, PoolPlan, SpeakerPlan } from '../reconcilers/plan.ts'
import { noBgp, noBgpObjects } from '../test/support/snapshots.ts'
import { controllerMetrics } from './controller-metrics.ts'
import { processMetrics } from './metrics.ts'
import { speakerMetrics } from './speaker-metrics.ts'

const pool: PoolPlan = {
  assignedIPv4: 2n,
  availableIPv4: 254n,
  assignedIPv6: 1n,
  availableIPv6: 2n ** 64n - 1n,
  verdicts: [],
  warnings: [],
}

/** The lines of one metric, without its help. */
async function lines(registry: Registry, name: string): Promise<readonly string[]> {
  const text = await registry.metrics()
  return text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
}

function controller(plan: { current?: ControllerPlan }) {
  const registry = new Registry()
  const metrics = controllerMetrics(registry, {
    plan: () => plan.current,
    isLeader: () => true,
    speakers: () => 3,
  })
  return { registry, metrics }
}

function planOf(...pools: readonly string[]): ControllerPlan {
  const [first = ''] = pools
  const addresses = ['192.0.2.1']
  return {
    bgp: noBgpObjects,
    pools: new Map(pools.map((name) => [name, pool])),
    services: new Map([
      ['default/a', { state: 'assigned', addresses, pool: first }],
      ['default/b', { state: 'assigned', addresses, pool: first }],
      ['default/c', { state: 'pending', verdict: { reason: 'NoPools', message: 'none' } }],
    ]),
    l2Advertisements: new Map(),
  }
}

describe('metrics of the controller', () => {
  it('count the addresses of each pool by MetalLB’s names', async () => {
    const { registry } = controller({ current: planOf('lan') })
    const total = (name: string) => lines(registry, `metallb_allocator_${name}`)
    expect(await total('ipv4_addresses_total')).to.deep.equal([
      'metallb_allocator_ipv4_addresses_total{pool="lan"} 256',
    ])
    expect(await total('addresses_in_use_total')).to.deep.equal([
      'metallb_allocator_addresses_in_use_total{pool="lan"} 3',
    ])
    expect(await total('services_allocated_total')).to.deep.equal([
      'metallb_allocator_services_allocated_total{pool="lan"} 2',
    ])
  })

  it('have every metric that MetalLB has of its allocator, and no series without a pool (metallb.md §8.3)', async () => {
    const { registry } = controller({ current: planOf('lan') })
    const values = async (name: string) =>
      (await lines(registry, `metallb_allocator_${name}`)).map((line) => line.split(' ')[1])
    expect(await values('ipv4_addresses_in_use_total')).to.deep.equal(['2'])
    expect(await values('ipv6_addresses_in_use_total')).to.deep.equal(['1'])
    expect(await values('ipv6_addresses_total')).to.deep.equal(['18446744073709552000'])
    expect(await values('addresses_total')).to.deep.equal(['18446744073709552000'])
    const none = controller({})
    for (const name of ['addresses_total', 'ipv6_addresses_in_use_total', 'services_allocated_total'])
      expect(await lines(none.registry, `metallb_allocator_${name}`)).to.deep.equal([])
  })

  it('count the addresses that other machines use, none included', async () => {
    const plan = planOf('lan', 'dmz')
    const pools = new Map([...plan.pools, ['dmz', { ...pool, inUseCount: 2 }]])
    const { registry } = controller({ current: { ...plan, pools } })
    expect(await lines(registry, 'herald_addresses_used_by_others')).to.deep.equal([
      'herald_addresses_used_by_others{pool="lan"} 0',
      'herald_addresses_used_by_others{pool="dmz"} 2',
    ])
  })

  it('drop the series of a pool that is gone', async () => {
    const plan = { current: planOf('lan', 'dmz') }
    const { registry } = controller(plan)
    expect(await lines(registry, 'metallb_allocator_addresses_total')).to.have.length(2)
    plan.current = planOf('dmz')
    expect(await lines(registry, 'metallb_allocator_addresses_total')).to.have.length(1)
  })

  it('count the failures, by reason', async () => {
    const { registry, metrics } = controller({})
    for (const reason of ['PoolExhausted', 'NoPools', 'PoolExhausted']) metrics.failed(reason)
    expect(await lines(registry, 'herald_allocation_failures_total')).to.deep.equal([
      'herald_allocation_failures_total{reason="PoolExhausted"} 2',
      'herald_allocation_failures_total{reason="NoPools"} 1',
    ])
  })

  it('say why Services wait', async () => {
    const { registry } = controller({ current: planOf('lan') })
    expect(await lines(registry, 'herald_services_pending')).to.deep.equal([
      'herald_services_pending{reason="NoPools"} 1',
    ])
  })
})

describe('metrics of the speaker', () => {
  it('follow what it announces, and drop what it no longer announces', async () => {
    const registry = new Registry()
    const counters = { requestsReceived: 7, responsesSent: 5, gratuitousSent: 3 }
    const world: { plan?: SpeakerPlan; observed: L2Observed } = {
      plan: {
        node: 'node-a',
        claims: [],
        services: new Map([
          ['default/a', { state: 'announced', addresses: ['192.0.2.1'], interfaces: 'all' }],
        ]),
        bgp: noBgp,
      },
      observed: {
        generation: 1,
        alive: true,
        interfaces: [],
        claims: [{ address: '192.0.2.1', interfaces: ['eth0'], ...counters }],
        dropped: {},
        loopLagMs: 0,
      },
    }
    const facts = { bgp: () => undefined, isFrozen: () => false, speakers: () => 1, node: 'node-a' }
    speakerMetrics(registry, { ...facts, plan: () => world.plan, observed: () => world.observed })
    expect(await lines(registry, 'metallb_speaker_announced')).to.deep.equal([
      'metallb_speaker_announced{service="default/a",protocol="layer2",node="node-a",ip="192.0.2.1"} 1',
    ])
    const ofClaim = async (name: string) => await lines(registry, `metallb_layer2_${name}`)
    expect(await ofClaim('requests_received')).to.deep.equal([
      'metallb_layer2_requests_received{ip="192.0.2.1"} 7',
    ])
    expect(await ofClaim('responses_sent')).to.deep.equal(['metallb_layer2_responses_sent{ip="192.0.2.1"} 5'])
    expect(await ofClaim('gratuitous_sent')).to.deep.equal([
      'metallb_layer2_gratuitous_sent{ip="192.0.2.1"} 3',
    ])
    delete world.plan
    world.observed = { ...world.observed, claims: [] }
    expect(await lines(registry, 'metallb_speaker_announced')).to.deep.equal([])
    expect(await lines(registry, 'metallb_layer2_requests_received')).to.deep.equal([])
  })
})

describe('metrics of both', () => {
  it('say whether the configuration was loaded, and whether it may be old', async () => {
    const facts = { loaded: false, stale: false }
    const { registry, processed } = processMetrics({
      configLoaded: () => facts.loaded,
      configStale: () => facts.stale,
    })
    const value = async (name: string) => (await lines(registry, `metallb_k8s_client_${name}`))[0]?.slice(-2)
    expect([await value('config_loaded_bool'), await value('config_stale_bool')]).to.deep.equal([' 0', ' 0'])
    Object.assign(facts, { loaded: true, stale: true })
    processed()
    expect([await value('config_loaded_bool'), await value('config_stale_bool')]).to.deep.equal([' 1', ' 1'])
    expect(await value('updates_total')).to.equal(' 1')
  })

  it('count writes that failed', async () => {
    const { registry, wrote } = processMetrics({ configLoaded: () => true, configStale: () => false })
    wrote(200)
    wrote(503)
    wrote(0)
    expect(await lines(registry, 'metallb_k8s_client_update_errors_total')).to.deep.equal([
      'metallb_k8s_client_update_errors_total 2',
    ])
    expect(await lines(registry, 'metallb_k8s_client_config_loaded_bool')).to.deep.equal([
      'metallb_k8s_client_config_loaded_bool 1',
    ])
  })
})
