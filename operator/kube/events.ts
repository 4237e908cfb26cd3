// Events (events.k8s.io/v1), what `kubectl describe` shows. Never awaited: whoever records one goes on at once.
// The same fact again is no new object but a series with a count, written now and then.
// https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1
import type { EventObject } from '../../reconcilers/status.ts'
import { ApiError, isNotFound } from './api-error.ts'
import { restAfter } from './backoff.ts'
import type { Client } from './client.ts'
import { processClock, sleep } from './clock.ts'
import type { Clock } from './clock.ts'
import { eventKind, eventName, eventObject, factOf, namespaceOf, seriesOf } from './event-object.ts'
import type { Fact } from './event-object.ts'
import { createTokenBucket } from './token-bucket.ts'

export type RecorderOptions = {
  readonly controller: string // 'metallb-controller': the From column
  readonly instance: string // the Pod
  readonly clock?: Clock
  readonly report?: (error: unknown) => void // one could not be written, and will not be
  readonly perSecond?: number // 50; the API server has better things to do
  readonly burst?: number // 100
  readonly givesWay?: () => boolean // to writes that wait for their turn: events go after them
}

export type Recorder = {
  readonly record: (event: EventObject) => void
  readonly stop: () => Promise<void> // writes what waits, for a second at most
}

/** A count goes up in the cluster at most so often. */
const seriesMs = 30_000

/** So many facts are known by heart; the one that was not met for longest is forgotten, and is news again. */
const mostFacts = 4_096

/** So many may wait; beyond it the oldest is dropped: in such a storm nobody reads them all. */
const mostWaiting = 10_000

/** A refusal may pass for so long: an API server that starts refuses everybody until it has read its roles. */
const refusedMs = 60_000

/** For so long in a row at most, looking again so often. */
const givesWayMs = 30_000
const looksAgainMs = 100

/** How long stop() goes on writing. */
const farewellMs = 1_000

export function startRecorder(client: Client, options: RecorderOptions): Recorder {
  const recording = new Recording(client, options)
  return { record: (event) => recording.record(event), stop: () => recording.stop() }
}

/** A fact as this process knows it. */
type Series = {
  readonly fact: Fact
  readonly firstMs: number // wall clock
  count: number
  lastMs: number // wall clock
  written: { readonly name: string; readonly count: number } | undefined
  refusedSinceMs?: number | undefined // monotonic
}

class Recording {
  readonly #client: Client
  readonly #options: RecorderOptions
  readonly #clock: Clock
  readonly #known = new Map<string, Series>() // in the order of last use
  readonly #waiting = new Map<string, Series>()
  readonly #bucket
  readonly #stopping = new AbortController()
  #work: Promise<void> | undefined
  #cancelSweep: (() => void) | undefined
  #waitingSince = 0 // the line: monotonic
  #isLeaving = false

  constructor(client: Client, options: RecorderOptions) {
    const { clock = processClock, perSecond = 50, burst = 100 } = options
    this.#client = client
    this.#options = options
    this.#clock = clock
    this.#bucket = createTokenBucket({ perSecond, burst, clock })
  }

  record(event: EventObject): void {
    if (this.#stopping.signal.aborted) return
    const fact = factOf(event)
    const series = this.#known.get(fact.key)
    const now = this.#clock.wall()
    const current = series ?? { fact, firstMs: now, count: 0, lastMs: now, written: undefined }
    current.count += 1
    current.lastMs = now
    this.#known.delete(fact.key)
    this.#known.set(fact.key, current)
    dropOldest(this.#known, mostFacts)
    if (current.written === undefined) this.#enqueue(current)
    else this.#sweepLater()
  }

  async stop(): Promise<void> {
    this.#isLeaving = true
    this.#cancelSweep?.()
    for (const series of this.#known.values())
      if (isBehind(series)) this.#waiting.set(series.fact.key, series)
    const cancel = this.#clock.after(farewellMs, () => this.#stopping.abort())
    this.#start()
    await this.#work
    cancel()
    this.#stopping.abort()
  }

  #enqueue(series: Series): void {
    this.#waiting.set(series.fact.key, series)
    dropOldest(this.#waiting, mostWaiting)
    this.#start()
  }

  #start(): void {
    this.#work ??= this.#writeAll().finally(() => {
      this.#work = undefined
      if (this.#waiting.size > 0 && !this.#stopping.signal.aborted) this.#start()
    })
  }

