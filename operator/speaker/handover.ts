// Addresses that leave this node because another one now wins their election: they are answered for until that one has
// announced them. What is withdrawn (deleted, no endpoint, no advertisement) is left at once. Pure.
import type { Service } from '../../crds/core.ts'
import type { Claim } from '../../protocols/l2/claim.ts'
import type { SpeakerPlan } from '../../reconcilers/plan.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'

/** Of the addresses claimed before, those that are announced elsewhere from now on. */
export function movedElsewhere(
  before: readonly Claim[],
  plan: SpeakerPlan,
  snapshot: Snapshot,
): readonly string[] {
  const kept = new Set(plan.claims.map(({ address }) => address))
  const lost = new Set(before.flatMap(({ address }) => (kept.has(address) ? [] : [address])))
  if (lost.size === 0) return []
  // A Service of ours that the plan does not mention is announced elsewhere.
  const moved = snapshot.services.filter(
    ({ key, type }) => type === 'LoadBalancer' && !plan.services.has(key),
  )
  return addressesAmong(lost, moved)
}

/** Of the addresses claimed now, those that another node would announce if this one were gone. */
export function inheritedBy(
  claims: readonly Claim[],
  services: readonly Service[],
  hasHeir: (service: Service) => boolean,
): readonly string[] {
  const claimed = new Set(claims.map(({ address }) => address))
  const announced = services.filter(({ ingress }) => ingress.some((address) => claimed.has(address)))
  return addressesAmong(claimed, announced.filter(hasHeir))
}

function addressesAmong(wanted: ReadonlySet<string>, services: readonly Service[]): readonly string[] {
  const found = services.flatMap(({ ingress }) => ingress.filter((address) => wanted.has(address)))
  return [...new Set(found)].toSorted()
}
