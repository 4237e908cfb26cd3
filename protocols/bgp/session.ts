// The state of BGP with one peer, RFC 4271 §8: a plain value; step.ts makes the next one.
//
//              start            connected            OPEN              KEEPALIVE
//     Idle ──────────▶ Connect ──────────▶ OpenSent ──────▶ OpenConfirm ──────▶ Established
//      ▲  passive      │    ▲                 ▲
//      │     └──────▶ Active ┘  accepted ─────┘        from any state back to Idle, each with its reason
//      └── idle hold ──┘
//
// A session has one lane or, while both sides have opened a connection, two (§6.8): each is the machine of
// §8.2 for one connection, and the more advanced one is the state that is shown.
import type { Family } from '../net/address.ts'
import type { LocalEnd } from './local-end.ts'
import type { Agreement } from './negotiate.ts'
import type { Open } from './open.ts'
import type { Message } from './message.ts'
import { notificationOf } from './notification.ts'
import type { RibOut, RouteChange } from './rib-out.ts'
import { emptyRibOut } from './rib-out.ts'
import type { SessionConfig } from './config.ts'
import type { BgpError } from './fault.ts'
import type { Millis } from './timing.ts'
import type { Update } from './update.ts'

/** In the order in which a connection goes through them. */
export const states = ['Idle', 'Active', 'Connect', 'OpenSent', 'OpenConfirm', 'Established'] as const
export type State = (typeof states)[number]

/** Given by the session to a connection that it dials ('dial-1'), by the engine to one that it accepts. */
export type ConnectionId = string

export type TimerName = 'connectRetry' | 'hold' | 'keepalive' | 'delayOpen' | 'idleHold' | 'sendHold'

/** When each runs out; absent or undefined: it does not run. */
export type Timers = { readonly [Name in TimerName]?: Millis | undefined }

export type Lane = {
  readonly state: State
  readonly timers: Timers
  readonly connection?: Connection // dialled, open or half open
  readonly agreement?: Agreement // from OpenConfirm on
}

export type Connection = {
  readonly id: ConnectionId
  readonly initiator: 'us' | 'peer'
  readonly local?: LocalEnd // absent while we dial
  readonly ourOpen?: Open // once sent
  readonly isBusy: boolean // bytes of ours wait for the peer to take them
  readonly keepaliveOwed: boolean // one came due while busy
}

export type Session = {
  readonly config: SessionConfig
  readonly lanes: readonly [Lane, ...Lane[]] // the more advanced one first
  readonly reason: string // of the last change of state
  readonly since: Millis // of the last change of state
  readonly lastFailure?: Failure // why the session was not, or not any longer, Established
  readonly routesKnown: boolean // somebody has said which routes there are; until then 'none' would be a lie
  readonly ribOut: RibOut
  readonly withheld: readonly string[] // the reasons, said once a session, for which routes are not told
  readonly draining: boolean // every route says GRACEFUL_SHUTDOWN, RFC 8326
  readonly restarting: boolean // the peer may have routes of ours from before, RFC 4724 §4.1
  readonly keeping: Readonly<Partial<Record<Family, Keeping>>> // the peer's routes that outlive its session
  readonly failures: number // in a row: the longer the row, the longer the idle hold
  readonly establishedAt?: Millis // of the running session
  readonly dials: number // names the next connection
  readonly seed: number // of the jitter
  readonly wakeAt?: Millis // the last wake-at effect
}

export type Failure = { readonly reason: string; readonly at: Millis }

/** Routes of a peer that is gone, RFC 4724 §4.2 and RFC 9494 §4.2: stale, then long-lived stale, then gone. */
export type Keeping = {
  readonly stage: 'stale' | 'long-lived'
  readonly until: Millis
  readonly longLivedMs: Millis // how long the second stage lasts; 0: there is none
}

/** What broke the protocol, as plain data; `data` is hexadecimal. */
export type Violation = Pick<BgpError, 'code' | 'subcode' | 'message'> & { readonly data: string }

export function violationOf(error: BgpError): Violation {
  const { code, subcode, data } = notificationOf(error)
  return { code, subcode, message: error.message, data }
}

