// One of each: a Lease that only this process renews, so that others see that it lives, and what it says of itself.
import type { OwnerReference, Resource } from '../../crds/kind.ts'
import { leaseKind, parseLease } from '../../crds/lease.ts'
import { isAlreadyExists, isConflict, isNotFound } from './api-error.ts'
import type { CallOptions, Client } from './client.ts'
import { processClock, sleep } from './clock.ts'
import type { Clock } from './clock.ts'
import { holderOf, leaseObject, leaseRef, microTime } from './lease.ts'
import type { Hold } from './lease.ts'

export type RenewalOptions = {
  readonly namespace: string
  readonly name: string
  readonly identity: string // of this process, never used again
  readonly content: () => RenewalContent // asked before each renewal
  readonly clock?: Clock
  readonly onRenewed?: (sentAtMs: number) => void
  readonly report?: (error: unknown) => void // an attempt failed; the next one follows by itself
}

export type RenewalContent = {
  readonly intervalMs: number
  readonly durationMs: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
}

export type Renewal = {
  readonly lastRenewedMs: () => number | undefined // clock.now() when the last renewal that succeeded was sent
  /**
   * Of a Lease that came through a watch: when this process sent it; undefined = it did not.
   * All that was written before then has come through that watch too.
   */
  readonly sentAtMs: (lease: Resource) => number | undefined
  readonly renewNow: () => void // the content changed
  readonly stop: () => Promise<void> // releases it, unless another process has taken it over
}

export function startRenewal(client: Client, options: RenewalOptions): Renewal {
  const renewing = new Renewing(client, options)
  const ended = renewing.run()
  return {
    lastRenewedMs: () => renewing.lastRenewedMs,
    sentAtMs: (lease) => renewing.sentAtMs(lease),
    renewNow: () => renewing.renewNow(),
    stop: async () => {
      renewing.stop()
      await ended
    },
  }
}

const retryMs = 500

/** So many renewals are remembered until they come back through the watch. */
const remembered = 16

class Renewing {
  lastRenewedMs: number | undefined
  readonly #client: Client
  readonly #options: RenewalOptions
  readonly #clock: Clock
  readonly #stopping = new AbortController()
  readonly #sent = new Map<string, number>() // renewTime → monotonic
  #acquiredAtMs: number
  #lease: Resource | undefined // as it stands, for all that is known
  #pause = new AbortController()

  constructor(client: Client, options: RenewalOptions) {
    this.#client = client
    this.#options = options
    this.#clock = options.clock ?? processClock
    this.#acquiredAtMs = this.#clock.wall()
  }

  sentAtMs(lease: Resource): number | undefined {
    const { holder, renewedAt } = parseLease(lease).value
    return holder === this.#options.identity ? this.#sent.get(renewedAt) : undefined
  }

  renewNow(): void {
    this.#pause.abort()
  }

  stop(): void {
    this.#stopping.abort()
    this.#pause.abort()
  }

  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#pause = new AbortController() // a wish that comes during the write holds for after it
      const startedAt = this.#clock.now()
      const content = this.#options.content()
      const { intervalMs } = content
      const renewed = await this.#tryOnce(content)
      const next = renewed ? intervalMs : Math.min(retryMs, intervalMs)
      await sleep(this.#clock, Math.max(0, startedAt + next - this.#clock.now()), this.#pause.signal)
    }
    await this.#release().catch((error: unknown) => this.#options.report?.(error))
  }

  async #tryOnce(content: RenewalContent): Promise<boolean> {
    const timeoutMs = Math.min(Math.max(1_000, content.intervalMs), 10_000)
    const options: CallOptions = { timeoutMs, retry: false, lane: 'own', signal: this.#stopping.signal }
    try {
      await this.#renew(content, options)
      return true
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#options.report?.(error)
      return false
    }
  }

  async #renew(content: RenewalContent, options: CallOptions): Promise<void> {
    this.#lease ??= await this.#client.find(leaseRef(this.#options), options)
    const sentAt = this.#clock.now()
    const hold = this.#hold(this.#options.identity, content.durationMs)
    this.#remember(microTime(hold.renewedAtMs), sentAt)
    await this.#write(hold, content, options)
    this.lastRenewedMs = sentAt
    this.#options.onRenewed?.(sentAt)
  }

  #hold(holder: string, durationMs: number): Hold {
    const before = this.#lease === undefined ? undefined : parseLease(this.#lease).value
    return {
      holder,
      durationMs,
      acquiredAtMs: this.#acquiredAtMs,
      renewedAtMs: this.#clock.wall(),
      transitions: (before?.transitions ?? -1) + (before?.holder === this.#options.identity ? 0 : 1),
    }
  }

  async #write(hold: Hold, content: RenewalContent, options: CallOptions): Promise<void> {
    const { namespace, name } = this.#options
    const { intervalMs: _, durationMs: __, ...metadata } = content
    const write = { ref: { namespace, name }, hold, metadata }
    try {
      this.#lease =
        this.#lease === undefined
          ? await this.#client.create(leaseKind, leaseObject(write), options)
          : await this.#client.update(
              leaseRef(write.ref),
              leaseObject({ ...write, resourceVersion: this.#lease.metadata.resourceVersion }),
              options,
            )
    } catch (error) {
      // Deleted, or written by this process without an answer, or by its predecessor on the node: looked at anew.
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) this.#lease = undefined
      throw error
    }
  }

  #remember(renewTime: string, sentAt: number): void {
    this.#sent.set(renewTime, sentAt)
    const [oldest] = this.#sent.keys()
    if (this.#sent.size > remembered && oldest !== undefined) this.#sent.delete(oldest)
  }

  /** One look first: an answer may never have come, and a successor may hold it. */
  async #release(): Promise<void> {
    const options: CallOptions = { timeoutMs: 1_000, lane: 'own' }
    this.#lease = await this.#client.find(leaseRef(this.#options), options)
    if (this.#lease === undefined || holderOf(this.#lease) !== this.#options.identity) return
    await this.#write(this.#hold('', 1_000), this.#options.content(), options)
  }
}
