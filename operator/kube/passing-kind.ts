// A kind that the API server may get, lose or refuse while we run: looked for now and then, followed while it can be.
// One that is missing costs a request an interval, not one a watch's rest.
import type { KindName } from '../../crds/kind.ts'
import { isNotFound } from './api-error.ts'
import type { Cache, Change } from './cache.ts'
import type { Client, Scope } from './client.ts'
import type { Clock } from './clock.ts'
import { sleep } from './clock.ts'
import { discoverKind } from './discovery.ts'
import { watchCache } from './watch.ts'
import type { Watch } from './watch.ts'

export type PassingKindOptions = {
  readonly client: Client
  readonly kind: KindName
  readonly scope: Scope
  readonly clock: Clock
  readonly restMs: () => number // between two looks, half of it left to chance
  readonly changed: (change?: Change) => void // absent: the kind is gone
  readonly report: (notice: PassingKindNotice) => void
}

/** On change only. */
export type PassingKindNotice =
  | { readonly type: 'there' }
  | { readonly type: 'missing' } // it was there
  | { readonly type: 'refused'; readonly error: unknown }

export type PassingKind = {
  readonly cache: () => Cache | undefined // while it is there, and was listed
  readonly stop: () => Promise<void>
}

export function followPassingKind(options: PassingKindOptions): PassingKind {
  const following = new Following(options)
  const ended = following.run()
  return {
    cache: () => following.cache(),
    stop: async () => {
      following.stop()
      await ended
    },
  }
}

class Following {
  readonly #options: PassingKindOptions
  readonly #stopping = new AbortController()
  #watch: (Cache & Watch) | undefined
  #told: PassingKindNotice['type'] = 'missing'

  constructor(options: PassingKindOptions) {
    this.#options = options
  }

  cache(): Cache | undefined {
    return this.#watch?.isSynced() === true ? this.#watch : undefined
  }

  stop(): void {
    this.#stopping.abort()
  }

  async run(): Promise<void> {
    const { clock, restMs } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      if (await this.#isThere()) await this.#follow()
      if (!signal.aborted) await sleep(clock, restMs() * (0.5 + clock.random() / 2), signal)
    }
  }

  /** An API server that does not answer has not said that the kind is missing. */
  async #isThere(): Promise<boolean> {
    const { client, kind } = this.#options
    try {
      const found = await discoverKind(client, kind, { signal: this.#stopping.signal, retry: false })
      if (found === undefined) this.#tell({ type: 'missing' })
      return found !== undefined
    } catch {
      return false
    }
  }

  /** Until the API server refuses it: there is no such kind any more, or no right to it. */
  async #follow(): Promise<void> {
    const { client, kind, scope, clock, changed } = this.#options
    const { signal } = this.#stopping
    const over = Promise.withResolvers<void>()
    const end = (): void => over.resolve()
    const watch = watchCache(client, kind, {
      ...scope,
      clock,
      report: (notice) => {
        if (notice.type === 'synced') this.#tell({ type: 'there' })
        if (notice.type !== 'failing' || !notice.refused) return
        if (!isNotFound(notice.error)) this.#tell({ type: 'refused', error: notice.error })
        end()
      },
    })
    watch.onChange(changed)
    this.#watch = watch
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    await over.promise
    signal.removeEventListener('abort', end)
    this.#watch = undefined
    await watch.stop()
    if (!signal.aborted) changed()
  }

  #tell(notice: PassingKindNotice): void {
    if (this.#told === notice.type) return
    this.#told = notice.type
    this.#options.report(notice)
  }
}
