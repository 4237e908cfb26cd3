// Metrics of both processes: MetalLB's names where they exist (metallb.md §8.3), ours with the prefix herald_.
// What belongs to an object is set from the latest facts when it is read, so a series goes with its object.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Page, Pages } from './http.ts'

/** One value with its labels. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

export type ProcessMetrics = {
  readonly registry: Registry
  readonly processed: () => void // a change that came through a watch
  readonly wrote: (status: number) => void // 0 = no answer
  readonly planned: (figures: { readonly waitedMs: number; readonly tookMs: number }) => void
}

export type ProcessFacts = {
  readonly configLoaded: () => boolean // the first plan was made
  readonly configStale: () => boolean // what is known may be out of date: no contact with the API server
}

export function processMetrics(facts: ProcessFacts): ProcessMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const updates = new Counter({
    name: 'metallb_k8s_client_updates_total',
    help: 'Changes of objects that were taken in.',
    registers,
  })
  const errors = new Counter({
    name: 'metallb_k8s_client_update_errors_total',
    help: 'Writes to the API server that failed.',
    registers,
  })
  const writes = new Counter({
    name: 'herald_writes_total',
    help: 'Writes to the API server by HTTP status; 0 = no answer.',
    labelNames: ['status'],
    registers,
  })
  const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
  const waited = new Histogram({
    name: 'herald_plan_wait_seconds',
    help: 'From a change to the start of the pass that plans for it.',
    buckets: secondsBuckets,
    registers,
  })
  const took = new Histogram({
    name: 'herald_plan_seconds',
    help: 'Duration of a pass: snapshot, plan and differences.',
    buckets: secondsBuckets,
    registers,
  })
  liveGauge(registry, {
    name: 'metallb_k8s_client_config_loaded_bool',
    help: '1 when the configuration was loaded at least once.',
    samples: () => [[{}, Number(facts.configLoaded())]],
  })
  liveGauge(registry, {
    name: 'metallb_k8s_client_config_stale_bool',
    help: '1 when the configuration in use may be out of date.',
    samples: () => [[{}, Number(facts.configStale())]],
  })
  return {
    registry,
    processed: () => updates.inc(),
    wrote: (status) => {
      writes.inc({ status: String(status) })
      if (status < 200 || status >= 300) errors.inc()
    },
    planned: ({ waitedMs, tookMs }) => {
      waited.observe(waitedMs / 1_000)
      took.observe(tookMs / 1_000)
    },
  }
}

export type LiveMetric = {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
  readonly samples: () => Iterable<Sample>
}

/** A gauge that is read from the facts, series and all, whenever somebody asks. */
export function liveGauge(registry: Registry, { name, help, labels = [], samples }: LiveMetric): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect: () => {
      gauge.reset()
      for (const [labelled, value] of samples()) gauge.set({ ...labelled }, value)
    },
  })
}

/** The same for what only grows while its object is there. */
export function liveCounter(registry: Registry, { name, help, labels = [], samples }: LiveMetric): void {
  const counter = new Counter({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect: () => {
      counter.reset()
      for (const [labelled, value] of samples()) counter.inc({ ...labelled }, value)
    },
  })
}

export function metricsPages(registry: Registry): Pages {
  const page = async (): Promise<Page> => ({
    status: 200,
    type: 'text/plain; version=0.0.4',
    body: await registry.metrics(),
  })
  return { '/metrics': page }
}
