// Events of a speaker, on the Services that it announces (metallb.md §3.6): when it begins to announce, when it should
// and cannot, and when something disturbs an address. On change only.
import type { Service } from '../crds/core.ts'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import type { L2Observed } from '../protocols/l2/observed.ts'
import { serviceEvent } from './events.ts'
import { everyService } from './flaws.ts'
import { addressWarnings, l2StatusName } from './l2-status.ts'
import type { SpeakerPlan } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { EventObject } from './status.ts'

/** What the speaker knew at one moment. */
export type SpeakerReport = { readonly plan: SpeakerPlan; readonly observed: L2Observed }

export type SpeakerChange = {
  readonly previous: SpeakerReport | undefined // undefined: this process has not reported before
  readonly current: SpeakerReport
  readonly snapshot: Snapshot
  readonly standing: readonly ServiceL2Status[] // what this node said before the process began
}

export function speakerEvents({
  previous,
  current,
  snapshot,
  standing,
}: SpeakerChange): readonly EventObject[] {
  const { node } = current.plan
  const services = new Map(everyService(snapshot).map((service) => [service.key, service]))
  const known = new Set(standing.map(({ name }) => name))
  const now = findings(current)
  const before = previous === undefined ? undefined : findings(previous)
  return [...now].flatMap(([key, found]) => {
    const service = services.get(key)
    if (service === undefined) return []
    const told = before?.get(key)
    const announcedBefore =
      before === undefined ? known.has(l2StatusName(node, key)) : told?.answering === true
    return [
      ...(found.answering && !announcedBefore ? [announcing(service, node)] : []),
      ...[...found.troubles]
        .filter(([note]) => told?.troubles.has(note) !== true)
        .map(([note, reason]) =>
          serviceEvent(service, { type: 'Warning', reason, action: 'Announce', note }),
        ),
    ]
  })
}

function announcing(service: Service, node: string): EventObject {
  const note = `announcing from node ${JSON.stringify(node)} with protocol "layer2"`
  return serviceEvent(service, { type: 'Normal', reason: 'nodeAssigned', action: 'Announce', note })
}

type Finding = {
  readonly answering: boolean
  readonly troubles: ReadonlyMap<string, string> // note → reason
}

/** By Service: does the engine answer for it, and what is wrong. */
function findings({ plan, observed }: SpeakerReport): ReadonlyMap<string, Finding> {
  const warnings = addressWarnings(observed)
  const claims = new Map(observed.claims.map((claim) => [claim.address, claim]))
  const result = new Map<string, Finding>()
  for (const [key, outcome] of plan.services) {
    if (outcome.state !== 'announced') continue
    const answering = outcome.addresses.some((address) => (claims.get(address)?.interfaces.length ?? 0) > 0)
    const troubles = new Map<string, string>()
    for (const address of outcome.addresses) {
      const claim = claims.get(address)
      if (claim !== undefined && claim.interfaces.length === 0)
        troubles.set(
          `${address}: node ${plan.node} has none of the interfaces to announce on`,
          'announceFailed',
        )
      for (const { reason, message } of warnings.get(address) ?? []) troubles.set(message, reason)
    }
    result.set(key, { answering, troubles })
  }
  return result
}
