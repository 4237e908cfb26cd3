// What is so of BFD on one node, told to the reconcilers. Plain data: it crosses from the worker thread as it is.
import type { BfdState } from './iana.ts'

/** One session, as it stands. */
export type BfdObserved = {
  readonly remoteAddress: string
  readonly localAddress?: string // when it was chosen by configuration
  readonly interface?: string
  readonly multihop: boolean
  readonly state: BfdState
  readonly reason: string // of the last change of state
  readonly changedAt: number // wall clock, ms; of that change, or of the beginning
  readonly diagnostic: number // RFC 5880 §4.1: why we went down last
  readonly remoteState: BfdState
  readonly remoteDiagnostic: number
  readonly localDiscriminator: number
  readonly remoteDiscriminator: number // 0 = not known
  readonly transmitIntervalMs: number // in force, without jitter
  readonly detectionTimeMs?: number // of ours; not known before the peer was heard
  readonly remoteDetectMultiplier: number // 0 = not known
  readonly counters: BfdCounters
  readonly problem?: string // why it cannot send or hear: a port that is taken, an interface that is not there
  readonly lastDiscard?: string
  readonly tooFar?: TooFar // while it is not up: packets of the peer are dropped for their TTL
}

/** One such packet is looked at now and then; `counters.tooFar` are those that were. */
export type TooFar = { readonly ttl: number; readonly minimumTtl: number }

/** Since the session began. */
export type BfdCounters = {
  readonly packetsIn: number
  readonly packetsOut: number
  readonly discarded: number // of this session: a wrong key, a sequence number of the past
  readonly upEvents: number
  readonly downEvents: number
  readonly tooFar: number // of packets that were dropped for their TTL those that were looked at
}

/** What belongs to no session. */
export type BfdGeneral = {
  readonly loopLagMs: number // worst delay of this thread's timer within the last 10 to 20 s
  readonly malformed: number // from addresses that we know
  readonly unknown: number // well-formed, and of no session
}
