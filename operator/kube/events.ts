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
    for (const [key, series] of this.#waiting) {
      await sleep(this.#clock, this.#bucket.take(), this.#stopping.signal)
      if (this.#stopping.signal.aborted) return
      this.#waiting.delete(key)
      const error = await this.#write(series)
      failures = error === undefined ? 0 : failures + 1
      if (error === undefined || !mayPass(error)) continue
      this.#waiting.set(key, series) // at the end of the line, which this loop comes to
      await sleep(
        this.#clock,
        restAfter({ error, failures, random: this.#clock.random() }),
        this.#stopping.signal,
      )
    }
  }

  /** What went wrong, if anything did. */
  async #write(series: Series): Promise<unknown> {
    const { count } = series
    try {
      series.written = { name: await this.#send(series), count }
      return undefined
    } catch (error) {
      if (!mayPass(error)) this.#options.report?.(error)
      return error
    }
  }

  /** Its name in the cluster. Events live for an hour: one that is gone by now is made anew. */
  async #send({ fact, firstMs, lastMs, count, written }: Series): Promise<string> {
    const { controller, instance } = this.#options
    const signal = this.#stopping.signal
    const series = seriesOf(count, lastMs)
    const ref = { kind: eventKind, namespace: namespaceOf(fact.event) }
    try {
      if (written !== undefined) {
        await this.#client.patch({ ...ref, name: written.name }, { series }, { signal })
        return written.name
      }
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    const atMs = written === undefined ? firstMs : lastMs
    const name = eventName(fact, `${instance} ${atMs}`)
    const object = eventObject({ event: fact.event, name, controller, instance, atMs })
    await this.#client.create(eventKind, count > 1 ? { ...object, series } : object, { signal })
    return name
  }
}

function isBehind({ count, written }: Series): boolean {
  return written !== undefined && written.count < count
}

/** Nobody answered, or not now. Anything else is a refusal: a namespace that goes away, a right that is missing. */
function mayPass(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500)
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
