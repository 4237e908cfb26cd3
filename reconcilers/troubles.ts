// What has newly become wrong, object by object: the line in the log of the process that judges it. Told when a verdict
// appears or becomes another one, never while it stays; what came before is the report before, so nothing is kept besides.
import type { Announcement } from './announced.ts'
import { joinVerdicts } from './conditions.ts'
import type { ControllerReport } from './events.ts'
import { keysToCompare } from './layered-map.ts'
import type { ObjectPlan, ServicePlan } from './plan.ts'
import { plannedKinds } from './planned-kinds.ts'
import type { Verdict } from './verdict.ts'

export type Trouble = Verdict & { readonly object: string } // 'Service default/web'

export type TroubleChange = {
  readonly previous: ControllerReport | undefined // undefined: this process has not planned before
  readonly current: ControllerReport
}

export function controllerTroubles({ previous, current }: TroubleChange): readonly Trouble[] {
  const [now, before] = [current.plan, previous?.plan]
  return [
    ...serviceTroubles(current, previous),
    ...plannedKinds.flatMap(({ kind, plansIn }) =>
      objectTroubles(kind.kind, plansIn(now), before === undefined ? undefined : plansIn(before)),
    ),
  ]
}

function serviceTroubles(now: ControllerReport, before: ControllerReport | undefined): readonly Trouble[] {
  const found: Trouble[] = []
  for (const key of keysToCompare(before?.plan.services, now.plan.services)) {
    const told = verdictsOf(before?.plan.services.get(key))
    for (const verdict of verdictsOf(now.plan.services.get(key)))
      if (!told.some((one) => sameVerdict(one, verdict))) found.push({ object: `Service ${key}`, ...verdict })
  }
  for (const key of keysToCompare(before?.announcements, now.announcements)) {
    const verdict = silenceOf(now.announcements.get(key))
    if (verdict !== undefined && verdict.reason !== silenceOf(before?.announcements.get(key))?.reason)
      found.push({ object: `Service ${key}`, ...verdict })
  }
  return found
}

// That a Service belongs to another, or is on its way out, is nobody's mistake.
function verdictsOf(plan: ServicePlan | undefined): readonly Verdict[] {
  if (plan === undefined || plan.state === 'not-ours') return []
  const { verdict, replaced } = plan
  return [replaced?.verdict, verdict].flatMap((one) =>
    one === undefined || one.reason === 'Deleting' ? [] : [one],
  )
}

// The messages of silences count nodes: with each node that comes or goes thousands would change, and say nothing new.
function silenceOf(announcement: Announcement | undefined): Verdict | undefined {
  if (announcement?.state !== 'silent' || announcement.verdict.reason === 'AwaitingSpeaker') return undefined
  return announcement.verdict
}

function sameVerdict(a: Verdict, b: Verdict): boolean {
  return a.reason === b.reason && a.message === b.message
}

type Plans = ReadonlyMap<string, ObjectPlan>

function objectTroubles(kind: string, now: Plans, before: Plans | undefined): readonly Trouble[] {
  if (now === before) return []
  return [...now].flatMap(([name, plan]) => {
    const last = before?.get(name)
    const wrong = plan === last ? undefined : wrongIn(plan)
    const told = last === undefined ? undefined : wrongIn(last)
    if (wrong === undefined || (told !== undefined && sameVerdict(wrong, told))) return []
    return [{ object: `${kind} ${name}`, ...wrong }]
  })
}

/** All that is wrong in one object is one line, as it is one event. */
function wrongIn({ verdicts, warnings }: ObjectPlan): Verdict | undefined {
  return joinVerdicts([...verdicts, ...warnings])
}
