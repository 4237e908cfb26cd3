// Writes under way: a bounded number at once, urgent ones first, the latest wish for an object wins, failures come back.
import type { Clock } from '../kube/clock.ts'

/** What became of a write that failed. */
export type Failure = {
  readonly again: boolean
  readonly afterMs?: number
  readonly waitsFor?: WaitsFor // what ends the rest before its time
}

/** 'change': the API server refuses this wish, another one may please it. 'answer': nobody answered at all. */
export type WaitsFor = 'change' | 'answer'

export type WriteQueueOptions<Item> = {
  readonly write: (key: string, item: Item) => Promise<void>
  readonly failed: (failure: {
    readonly item: Item
    readonly error: unknown
    readonly attempts: number
  }) => Failure
  readonly same?: (a: Item, b: Item) => boolean // do they wish the same? identity
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
  readonly isHurried: () => boolean // urgent ones wait for their turn
  readonly wake: () => void // there is somebody again who answers
  /** What is wished of these is written now, whatever its spacing and before all else; resolves when that is done, or has failed once. */
  readonly hurry: (isMeant: (key: string) => boolean) => Promise<void>
  readonly stop: () => Promise<void> // nothing starts any more; resolves when nothing is under way
}

type Entry<Item> = {
  wish: Wish<Item>
  attempts: number
  state: 'ready' | 'resting' | 'flying'
  afterwards: 'end' | 'again' | 'forget' // what follows the write under way: another wish came, or none is left
  waitsFor?: WaitsFor | undefined // while it rests
  hurried?: PromiseWithResolvers<void> // somebody waits for its end
  cancelRest?: () => void
}

const firstBackoffMs = 50
const longestBackoffMs = 30_000
const lastWritesRemembered = 4_096

export function startWriteQueue<Item>(options: WriteQueueOptions<Item>): WriteQueue<Item> {
  const queue = new Queue(options)
  return {
    put: (key, wish) => queue.put(key, wish),
    drop: (key) => queue.drop(key),
    pending: () => queue.pending(),
    isHurried: () => queue.isHurried(),
    wake: () => queue.wake(),
    hurry: (isMeant) => queue.hurry(isMeant),
    stop: () => queue.stop(),
  }
}

class Queue<Item> {
  readonly #options: WriteQueueOptions<Item>
  readonly #entries = new Map<string, Entry<Item>>()
  readonly #awaited = new Set<string>() // ready, as all three; somebody waits for their end
  readonly #urgent = new Set<string>() // in the order of their wishes
  readonly #other = new Set<string>()
  readonly #writtenAt = new Map<string, number>() // of objects with a spacing
  readonly #stopping = Promise.withResolvers<void>()
  #flying = 0
  #stopped = false

  constructor(options: WriteQueueOptions<Item>) {
    this.#options = options
  }

