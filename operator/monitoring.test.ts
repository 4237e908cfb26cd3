// Rules and dashboard of deploy/monitoring ask for metrics that the processes have, by labels that these have.
import { expect } from 'chai'
import { Registry } from 'prom-client'
import { noBgp } from '../test/support/snapshots.ts'
import { alertExpressions, dashboardExpressions, readMonitoring } from '../test/support/monitoring.ts'
import { bgpMetrics } from './bgp-metrics.ts'
import { controllerMetrics } from './controller-metrics.ts'
import { processMetrics } from './metrics.ts'
import { speakerMetrics } from './speaker-metrics.ts'

/** Of both processes. */
async function known(): Promise<ReadonlySet<string>> {
  const { registry } = processMetrics({ configLoaded: () => true, configStale: () => false })
  controllerMetrics(registry, { plan: () => undefined, isLeader: () => true, speakers: () => 0 })
  const speaker = new Registry()
  const plan = () => ({ node: 'a', claims: [], services: new Map(), bgp: noBgp })
  speakerMetrics(speaker, {
    node: 'a',
    plan,
    observed: () => ({ generation: 0, alive: true, loopLagMs: 0, claims: [], interfaces: [], dropped: {} }),
    bgp: () => undefined,
    isFrozen: () => false,
    speakers: () => 0,
  })
  bgpMetrics(speaker, { plan, seen: () => undefined })
  const all = [...(await registry.getMetricsAsJSON()), ...(await speaker.getMetricsAsJSON())]
  return new Set(all.flatMap(({ name, type }) => (String(type) === 'histogram' ? partsOf(name) : [name])))
}

function partsOf(histogram: string): readonly string[] {
  return ['bucket', 'sum', 'count'].map((part) => `${histogram}_${part}`)
}

function metricsIn(expression: string): readonly string[] {
  return expression.match(/\b(?:metallb|herald|process)_[a-z0-9_]+/g) ?? []
}

describe('what watches over Herald', () => {
  it('asks only for metrics that there are', async () => {
    const metrics = await known()
    const expressions = [...alertExpressions(), ...dashboardExpressions()]
    expect(expressions).to.have.length.greaterThan(30)
    for (const expression of expressions) {
      const asked = metricsIn(expression)
      expect(asked, expression).to.not.deep.equal([])
      expect(
        asked.filter((name) => !metrics.has(name)),
        expression,
      ).to.deep.equal([])
    }
  })

  it('is the same for the Prometheus operator', () => {
    expect(readMonitoring('prometheus-rule.yaml')).to.deep.include({ spec: readMonitoring('alerts.yaml') })
  })
})
