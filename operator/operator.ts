// A kopf-style operator: the names and signatures of @dot-i/k8s-operator on our own list and watch (docs/decisions.md).
// Handlers get edges: each object's in order, many objects at once, a failed one again. What is level-triggered uses
// watchCache(): the objects themselves, and word that something changed.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { KindName, ObjectMeta, Resource } from '../crds/kind.ts'
import { isAlreadyExists } from './kube/api-error.ts'
import { loadAuth } from './kube/auth.ts'
import type { Cache } from './kube/cache.ts'
import { createClient } from './kube/client.ts'
import type { Client, Ref } from './kube/client.ts'
import { processClock, sleep } from './kube/clock.ts'
import type { Clock } from './kube/clock.ts'
import { readDefinition } from './kube/definition.ts'
import type { DefinitionNames } from './kube/definition.ts'
import { discoverKind } from './kube/discovery.ts'
import type { KindPlural } from './kube/discovery.ts'
import { createEdgeQueue } from './kube/edge-queue.ts'
import type { EdgeQueue } from './kube/edge-queue.ts'
import { apiVersionOf } from './kube/path.ts'
import { watchCache } from './kube/watch.ts'
import type { Watch, WatchNotice, WatchOptions } from './kube/watch.ts'

export type OperatorLogger = {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

export const ResourceEventType = { Added: 'ADDED', Modified: 'MODIFIED', Deleted: 'DELETED' } as const
export type ResourceEventType = (typeof ResourceEventType)[keyof typeof ResourceEventType]

export type ResourceEvent = {
  meta: ResourceMeta
  type: ResourceEventType
  object: ResourceObject
}

export type ResourceMeta = {
  name: string
  namespace?: string
  id: string // 'ipaddresspools.metallb.io/v1beta1'
  resourceVersion: string
  apiVersion: string
  kind: string
}

/** As it was received, and frozen. */
export type ResourceObject = Resource & {
  readonly metadata: ObjectMeta & { readonly finalizers?: readonly string[] }
}

export type OperatorOptions = {
  readonly client?: Client // without it one of its own, by KUBECONFIG or the service account
  readonly clock?: Clock
}

type OnEvent = (event: ResourceEvent) => Promise<void>

/** A kind that is not there yet (its definition is on its way) is asked for again after so long. */
const discoverAgainMs = 1_000

export abstract class Operator {
  protected readonly logger: OperatorLogger
  protected readonly client: Client
  readonly #ownsClient: boolean
  readonly #clock: Clock
  readonly #kinds = new Map<string, KindName>() // by id
  readonly #watches: Watch[] = []
  readonly #queues: EdgeQueue<ResourceEvent>[] = []
  readonly #stopping = new AbortController()

  constructor(logger: OperatorLogger = silent, options: OperatorOptions = {}) {
    this.logger = logger
    this.#clock = options.clock ?? processClock
    this.#ownsClient = options.client === undefined
    this.client = options.client ?? createClient({ auth: loadAuth(), userAgent: 'herald-operator' })
  }

  async start(): Promise<void> {
    await this.init()
  }

  /** Resolves when no handler runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#watches.map((watch) => watch.stop()))
    await Promise.all(this.#queues.map((queue) => queue.stop()))
    if (this.#ownsClient) await this.client.close()
  }

  /** Call watchResource() and watchCache() here. */
  protected abstract init(): Promise<void>

  /** Every object of the kind, first as ADDED, and every change of one. Resolves when the watch has begun. */
  protected async watchResource(
    group: string,
    version: string,
    plural: string,
    onEvent: OnEvent,
    namespace?: string,
  ): Promise<void> {
    const kind = await this.#discover({ group, version, plural })
    if (kind === undefined) return // stopped meanwhile
    const queue = this.#queue(kind, onEvent)
    const cache = this.watchCache(kind, namespace === undefined ? {} : { namespace })
    for (const [key, object] of cache.objects()) queue.add(key, edgeOf(kind, 'ADDED', object))
    cache.onChange((change) => {
      if (change.type !== 'synced') queue.add(change.key, edgeOf(kind, edgeTypes[change.type], change.object))
    })
  }

  /** The objects of a kind as last seen. */
  protected watchCache(kind: KindName, options: WatchOptions = {}): Cache & Watch {
    const report = (notice: WatchNotice): void => this.#logNotice(kind, notice)
    const cache = watchCache(this.client, kind, { clock: this.#clock, report, ...options })
    this.#kinds.set(idOf(kind), kind)
    this.#watches.push(cache)
    return cache
  }

  /** PUT of the status; null (and a line in the log) when the object has changed or the API server refuses. */
  protected setResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta | null> {
    const body = { ...this.#bodyOf(meta), status }
    return this.#status(meta, () => this.client.update(this.#refOf(meta), body, { subresource: 'status' }))
  }

  /** The same as a JSON merge patch (RFC 7386). */
  protected patchResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta | null> {
    const body = { ...this.#bodyOf(meta), status }
    return this.#status(meta, () => this.client.patch(this.#refOf(meta), body, { subresource: 'status' }))
  }

  /**
   * For an ADDED or MODIFIED event. Adds the finalizer to an object that has none; runs `deleteAction` on one that is
   * being deleted, then takes the finalizer away. True: nothing else is to be done for this event. What fails throws,
   * so that the event comes again: `deleteAction` may run more than once.
   */
  protected async handleResourceFinalizer(
    event: ResourceEvent,
    finalizer: string,
    deleteAction: OnEvent,
  ): Promise<boolean> {
    if (event.type === ResourceEventType.Deleted) return false
    const { finalizers = [], deletionTimestamp } = event.object.metadata
    const isOurs = finalizers.includes(finalizer)
    if (deletionTimestamp === undefined) {
      if (isOurs) return false
      await this.setResourceFinalizers(event.meta, [...finalizers, finalizer])
      return true
    }
    if (isOurs) {
      await deleteAction(event)
      const others = finalizers.filter((name) => name !== finalizer)
      await this.setResourceFinalizers(event.meta, others)
    }
    return true
  }

  /** All of them; refused when the object has changed since `meta`, so that nobody else's is lost. */
  protected async setResourceFinalizers(meta: ResourceMeta, finalizers: readonly string[]): Promise<void> {
    const { resourceVersion } = meta
    await this.client.patch(this.#refOf(meta), { metadata: { resourceVersion, finalizers } })
  }

  /** Creates it from a YAML file; one that is there already stays as it is. */
  protected async registerCustomResourceDefinition(crdFile: string): Promise<DefinitionNames> {
    const raw: unknown = parse(readFileSync(crdFile, 'utf8'))
    const { kind, object, names } = readDefinition(raw)
    try {
      await this.client.create(kind, object)
      this.logger.info(`registered custom resource definition '${object.metadata.name}'`)
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
    }
    return names
  }

  async #discover(asked: KindPlural): Promise<KindName | undefined> {
    const { signal } = this.#stopping
    for (let said = ''; !signal.aborted; ) {
      const found = await discoverKind(this.client, asked, { signal }).catch((error: unknown) =>
        String(error),
      )
      if (typeof found === 'object') return found
      const trouble = found ?? `there is no ${idOf(asked)}`
      if (trouble !== said) this.logger.warn(`${trouble}; it is asked for again`)
      said = trouble
      await sleep(this.#clock, discoverAgainMs, signal)
    }
    return undefined
  }

  #queue(kind: KindName, onEvent: OnEvent): EdgeQueue<ResourceEvent> {
    const queue = createEdgeQueue<ResourceEvent>({
      clock: this.#clock,
      handle: ({ type, object: event }) => onEvent({ ...event, type }),
      failed: (error, retryInMs) =>
        this.logger.error(
          `${idOf(kind)}: ${String(error)}; the event comes again in ${Math.round(retryInMs)} ms`,
        ),
    })
    this.#queues.push(queue)
    return queue
  }

  #logNotice(kind: KindName, notice: WatchNotice): void {
    const id = idOf(kind)
    if (notice.type === 'synced') this.logger.debug(`${id}: ${notice.objects} objects`)
    else if (notice.type === 'recovered') this.logger.info(`${id}: the watch is back`)
    else this.logger.warn(`${id}: ${String(notice.error)}`)
  }

  #refOf({ id, namespace, name }: ResourceMeta): Ref {
    const kind = this.#kinds.get(id)
    if (kind === undefined) throw new Error(`${id} is not watched`)
    return { kind, name, ...(namespace === undefined ? {} : { namespace }) }
  }

  #bodyOf({ name, namespace, resourceVersion, apiVersion, kind }: ResourceMeta) {
    return { apiVersion, kind, metadata: { name, namespace, resourceVersion } }
  }

  async #status(meta: ResourceMeta, write: () => Promise<Resource>): Promise<ResourceMeta | null> {
    try {
      return metaOf(meta.id, await write())
    } catch (error) {
      this.logger.error(`status of ${meta.id} ${meta.name}: ${String(error)}`)
      return null
    }
  }
}

const edgeTypes = { added: 'ADDED', modified: 'MODIFIED', deleted: 'DELETED' } as const

const silent: OperatorLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

function idOf(kind: KindPlural): string {
  return `${kind.plural}.${apiVersionOf(kind)}`
}

function edgeOf(kind: KindName, type: ResourceEventType, object: Resource) {
  return { type, object: { type, object, meta: metaOf(idOf(kind), object) } }
}

function metaOf(id: string, { apiVersion, kind, metadata }: Resource): ResourceMeta {
  const { name, namespace, resourceVersion } = metadata
  return { id, name, resourceVersion, apiVersion, kind, ...(namespace === undefined ? {} : { namespace }) }
}
