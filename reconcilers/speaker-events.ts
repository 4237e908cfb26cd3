// Events of a speaker, on the Services that it announces (metallb.md §3.6): when it begins to announce, when it should
// and cannot, and when something disturbs an address. On change only.
import type { Service } from '../crds/core.ts'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import type { L2Observed, ObservedClaim } from '../protocols/l2/observed.ts'
import { addressWarnings } from './address-warnings.ts'
import { serviceEvent } from './events.ts'
import { everyService } from './flaws.ts'
import { l2StatusName } from './l2-status.ts'
import { rememberPerObject } from './once.ts'
import type { L2Outcome, SpeakerPlan } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { EventObject } from './status.ts'
import type { Verdict } from './verdict.ts'

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
  const before = previous === undefined ? undefined : findings(previous)
  const events: EventObject[] = []
  for (const [key, found] of findings(current)) {
    const told = before?.get(key)
    if (found === told) continue // nothing of it has changed
    const service = servicesByKey(everyService(change.snapshot)).get(key)
    if (service !== undefined) events.push(...newsOf(service, found, { told, change }))
  }
  return events
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

/** By Service: does the engine answer for it, and what is wrong. The same object as before where nothing has changed. */
const findings = rememberPerObject(({ plan, observed }: SpeakerReport): ReadonlyMap<string, Finding> => {
  const sight = { claims: claimsByAddress(observed.claims), warnings: addressWarnings(observed) }
  const result = new Map<string, Finding>()
  for (const [key, outcome] of plan.services)
    if (outcome.state === 'announced') result.set(key, findingOf(outcome, sight, plan.node))
  return result
})

const claimsByAddress = rememberPerObject(
  (claims: readonly ObservedClaim[]): ReadonlyMap<string, ObservedClaim> =>
    new Map(claims.map((claim) => [claim.address, claim])),
)

type Sight = {
  readonly claims: ReadonlyMap<string, ObservedClaim>
  readonly warnings: ReadonlyMap<string, readonly Verdict[]>
}

type Announced = L2Outcome & { readonly state: 'announced' }

/** Of each address of a Service: its claim and its warnings. */
type Seen = readonly [claim: ObservedClaim | undefined, warnings: readonly Verdict[] | undefined]

type Known = { readonly node: string; readonly seen: readonly Seen[]; readonly finding: Finding }

const known = new WeakMap<Announced, Known>()

function findingOf(outcome: Announced, { claims, warnings }: Sight, node: string): Finding {
  const { addresses } = outcome
  const last = known.get(outcome)
  const isSame = addresses.every((address, index) => {
    const before = last?.seen[index]
    return before?.[0] === claims.get(address) && before?.[1] === warnings.get(address)
  })
  if (isSame && last?.node === node) return last.finding
  const seen = addresses.map((address): Seen => [claims.get(address), warnings.get(address)])
  const finding = judge(addresses, seen, node)
  known.set(outcome, { node, seen, finding })
  return finding
}

function judge(addresses: readonly string[], seen: readonly Seen[], node: string): Finding {
  const troubles = new Map<string, string>()
  for (const [index, [claim, warnings = []]] of seen.entries()) {
    if (claim?.interfaces.length === 0) {
      const note = `${addresses[index]}: node ${node} has none of the interfaces to announce on`
      troubles.set(note, 'announceFailed')
    }
    for (const { reason, message } of warnings) troubles.set(message, reason)
  }
  return { answering: seen.some(([claim]) => (claim?.interfaces.length ?? 0) > 0), troubles }
}
