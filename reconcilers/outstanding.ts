// What is decided and does not stand in the cluster: between a plan and its write, or for as long as no controller writes.
import type { Service } from '../crds/core.ts'
import type { ServicePlan } from './plan.ts'
import { addressesOf } from './standing.ts'
import type { Verdict } from './verdict.ts'

/** Nothing: the status of the Service is as the plan wants it. */
export function outstandingVerdict(service: Service, plan: ServicePlan): Verdict | undefined {
  if (plan.state === 'not-ours') return undefined
  const planned = plan.state === 'assigned' ? plan.addresses : []
  const standing = addressesOf(service).map(({ text }) => text)
  if (planned.length === standing.length && planned.every((address) => standing.includes(address)))
    return undefined
  return {
    reason: 'AwaitingController',
    message: `${change(standing, planned)}, and no controller has written that yet`,
  }
}

function change(from: readonly string[], to: readonly string[]): string {
  if (to.length === 0) return `the Service loses ${from.join(' and ')}`
  const inPlace = from.length === 0 ? '' : ` in place of ${from.join(' and ')}`
  return `the Service gets ${to.join(' and ')}${inPlace}`
}
