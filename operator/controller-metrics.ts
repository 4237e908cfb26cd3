// Metrics of the controller: what MetalLB's dashboards read of the allocator, and why Services wait.
import { Counter, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'
import type { ControllerPlan, PoolPlan } from '../reconcilers/plan.ts'
import { liveGauge } from './metrics.ts'
import type { Sample } from './metrics.ts'

export type ControllerFacts = {
  readonly plan: () => ControllerPlan | undefined // the last one; undefined before the first and on a standby
  readonly isLeader: () => boolean
  readonly speakers: () => number
}

export type ControllerMetrics = {
  readonly allocated: (tookMs: number) => void
  readonly failed: (reason: string) => void
}

export function controllerMetrics(registry: Registry, facts: ControllerFacts): ControllerMetrics {
  for (const { name, help, value } of poolGauges) {
    const samples = () =>
      [...(facts.plan()?.pools ?? [])].map(([pool, plan]): Sample => [{ pool }, value(plan)])
    liveGauge(registry, { name: `metallb_allocator_${name}`, help, labels: ['pool'], samples })
  }
  liveGauge(registry, {
    name: 'metallb_allocator_services_allocated_total',
    help: 'Services with addresses out of the pool.',
    labels: ['pool'],
    samples: () => servicesByPool(facts.plan()),
  })
  liveGauge(registry, {
    name: 'herald_addresses_used_by_others',
    help: 'Addresses of the pool that another machine of the network uses.',
    labels: ['pool'],
    samples: () =>
      [...(facts.plan()?.pools ?? [])].map(([pool, { inUseCount = 0 }]): Sample => [{ pool }, inUseCount]),
  })
  liveGauge(registry, {
    name: 'herald_services_pending',
    help: 'Services without an address, by reason.',
    labels: ['reason'],
    samples: () => pendingByReason(facts.plan()),
  })
  liveGauge(registry, {
    name: 'herald_leader',
    help: '1 on the controller that holds the Lease.',
    samples: () => [[{}, Number(facts.isLeader())]],
  })
  liveGauge(registry, {
    name: 'herald_speakers_alive',
    help: 'Speakers that renew their Leases.',
    samples: () => [[{}, facts.speakers()]],
  })
  const latency = new Histogram({
    name: 'herald_allocation_seconds',
    help: 'From a Service seen to its address written.',
    buckets: [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30],
    registers: [registry],
  })
  const failures = new Counter({
    name: 'herald_allocation_failures_total',
    help: 'Services that began to wait for an address, by reason.',
    labelNames: ['reason'],
    registers: [registry],
  })
  return {
    allocated: (tookMs) => latency.observe(tookMs / 1_000),
    failed: (reason) => failures.inc({ reason }),
  }
}

const poolGauges: readonly { name: string; help: string; value: (plan: PoolPlan) => number }[] = [
  {
    name: 'addresses_total',
    help: 'Addresses of the pool.',
    value: (pool) => Number(pool.assignedIPv4 + pool.availableIPv4 + pool.assignedIPv6 + pool.availableIPv6),
  },
  {
    name: 'addresses_in_use_total',
    help: 'Addresses in use.',
    value: (pool) => Number(pool.assignedIPv4 + pool.assignedIPv6),
  },
  {
    name: 'ipv4_addresses_total',
    help: 'IPv4 addresses of the pool.',
    value: (pool) => Number(pool.assignedIPv4 + pool.availableIPv4),
  },
  {
    name: 'ipv4_addresses_in_use_total',
    help: 'IPv4 addresses in use.',
    value: (pool) => Number(pool.assignedIPv4),
  },
  {
    name: 'ipv6_addresses_total',
    help: 'IPv6 addresses of the pool.',
    value: (pool) => Number(pool.assignedIPv6 + pool.availableIPv6),
  },
  {
    name: 'ipv6_addresses_in_use_total',
    help: 'IPv6 addresses in use.',
    value: (pool) => Number(pool.assignedIPv6),
  },
]

function servicesByPool(plan: ControllerPlan | undefined): readonly Sample[] {
  const counts = new Map([...(plan?.pools.keys() ?? [])].map((pool) => [pool, 0]))
  for (const service of plan?.services.values() ?? [])
    if (service.state === 'assigned') counts.set(service.pool, (counts.get(service.pool) ?? 0) + 1)
  return [...counts].map(([pool, count]): Sample => [{ pool }, count])
}

function pendingByReason(plan: ControllerPlan | undefined): readonly Sample[] {
  const counts = new Map<string, number>()
  for (const service of plan?.services.values() ?? [])
    if (service.state === 'pending')
      counts.set(service.verdict.reason, (counts.get(service.verdict.reason) ?? 0) + 1)
  return [...counts].map(([reason, count]): Sample => [{ reason }, count])
}
