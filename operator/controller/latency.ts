// How long a Service waits for its address: from the first plan that sees it without one to the write of the address.
import { serviceKind } from '../../crds/service.ts'
import type { ControllerPlan } from '../../reconcilers/plan.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import type { StatusObject } from '../../reconcilers/status.ts'

export type Latency = {
  readonly planned: (snapshot: Snapshot, plan: ControllerPlan) => void
  readonly written: (wish: StatusObject) => void
}

type Now = { readonly now: () => number }

export function startLatency(clock: Now, allocated: (tookMs: number) => void = () => {}): Latency {
  const waitingSince = new Map<string, number>() // by Service key

  return {
    planned: ({ services }, plan) => {
      for (const key of waitingSince.keys()) if (!plan.services.has(key)) waitingSince.delete(key)
      for (const { key, ingress } of services) {
        if (ingress.length > 0 || waitingSince.has(key)) continue
        if (plan.services.get(key)?.state !== 'not-ours') waitingSince.set(key, clock.now())
      }
    },
    written: ({ kind, namespace, name, status }) => {
      const key = `${namespace}/${name}`
      const since = waitingSince.get(key)
      if (since === undefined || kind.kind !== serviceKind.kind || !hasAddress(status)) return
      waitingSince.delete(key)
      allocated(clock.now() - since)
    },
  }
}

function hasAddress(status: StatusObject['status']): boolean {
  const text = JSON.stringify(status['loadBalancer'] ?? {})
  return text.includes('"ip"')
}
