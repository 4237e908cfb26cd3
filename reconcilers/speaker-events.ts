// Events of a speaker, on the Services that it announces (metallb.md §3.6): when it begins to announce, when it should
// and cannot, and when something disturbs an address. On change only.
import type { Service } from '../crds/core.ts'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import type { L2Observed, ObservedClaim, ObservedInterface } from '../protocols/l2/observed.ts'
import { warningsOf } from './address-warnings.ts'
import { serviceEvent } from './events.ts'
import { everyService } from './flaws.ts'
import { l2StatusName } from './l2-status.ts'
import { rememberPerObject } from './once.ts'
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

export function speakerEvents(change: SpeakerChange): readonly EventObject[] {
  const { previous, current } = change
  const keys = previous === undefined ? announcedKeys(current) : changedKeys(previous, current)
  if (keys.length === 0) return []
  const now = findings(current, keys)
  const before = previous === undefined ? undefined : findings(previous, keys)
  const services = servicesByKey(everyService(change.snapshot))
  return keys.flatMap((key) => {
    const [service, found] = [services.get(key), now.get(key)]
    return service === undefined || found === undefined
      ? []
      : newsOf(service, found, { told: before?.get(key), change })
  })
}

function announcedKeys({ plan }: SpeakerReport): readonly string[] {
  return [...plan.services].flatMap(([key, { state }]) => (state === 'announced' ? key : []))
}

/** Services of which something may be to tell: most passes change nothing, and of the rest most change one. */
function changedKeys(previous: SpeakerReport, current: SpeakerReport): readonly string[] {
  const [before, now] = [previous.plan.services, current.plan.services]
  const addresses = changedAddresses(previous.observed, current.observed)
  if (addresses === 'all') return announcedKeys(current)
  if (addresses.size === 0 && before === now) return []
  const keys: string[] = []
  for (const [key, outcome] of now) {
    if (outcome.state !== 'announced') continue
    const changed =
      before.get(key) !== outcome ||
      (addresses.size > 0 && outcome.addresses.some((address) => addresses.has(address)))
    if (changed) keys.push(key)
  }
  return keys
}

/** Those whose claim is not the same object at the same place: where one is gone, more than are needed. */
function changedAddresses(before: L2Observed, now: L2Observed): 'all' | ReadonlySet<string> {
  if (before.interfaces !== now.interfaces) return 'all' // subnets
  const changed = new Set<string>()
  for (const [place, claim] of now.claims.entries())
    if (claim !== before.claims[place]) changed.add(claim.address)
  return changed // a claim that is gone is nothing to tell
}

const servicesByKey = rememberPerObject(
  (services: readonly Service[]): ReadonlyMap<string, Service> =>
    new Map(services.map((service) => [service.key, service])),
)

function newsOf(
  service: Service,
  found: Finding,
  { told, change }: { readonly told: Finding | undefined; readonly change: SpeakerChange },
): readonly EventObject[] {
  const { node } = change.current.plan
  const { previous, standing } = change
  const isTold =
    previous === undefined
      ? namesAmong(standing).has(l2StatusName(node, service.key))
      : told?.answering === true
  const troubles = [...found.troubles].filter(([note]) => told?.troubles.has(note) !== true)
  return [
    ...(found.answering && !isTold ? [announcing(service, node)] : []),
    ...troubles.map(([note, reason]) =>
      serviceEvent(service, { type: 'Warning', reason, action: 'Announce', note }),
    ),
  ]
}

const namesAmong = rememberPerObject(
  (standing: readonly ServiceL2Status[]): ReadonlySet<string> => new Set(standing.map(({ name }) => name)),
)

function announcing(service: Service, node: string): EventObject {
  const note = `announcing from node ${JSON.stringify(node)} with protocol "layer2"`
  return serviceEvent(service, { type: 'Normal', reason: 'nodeAssigned', action: 'Announce', note })
}

type Finding = {
  readonly answering: boolean
  readonly troubles: ReadonlyMap<string, string> // note → reason
}

/** Does the engine answer for these Services, and what is wrong? */
function findings({ plan, observed }: SpeakerReport, keys: readonly string[]): ReadonlyMap<string, Finding> {
  const announced = keys.flatMap((key) => {
    const outcome = plan.services.get(key)
    return outcome?.state === 'announced' ? [{ key, addresses: outcome.addresses }] : []
  })
  const wanted = new Set(announced.flatMap(({ addresses }) => addresses))
  const claims = new Map(
    observed.claims.flatMap((claim) => (wanted.has(claim.address) ? [[claim.address, claim] as const] : [])),
  )
  return new Map(
    announced.map(({ key, addresses }) => {
      const own = addresses.flatMap((address) => claims.get(address) ?? [])
      return [key, findingOf(own, plan.node, observed.interfaces)]
    }),
  )
}

const free = { state: 'free' } as const

function findingOf(
  claims: readonly ObservedClaim[],
  node: string,
  interfaces: readonly ObservedInterface[],
): Finding {
  const troubles = new Map<string, string>()
  for (const claim of claims) {
    if (claim.interfaces.length === 0 && (claim.check ?? free).state === 'free') {
      const note = `${claim.address}: node ${node} has none of the interfaces to announce on`
      troubles.set(note, 'announceFailed')
    }
    for (const { reason, message } of warningsOf(claim, interfaces)) troubles.set(message, reason)
  }
  return { answering: claims.some((claim) => claim.interfaces.length > 0), troubles }
}
