// What the bgp worker reports of each session. Plain data: it crosses to the main thread as it is, and becomes
// status, metrics and what the CLI prints.
import type { Family } from '../net/address.ts'
import { resolverFor } from './advertise.ts'
import type { Withheld } from './advertise.ts'
import type { Message } from './message.ts'
import { prefixFamily } from './nlri.ts'
import { pendingFields } from './pending.ts'
import type { PendingField } from './pending.ts'
import { entriesOf } from './prefix-map.ts'
import { isIdle } from './rib-out.ts'
import { standpointOf } from './routes.ts'
import { agreementOf, stateOf } from './session.ts'
import type { Failure, Session, State } from './session.ts'
import { receivedCount } from './rib-in.ts'
import type { RibIn } from './rib-in.ts'
import type { Millis } from './timing.ts'

/** What the bgp engine tells of itself. Its times are of the wall clock, in ms. */
export type BgpObserved = {
  readonly generation: number // of the last wish that all sessions have been told; -1 before the first
  readonly alive: boolean // the worker thread runs and answers
  readonly peers: Readonly<Record<string, PeerReport>> // by name
  readonly listening: readonly ListeningObserved[] // where peers may connect to us; empty when no peer listens
  readonly loopLagMs: number // longest delay of the worker's loop, turns of work among them, within the last 10 to 20 s
}

export type PeerReport = {
  readonly session: SessionObserved
  readonly counters: PeerCounters
  readonly objection?: string // why the last connection could not be opened from our side
}

export type ListeningObserved = {
  readonly address: string // '0.0.0.0:179', '[::]:179%vrf-blue'
  readonly problem?: string // why nobody can connect there
}

/** Since the start of the process; they never go backwards. */
export type PeerCounters = {
  readonly sent: MessageCounts
  readonly received: MessageCounts
  readonly established: number // how often the session came up
  readonly transitions?: Readonly<Partial<Record<State, number>>> // how often it came to each state, however soon it left it
}

export type MessageCounts = Readonly<Record<Message['type'], number>> & { readonly bytes: number }

/** Times are of the session's clock; the engine tells those of the wall clock. */
export type SessionObserved = {
  readonly state: State
  readonly reason: string // of the last change of state
  readonly since: Millis // of the last change of state
  readonly lastFailure?: Failure
  readonly failures: number // in a row
  readonly peer?: PeerObserved // from OpenConfirm on
  readonly pending?: readonly PendingField[] // settings that take effect at the next OPEN; absent: none
  readonly wished: Readonly<Record<Family, number>> // routes that the peer shall hold
  readonly isTelling: boolean // some of them are still on their way
  readonly withheld: readonly Withheld[] // and some are not told
  readonly received: Readonly<Record<Family, number>>
  readonly notKept?: readonly Family[] // of which there were more than is kept; absent: of none
  readonly keptFor: readonly Family[] // routes of the peer's that outlive its session
  readonly draining: boolean
}

/** What the peer's OPEN said and both agreed on. */
export type PeerObserved = {
  readonly asNumber: number
  readonly identifier: string
  readonly families: readonly Family[]
  readonly holdTimeS: number
  readonly gracefulRestart: boolean
  readonly hostname?: string
  readonly softwareVersion?: string
}

export function observe(session: Session, ribIn: RibIn): SessionObserved {
  const { reason, since, lastFailure, failures, ribOut, withheld, keeping, draining } = session
  const peer = peerOf(session)
  const pending = pendingFields(session)
  const notKept = (['IPv4', 'IPv6'] as const).filter((family) => ribIn.use[family].isBeyond)
  return {
    state: stateOf(session),
    reason,
    since,
    ...(lastFailure === undefined ? {} : { lastFailure }),
    failures,
    ...(peer === undefined ? {} : { peer }),
    ...(pending.length === 0 ? {} : { pending }),
    wished: ribOut.sizes,
    isTelling: !isIdle(ribOut),
    withheld: withheld.length === 0 ? [] : countWithheld(session),
    received: { IPv4: receivedCount(ribIn, 'IPv4'), IPv6: receivedCount(ribIn, 'IPv6') },
    ...(notKept.length === 0 ? {} : { notKept }),
    keptFor: (['IPv4', 'IPv6'] as const).filter((family) => keeping[family] !== undefined),
    draining,
  }
}

function peerOf(session: Session): PeerObserved | undefined {
  const agreement = agreementOf(session)
  if (agreement === undefined) return undefined
  const { peerAs, identifier, families, holdTimeS, gracefulRestart, hostname, softwareVersion } = agreement
  return {
    asNumber: peerAs,
    identifier,
    families,
    holdTimeS,
    gracefulRestart: gracefulRestart !== undefined,
    ...(hostname === undefined ? {} : { hostname }),
    ...(softwareVersion === undefined ? {} : { softwareVersion }),
  }
}

/** Counted when there are any, which is seldom: all routes are gone through. */
function countWithheld(session: Session): Withheld[] {
  const standpoint = standpointOf(session)
  if (standpoint === undefined) return []
  const resolve = resolverFor(standpoint)
  const found = new Map<string, Withheld>()
  for (const [prefix, attributes] of entriesOf(session.ribOut.table)) {
    const reason = resolve(prefixFamily(prefix), attributes)
    if (typeof reason !== 'string') continue
    const before = found.get(reason)
    found.set(reason, { reason, count: (before?.count ?? 0) + 1, example: before?.example ?? prefix })
  }
  return [...found.values()]
}
