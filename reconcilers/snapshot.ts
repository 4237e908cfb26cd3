// Everything this process knows of the cluster, parsed once, immutable.
// An object that did not change is the same object (===) in the next snapshot: pure caches live on that.
import type { BFDProfile } from '../crds/bfd-profile.ts'
import type { BGPAdvertisement } from '../crds/bgp-advertisement.ts'
import type { BGPPeer } from '../crds/bgp-peer.ts'
import type { Community } from '../crds/community.ts'
import type { ConfigurationState } from '../crds/configuration-state.ts'
import type { Endpoint, Namespace, Node, Service } from '../crds/core.ts'
import type { IPAddressPool } from '../crds/ip-address-pool.ts'
import type { Condition, KindName, Objection } from '../crds/kind.ts'
import type { L2Advertisement } from '../crds/l2-advertisement.ts'
import type { PoolFindings } from '../crds/pool-findings.ts'
import type { ServiceCIDR } from '../crds/service-cidr.ts'
import type { DrainSign } from './drain.ts'
import type { Memory } from './memory.ts'
import type { Verdict } from './verdict.ts'

/** Milliseconds since the epoch, or of a monotonic clock: the name of the variable says which. */
export type Millis = number

export type Snapshot = {
  readonly takenAt: Millis // wall clock; never decides an assignment, only how long something rests
  readonly namespace: string // Herald's own: only metallb.io objects in it count
  readonly settings: PlanSettings
  readonly pools: readonly Read<IPAddressPool>[] // oldest first, then by name
  readonly l2Advertisements: readonly Read<L2Advertisement>[] // by name
  readonly bgpPeers: readonly Read<BGPPeer>[] // by name
  readonly bgpAdvertisements: readonly Read<BGPAdvertisement>[] // by name
  readonly bfdProfiles: readonly Read<BFDProfile>[] // by name
  readonly communities: readonly Read<Community>[] // by name
  readonly secrets?: ReadonlyMap<string, PasswordSecret> // of our namespace, by name; absent: this process reads none
  readonly services: readonly Service[] // oldest first, then by key
  readonly flawedServices: readonly Flawed[] // taken by the API server, and a field cannot be read; never in `services`
  readonly endpoints: ReadonlyMap<string, readonly Endpoint[]> // by Service key; absent = no slice at all
  readonly nodes: readonly Node[] // by name
  readonly serviceCIDRs?: readonly ServiceCIDR[] // by name; absent: the cluster has none, or this process asks for none
  readonly namespaces: ReadonlyMap<string, Namespace>
  readonly speakers: readonly Speaker[] // by node; those that are alive, in the view of this process
  readonly configurationStates?: readonly ConfigurationState[] // by name; absent: this process does not follow them
  readonly poolFindings?: readonly PoolFindings[] // by name of the pool: what stands in its status; absent: nothing
  readonly memory?: Memory // of addresses that Services gave back; absent: this process does not keep it
  readonly memoryTroubles?: MemoryTroubles // absent: all of the memory could be read
  readonly written?: ReadonlyMap<string, readonly string[]> // by Service uid: addresses written by this process and not yet seen by its watch; they stand in place of `ingress`
}

/** What is wrong with the objects that hold the memory. */
export type MemoryTroubles = {
  readonly store?: Verdict // of all of them
  readonly pools: ReadonlyMap<string, Verdict> // by name of the pool
}

export type PlanSettings = {
  readonly loadBalancerClass?: string
  readonly ignoreExcludeLabel: boolean // --ignore-exclude-lb
  readonly drainOn?: readonly DrainSign[] // --drain-on
  readonly serviceBGPStatuses?: boolean // default true: speakers write one per Service, up to a limit
}

/** A parsed object with what was wrong in it. */
export type Read<T> = { readonly value: T; readonly objections: readonly Objection[] }

/** What is read of a Secret that a BGPPeer may name. */
export type PasswordSecret = { readonly type: string; readonly password?: string } // never in a log

/** An object with something in it that cannot be read. */
export type Flawed = {
  readonly kind: KindName
  readonly namespace: string
  readonly name: string
  readonly uid?: string
  readonly service?: Service // of a Service: as far as it can be read
  readonly ingress?: readonly string[] // without `service`: addresses in its status, which nobody else may get
  readonly objections: readonly Objection[]
}

/** A speaker that is alive, with what it said of its node. */
export type Speaker = {
  readonly node: string
  readonly interfaces?: readonly string[] // candidate interfaces of layer 2; absent = not said yet: counts as having any
}

/** What stands in the cluster now of the status that a writer owns; conditions keep their times from here. */
export type CurrentConditions = ReadonlyMap<string, readonly Condition[]>
