// The wishes of a plan become writes: only what differs from the caches, addresses first, each object one at a time,
// the latest wish wins. Nothing is written twice when nothing changed.
import type { KindName, Resource } from '../crds/kind.ts'
import type { Json, StatusObject } from '../reconcilers/status.ts'
import { sameValue } from './equal.ts'
import type { Clock } from './kube/clock.ts'
import { jsonText } from './kube/json-text.ts'
import { isWriteNeeded, statusToApply } from './publish/difference.ts'
import { startWriteQueue } from './publish/write-queue.ts'
import type { Failure, WriteQueue } from './publish/write-queue.ts'

export type ObjectRef = { readonly kind: KindName; readonly namespace: string; readonly name: string }

/** How a wish gets to the API server (publish/writer.ts); a test records instead. */
export type Writer = {
  readonly applyObject: (wish: StatusObject) => Promise<Resource> // labels and owner of an object that is ours
  readonly applyStatus: (wish: StatusObject, write: StatusToWrite) => Promise<Resource>
  readonly remove: (ref: ObjectRef, resourceVersion: string | undefined) => Promise<void>
  readonly failure: (error: unknown) => Failure
  /** Calls `listener` when the API server answers again after calls without any answer. */
  readonly onBack?: (listener: () => void) => () => void
}

/** The version is the one that the status was compared with; none: the object was not seen yet. */
export type StatusToWrite = {
  readonly status: Readonly<Record<string, Json>>
  readonly resourceVersion: string | undefined
}

/** What stands in the cluster, as far as this process has seen. */
export type Standing = {
  readonly get: (ref: ObjectRef) => Resource | undefined
  readonly seen: (object: Resource) => void // the answer of an own write
}

export type PublisherOptions = {
  readonly writer: Writer
  readonly standing: Standing
  readonly mayWrite: () => boolean
  readonly clock: Clock
  readonly settled: () => void // a write ended: what is pending is another set now
  readonly report: WriteReport
  readonly atOnce?: number // 32: more do not make the API server faster (`npm run bench -- status-writes`)
}

export type WriteReport = {
  readonly written: (wish: StatusObject) => void
  readonly failing: (ref: ObjectRef, error: unknown, attempts: number) => void
  readonly ignored: (ref: ObjectRef) => void // the API server took the write, and something of it does not stand
  readonly dropped: (ref: ObjectRef) => void // nothing is to be written any more, whatever came of it
}

export type Wishes = { readonly objects: readonly StatusObject[]; readonly remove: readonly ObjectRef[] }

export type Publisher = {
  readonly publish: (wishes: Wishes) => void // all that is wished now; what was wished before and is not here is not wished
  readonly pending: (kind: KindName) => ReadonlyMap<string, StatusObject> // by 'namespace/name'; wished, not yet done
  readonly flush: (kind: KindName) => Promise<void> // what is wished of this kind is written now, or has failed once
  readonly isHurried: () => boolean // urgent writes wait for their turn
  readonly stop: () => Promise<void> // nothing starts any more; resolves when nothing is under way
}

type Item = { readonly wish: StatusObject } | { readonly remove: ObjectRef }

/** What counts Services or sessions changes with every one of them: at most one write an object and second. */
const aggregated = new Set([
  'IPAddressPool',
  'L2Advertisement',
  'BGPPeer',
  'BGPAdvertisement',
  'BGPSessionState',
  'PoolMemory',
])

export function startPublisher(options: PublisherOptions): Publisher {
  const publishing = new Publishing(options)
  return {
    publish: (wishes) => publishing.publish(wishes),
    pending: (kind) => publishing.pending(kind),
    isHurried: () => publishing.isHurried(),
    flush: (kind) => publishing.flush(kind),
    stop: () => publishing.stop(),
  }
}

/** Of a wish with the version of its object that it was compared with. */
type Comparison = { readonly current: Resource | undefined; readonly differs: boolean }

/** Taken by the API server, and not kept: not tried again while both stay what they were. */
type Ignored = { readonly ref: ObjectRef; readonly wish: string; readonly resourceVersion: string }

class Publishing {
  readonly #options: PublisherOptions
  readonly #ignored = new Map<string, Ignored>() // of objects that exist
  readonly #compared = new WeakMap<StatusObject, Comparison>()
  readonly #queue: WriteQueue<Item>
  readonly #offBack: (() => void) | undefined

