// One of many: whoever holds the Lease may act, and only until a deadline of its own that comes before the others'.
//
//   holder   renews every renewMs; acts until (last renewal SENT) + durationMs × 3/4
//   others   look every retryMs; take over when (last change SEEN) + durationMs has passed, or it was released
//
// Both by their own monotonic clocks: what is sent is sent before it is seen, so the holder stops first.
import type { Resource } from '../../crds/kind.ts'
import { leaseKind, parseLease } from '../../crds/lease.ts'
import { isAlreadyExists, isConflict, isNotFound } from './api-error.ts'
import type { CallOptions, Client } from './client.ts'
import { processClock, sleep } from './clock.ts'
import type { Clock } from './clock.ts'
import { insist } from './insist.ts'
import { holderOf, leaseObject, leaseRef } from './lease.ts'
import type { Hold } from './lease.ts'

export type ElectorOptions = {
  readonly namespace: string
  readonly name: string
  readonly identity: string // of this process, never used again
  readonly durationMs?: number // 4 s
  readonly renewMs?: number // 1 s
  readonly retryMs?: number // 0.5 s
  readonly clock?: Clock
  readonly onGained?: () => void
  readonly onLost?: () => void // also at stop()
  readonly onHolder?: (identity: string) => void // '' = nobody
  readonly report?: (error: unknown) => void // an attempt failed; the next one follows by itself
}

export type Elector = {
  readonly mayWrite: () => boolean
  readonly signal: () => AbortSignal // aborted when this term ends; before the first one it is
  readonly holder: () => string | undefined // as last seen; '' = nobody
  readonly stop: () => Promise<void> // releases the Lease where it is ours
}

export function startElector(client: Client, options: ElectorOptions): Elector {
  const election = new Election(client, options)
  const ended = election.run()
  return {
    mayWrite: () => election.mayWrite(),
    signal: () => election.signal(),
    holder: () => election.holder,
    stop: async () => {
      election.stop()
      await ended
    },
  }
}

type Seen = { readonly lease: Resource; readonly sinceMs: number } // monotonic: when this version was first seen

class Election {
  holder: string | undefined
  readonly #client: Client
  readonly #options: ElectorOptions
  readonly #clock: Clock
  readonly #durationMs: number
  readonly #renewMs: number
  readonly #retryMs: number
  readonly #stopping = new AbortController()
  #term = ended()
  #deadlineMs = Number.NEGATIVE_INFINITY
  #cancelDeadline = (): void => undefined
  #seen: Seen | undefined

  constructor(client: Client, options: ElectorOptions) {
    const { clock = processClock, durationMs = 4_000, renewMs = 1_000, retryMs = 500 } = options
    this.#client = client
    this.#options = options
    this.#clock = clock
    this.#durationMs = durationMs
    this.#renewMs = renewMs
    this.#retryMs = retryMs
  }

  mayWrite(): boolean {
    return this.#clock.now() < this.#deadlineMs
  }

  signal(): AbortSignal {
    return this.#term.signal
  }

