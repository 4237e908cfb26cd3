// List and watch of one kind into its cache, for ever.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
//
//   list in pages ──▶ replace the cache, once whole ──▶ watch from there ──clean end──▶ watch on
//        ▲                                                   │ 410                │ anything else
//        └───────────────────────────────────────────────────┘     rest a little ─┘ and watch on, from the last version
import type { KindName } from '../../crds/kind.ts'
import { isGone } from './api-error.ts'
import { isRefused, restAfter } from './backoff.ts'
import { createCache } from './cache.ts'
import type { Cache, FedCache } from './cache.ts'
import { listAll } from './client.ts'
import type { Client, Scope } from './client.ts'
import { processClock, sleep } from './clock.ts'
import type { Clock } from './clock.ts'
import { malformed } from './door.ts'
import type { Keep } from './keep.ts'
import { followSession } from './watch-session.ts'
import type { WatchEvent } from './watch-session.ts'

export type Watch = {
  readonly synced: Promise<void> // the first list is whole; never rejects
  readonly lastContactMs: () => number | undefined // clock.now() of the last bytes of list or watch
  readonly state: () => WatchState
  /** Drops the connection and watches on from the same version; a rest is over at once. */
  readonly restart: () => void
  readonly stop: () => Promise<void>
}

export type WatchState = {
  readonly phase: Phase
  readonly failures: number // one after the other
  readonly relists: number // lists after the first
  readonly lastError?: string // while it fails
}

export type Phase = 'listing' | 'watching' | 'resting' | 'stopped'

export type WatchOptions = Scope & {
  readonly keep?: Keep // all; what the cache keeps of an object once it was told
  readonly clock?: Clock
  readonly report?: (notice: WatchNotice) => void
}

/** What is worth a line in a log; on change only. */
export type WatchNotice =
  | { readonly type: 'synced'; readonly objects: number; readonly tookMs: number; readonly again: boolean }
  | { readonly type: 'failing'; readonly error: unknown; readonly refused: boolean } // refused: no right, or no such kind
  | { readonly type: 'recovered'; readonly afterMs: number }
  | { readonly type: 'listener-failed'; readonly error: unknown }

export function watchCache(client: Client, kind: KindName, options: WatchOptions = {}): Cache & Watch {
  const { keep, ...others } = options
  const { report } = others
  const failed = (error: unknown): void => report?.({ type: 'listener-failed', error })
  const cache = createCache(kind, {
    ...(report === undefined ? {} : { failed }),
    ...(keep === undefined ? {} : { keep }),
  })
  return { ...cache, ...startWatch(client, cache, others) }
}

export function startWatch(client: Client, cache: FedCache, options: Omit<WatchOptions, 'keep'> = {}): Watch {
  const { clock = processClock, report = () => undefined, ...scope } = options
  const reflector = new Reflector({ client, cache, scope, clock, report })
  const ended = reflector.run()
  return {
    synced: reflector.synced.promise,
    lastContactMs: () => reflector.lastContactMs,
    state: () => reflector.state(),
    restart: () => reflector.restart(),
    stop: async () => {
      reflector.stop()
      await ended
    },
  }
}

type Parts = {
  readonly client: Client
  readonly cache: FedCache
  readonly scope: Scope
  readonly clock: Clock
  readonly report: (notice: WatchNotice) => void
}

/** The API server ends a watch after so long; spread, so that those begun together do not end together. */
const watchSeconds = 290
const spread = 0.1

/** A watch that lived so long was a good one: the failures before it count no more. */
const healthyMs = 30_000

/** One that ends in good order sooner than this is taken for a failure, or it would begin again in a tight loop. */
const shortestMs = 1_000

/** When another call gets through after none did, a rest is over; spread again. */
const wakeMs = 500

