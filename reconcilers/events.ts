// Events of the controller, with MetalLB's reasons (metallb.md §3.6): for each fact that was not so before. After a
// restart "before" is what stands on the objects, so that nothing is told again.
import type { Service } from '../crds/core.ts'
import type { Condition, KindName } from '../crds/kind.ts'
import { serviceKind } from '../crds/service.ts'
import { compareAge } from './age.ts'
import type { Announcement } from './announced.ts'
import { deprecatedAnnotations } from './annotations.ts'
import { joinVerdicts } from './conditions.ts'
import { keysToCompare } from './layered-map.ts'
import type { ControllerPlan, ObjectPlan, ServicePlan } from './plan.ts'
import type { PlannedKind } from './planned-kinds.ts'
import { plannedKinds } from './planned-kinds.ts'
import type { Reason } from './reasons.ts'
import { servicesByKey } from './services-by-key.ts'
import type { CurrentConditions, Snapshot } from './snapshot.ts'
import type { EventObject } from './status.ts'
import { shorten } from './text.ts'
import type { Verdict } from './verdict.ts'

/** What the controller knew at one moment. */
export type ControllerReport = {
  readonly plan: ControllerPlan
  readonly announcements: ReadonlyMap<string, Announcement>
}

export type ControllerChange = {
  readonly previous: ControllerReport | undefined // undefined: this process has not planned before
  readonly current: ControllerReport
  readonly snapshot: Snapshot
  readonly standing: CurrentConditions // of pools and advertisements, by 'Kind/name'
}

export function controllerEvents(change: ControllerChange): readonly EventObject[] {
  return [
    ...servicesToCompare(change).flatMap((service) => serviceEvents(service, change)),
    ...plannedKinds.flatMap((planned) => kindEvents(planned, change)),
  ]
}

function kindEvents(
  { kind, objectsIn, plansIn }: PlannedKind,
  { previous, current, snapshot, standing }: ControllerChange,
): readonly EventObject[] {
  const now = plansIn(current.plan)
  const before = previous === undefined ? undefined : plansIn(previous.plan)
  if (now === before) return []
  return objectsIn(snapshot).flatMap(({ value }) =>
    objectEvents(kind, value, {
      now: now.get(value.name),
      before: before?.get(value.name),
      standing: standing.get(`${kind.kind}/${value.name}`),
    }),
  )
}

function servicesToCompare({ previous, current, snapshot }: ControllerChange): readonly Service[] {
  const plans = keysToCompare(previous?.plan.services, current.plan.services)
  const told = keysToCompare(previous?.announcements, current.announcements)
  if (plans.size + told.size === 0) return []
  const services = servicesByKey(snapshot)
  const found = [...plans.union(told)].flatMap((key) => services.get(key) ?? [])
  return found.sort(compareAge)
}

function serviceEvents(service: Service, { previous, current }: ControllerChange): readonly EventObject[] {
  const plan = current.plan.services.get(service.key)
  const before = previous?.plan.services.get(service.key)
  const announcement = current.announcements.get(service.key)
  const told = previous?.announcements.get(service.key)
  if (plan === undefined || (plan === before && announcement === told)) return []
  const known = before === undefined ? standingFacts(service) : factsOf(before).map(keyOf)
  const fresh = factsOf(plan).filter((fact) => !known.includes(keyOf(fact)) && !known.includes(fact.about))
  return [
    ...newAddresses(service, plan, before),
    ...fresh.map((fact) => serviceEvent(service, fact)),
    ...silenceEvents(service, announcement, told),
  ]
}

/** One thing to tell of a Service. */
type Fact = Pick<EventObject, 'type' | 'reason' | 'action' | 'note'> & { readonly about: string }

function keyOf({ reason, note }: Fact): string {
  return `${reason} ${note}`
}

function factsOf(plan: ServicePlan): readonly Fact[] {
  if (plan.state === 'not-ours') return []
  const { replaced, verdict } = plan
  const cleared: readonly Fact[] =
    replaced === undefined
      ? []
      : [
          {
            type: 'Normal',
            reason: 'ClearAssignment',
            action: 'ClearAddress',
            about: 'ClearAssignment',
            note: `${replaced.addresses.join(', ')} cannot stay: ${words(replaced.verdict)}`,
          },
        ]
  return verdict === undefined ? cleared : [...cleared, objectionFact(verdict)]
}

/** MetalLB's words for why an address, or another one, is not had. */
function objectionFact(verdict: Verdict): Fact {
  const { type, reason } = eventWords[verdict.reason] ?? otherwise
  return { type, reason, action: 'AssignAddress', note: words(verdict), about: verdict.reason }
}