  /** One sweep serves all that were repeated meanwhile. */
  #sweepLater(): void {
    this.#cancelSweep ??= this.#clock.after(seriesMs, () => {
      this.#cancelSweep = undefined
      for (const series of this.#known.values()) if (isBehind(series)) this.#enqueue(series)
    })
  }

  async #writeAll(): Promise<void> {
    let failures = 0
    this.#waitingSince = this.#clock.now()
    for (const [key, series] of this.#waiting) {
      await this.#giveWay()
      await sleep(this.#clock, this.#bucket.take(), this.#stopping.signal)
      if (this.#stopping.signal.aborted) return
      this.#waiting.delete(key)
      const error = await this.#write(series)
      failures = error === undefined ? 0 : failures + 1
      if (error === undefined || this.#isFinal(series, error)) continue
      this.#waiting.set(key, series) // at the end of the line, which this loop comes to
      await this.#rest(restAfter({ error, failures, random: this.#clock.random() }))
    }
  }

  async #giveWay(): Promise<void> {
    const { givesWay = () => false } = this.#options
    while (!this.#isLeaving && givesWay() && this.#clock.now() < this.#waitingSince + givesWayMs)
      await sleep(this.#clock, looksAgainMs, this.#stopping.signal)
  }

  /** Ends when the API server is back. */
  async #rest(ms: number): Promise<void> {
    const back = new AbortController()
    const off = this.#client.onBack(() => back.abort())
    await sleep(this.#clock, ms, AbortSignal.any([back.signal, this.#stopping.signal]))
    off()
  }

  /** What went wrong, if anything did. */
  async #write(series: Series): Promise<unknown> {
    const { count } = series
    try {
      series.written = { name: await this.#send(series), count }
      series.refusedSinceMs = undefined
      return undefined
    } catch (error) {
      if (isRefusal(error)) series.refusedSinceMs ??= this.#clock.now()
      if (this.#isFinal(series, error)) this.#options.report?.(error)
      return error
    }
  }

  /** Nobody answered, or not now, or not yet. Anything else is a refusal, and one that lasts is one too. */
  #isFinal({ refusedSinceMs }: Series, error: unknown): boolean {
    if (!(error instanceof ApiError)) return true
    if (isRefusal(error))
      return refusedSinceMs === undefined || this.#clock.now() - refusedSinceMs >= refusedMs
    return error.status !== 0 && error.status !== 429 && error.status < 500
  }

  /** Its name in the cluster. Events live for an hour: one that is gone by now is made anew. */
  async #send({ fact, firstMs, lastMs, count, written }: Series): Promise<string> {
    const { controller, instance } = this.#options
    const options = { signal: this.#stopping.signal, retry: false } // the line of those that wait has a rhythm of its own
    const series = seriesOf(count, lastMs)
    const ref = { kind: eventKind, namespace: namespaceOf(fact.event) }
    try {
      if (written !== undefined) {
        await this.#client.patch({ ...ref, name: written.name }, { series }, options)
        return written.name
      }
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    const atMs = written === undefined ? firstMs : lastMs
    const name = eventName(fact, `${instance} ${atMs}`)
    const object = eventObject({ event: fact.event, name, controller, instance, atMs })
    await this.#client.create(eventKind, count > 1 ? { ...object, series } : object, options)
    return name
  }
}

function isBehind({ count, written }: Series): boolean {
  return written !== undefined && written.count < count
}

/** A right that is missing, perhaps not yet granted. That a namespace goes away comes as 403 too, and does not pass. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.message.includes('being terminated')) return false
  return error.status === 401 || error.status === 403
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
