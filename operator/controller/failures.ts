// Services that begin to wait for an address, or wait for another reason than before: each is counted once.
import type { ControllerPlan, ServicePlan } from '../../reconcilers/plan.ts'
import { keysToCompare } from '../../reconcilers/layered-map.ts'
import type { Reason } from '../../reconcilers/reasons.ts'

/** Takes in each plan; `failed` is told the reason of each Service that waits anew. */
export function startFailures(failed: (reason: Reason) => void = () => {}): (plan: ControllerPlan) => void {
  let before: ReadonlyMap<string, ServicePlan> | undefined
  return ({ services }) => {
    for (const key of keysToCompare(before, services)) {
      const reason = reasonOf(services.get(key))
      if (reason !== undefined && reason !== reasonOf(before?.get(key))) failed(reason)
    }
    before = services
  }
}

function reasonOf(plan: ServicePlan | undefined): Reason | undefined {
  return plan?.state === 'pending' ? plan.verdict.reason : undefined
}
