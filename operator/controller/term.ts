// One term of the leading controller: everything is listed anew, then planned, then written, until the Lease is lost.
// Nothing is carried over from an earlier term: what stands in the cluster is the only memory.
import { parseLease } from '../../crds/lease.ts'
import { poolMemoryKind } from '../../crds/pool-memory.ts'
import type { OwnerReference, Resource } from '../../crds/kind.ts'
import { serviceKind } from '../../crds/service.ts'
import type { ControllerPlan } from '../../reconcilers/plan.ts'
import type { Reason } from '../../reconcilers/reasons.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { startCollector } from '../collect.ts'
import type { ControllerSettings } from '../controller-settings.ts'
import type { Client } from '../kube/client.ts'
import { sleep } from '../kube/clock.ts'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../log.ts'
import { startLoop } from '../loop.ts'
import type { LoopOptions } from '../loop.ts'
import { leaderLeaseName } from '../members/leader-lease.ts'
import { startMembers } from '../members/members.ts'
import { startPublisher } from '../publish.ts'
import { createWriter } from '../publish/writer.ts'
import { stackOf } from '../watch-log.ts'
import { startWatching } from '../watching.ts'
import { writeLog } from '../write-log.ts'
import { startFailures } from './failures.ts'
import { startLatency } from './latency.ts'
import { startRemembering } from './remembering.ts'
import { startReporting } from './reporting.ts'
import { followForController } from './sources.ts'

export type TermOptions = {
  readonly settings: ControllerSettings
  readonly client: Client
  readonly clock: Clock
  readonly log: Log
  readonly identity: string
  readonly owner: () => OwnerReference | undefined
  readonly mayWrite: () => boolean
  readonly signal: () => AbortSignal // aborted when the Lease is lost
  readonly measured?: LoopOptions['measured']
  readonly processed?: () => void // a change was taken in
  readonly allocated?: (tookMs: number) => void
  readonly failed?: (reason: Reason) => void // a Service began to wait for it
}

export type Term = {
  readonly plan: () => ControllerPlan | undefined
  readonly speakers: () => number
  readonly unsynced: () => readonly string[]
  readonly silentMs: () => number
  /** Resolves when no write is under way: only then may another one lead. */
  readonly stop: () => Promise<void>
}

/** An API server that does not answer does not keep the Lease from the next one for longer. */
const lastWordsMs = 2_000

export function startTerm(options: TermOptions): Term {
  const { settings, client, clock, log, identity, owner, mayWrite, signal, measured, processed, allocated } =
    options
  const { namespace, loadBalancerClass } = settings
  const planSettings = {
    ignoreExcludeLabel: settings.ignoreExcludeLabel,
    ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
  }
  let plan: ControllerPlan | undefined
  let published: ControllerPlan | undefined // of the last pass that came to its end

  const failed = (error: unknown) => log.error({ error: stackOf(error) }, 'a pass failed')
  const loop = startLoop({ pass, failed, clock, ...(measured === undefined ? {} : { measured }) })
  const changed = () => {
    processed?.()
    loop.mark()
  }
  const watching = startWatching({ client, clock, log })
  const sources = followForController(watching, { namespace, changed })
  const collector = startCollector(sources)
  const members = startMembers({
    leases: sources.leases,
    clock,
    missed: settings.missed,
    intervalMs: settings.lease.renewMs,
    proofOf: (lease) => (isOwnLease(lease) ? clock.now() : undefined),
    changed: loop.mark,
  })
  const latency = startLatency(clock, allocated)
  const countFailures = startFailures(options.failed)
  const publisher = startPublisher({
    writer: createWriter({ client, fieldManager: 'herald-controller', owner, term: { signal, mayWrite } }),
    standing: watching.standing,
    mayWrite,
    clock,
    settled: loop.mark,
    report: writeLog(log, latency.written),
  })
  const remembering = startRemembering({
    cache: sources.poolMemories,
    pending: () => publisher.pending(poolMemoryKind),
  })
  const reporting = startReporting({ identity, client, clock, log, sources, publisher })

  function isOwnLease(lease: Resource): boolean {
    return lease.metadata.name === leaderLeaseName && parseLease(lease).value.holder === identity
  }

  function takeSnapshot(): Snapshot {
    return collector.snapshot({
      takenAt: clock.wall(),
      namespace,
      settings: planSettings,
      speakers: members.speakers(),
      pending: publisher.pending(serviceKind).values(),
    })
  }

  function pass(): void {
    if (watching.unsynced().length > 0 || !mayWrite()) return
    const informed = remembering.plan(takeSnapshot(), published)
    const { snapshot } = informed
    plan = informed.plan
    latency.planned(snapshot, plan)
    countFailures(plan)
    for (const at of [reporting.report({ snapshot, plan }), plan.wakeAt])
      if (at !== undefined) loop.markIn(at - clock.wall())
    published = plan
  }

  /** What is remembered is known to nobody else: it is written before another one leads. All else follows from objects. */
  async function lastWords(): Promise<void> {
    loop.finish()
    const enough = new AbortController()
    await Promise.race([publisher.flush(poolMemoryKind), sleep(clock, lastWordsMs, enough.signal)])
    enough.abort()
  }

  async function stop(): Promise<void> {
    await lastWords()
    members.stop()
    collector.stop()
    remembering.stop()
    await Promise.all([publisher.stop(), watching.stop(), reporting.stop()])
  }

  return {
    plan: () => plan,
    speakers: () => members.speakers().length,
    unsynced: watching.unsynced,
    silentMs: watching.silentMs,
    stop,
  }
}