  constructor(options: PublisherOptions) {
    const { settled, clock, atOnce = 32, writer } = options
    this.#options = options
    this.#queue = startWriteQueue<Item>({
      write: (key, item) => this.#write(key, item),
      failed: (failure) => this.#failed(failure),
      same: sameValue,
      settled,
      atOnce,
      clock,
    })
    this.#offBack = writer.onBack?.(this.#queue.wake)
  }

  publish({ objects, remove }: Wishes): void {
    const wished = new Set<string>()
    for (const wish of objects) {
      if (!this.#isNeeded(wish)) continue
      const key = keyOf(wish)
      wished.add(key)
      const spacingMs = aggregated.has(wish.kind.kind) ? 1_000 : 0
      this.#queue.put(key, { item: { wish }, urgent: wish.urgent, spacingMs })
    }
    for (const ref of remove) {
      if (this.#options.standing.get(ref) === undefined) continue
      wished.add(keyOf(ref))
      this.#queue.put(keyOf(ref), { item: { remove: ref }, urgent: false, spacingMs: 0 })
    }
    this.#forgetAllBut(wished)
  }

  #forgetAllBut(wished: ReadonlySet<string>): void {
    for (const [key, item] of this.#queue.pending()) {
      if (wished.has(key)) continue
      this.#queue.drop(key)
      this.#options.report.dropped(refOf(item))
    }
    for (const [key, { ref }] of this.#ignored)
      if (this.#options.standing.get(ref) === undefined) this.#ignored.delete(key)
  }

  #isNeeded(wish: StatusObject): boolean {
    const current = this.#options.standing.get(wish)
    if (!this.#differs(current, wish)) return false
    const known = this.#ignored.size === 0 ? undefined : this.#ignored.get(keyOf(wish))
    if (known === undefined) return true
    return known.resourceVersion !== current?.metadata.resourceVersion || known.wish !== jsonText(wish)
  }

  /** Most wishes and most objects are those of the pass before. */
  #differs(current: Resource | undefined, wish: StatusObject): boolean {
    const known = this.#compared.get(wish)
    if (known !== undefined && known.current === current) return known.differs
    const differs = isWriteNeeded(current, wish)
    this.#compared.set(wish, { current, differs })
    return differs
  }

  async #write(key: string, item: Item): Promise<void> {
    const { writer, standing, mayWrite, report } = this.#options
    if (!mayWrite()) throw new NotTheWriter('this process may not write now')
    if ('remove' in item) {
      await writer.remove(item.remove, standing.get(item.remove)?.metadata.resourceVersion)
      return report.dropped(item.remove)
    }
    const { wish } = item
    if (!this.#isNeeded(wish)) return report.dropped(wish) // what was under way has brought it about
    const answer = await this.#apply(wish)
    standing.seen(answer)
    this.#ignored.delete(key)
    if (!isWriteNeeded(answer, wish)) return report.written(wish)
    const { resourceVersion } = answer.metadata
    this.#ignored.set(key, { ref: wish, wish: jsonText(wish), resourceVersion })
    report.ignored(wish)
  }

  /** An object that is ours is made first: a status subresource cannot create. */
  async #apply(wish: StatusObject): Promise<Resource> {
    const { writer, standing, clock } = this.#options
    const before = standing.get(wish)
    const current = before === undefined && wish.part === 'object' ? await writer.applyObject(wish) : before
    const status = statusToApply(current, wish, rfc3339(clock.wall()))
    return writer.applyStatus(wish, { status, resourceVersion: current?.metadata.resourceVersion })
  }

  #failed({ item, error, attempts }: { item: Item; error: unknown; attempts: number }): Failure {
    const { report, writer } = this.#options
    const isOurs = !(error instanceof NotTheWriter)
    const failure = isOurs ? writer.failure(error) : { again: false }
    if (isOurs) report.failing(refOf(item), error, attempts)
    if (!failure.again) report.dropped(refOf(item))
    return failure
  }

  pending(kind: KindName): ReadonlyMap<string, StatusObject> {
    const result = new Map<string, StatusObject>()
    for (const item of this.#queue.pending().values()) {
      if (!('wish' in item) || item.wish.kind.kind !== kind.kind) continue
      result.set(`${item.wish.namespace}/${item.wish.name}`, item.wish)
    }
    return result
  }

  flush(kind: KindName): Promise<void> {
    return this.#queue.hurry((key) => key.startsWith(prefixOf(kind)))
  }

  isHurried(): boolean {
    return this.#queue.isHurried()
  }

  stop(): Promise<void> {
    this.#offBack?.()
    return this.#queue.stop()
  }
}

function refOf(item: Item): ObjectRef {
  return 'wish' in item ? item.wish : item.remove
}

class NotTheWriter extends Error {
  override name = 'NotTheWriter'
}

function keyOf({ kind, namespace, name }: ObjectRef): string {
  return `${prefixOf(kind)}${namespace}/${name}`
}

function prefixOf({ plural, group }: KindName): string {
  return `${plural}.${group}/`
}

/** To the second, as the API server keeps it. */
function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
