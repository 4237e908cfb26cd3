// The state of layer 2 on one node: links, claims, where each claim stands. A plain value; step.ts makes the next one.
import type { Family } from '../net/address.ts'
import type { Mac } from '../net/ethernet.ts'
import type { Check } from './check.ts'
import type { L2Config } from './claim.ts'
import type { IgnoredReason } from './ignored.ts'
import type { Exclusion, Link } from './link.ts'
import { exclusionOf } from './link.ts'
import type { Budget } from './schedule.ts'
import type { Vector } from './vector.ts'
import { vectorOf } from './vector.ts'

/** Of a clock that never jumps. */
export type Millis = number

/** Since the epoch, the clock that the kernel stamps frames with. It may jump. */
export type WallMicros = number

export type Session = {
  readonly config: L2Config
  readonly exclusion: Exclusion // compiled from the config
  readonly links: ReadonlyMap<number, Link> // by index
  readonly stations: ReadonlyMap<number, Uint8Array> // the links on which claims may stand, and their MAC
  readonly ownMacs: ReadonlySet<number> // of every link, as macKey
  readonly nodeMacs: ReadonlySet<number> // of the nodes of the cluster, as macKey
  readonly proxyMacs: ReadonlySet<number> // of machines that are known to answer for anything, as macKey
  readonly controls: ReadonlyMap<string, ReadonlySet<string>> // addresses that nobody has, and the claims for which they are asked
  readonly claims: Vector<HeldClaim>
  readonly index: ClaimIndex
  readonly groups: ReadonlyMap<number, ReadonlySet<string>> // solicited-node groups wanted, by link
  readonly budgets: ReadonlyMap<number, Budget> // by link
  readonly isUntidy: boolean // claims were handed over; their groups are left at the next wake-up, all at once
  readonly wakeAt?: Millis // the last wake-at effect: nothing is due earlier
}

/** Places in `claims`. Changes only with the set of addresses. */
export type ClaimIndex = {
  readonly byAddress: ReadonlyMap<string, number>
  readonly byIPv4: ReadonlyMap<number, number> // the address as uint32
  readonly byIPv6: ReadonlyMap<number, readonly number[]> // the low 32 bits: few or one
}

/** One address that is ours, or is being handed over. */
export type HeldClaim = {
  readonly address: string
  readonly family: Family
  readonly bytes: Uint8Array // network order
  readonly wish: 'all' | readonly string[] // interfaces, as the config said last
  readonly controls?: readonly string[] // as the config said last
  readonly listed: boolean // in the config; a claim that is being yielded outlives it
  readonly posts: readonly Post[] // one a link on which it is answered for
  readonly announcedAt?: WallMicros // first frame on any interface
  readonly yieldBy?: Millis // to be handed over: answered for until a successor is heard, or until then
  readonly yielded: boolean // handed over: silent until a config without it
  readonly toldAt?: Millis // of our last announcement on any interface
  readonly rival?: Rival
  readonly check?: Check // for another machine that uses the address
}

/** Another machine announces the address. */
export type Rival = { readonly mac: Mac; readonly seenAt: WallMicros; readonly heardAt: Millis }

/** A claim on one link. A change of MAC makes a new post: everybody must be told again. */
export type Post = {
  readonly link: number
  readonly mac: Mac
  readonly answer: Uint8Array // a frame that needs only the asker filled in
  readonly roundsSent: number
  readonly dueAt?: Millis // of the next round
  readonly announced?: { readonly at: WallMicros; readonly noted: Millis } // first frame known to be on the wire
}

export type Event =
  | { readonly type: 'configured'; readonly config: L2Config }
  | { readonly type: 'interfaces'; readonly links: readonly Link[] } // all of them
  | {
      readonly type: 'frame'
      readonly link: number
      readonly capturedAt: WallMicros
      readonly isLate?: true // it waited for us while we stood still
      readonly frame: Uint8Array // may be overwritten once the step is done
    }
  | {
      readonly type: 'announced' // announcements marked `first` are on the wire, none of them before `at`
      readonly link: number
      readonly addresses: readonly string[]
      readonly at: WallMicros
    }
  | { readonly type: 'wake' }
  | { readonly type: 'announce-anew'; readonly addresses: readonly string[] } // others may have been believed
  | { readonly type: 'yield'; readonly addresses: readonly string[]; readonly deadline: Millis }

export type Effect =
  | { readonly type: 'answer'; readonly link: number; readonly address: string; readonly frame: Uint8Array }
  | {
      readonly type: 'announce'
      readonly link: number
      readonly address: string
      readonly first: boolean // no frame of this post is known to have gone out: say 'announced' when this one has
      readonly frame: Uint8Array
    }
  | { readonly type: 'probe'; readonly link: number; readonly address: string; readonly frame: Uint8Array } // for this claim
  | { readonly type: 'wake-at'; readonly at: Millis } // replaces the one before
  | { readonly type: 'join'; readonly link: number; readonly group: string }
  | { readonly type: 'leave'; readonly link: number; readonly group: string }
  | { readonly type: 'ignore'; readonly reason: IgnoredReason; readonly address?: string } // address: it was a request for this claim
  | { readonly type: 'yielded'; readonly address: string; readonly to?: Mac } // no longer answered for; to nobody when the time was up
  | { readonly type: 'report'; readonly why: string } // tell the main thread at once

export type Step = { readonly session: Session; readonly effects: readonly Effect[] }

const nothing: L2Config = { generation: -1, claims: [], interfacesToExclude: [], gratuitousIntervalMs: 0 }

export function newSession(): Session {
  return {
    config: nothing,
    exclusion: exclusionOf([]),
    links: new Map(),
    stations: new Map(),
    ownMacs: new Set(),
    nodeMacs: new Set(),
    proxyMacs: new Set(),
    controls: new Map(),
    claims: vectorOf<HeldClaim>([]),
    index: { byAddress: new Map(), byIPv4: new Map(), byIPv6: new Map() },
    groups: new Map(),
    budgets: new Map(),
    isUntidy: false,
  }
}

/** Asks for a wake-up, unless an earlier one is due anyhow. */
export function wakeNoLaterThan(step: Step, at: Millis | undefined): Step {
  const { session, effects } = step
  if (at === undefined || (session.wakeAt !== undefined && session.wakeAt <= at)) return step
  return { session: { ...session, wakeAt: at }, effects: [...effects, { type: 'wake-at', at }] }
}