type EventWord = Pick<EventObject, 'type' | 'reason'>

const eventWords: Partial<Readonly<Record<Reason, EventWord>>> = {
  SecondFamilyMissing: { type: 'Normal', reason: 'AdditionalAssignFailed' },
  UnreadableRequest: { type: 'Warning', reason: 'LoadBalancerFailed' },
  RequestedTwice: { type: 'Warning', reason: 'LoadBalancerFailed' },
  UnreadableClusterIPs: { type: 'Warning', reason: 'noclusterIPsIPFamily' },
}

const otherwise: EventWord = { type: 'Warning', reason: 'AllocationFailed' }

function words({ reason, message }: Verdict): string {
  return `${reason}: ${message}`
}

/** After a restart: what the condition says was told by whoever wrote it. */
function standingFacts({ conditions }: Service): readonly string[] {
  return conditions.filter(({ type }) => type === 'metallb.io/Allocated').map(({ reason }) => reason)
}

function newAddresses(
  service: Service,
  plan: ServicePlan,
  before: ServicePlan | undefined,
): readonly EventObject[] {
  if (plan.state !== 'assigned') return []
  const had = before?.state === 'assigned' ? before.addresses : service.ingress
  const added = plan.addresses.filter((text) => !had.includes(text) && !service.ingress.includes(text))
  if (added.length === 0) return []
  const note = `Assigned IP ${JSON.stringify(plan.addresses)} from pool ${plan.pool}`
  const assigned = { type: 'Normal', reason: 'IPAllocated', action: 'AssignAddress', note } as const
  const old = deprecatedAnnotations(service)
  if (old.length === 0) return [serviceEvent(service, assigned)]
  const deprecated = {
    type: 'Warning',
    reason: 'deprecatedAnnotation',
    action: 'AssignAddress',
    note: `${old.join(', ')}: the prefix metallb.universe.tf is deprecated, metallb.io takes its place`,
  } as const
  return [serviceEvent(service, assigned), serviceEvent(service, deprecated)]
}

// That a speaker has not yet reported passes by itself; the condition says it while it lasts.
function silenceEvents(
  service: Service,
  announcement: Announcement | undefined,
  told: Announcement | undefined,
): readonly EventObject[] {
  if (announcement?.state !== 'silent' || announcement.verdict.reason === 'AwaitingSpeaker') return []
  const { reason } = announcement.verdict
  if (told?.state === 'silent' && told.verdict.reason === reason) return []
  const standing = service.conditions.find(({ type }) => type === 'metallb.io/Announced')
  if (standing?.status === 'False' && standing.reason === reason) return []
  const note = words(announcement.verdict)
  return [serviceEvent(service, { type: 'Warning', reason: 'announceFailed', action: 'Announce', note })]
}

export function serviceEvent(
  { namespace, name, uid }: Service,
  { type, reason, action, note }: Omit<EventObject, 'regarding'>,
): EventObject {
  return {
    regarding: { kind: serviceKind, namespace, name, uid },
    type,
    reason,
    action,
    note: shortNote(note),
  }
}

/** events.k8s.io/v1: a note has 1,024 bytes at most; four bytes a character are not unusual in what users write. */
function shortNote(note: string): string {
  const text = shorten(note, 1_024)
  return new TextEncoder().encode(text).length <= 1_024 ? text : shorten(note, 256)
}

type ObjectChange = {
  readonly now: ObjectPlan | undefined
  readonly before: ObjectPlan | undefined
  readonly standing: readonly Condition[] | undefined
}

/** One event for all that is wrong in a pool or an advertisement, when that has become other than it was. */
function objectEvents(
  kind: KindName,
  object: { readonly namespace: string; readonly name: string; readonly uid: string },
  { now, before, standing }: ObjectChange,
): readonly EventObject[] {
  const wrong = now === undefined ? undefined : joinVerdicts([...now.verdicts, ...now.warnings])
  if (wrong === undefined) return []
  const told =
    before === undefined
      ? standing?.some(({ type, reason }) => type === 'Ready' && reason === wrong.reason)
      : joinVerdicts([...before.verdicts, ...before.warnings])?.message === wrong.message
  if (told === true) return []
  const { namespace, name, uid } = object
  const note = shortNote(wrong.message)
  return [
    {
      regarding: { kind, namespace, name, uid },
      type: 'Warning',
      reason: wrong.reason,
      action: 'Validate',
      note,
    },
  ]
}