export type Event =
  | { readonly type: 'start'; readonly by: 'operator' | 'itself' }
  | { readonly type: 'stop'; readonly how: StopKind; readonly text?: string }
  | { readonly type: 'configured'; readonly config: SessionConfig } // at the next OPEN, prefix limits at once
  | ({ readonly type: 'routes'; readonly complete: boolean } & RouteChange) // complete: nothing else is announced
  | { readonly type: 'routes-known' } // the changes so far were all there is to announce
  | { readonly type: 'drain'; readonly on: boolean }
  | { readonly type: 'bfd-down'; readonly why: string }
  | { readonly type: 'prefix-limit'; readonly family: Family; readonly count: number; readonly limit: number }
  | { readonly type: 'connected'; readonly connection: ConnectionId; readonly local: LocalEnd }
  | { readonly type: 'accepted'; readonly connection: ConnectionId; readonly local: LocalEnd }
  | { readonly type: 'next-hops'; readonly connection: ConnectionId; readonly local: LocalEnd } // our addresses there have changed
  | { readonly type: 'knocked' } // a connection is on its way in, and may come
  | { readonly type: 'turned-away'; readonly why: string } // one was refused before it reached us: key, TTL, address
  | { readonly type: 'closed'; readonly connection: ConnectionId; readonly why: string }
  | { readonly type: 'received'; readonly connection: ConnectionId; readonly message: Message }
  | { readonly type: 'violation'; readonly connection: ConnectionId; readonly violation: Violation }
  | { readonly type: 'drained'; readonly connection: ConnectionId } // the peer's TCP has room for all we gave
  | { readonly type: 'wake' }

/**
 * shutdown, reconfigured, moved, deconfigured: the peer is told, and drops our routes. moved: whom the peer's name stands for
 * is another one now, as on an interface whose router has changed. restart: it is not told, so that it
 * keeps them (RFC 4724 §4.1); of use only where graceful restart was agreed on.
 */
export type StopKind = 'shutdown' | 'reconfigured' | 'moved' | 'deconfigured' | 'restart'

export type Effect =
  | { readonly type: 'dial'; readonly connection: ConnectionId }
  | {
      readonly type: 'send'
      readonly connection: ConnectionId
      readonly bytes: Uint8Array // one whole message; 'drained' is said when it and all before it are taken
      readonly text: string // what it is, for the journal
    }
  | { readonly type: 'close'; readonly connection: ConnectionId } // after what was sent, without waiting for it
  | { readonly type: 'wake-at'; readonly at: Millis } // replaces the one before
  | { readonly type: 'state'; readonly state: State; readonly reason: string } // tell the main thread at once
  | { readonly type: 'note'; readonly text: string } // worth a line in the log, changes no state
  | { readonly type: 'rib-in'; readonly change: RibInChange }

/** What becomes of the table of received routes, which is kept beside the session: rib-in.ts. */
export type RibInChange =
  | { readonly type: 'update'; readonly update: Update }
  | { readonly type: 'stale'; readonly families: readonly Family[] } // kept, but not as if they were fresh
  | { readonly type: 'long-lived'; readonly families: readonly Family[] } // stale for longer than a restart takes
  | { readonly type: 'sweep'; readonly families: readonly Family[] } // what is still stale goes
  | { readonly type: 'clear'; readonly families: readonly Family[] }

export type Step = { readonly session: Session; readonly effects: readonly Effect[] }

/** Of the session: that of its more advanced lane. */
export function stateOf(session: Session): State {
  return session.lanes[0].state
}

/** What the more advanced lane's peer agreed to; nothing before OpenConfirm. */
export function agreementOf(session: Session): Agreement | undefined {
  return session.lanes[0].agreement
}

/** The next step on top of one; the effects of both in order. */
export function andThen(step: Step, next: (session: Session) => Step): Step {
  const after = next(step.session)
  return { session: after.session, effects: [...step.effects, ...after.effects] }
}

export const idleLane: Lane = { state: 'Idle', timers: {} }

/** `seed`: any number, another one for each session. `restarting`: the peer may know us from before. */
export function newSession(
  config: SessionConfig,
  {
    seed,
    now,
    restarting = false,
  }: { readonly seed: number; readonly now: Millis; readonly restarting?: boolean },
): Session {
  return {
    config,
    lanes: [idleLane],
    reason: 'not started',
    since: now,
    ribOut: emptyRibOut,
    routesKnown: false,
    withheld: [],
    draining: false,
    restarting,
    keeping: {},
    failures: 0,
    dials: 0,
    seed,
  }
}
