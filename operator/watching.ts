// Everything a process watches: one cache a kind, and together the answers "is it all there" and "is it fresh".
import type { KindName } from '../crds/kind.ts'
import { isNotFound } from './kube/api-error.ts'
import type { Cache } from './kube/cache.ts'
import type { Client, Scope } from './kube/client.ts'
import type { Clock } from './kube/clock.ts'
import type { Keep } from './kube/keep.ts'
import { watchCache } from './kube/watch.ts'
import type { Watch, WatchNotice } from './kube/watch.ts'
import type { Log } from './log.ts'
import type { ObjectRef, Standing } from './publish.ts'
import { watchLog } from './watch-log.ts'

export type WatchingOptions = {
  readonly client: Client
  readonly clock: Clock
  readonly log: Log
}

export type Watching = {
  /** `changed` is called for every object that comes, changes or goes, and when the first list is whole. */
  readonly follow: (kind: KindName, what: Scope & { readonly keep?: Keep }, changed?: () => void) => Cache
  /** A kind that work goes on without while the API server refuses it: there is no right to it, or no such kind. */
  readonly followUnlessRefused: (kind: KindName, scope: Scope, changed: () => void) => Cache
  /** A kind that the API server may not have, and that no work waits for. */
  readonly followIfThere: (kind: KindName, changed: () => void) => Cache
  readonly unsynced: () => readonly string[] // plurals of the kinds not listed yet
  readonly silentMs: () => number // since the watch that was longest without a sign of life had one
  readonly standing: Standing
  readonly restart: () => void // every watch, from where it is: its connection may be dead without a sign
  readonly stop: () => Promise<void>
}

type Followed = Cache & Watch

type Report = (notice: WatchNotice) => void

export function startWatching({ client, clock, log }: WatchingOptions): Watching {
  const followed = new Map<string, Followed>() // by plural.group
  const byKind = new Map<KindName, Followed>() // the same, for whoever asks of thousands of objects
  const optional = new Set<Followed>()
  const refused = new Set<Followed>()
  const logOf = (kind: KindName) => log.child({ kind: kind.plural })
  const needed = () => [...followed.values()].filter((cache) => !optional.has(cache) && !refused.has(cache))

  function start(kind: KindName, what: Scope & { readonly keep?: Keep }, report: Report): Followed {
    const cache = watchCache(client, kind, { ...what, clock, report })
    followed.set(nameOf(kind), cache)
    byKind.set(kind, cache)
    return cache
  }

  function follow(kind: KindName, what: Scope & { readonly keep?: Keep }, changed?: () => void): Cache {
    const cache = start(kind, what, watchLog(logOf(kind)))
    if (changed !== undefined) cache.onChange(changed)
    return cache
  }

  function followUnlessRefused(kind: KindName, scope: Scope, changed: () => void): Cache {
    const tell = watchLog(logOf(kind))
    const cache = start(kind, scope, (notice) => {
      tell(notice)
      if (notice.type === 'synced') refused.delete(cache)
      if (notice.type !== 'failing' || !notice.refused) return
      refused.add(cache)
      changed()
    })
    cache.onChange(changed)
    return cache
  }

  function followIfThere(kind: KindName, changed: () => void): Cache {
    const tell = watchLog(logOf(kind))
    const cache = start(kind, {}, (notice) => {
      const missing = notice.type === 'failing' && isNotFound(notice.error)
      if (missing) logOf(kind).debug('the API server has no such kind')
      else tell(notice)
    })
    optional.add(cache)
    cache.onChange(changed)
    return cache
  }

  function silentMs(): number {
    const contacts = needed().map((cache) => cache.lastContactMs() ?? Number.NEGATIVE_INFINITY)
    return clock.now() - Math.min(...contacts)
  }

  const standing: Standing = {
    get: (ref) => (byKind.get(ref.kind) ?? followed.get(nameOf(ref.kind)))?.get(keyOf(ref)),
    seen: (object) => {
      const cache = [...followed.values()].find(({ kind }) => kind.kind === object.kind)
      cache?.upsertIfNewer(object)
    },
  }

  return {
    follow,
    followUnlessRefused,
    followIfThere,
    unsynced: () => needed().flatMap((cache) => (cache.isSynced() ? [] : [cache.kind.plural])),
    silentMs,
    standing,
    restart: () => {
      for (const cache of followed.values()) cache.restart()
    },
    stop: async () => void (await Promise.all([...followed.values()].map((cache) => cache.stop()))),
  }
}

function nameOf(kind: KindName): string {
  return `${kind.plural}.${kind.group}`
}

function keyOf({ kind, namespace, name }: ObjectRef): string {
  return kind.namespaced ? `${namespace}/${name}` : name
}