  put(key: string, wish: Wish<Item>): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) {
      const added: Entry<Item> = { wish, attempts: 0, state: 'resting', afterwards: 'end' }
      this.#entries.set(key, added)
      this.#rest(key, added, this.#spacing(key, wish))
    } else {
      const before = entry.wish
      entry.wish = wish
      if (entry.state === 'flying') entry.afterwards = 'again'
      if (entry.state === 'ready') this.#makeReady(key, entry)
      if (entry.state === 'resting') this.#hurry(key, entry, before)
    }
    this.#start()
  }

  /** Another wish came while the object rests. */
  #hurry(key: string, entry: Entry<Item>, before: Wish<Item>): void {
    if (entry.waitsFor === 'change' && this.#isOther(before, entry.wish)) {
      entry.attempts = 0
      this.#rest(key, entry, this.#spacing(key, entry.wish))
    } else if (entry.wish.urgent && entry.attempts === 0) this.#rest(key, entry, 0)
  }

  #isOther(a: Wish<Item>, b: Wish<Item>): boolean {
    const { same = Object.is } = this.#options
    return !same(a.item, b.item)
  }

  #spacing(key: string, wish: Wish<Item>): number {
    const last = this.#writtenAt.get(key) ?? Number.NEGATIVE_INFINITY
    return Math.max(0, last + wish.spacingMs - this.#options.clock.now())
  }

  #rest(key: string, entry: Entry<Item>, ms: number, waitsFor?: WaitsFor): void {
    entry.cancelRest?.()
    entry.waitsFor = waitsFor
    if (ms <= 0) return this.#makeReady(key, entry)
    entry.state = 'resting'
    entry.cancelRest = this.#options.clock.after(ms, () => {
      this.#makeReady(key, entry)
      this.#start()
    })
  }

  #makeReady(key: string, entry: Entry<Item>): void {
    entry.state = 'ready'
    const line = this.#lineOf(entry)
    for (const other of this.#lines()) if (other !== line) other.delete(key)
    line.add(key)
  }

  /** The first one's turn comes first. */
  #lines(): readonly Set<string>[] {
    return [this.#awaited, this.#urgent, this.#other]
  }

  #lineOf({ hurried, wish }: Entry<Item>): Set<string> {
    if (hurried !== undefined) return this.#awaited
    return wish.urgent ? this.#urgent : this.#other
  }

  #start(): void {
    while (!this.#stopped && this.#flying < this.#options.atOnce) {
      const key = this.#takeFirst()
      if (key === undefined) return
      const entry = this.#entries.get(key)
      if (entry !== undefined) void this.#fly(key, entry)
    }
  }

  #takeFirst(): string | undefined {
    for (const line of this.#lines())
      for (const key of line) {
        line.delete(key)
        return key
      }
    return undefined
  }

  async #fly(key: string, entry: Entry<Item>): Promise<void> {
    this.#flying++
    entry.state = 'flying'
    entry.afterwards = 'end'
    const wish = entry.wish
    const failure = await this.#attempt(key, entry)
    this.#flying--
    if (this.#stopped && this.#flying === 0) this.#stopping.resolve()
    if (wish.spacingMs > 0) this.#remember(key)
    this.#land(key, entry, { failure, wish })
    this.#start()
  }

  async #attempt(key: string, entry: Entry<Item>): Promise<Failure | undefined> {
    const { item } = entry.wish
    try {
      await this.#options.write(key, item)
      entry.attempts = 0
      return undefined
    } catch (error) {
      entry.attempts++
      return this.#options.failed({ item, error, attempts: entry.attempts })
    }
  }

  #land(
    key: string,
    entry: Entry<Item>,
    { failure, wish }: { readonly failure: Failure | undefined; readonly wish: Wish<Item> },
  ): void {
    const isOver = failure?.waitsFor === 'change' && this.#isOther(wish, entry.wish)
    if (entry.afterwards !== 'forget' && failure?.again === true && !isOver) {
      this.#tellWaiting(entry)
      return this.#rest(key, entry, failure.afterMs ?? this.#backoff(entry.attempts), failure.waitsFor)
    }
    const isFulfilled = failure === undefined && !this.#isOther(wish, entry.wish)
    if (entry.afterwards === 'again' && !isFulfilled) {
      const isWaitedFor = entry.hurried !== undefined && failure === undefined
      return this.#rest(key, entry, isWaitedFor ? 0 : this.#spacing(key, entry.wish))
    }
    this.#end(key, entry)
    this.#options.settled()
  }

  #end(key: string, entry: Entry<Item>): void {
    this.#entries.delete(key)
    this.#tellWaiting(entry)
  }

  #tellWaiting(entry: Entry<Item>): void {
    entry.hurried?.resolve()
    delete entry.hurried
  }

  #backoff(attempts: number): number {
    const bound = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempts - 1))
    return bound * (0.5 + this.#options.clock.random() / 2)
  }

  #remember(key: string): void {
    this.#writtenAt.delete(key)
    this.#writtenAt.set(key, this.#options.clock.now())
    const [oldest] = this.#writtenAt.keys()
    if (this.#writtenAt.size > lastWritesRemembered && oldest !== undefined) this.#writtenAt.delete(oldest)
  }

  drop(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    if (entry.state === 'flying') {
      entry.afterwards = 'forget'
      return
    }
    entry.cancelRest?.()
    this.#end(key, entry)
    for (const line of this.#lines()) line.delete(key)
  }

  isHurried(): boolean {
    return this.#awaited.size + this.#urgent.size > 0
  }

  wake(): void {
    for (const [key, entry] of this.#entries)
      if (entry.state === 'resting' && entry.waitsFor === 'answer') this.#rest(key, entry, 0)
    this.#start()
  }

  async hurry(isMeant: (key: string) => boolean): Promise<void> {
    const meant = [...this.#entries].filter(([key]) => isMeant(key))
    const ends = meant.map(([key, entry]) => {
      entry.hurried ??= Promise.withResolvers()
      if (entry.state !== 'flying') this.#rest(key, entry, 0)
      return entry.hurried.promise
    })
    this.#start()
    await Promise.all(ends)
  }

  stop(): Promise<void> {
    this.#stopped = true
    for (const entry of this.#entries.values()) entry.cancelRest?.()
    if (this.#flying === 0) this.#stopping.resolve()
    return this.#stopping.promise
  }

  pending(): ReadonlyMap<string, Item> {
    return new Map([...this.#entries].map(([key, { wish }]) => [key, wish.item]))
  }
}
