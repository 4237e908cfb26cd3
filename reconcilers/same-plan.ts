// Do two plans of a Service say the same? Then the older one is kept: what is remembered by its identity stays good.
import { sameItems } from './once.ts'
import type { ReplacedAssignment, ServicePlan } from './plan.ts'
import type { Verdict } from './verdict.ts'

export function samePlan(a: ServicePlan | undefined, b: ServicePlan | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined || !sameVerdict(a.verdict, b.verdict)) return false
  if (a.state === 'not-ours')
    return b.state === a.state && a.release === b.release && a.ingressIsOurs === b.ingressIsOurs
  if (b.state === 'not-ours' || !sameReplaced(a.replaced, b.replaced)) return false
  if (a.state === 'pending') return b.state === a.state
  return b.state === a.state && a.pool === b.pool && sameItems(a.addresses, b.addresses)
}

function sameVerdict(a: Verdict | undefined, b: Verdict | undefined): boolean {
  return a === b || (a !== undefined && a.reason === b?.reason && a.message === b.message)
}

function sameReplaced(a: ReplacedAssignment | undefined, b: ReplacedAssignment | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return sameVerdict(a.verdict, b.verdict) && sameItems(a.addresses, b.addresses)
}
