// What the speaker tells the cluster: which Services it announces, what it thinks of the configuration and sees on the
// wire, and events when that changes. Only objects of its own.
import type { OwnerReference } from '../../crds/kind.ts'
import { parseServiceBGPStatus, serviceBGPStatusKind } from '../../crds/service-bgp-status.ts'
import { parseServiceL2Status, serviceL2StatusKind } from '../../crds/service-l2-status.ts'
import { staleL2Statuses } from '../../reconcilers/l2-status.ts'
import { staleBgpStatuses } from '../../reconcilers/routes-status.ts'
import type { SpeakerPlan } from '../../reconcilers/plan.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { speakerEvents } from '../../reconcilers/speaker-events.ts'
import type { SpeakerReport } from '../../reconcilers/speaker-events.ts'
import { speakerStatuses } from '../../reconcilers/status.ts'
import type { EventObject, SpeakerObserved, StatusObject } from '../../reconcilers/status.ts'
import type { Trouble } from '../../reconcilers/troubles.ts'
import { startTable } from '../collect/table.ts'
import type { Client } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { startRecorder } from '../kube/events.ts'
import type { Log } from '../log.ts'
import { startPublisher } from '../publish.ts'
import type { ObjectRef } from '../publish.ts'
import { createWriter } from '../publish/writer.ts'
import type { Watching } from '../watching.ts'
import { writeLog } from '../write-log.ts'
import { startSessionStates } from './bgp-session-states.ts'
import type { SpeakerSources } from './sources.ts'

export type ReportingOptions = {
  readonly namespace: string
  readonly nodeName: string
  readonly identity: string
  readonly client: Client
  readonly clock: Clock
  readonly log: Log
  readonly owner: () => OwnerReference | undefined
  readonly watching: Watching
  readonly sources: SpeakerSources
  readonly changed: () => void // report() has another effect now
}

export type Findings = {
  readonly snapshot: Snapshot
  readonly plan: SpeakerPlan
  readonly observed: SpeakerObserved
}

export type Reporting = {
  readonly report: (findings: Findings) => void
  readonly stop: () => Promise<void>
}

export function startReporting(options: ReportingOptions): Reporting {
  const { namespace, nodeName, identity, client, clock, log, owner, watching, sources, changed } = options
  const standing = startTable({
    cache: sources.l2Statuses,
    parse: (object) => parseServiceL2Status(object).value,
  })
  const standingRoutes = startTable({
    cache: sources.bgpStatuses,
    parse: (object) => parseServiceBGPStatus(object).value,
  })
  const writer = createWriter({ client, fieldManager: 'herald-speaker', owner })
  const sessionStates = startSessionStates({ namespace, nodeName, client, clock, log, writer, changed })
  const publisher = startPublisher({
    writer,
    standing: watching.standing,
    mayWrite: () => true, // its objects are its own
    clock,
    settled: () => {},
    report: writeLog(log),
  })
  const recorder = startRecorder(client, {
    controller: 'metallb-speaker',
    instance: identity,
    clock,
    report: (error) => log.warn({ error: String(error) }, 'event not written'),
  })
  let previous: SpeakerReport | undefined

  function report({ snapshot, plan, observed }: Findings): void {
    const current = { plan, observed }
    for (const event of speakerEvents({ previous, current, snapshot, standing: standing.rows() })) {
      recorder.record(event)
      if (event.type === 'Warning') log.warn(troubleIn(event), 'object in trouble')
    }
    previous = current
    const objects = speakerStatuses(snapshot, plan, observed)
    publisher.publish({ objects, remove: [...staleClaims(objects), ...staleRoutes(objects)] })
    sessionStates.report(snapshot, plan, observed.bgp)
  }

  function staleClaims(objects: readonly StatusObject[]): readonly ObjectRef[] {
    const wished = objects.filter(({ kind }) => kind === serviceL2StatusKind)
    const stale = staleL2Statuses(standing.rows(), wished, nodeName)
    return stale.map((one) => ({ kind: serviceL2StatusKind, ...one }))
  }

  function staleRoutes(objects: readonly StatusObject[]): readonly ObjectRef[] {
    const wished = objects.filter(({ kind }) => kind === serviceBGPStatusKind)
    const stale = staleBgpStatuses(standingRoutes.rows(), wished, nodeName)
    return stale.map((one) => ({ kind: serviceBGPStatusKind, ...one }))
  }

  async function stop(): Promise<void> {
    standing.stop()
    standingRoutes.stop()
    await Promise.all([publisher.stop(), sessionStates.stop(), recorder.stop()])
  }

  return { report, stop }
}

/** What only this node can see goes wrong; the controller logs the rest. */
function troubleIn({
  regarding,
  reason,
  note,
}: EventObject): Omit<Trouble, 'reason'> & { readonly reason: string } {
  return { object: `${regarding.kind.kind} ${regarding.namespace}/${regarding.name}`, reason, message: note }
}
