// What the controller tells the cluster: addresses and conditions of Services, what pools and advertisements hold and
// lack; events and lines of the log when that changes.
import type { Condition, Resource } from '../../crds/kind.ts'
import { at, partAt, readConditions, topOf } from '../../crds/read.ts'
import { parseServiceL2Status, serviceL2StatusKind } from '../../crds/service-l2-status.ts'
import { announcementsIn } from '../../reconcilers/announced.ts'
import { controllerEvents } from '../../reconcilers/events.ts'
import type { ControllerReport } from '../../reconcilers/events.ts'
import { abandonedL2Statuses } from '../../reconcilers/l2-status.ts'
import { forgottenMemories, memoryStatuses } from '../../reconcilers/memory-status.ts'
import type { ControllerPlan } from '../../reconcilers/plan.ts'
import type { CurrentConditions, Snapshot } from '../../reconcilers/snapshot.ts'
import { forecastPools } from '../../reconcilers/pool-forecast.ts'
import type { Fillings } from '../../reconcilers/pool-forecast.ts'
import { controllerStatuses } from '../../reconcilers/status.ts'
import { bridgeSuccessions } from '../../reconcilers/succession.ts'
import type { Told } from '../../reconcilers/succession.ts'
import { controllerTroubles } from '../../reconcilers/troubles.ts'
import { startPortEvents } from '../../reconcilers/unserved-ports.ts'
import { startTable } from '../collect/table.ts'
import type { Client } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { startRecorder } from '../kube/events.ts'
import type { Log } from '../log.ts'
import type { Publisher } from '../publish.ts'
import type { ControllerSources } from './sources.ts'

export type ReportingOptions = {
  readonly identity: string
  readonly client: Client
  readonly clock: Clock
  readonly log: Log
  readonly sources: ControllerSources
  readonly publisher: Publisher
}

export type Findings = { readonly snapshot: Snapshot; readonly plan: ControllerPlan }

export type Reporting = {
  /** When to report anew though nothing has changed: wall clock, ms. */
  readonly report: (findings: Findings) => number | undefined
  readonly stop: () => Promise<void>
}

export function startReporting({
  identity,
  client,
  clock,
  log,
  sources,
  publisher,
}: ReportingOptions): Reporting {
  const reports = startTable({
    cache: sources.l2Statuses,
    parse: (object) => parseServiceL2Status(object).value,
  })
  const recorder = startRecorder(client, {
    controller: 'metallb-controller',
    instance: identity,
    clock,
    givesWay: publisher.isHurried,
    report: (error) => log.warn({ error: String(error) }, 'event not written'),
  })
  let previous: (ControllerReport & Told) | undefined
  let fillings: Fillings = new Map()
  const portEvents = startPortEvents()

  function report({ snapshot, plan }: Findings): number | undefined {
    const found = announcementsIn(snapshot, plan, reports.rows())
    const told = bridgeSuccessions(found, previous, snapshot.takenAt)
    const { announcements } = told
    const abandoned = abandonedL2Statuses(reports.rows(), snapshot)
    publisher.publish({
      objects: [...controllerStatuses(snapshot, plan, announcements), ...memoryStatuses(snapshot)],
      remove: [
        ...abandoned.map((one) => ({ kind: serviceL2StatusKind, ...one })),
        ...forgottenMemories(snapshot),
      ],
    })
    const current = { plan, ...told }
    const standing = standingConditions(sources)
    for (const event of controllerEvents({ previous, current, snapshot, standing })) recorder.record(event)
    const forecast = forecastPools(snapshot, plan.pools, fillings)
    for (const event of forecast.events) recorder.record(event)
    fillings = forecast.fillings
    for (const event of portEvents(snapshot, plan)) recorder.record(event)
    for (const trouble of controllerTroubles({ previous, current })) log.warn(trouble, 'object in trouble')
    previous = current
    return told.wakeAt
  }

  async function stop(): Promise<void> {
    reports.stop()
    await recorder.stop()
  }

  return { report, stop }
}

/** Of what users configure, by 'Kind/name': few, so they are read anew each time. */
function standingConditions(sources: ControllerSources): CurrentConditions {
  const { pools, l2Advertisements, bgpPeers, bgpAdvertisements, bfdProfiles, communities } = sources
  const kinds = [pools, l2Advertisements, bgpPeers, bgpAdvertisements, bfdProfiles, communities]
  const objects = kinds.flatMap((kind) => [...kind.objects().values()])
  return new Map(objects.map((object) => [`${object.kind}/${object.metadata.name}`, conditionsOf(object)]))
}

function conditionsOf(object: Resource): readonly Condition[] {
  return readConditions(at(partAt(topOf(object), 'status'), 'conditions'), () => true)
}
