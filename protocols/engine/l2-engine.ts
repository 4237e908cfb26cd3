// The layer 2 engine as the speaker's main thread sees it: wishes go in, what is so comes out. The work is done in a
// worker thread, which keeps answering whatever the main thread is busy with, and is started again when it dies.
import type { L2Config } from '../l2/claim.ts'
import type { L2Observed } from '../l2/observed.ts'
import { ClaimFeed } from './claim-feed.ts'
import type { FromWorker, LogLine, ToWorker, WorkerOptions } from './l2-messages.ts'
import { Observation } from './observation.ts'
import { RestartingWorker } from './restarting-worker.ts'

export type L2Engine = {
  /** Replaces what was applied before; the same again does nothing. Costs some ms for 10,000 claims. */
  apply(config: L2Config): void
  /**
   * Announces these addresses no more, answers for them until another machine announces them, at most `withinMs`.
   * Resolves when all are handed over or the time is up. Goes on though a config without them is applied meanwhile;
   * one that still lists them does not take them back: only one without them, and then one with them, does.
   */
  yield(addresses: readonly string[], withinMs: number): Promise<void>
  /** Announces these anew, with all rounds, where they are claimed: neighbours may have been told of another machine. */
  announceAnew(addresses: readonly string[]): void
  /** What was told last. Cheap: the same object, and the same claims in it, until something of them changes. */
  observe(): L2Observed
  /**
   * At most ten times a second, and at once for a first announcement, a rival, a change of interfaces, a hand-over.
   * Not for counters: they are there when observe() is asked.
   */
  onChange(listener: (observed: L2Observed) => void): void
  /** Stops answering. Resolves when the thread has ended. */
  stop(): Promise<void>
}

export type L2EngineOptions = WorkerOptions & {
  readonly onLog: (line: LogLine) => void
  readonly workerUrl?: URL // where the worker's code is, when not beside this file
}

const stopMs = 2000

export function startL2Engine(options: L2EngineOptions): L2Engine {
  return new WorkerEngine(options)
}

type PendingYield = {
  readonly addresses: readonly string[]
  readonly resolve: () => void
  readonly timer: NodeJS.Timeout
}

class WorkerEngine implements L2Engine {
  private readonly worker: RestartingWorker<ToWorker, FromWorker>
  private readonly onLog: L2EngineOptions['onLog']
  private readonly observation = new Observation()
  private readonly feed = new ClaimFeed()
  private readonly listeners: ((observed: L2Observed) => void)[] = []
  private readonly yields = new Map<number, PendingYield>()
  private config: L2Config | undefined
  private lastYield = 0
  private withheld: ReadonlySet<string> = new Set() // yielded to a worker that died: the next one must not take them

  constructor({ onLog, workerUrl, ...data }: L2EngineOptions) {
    this.onLog = onLog
    this.worker = new RestartingWorker({
      name: 'l2',
      title: 'layer 2 worker',
      url: workerUrl,
      data,
      onMessage: (message) => this.onMessage(message),
      onRestarted: () => {
        this.feed.startOver()
        this.tellConfig()
      },
      onEnded: (isStopped) => this.ended(isStopped),
      onLog,
    })
  }

  apply(config: L2Config): void {
    this.config = config
    this.withheld = new Set(
      config.claims.map(({ address }) => address).filter((each) => this.withheld.has(each)),
    )
    this.tellConfig()
  }

  private tellConfig(): void {
    if (this.config === undefined) return
    const { claims, ...config } = this.withoutWithheld(this.config)
    this.worker.tell({ type: 'apply', config, changes: this.feed.changesTo(claims) })
  }

  private withoutWithheld(config: L2Config): L2Config {
    if (this.withheld.size === 0) return config
    return { ...config, claims: config.claims.filter(({ address }) => !this.withheld.has(address)) }
  }

  yield(addresses: readonly string[], withinMs: number): Promise<void> {
    if (!this.worker.isRunning || addresses.length === 0) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.lastYield += 1
    const id = this.lastYield
    const timer = setTimeout(() => this.settle(id), withinMs + 500) // the worker knows better, as long as it lives
    this.yields.set(id, { addresses, resolve, timer })
    this.worker.tell({ type: 'yield', id, addresses, withinMs })
    return promise
  }

  /** A worker that starts anew announces everything anyhow. */
  announceAnew(addresses: readonly string[]): void {
    if (addresses.length > 0) this.worker.tell({ type: 'announce-anew', addresses })
  }

  observe(): L2Observed {
    return this.observation.value()
  }

  onChange(listener: (observed: L2Observed) => void): void {
    this.listeners.push(listener)
  }

  stop(): Promise<void> {
    this.settleAll()
    return this.worker.stop({ type: 'stop' }, stopMs)
  }

  private onMessage(message: FromWorker): void {
    switch (message.type) {
      case 'report':
        if (this.observation.take(message.report)) this.changed()
        return
      case 'handed-over':
        return this.settle(message.id)
      case 'log':
        return this.onLog(message.line)
    }
  }

  private ended(isStopped: boolean): void {
    this.withheld = new Set([...this.withheld, ...this.observation.workerDied(), ...this.pendingYields()])
    this.settleAll()
    if (!isStopped) this.changed()
  }

  private pendingYields(): readonly string[] {
    return [...this.yields.values()].flatMap(({ addresses }) => addresses)
  }

  private settleAll(): void {
    for (const id of this.yields.keys()) this.settle(id)
  }

  private settle(id: number): void {
    const pending = this.yields.get(id)
    this.yields.delete(id)
    clearTimeout(pending?.timer)
    pending?.resolve()
  }

  private changed(): void {
    const observed = this.observation.value()
    for (const listener of this.listeners) listener(observed)
  }
}
