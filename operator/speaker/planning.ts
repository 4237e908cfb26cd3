// One pass of a speaker: what is known of the cluster becomes a plan, the plan becomes claims and routes, and what is seen of
// them becomes status. A speaker plans once it has seen everything and could announce.
import { sameInput } from '../../reconcilers/once.ts'
import { planSpeaker, warmPlan } from '../../reconcilers/plan.ts'
import type { SpeakerObserved } from '../../reconcilers/status.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import type { Bgp } from './bgp.ts'
import type { Cluster } from './cluster.ts'
import type { Layer2, Planned } from './layer2.ts'
import type { Presence } from './presence.ts'
import type { Reporting } from './reporting.ts'

export type PlanningParts = {
  readonly nodeName: string
  readonly cluster: Cluster
  readonly presence: Presence
  readonly layer2: Layer2
  readonly bgp: Bgp
  readonly reporting: Reporting
  readonly passAgain: () => void
}

export type Planning = {
  readonly pass: () => void
  readonly latest: () => Planned | undefined
}

export function startPlanning(parts: PlanningParts): Planning {
  const { nodeName, cluster, presence, layer2, bgp, reporting, passAgain } = parts
  const isWarming = startWarming(nodeName)
  let latest: Planned | undefined

  function pass(): void {
    if (!cluster.isComplete() || !layer2.isReady()) return
    presence.join()
    if (!presence.members.known()) return
    const snapshot = cluster.snapshot(presence.members.speakers())
    if (latest === undefined && isWarming(snapshot)) return passAgain()
    if (latest === undefined || !isSameButForTime(latest.snapshot, snapshot))
      latest = { snapshot, plan: planSpeaker(snapshot, nodeName) }
    carryOut(latest)
  }

  function carryOut(planned: Planned): void {
    layer2.announce(planned, presence.members)
    bgp.announce(planned)
    reporting.report({ ...planned, observed: observed() })
  }

  function observed(): SpeakerObserved {
    const sessions = bgp.observed()
    const addressesInUse = layer2.addressesInUse()
    const seen = addressesInUse.length === 0 ? layer2.observed() : { ...layer2.observed(), addressesInUse }
    return sessions === undefined ? seen : { ...seen, bgp: sessions }
  }

  return { pass, latest: () => latest }
}

/** A plan of a speaker knows no time, and a speaker writes no addresses: most passes come from what its engine sees. */
function isSameButForTime(before: Snapshot, now: Snapshot): boolean {
  const { takenAt: _, written: __, ...known } = now
  const last: Readonly<Record<string, unknown>> = before
  return Object.entries(known).every(([field, value]) => sameInput(value, last[field]))
}

/** Thousands of elections take a while the first time: others run in between, the membership above all. */
function startWarming(nodeName: string): (snapshot: Snapshot) => boolean {
  let steps: Generator<void> | undefined
  let isDone = false
  return (snapshot) => {
    if (isDone) return false
    steps ??= warmPlan(snapshot, nodeName)
    isDone = steps.next().done === true
    return true
  }
}
