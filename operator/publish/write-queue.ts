// Writes under way: a bounded number at once, urgent ones first, the latest wish for an object wins, failures come back.
import type { Clock } from '../kube/clock.ts'

/** What became of a write that failed. */
export type Failure = { readonly again: boolean; readonly afterMs?: number }

export type WriteQueueOptions<Item> = {
  readonly write: (key: string, item: Item) => Promise<void>
  readonly failed: (failure: {
    readonly item: Item
    readonly error: unknown
    readonly attempts: number
  }) => Failure
  readonly settled: () => void // a write ended, well or not, and nothing more is wished for its object
  readonly atOnce: number
  readonly clock: Clock
}

export type Wish<Item> = {
  readonly item: Item
  readonly urgent: boolean
  readonly spacingMs: number // at least so long after the last write of the same object
}

export type WriteQueue<Item> = {
  readonly put: (key: string, wish: Wish<Item>) => void
  readonly drop: (key: string) => void // no longer wished; a write under way ends as it ends
  readonly pending: () => ReadonlyMap<string, Item> // wished and not yet done; the latest wish of each
  readonly stop: () => Promise<void> // nothing starts any more; resolves when nothing is under way
}

type Entry<Item> = {
  wish: Wish<Item>
  attempts: number
  state: 'ready' | 'resting' | 'flying'
  afterwards: 'end' | 'again' | 'forget' // what follows the write under way: another wish came, or none is left
  cancelRest?: () => void
}

const firstBackoffMs = 50
const longestBackoffMs = 30_000
const lastWritesRemembered = 4_096

export function startWriteQueue<Item>(options: WriteQueueOptions<Item>): WriteQueue<Item> {
  const { write, failed, settled, atOnce, clock } = options
  const entries = new Map<string, Entry<Item>>()
  const ready = { urgent: new Set<string>(), other: new Set<string>() } // in the order of their wishes
  const writtenAt = new Map<string, number>() // of objects with a spacing
  let flying = 0
  const stopping = Promise.withResolvers<void>()
  let stopped = false

  function put(key: string, wish: Wish<Item>): void {
    const entry = entries.get(key)
    if (entry === undefined) {
      const added: Entry<Item> = { wish, attempts: 0, state: 'resting', afterwards: 'end' }
      entries.set(key, added)
      rest(key, added, spacing(key, wish))
    } else {
      entry.wish = wish
      if (entry.state === 'flying') entry.afterwards = 'again'
      if (entry.state === 'ready') makeReady(key, entry)
      else if (entry.state === 'resting' && wish.urgent && entry.attempts === 0) rest(key, entry, 0)
    }
    start()
  }

  function spacing(key: string, wish: Wish<Item>): number {
    return Math.max(0, (writtenAt.get(key) ?? Number.NEGATIVE_INFINITY) + wish.spacingMs - clock.now())
  }

  function rest(key: string, entry: Entry<Item>, ms: number): void {
    entry.cancelRest?.()
    if (ms <= 0) return makeReady(key, entry)
    entry.state = 'resting'
    entry.cancelRest = clock.after(ms, () => {
      makeReady(key, entry)
      start()
    })
  }

  function makeReady(key: string, entry: Entry<Item>): void {
    entry.state = 'ready'
    const [mine, other] = entry.wish.urgent ? [ready.urgent, ready.other] : [ready.other, ready.urgent]
    other.delete(key)
    mine.add(key)
  }

  function start(): void {
    while (!stopped && flying < atOnce) {
      const key = take()
      if (key === undefined) return
      const entry = entries.get(key)
      if (entry !== undefined) void fly(key, entry)
    }
  }

  function take(): string | undefined {
    for (const set of [ready.urgent, ready.other]) {
      for (const key of set) {
        set.delete(key)
        return key
      }
    }
    return undefined
  }

  async function fly(key: string, entry: Entry<Item>): Promise<void> {
    flying++
    entry.state = 'flying'
    entry.afterwards = 'end'
    const wish = entry.wish
    const failure = await attempt(key, entry)
    flying--
    if (stopped && flying === 0) stopping.resolve()
    if (wish.spacingMs > 0) remember(key)
    land(key, entry, failure)
    start()
  }

  async function attempt(key: string, entry: Entry<Item>): Promise<Failure | undefined> {
    const { item } = entry.wish
    try {
      await write(key, item)
      entry.attempts = 0
      return undefined
    } catch (error) {
      entry.attempts++
      return failed({ item, error, attempts: entry.attempts })
    }
  }

  function land(key: string, entry: Entry<Item>, failure: Failure | undefined): void {
    const retry = failure?.again === true
    if (entry.afterwards !== 'forget' && retry)
      return rest(key, entry, failure.afterMs ?? backoff(entry.attempts))
    if (entry.afterwards === 'again') return rest(key, entry, spacing(key, entry.wish))
    entries.delete(key)
    settled()
  }

  function backoff(attempts: number): number {
    return Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempts - 1)) * (0.5 + clock.random() / 2)
  }

  function remember(key: string): void {
    writtenAt.delete(key)
    writtenAt.set(key, clock.now())
    const [oldest] = writtenAt.keys()
    if (writtenAt.size > lastWritesRemembered && oldest !== undefined) writtenAt.delete(oldest)
  }

  function drop(key: string): void {
    const entry = entries.get(key)
    if (entry === undefined) return
    if (entry.state === 'flying') {
      entry.afterwards = 'forget'
      return
    }
    entry.cancelRest?.()
    entries.delete(key)
    ready.urgent.delete(key)
    ready.other.delete(key)
  }

  function stop(): Promise<void> {
    stopped = true
    for (const entry of entries.values()) entry.cancelRest?.()
    if (flying === 0) stopping.resolve()
    return stopping.promise
  }

  const pending = () => new Map([...entries].map(([key, { wish }]) => [key, wish.item]))

  return { put, drop, pending, stop }
}
