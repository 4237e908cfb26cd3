// What ought to be, given a snapshot. Plain serialisable data; every absence carries its Verdict.
import type { AnsweringMachine, FoundInUse } from '../crds/pool-findings.ts'
import type { BfdWish } from '../protocols/bfd/config.ts'
import type { PeerConfig, Route } from '../protocols/bgp/config.ts'
import type { Claim } from '../protocols/l2/claim.ts'
import { nextInUseEnd, usesBy, withFindings, withInUse } from './addresses-in-use.ts'
import { planAdvertisements } from './advertisements.ts'
import { nextTelling } from './announced.ts'
import { planL2, warmElections } from './l2.ts'
import { nextRestEnd, recollect } from './memory.ts'
import { withMemory } from './memory-troubles.ts'
import { l2View } from './l2-view.ts'
import { planPeerObjects, planProfileObjects } from './peers-objects.ts'
import { poolClashes } from './pool-clashes.ts'
import { planPools } from './pool-counts.ts'
import { planBgp, warmRoutes } from './routes.ts'
import { planAdvertisementObjects, planCommunityObjects } from './routes-objects.ts'
import { planServices } from './services.ts'
import type { Snapshot } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

export type ControllerPlan = {
  readonly services: ReadonlyMap<string, ServicePlan> // every Service of the snapshot, by key
  readonly pools: ReadonlyMap<string, PoolPlan> // by name
  readonly l2Advertisements: ReadonlyMap<string, ObjectPlan> // by name
  readonly bgp: BgpObjects
  readonly wakeAt?: number // wall clock, ms: plan again then, though nothing has changed
}

export type ServicePlan =
  | {
      readonly state: 'not-ours'
      readonly verdict: Verdict
      readonly release: boolean // something of ours still stands on it: our annotation or our conditions
      readonly ingressIsOurs: boolean // with release: its addresses are ours too and go
    }
  | {
      readonly state: 'assigned'
      readonly addresses: readonly string[] // canonical; IPv4 first
      readonly pool: string
      readonly verdict?: Verdict // what is not so though it has addresses: a wish unfulfilled, a second family missing
      readonly replaced?: ReplacedAssignment
    }
  | {
      readonly state: 'pending'
      readonly verdict: Verdict
      readonly replaced?: ReplacedAssignment // it had addresses and lost them
    }

/** Addresses that stood in the status and may not stay there. */
export type ReplacedAssignment = { readonly addresses: readonly string[]; readonly verdict: Verdict }

export type PoolPlan = {
  readonly assignedIPv4: bigint
  readonly assignedIPv6: bigint
  readonly availableIPv4: bigint
  readonly availableIPv6: bigint
  readonly resting?: bigint // absent: none; of both families: free, and until their time nobody gets them but who had them
  readonly inUse?: readonly FoundInUse[] // absent: none; by other machines of the network, as far as it is written
  readonly inUseCount?: number // absent: none; all of them
  readonly answering?: readonly AnsweringMachine[] // absent: none; machines that are taken to answer for anything
  readonly verdicts: readonly Verdict[] // empty = Ready
  readonly warnings: readonly Verdict[] // Ready, but
}

/** What is wrong in the objects of BGP, each by name. */
export type BgpObjects = {
  readonly peers: ReadonlyMap<string, ObjectPlan>
  readonly advertisements: ReadonlyMap<string, ObjectPlan>
  readonly profiles: ReadonlyMap<string, ObjectPlan>
  readonly communities: ReadonlyMap<string, ObjectPlan>
}

export type ObjectPlan = { readonly verdicts: readonly Verdict[]; readonly warnings: readonly Verdict[] }

export type SpeakerPlan = {
  readonly node: string
  readonly claims: readonly Claim[] // sorted by address; one an address
  readonly services: ReadonlyMap<string, L2Outcome> // by key; a Service of ours that is missing is announced elsewhere
  readonly bgp: BgpPlan
}

/** For the bgp worker of the node, and why it is no more. */
export type BgpPlan = {
  readonly peers: readonly PeerConfig[] // by name
  readonly routes: readonly Route[] // by prefix; the same array (===) while no route changes
  readonly bfd: Readonly<Record<string, BfdWish>> // by name of the peer
  readonly peerVerdicts: ReadonlyMap<string, Verdict> // by name: why the node keeps no session with it
  readonly peerWarnings: ReadonlyMap<string, readonly Verdict[]> // by name: it keeps one, but
  readonly services: ReadonlyMap<string, BgpOutcome> // by key; empty without BGPAdvertisements
  readonly draining?: Verdict // all routes are to say GRACEFUL_SHUTDOWN, and why
}

/** What a node tells its peers of one Service. */
export type BgpOutcome =
  | {
      readonly state: 'announced'
      readonly peers: readonly string[] // names, sorted: those that are told of an address of it
      readonly prefixes: readonly string[]
      readonly warnings: readonly Verdict[] // an address left out, an attribute that advertisements disagree on
    }
  | { readonly state: 'silent'; readonly verdict: Verdict }

/** For one Service, seen from one node: this node announces it, or nobody does. */
export type L2Outcome =
  | {
      readonly state: 'announced'
      readonly addresses: readonly string[]
      readonly interfaces: 'all' | readonly string[] // sorted
      readonly verdict?: Verdict // one of its addresses is left out, and why
    }
  | { readonly state: 'silent'; readonly verdict: Verdict } // nobody announces it, as far as this node can tell

/** Who gets which address, and what is wrong in the objects that decide it. */
export function planController(snapshot: Snapshot): ControllerPlan {
  const view = l2View(snapshot)
  const allocation = planServices(snapshot, view.index)
  const clashes = withMemory(poolClashes(view.index, snapshot), snapshot, view.index)
  const uses = usesBy(snapshot, view.index)
  const restEnd = nextRestEnd(recollect(snapshot, view.index))
  const wakeAt = earliest(earliest(nextTelling(snapshot), nextInUseEnd(snapshot)), restEnd)
  return {
    services: allocation.services,
    pools: withFindings(planPools(view.index, allocation, withInUse(clashes, uses)), uses, snapshot),
    l2Advertisements: planAdvertisements(snapshot.l2Advertisements, view),
    bgp: planBgpObjects(snapshot),
    ...(wakeAt === undefined ? {} : { wakeAt }),
  }
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}

function planBgpObjects(snapshot: Snapshot): BgpObjects {
  const { bgpPeers, bfdProfiles, communities, nodes } = snapshot
  return {
    peers: planPeerObjects(bgpPeers, bfdProfiles, nodes),
    advertisements: planAdvertisementObjects(snapshot),
    profiles: planProfileObjects(bfdProfiles),
    communities: planCommunityObjects(communities),
  }
}

/** What the speaker of this node announces. */
export function planSpeaker(snapshot: Snapshot, node: string): SpeakerPlan {
  return { ...planL2(snapshot, node), bgp: planBgp(snapshot, node) }
}

/** The work of planSpeaker that is slow the first time, in small steps: let others run in between. */
export function* warmPlan(snapshot: Snapshot, node: string): Generator<void> {
  yield* warmElections(snapshot, node)
  yield* warmRoutes(snapshot, node)
}