class Reflector {
  readonly synced = Promise.withResolvers<void>()
  lastContactMs: number | undefined
  readonly #parts: Parts
  #phase: Phase = 'listing'
  #failures = 0
  #lists = 0
  #version: string | undefined // to watch on from; undefined = list first
  #failing: { readonly as: string; readonly sinceMs: number } | undefined
  #watchingSinceMs: number | undefined // this round; undefined = it lists
  #round = new AbortController()
  #stopped = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  state(): WatchState {
    const lastError = this.#failing === undefined ? {} : { lastError: this.#failing.as }
    return {
      phase: this.#phase,
      failures: this.#failures,
      relists: Math.max(0, this.#lists - 1),
      ...lastError,
    }
  }

  restart(): void {
    this.#round.abort()
  }

  stop(): void {
    this.#stopped = true
    this.#round.abort()
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      this.#round = new AbortController()
      this.#watchingSinceMs = undefined
      try {
        await this.#listAndWatch()
        this.#failures = 0
      } catch (error) {
        if (!this.#round.signal.aborted) await this.#failed(error)
      }
    }
    this.#phase = 'stopped'
  }

  async #listAndWatch(): Promise<void> {
    this.#version ??= await this.#list()
    this.#phase = 'watching'
    const { client, cache, scope, clock } = this.#parts
    const startedAt = clock.now()
    this.#watchingSinceMs = startedAt
    await followSession({
      client,
      kind: cache.kind,
      scope,
      clock,
      resourceVersion: this.#version,
      timeoutSeconds: Math.round(watchSeconds * (1 + spread * (2 * clock.random() - 1))),
      signal: this.#round.signal,
      onContact: () => this.#contact(),
      onEvent: (event) => this.#take(event),
    })
    if (clock.now() - startedAt < shortestMs) throw malformed('the watch ended as soon as it had begun')
  }

  /** The old objects stay until the new list is whole; what differs becomes changes, deletions too. */
  async #list(): Promise<string> {
    this.#phase = 'listing'
    const { client, cache, scope, clock, report } = this.#parts
    const startedAt = clock.now()
    const page: Client['page'] = async (kind, options) => {
      const result = await client.page(kind, options)
      this.#contact()
      return result
    }
    const options = { ...scope, retry: false, signal: this.#round.signal }
    const { objects, resourceVersion } = await listAll(page, cache.kind, options)
    cache.replace(objects, resourceVersion)
    this.#lists += 1
    this.synced.resolve()
    const again = this.#lists > 1
    report({ type: 'synced', objects: objects.length, tookMs: clock.now() - startedAt, again })
    return resourceVersion
  }

  #take(event: WatchEvent): void {
    this.#version = event.resourceVersion
    if (event.type === 'put') this.#parts.cache.put(event.object)
    if (event.type === 'drop') this.#parts.cache.drop(event.object)
  }

  #contact(): void {
    this.lastContactMs = this.#parts.clock.now()
    if (this.#failing === undefined) return
    this.#parts.report({ type: 'recovered', afterMs: this.lastContactMs - this.#failing.sinceMs })
    this.#failing = undefined
  }

  async #failed(error: unknown): Promise<void> {
    const { clock } = this.#parts
    const watchingSince = this.#watchingSinceMs ?? clock.now()
    if (clock.now() - watchingSince >= healthyMs) this.#failures = 0
    this.#failures += 1
    if (isGone(error)) this.#version = undefined
    else this.#reportFailure(error)
    await this.#rest(restAfter({ error, failures: this.#failures, random: clock.random() }))
  }

  #reportFailure(error: unknown): void {
    const as = String(error)
    const sinceMs = this.#failing?.sinceMs ?? this.#parts.clock.now()
    if (this.#failing?.as !== as) this.#parts.report({ type: 'failing', error, refused: isRefused(error) })
    this.#failing = { as, sinceMs }
  }

  async #rest(ms: number): Promise<void> {
    this.#phase = 'resting'
    const { client, clock } = this.#parts
    let cancelWake = (): void => undefined
    const wake = (): void => void (cancelWake = clock.after(wakeMs * clock.random(), () => this.restart()))
    const off = client.onBack(wake)
    await sleep(clock, ms, this.#round.signal)
    off()
    cancelWake()
  }
}
