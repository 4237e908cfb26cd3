// What a plan gives a Service, in one line, and the wishes and pools that tests of allocation are about.
import type { Service } from '../../crds/core.ts'
import type { ServicePlan } from '../../reconcilers/plan.ts'
import { planController } from '../../reconcilers/plan.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { dualStack, snapshot } from './snapshots.ts'

/** 'a 192.0.2.0', 'pending NoPools', 'not ours'; with '!Reason' for a wish unfulfilled and '-address' for what is lost. */
export function tell(plan: ServicePlan | undefined): string {
  if (plan === undefined) return 'nothing'
  if (plan.state === 'not-ours') return plan.release ? 'not ours, released' : 'not ours'
  const lost =
    plan.replaced === undefined
      ? ''
      : ` -${plan.replaced.addresses.join(' -')} ${plan.replaced.verdict.reason}`
  if (plan.state === 'pending') return `pending ${plan.verdict.reason}${lost}`
  const but = plan.verdict === undefined ? '' : ` !${plan.verdict.reason}`
  return `${plan.pool} ${plan.addresses.join(' ')}${but}${lost}`
}

export function plans(changes: Partial<Snapshot>): Readonly<Record<string, string>> {
  const { services } = planController(snapshot(changes))
  return Object.fromEntries([...services].map(([key, plan]) => [key.replace('default/', ''), tell(plan)]))
}

export function planOf(one: Service, pools: Snapshot['pools'], changes: Partial<Snapshot> = {}): string {
  return tell(planController(snapshot({ pools, services: [one], ...changes })).services.get(one.key))
}

export const v4 = ['192.0.2.0/24']
export const v6 = ['2001:db8::/64']
export const both = [...v4, ...v6]
export const onlyV6 = { clusterIPs: ['fd00:96::10'] }
export const prefer = { ...dualStack, ipFamilyPolicy: 'PreferDualStack' } as const
export const requireBoth = { ...dualStack, ipFamilyPolicy: 'RequireDualStack' } as const

export function ask(annotations: Readonly<Record<string, string>>): Partial<Service> {
  return {
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`metallb.io/${key}`, value]),
    ),
  }
}
