// The wishes of a plan become writes: only what differs from the caches, addresses first, each object one at a time,
// the latest wish wins. Nothing is written twice when nothing changed.
import type { KindName, Resource } from '../crds/kind.ts'
import type { Json, StatusObject } from '../reconcilers/status.ts'
import type { Clock } from './kube/clock.ts'
import { isWriteNeeded, statusToApply } from './publish/difference.ts'
import { startWriteQueue } from './publish/write-queue.ts'
import type { Failure } from './publish/write-queue.ts'

export type ObjectRef = { readonly kind: KindName; readonly namespace: string; readonly name: string }

/** How a wish gets to the API server (publish/writer.ts); a test records instead. */
export type Writer = {
  readonly applyObject: (wish: StatusObject) => Promise<Resource> // labels and owner of an object that is ours
  readonly applyStatus: (wish: StatusObject, status: Readonly<Record<string, Json>>) => Promise<Resource>
  readonly remove: (ref: ObjectRef) => Promise<void>
  readonly failure: (error: unknown) => Failure
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
  readonly atOnce?: number // 24
}

export type WriteReport = {
  readonly written: (wish: StatusObject) => void
  readonly failing: (ref: ObjectRef, error: unknown, attempts: number) => void
  readonly ignored: (ref: ObjectRef) => void // the API server took the write, and something of it does not stand
}

export type Wishes = { readonly objects: readonly StatusObject[]; readonly remove: readonly ObjectRef[] }

export type Publisher = {
  readonly publish: (wishes: Wishes) => void // all that is wished now; what was wished before and is not here is not wished
  readonly pending: (kind: KindName) => ReadonlyMap<string, StatusObject> // by 'namespace/name'; wished, not yet done
  readonly stop: () => Promise<void> // nothing starts any more; resolves when nothing is under way
}

type Item = { readonly wish: StatusObject } | { readonly remove: ObjectRef }

/** Counters of pools and advertisements change with every Service: at most one write an object and second. */
const aggregated = new Set(['IPAddressPool', 'L2Advertisement'])

export function startPublisher(options: PublisherOptions): Publisher {
  const { writer, standing, mayWrite, clock, settled, report } = options
  const ignored = new Map<string, { readonly wish: string; readonly resourceVersion: string }>()
  const settledWishes = new WeakMap<StatusObject, Resource>() // compared and found to stand there, in this version
  const queue = startWriteQueue<Item>({
    write,
    failed,
    settled,
    atOnce: options.atOnce ?? 24,
    clock,
  })

  function publish({ objects, remove }: Wishes): void {
    const wished = new Set<string>()
    for (const wish of objects) {
      const key = keyOf(wish)
      if (!isNeeded(key, wish)) continue
      wished.add(key)
      queue.put(key, {
        item: { wish },
        urgent: wish.urgent,
        spacingMs: aggregated.has(wish.kind.kind) ? 1_000 : 0,
      })
    }
    for (const ref of remove) {
      if (standing.get(ref) === undefined) continue
      wished.add(keyOf(ref))
      queue.put(keyOf(ref), { item: { remove: ref }, urgent: false, spacingMs: 0 })
    }
    for (const key of queue.pending().keys()) if (!wished.has(key)) queue.drop(key)
  }

  function isNeeded(key: string, wish: StatusObject): boolean {
    const current = standing.get(wish)
    if (current !== undefined && settledWishes.get(wish) === current) return false
    if (!isWriteNeeded(current, wish)) {
      if (current !== undefined) settledWishes.set(wish, current)
      return false
    }
    const known = ignored.get(key)
    if (known === undefined) return true
    return known.resourceVersion !== current?.metadata.resourceVersion || known.wish !== JSON.stringify(wish)
  }

  async function write(key: string, item: Item): Promise<void> {
    if (!mayWrite()) throw new NotTheWriter('this process may not write now')
    if ('remove' in item) return writer.remove(item.remove)
    const { wish } = item
    if (!isNeeded(key, wish)) return // what was under way has brought it about
    const answer = await apply(wish)
    standing.seen(answer)
    ignored.delete(key)
    if (!isWriteNeeded(answer, wish)) return report.written(wish)
    ignored.set(key, { wish: JSON.stringify(wish), resourceVersion: answer.metadata.resourceVersion })
    report.ignored(wish)
  }

  /** An object that is ours is made first: a status subresource cannot create. */
  async function apply(wish: StatusObject): Promise<Resource> {
    const before = standing.get(wish)
    const current = before === undefined && wish.part === 'object' ? await writer.applyObject(wish) : before
    return writer.applyStatus(wish, statusToApply(current, wish, rfc3339(clock.wall())))
  }

  function failed({ item, error, attempts }: { item: Item; error: unknown; attempts: number }): Failure {
    if (error instanceof NotTheWriter) return { again: false }
    report.failing('wish' in item ? item.wish : item.remove, error, attempts)
    return writer.failure(error)
  }

  function pending(kind: KindName): ReadonlyMap<string, StatusObject> {
    const result = new Map<string, StatusObject>()
    for (const item of queue.pending().values()) {
      if (!('wish' in item) || item.wish.kind.kind !== kind.kind) continue
      result.set(`${item.wish.namespace}/${item.wish.name}`, item.wish)
    }
    return result
  }

  return { publish, pending, stop: queue.stop }
}

class NotTheWriter extends Error {
  override name = 'NotTheWriter'
}

function keyOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind.plural}.${kind.group}/${namespace}/${name}`
}

/** To the second, as the API server keeps it. */
function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