  stop(): void {
    this.#stopping.abort()
  }

  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const startedAt = this.#clock.now()
      const held = await insist({
        attempt: (signal) => this.#tryOnce(signal),
        leftMs: () => this.#leftMs(),
        shortestMs: this.#retryMs,
        clock: this.#clock,
        signal: this.#stopping.signal,
      })
      const pauseMs = held ? this.#renewMs : this.#retryMs * (1 + 0.2 * this.#clock.random()) // two never in step
      const left = startedAt + pauseMs - this.#clock.now()
      await sleep(this.#clock, Math.max(0, left), this.#stopping.signal)
    }
    this.#endTerm()
    await this.#release().catch((error: unknown) => this.#options.report?.(error))
  }

  /** True: gained or renewed just now. */
  async #tryOnce(signal: AbortSignal): Promise<boolean> {
    const options = this.#callOptions(signal)
    try {
      if (!this.#isOurs()) this.#see(await this.#client.find(leaseRef(this.#options), options))
      if (!this.#isFree()) return false
      const sentAt = this.#clock.now()
      this.#see(await this.#write(this.#nextHold(), options))
      return this.#extend(sentAt + this.#durationMs * 0.75)
    } catch (error) {
      // Another one wrote, or this process did and heard no answer: it is looked at anew.
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) this.#seen = undefined
      if (!signal.aborted) this.#options.report?.(error)
      return false
    }
  }

  /** A holder waits for a slow API server as long as it may act; giving up earlier would lose the Lease for nothing. */
  #callOptions(signal?: AbortSignal): CallOptions {
    return {
      timeoutMs: Math.max(this.#renewMs, this.#leftMs()),
      retry: false,
      lane: 'own',
      ...(signal === undefined ? {} : { signal }),
    }
  }

  #leftMs(): number {
    return this.#deadlineMs - this.#clock.now()
  }

  /** The API server refuses it unless the version that was seen still stands. */
  #write(hold: Hold, options: CallOptions): Promise<Resource> {
    const { namespace, name } = this.#options
    const ref = { namespace, name }
    if (this.#seen === undefined) return this.#client.create(leaseKind, leaseObject({ ref, hold }), options)
    const { resourceVersion, labels = {}, annotations = {}, ownerReferences = [] } = this.#seen.lease.metadata
    const metadata = { labels, annotations, ownerReferences } // someone's; they stay
    return this.#client.update(leaseRef(ref), leaseObject({ ref, hold, metadata, resourceVersion }), options)
  }

  #nextHold(): Hold {
    const before = this.#seen === undefined ? undefined : parseLease(this.#seen.lease).value
    const now = this.#clock.wall()
    const acquiredBefore = Date.parse(before?.acquiredAt ?? '')
    const renewal = before?.holder === this.#options.identity && !Number.isNaN(acquiredBefore)
    return {
      holder: this.#options.identity,
      durationMs: this.#durationMs,
      acquiredAtMs: renewal ? acquiredBefore : now,
      renewedAtMs: now,
      transitions: (before?.transitions ?? -1) + (renewal ? 0 : 1),
    }
  }

  #isOurs(): boolean {
    return this.#seen !== undefined && holderOf(this.#seen.lease) === this.#options.identity
  }

  /** Nobody's, ours, or held by one who has not renewed it for as long as it lasts. */
  #isFree(): boolean {
    if (this.#seen === undefined) return true
    const { holder, durationSeconds } = parseLease(this.#seen.lease).value
    if (holder === '' || holder === this.#options.identity) return true
    const lastsMs = Math.max(this.#durationMs, durationSeconds * 1_000)
    return this.#clock.now() - this.#seen.sinceMs >= lastsMs
  }

  #see(lease: Resource | undefined): void {
    const version = lease?.metadata.resourceVersion
    if (lease === undefined) this.#seen = undefined
    else if (this.#seen?.lease.metadata.resourceVersion !== version)
      this.#seen = { lease, sinceMs: this.#clock.now() }
    const holder = lease === undefined ? '' : holderOf(lease)
    if (holder === this.holder) return
    this.holder = holder
    if (holder !== this.#options.identity) this.#endTerm()
    this.#options.onHolder?.(holder)
  }

  /** False: the answer came too late to be of use. */
  #extend(deadlineMs: number): boolean {
    const left = deadlineMs - this.#clock.now()
    if (left <= 0) return false
    if (deadlineMs <= this.#deadlineMs) return true // a later one was answered earlier
    this.#deadlineMs = deadlineMs
    this.#cancelDeadline()
    this.#cancelDeadline = this.#clock.after(left, () => this.#endTerm())
    if (!this.#term.signal.aborted) return true
    this.#term = new AbortController()
    this.#options.onGained?.()
    return true
  }

  #endTerm(): void {
    this.#cancelDeadline()
    this.#deadlineMs = Number.NEGATIVE_INFINITY
    if (this.#term.signal.aborted) return
    this.#term.abort()
    this.#options.onLost?.()
  }

  /** Also when an answer never came and it may be ours: whoever waits for it takes over at once. */
  async #release(): Promise<void> {
    const lease = await this.#client.find(leaseRef(this.#options), this.#callOptions())
    if (lease === undefined || holderOf(lease) !== this.#options.identity) return
    this.#see(lease)
    this.#see(await this.#write({ ...this.#nextHold(), holder: '', durationMs: 1_000 }, this.#callOptions()))
  }
}

function ended(): AbortController {
  const controller = new AbortController()
  controller.abort()
  return controller
}
