// What the main thread and the layer 2 worker say to each other. Plain data: it is copied by structured clone.
import type { L2Config } from '../l2/claim.ts'
import type { ClaimFacts } from '../l2/observe.ts'
import type { ObservedInterface } from '../l2/observed.ts'
import type { ClaimChanges } from './claim-feed.ts'

export type ToWorker =
  | { readonly type: 'apply'; readonly config: Omit<L2Config, 'claims'>; readonly changes: ClaimChanges }
  | {
      readonly type: 'yield'
      readonly id: number
      readonly addresses: readonly string[]
      readonly withinMs: number
    }
  | { readonly type: 'announce-anew'; readonly addresses: readonly string[] }
  | { readonly type: 'stop' }

export type FromWorker =
  | { readonly type: 'report'; readonly report: Report }
  | { readonly type: 'handed-over'; readonly id: number } // every address of that yield
  | { readonly type: 'log'; readonly line: LogLine }

/** Only what has changed since the report before. */
export type Report = {
  readonly generation: number
  readonly interfaces?: readonly ObservedInterface[] // all of them, when one has changed
  readonly claims?: readonly ClaimFacts[] // that have changed, or are new
  readonly gone?: readonly string[] // addresses no longer held
  readonly counts?: CountDeltas
  readonly dropped?: Readonly<Record<string, number>> // deltas by reason
  readonly loopLagMs: number
}

/** Three numbers an address, in the order of `counted`, in one typed array. */
export type CountDeltas = { readonly addresses: readonly string[]; readonly deltas: Float64Array }
export const counted = ['requestsReceived', 'responsesSent', 'gratuitousSent'] as const
export type Counted = (typeof counted)[number]

export type LogLine = {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string // constant
  readonly fields: Readonly<Record<string, string | number>>
}

/** What the worker is started with. */
export type WorkerOptions = {
  readonly journalFile?: string
  readonly journalBytes?: number
}
