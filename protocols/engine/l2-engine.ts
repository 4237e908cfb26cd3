// The layer 2 engine as the speaker's main thread sees it: wishes go in, what is so comes out. The work is done in a
// worker thread, which keeps answering whatever the main thread is busy with, and is started again when it dies.
import { Worker } from 'node:worker_threads'
import type { L2Config } from '../l2/claim.ts'
import type { L2Observed } from '../l2/observed.ts'
import type { FromWorker, LogLine, ToWorker, WorkerOptions } from './l2-messages.ts'
import { Observation } from './observation.ts'

export type L2Engine = {
  /** Replaces what was applied before; the same again does nothing. Costs 3 ms for 10,000 claims. */
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

/**
 * From source a .ts file; in a bundle, where import.meta.url is that of the process' one file, the worker's own file
 * beside it: the bundler makes `l2-worker.js` from protocols/engine/l2-worker.ts.
 */
function defaultWorkerUrl(): URL {
  const here = import.meta.url
  return new URL(here.endsWith('.ts') ? './l2-worker.ts' : './l2-worker.js', here)
}

/** Collections are then rare and short: most of what a frame makes is garbage at once. */
const resourceLimits = { maxYoungGenerationSizeMb: 16 } as const

const firstRestartMs = 100
const lastRestartMs = 5000
/** A worker that has run for so long died of something new. */
const soundMs = 60_000
/** A worker that does not stop when asked to is left alone: to terminate one that polls ends the whole process. */
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
  private readonly options: L2EngineOptions
  private readonly observation = new Observation()
  private readonly listeners: ((observed: L2Observed) => void)[] = []
  private readonly yields = new Map<number, PendingYield>()
  private worker: Worker | undefined
  private config: L2Config | undefined
  private restartMs = firstRestartMs
  private restartTimer: NodeJS.Timeout | undefined
  private startedAt = 0
  private lastYield = 0
  private isStopping = false
  private withheld: ReadonlySet<string> = new Set() // yielded to a worker that died: the next one must not take them

  constructor(options: L2EngineOptions) {
    this.options = options
    this.start()
  }

  apply(config: L2Config): void {
    this.config = config
    this.withheld = new Set(
      config.claims.map(({ address }) => address).filter((each) => this.withheld.has(each)),
    )
    this.tell({ type: 'apply', config: this.withoutWithheld(config) })
  }

  private withoutWithheld(config: L2Config): L2Config {
    if (this.withheld.size === 0) return config
    return { ...config, claims: config.claims.filter(({ address }) => !this.withheld.has(address)) }
  }

  yield(addresses: readonly string[], withinMs: number): Promise<void> {
    if (this.worker === undefined || addresses.length === 0) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.lastYield += 1
    const id = this.lastYield
    const timer = setTimeout(() => this.settle(id), withinMs + 500) // the worker knows better, as long as it lives
    this.yields.set(id, { addresses, resolve, timer })
    this.tell({ type: 'yield', id, addresses, withinMs })
    return promise
  }

  /** A worker that starts anew announces everything anyhow. */
  announceAnew(addresses: readonly string[]): void {
    if (addresses.length > 0) this.tell({ type: 'announce-anew', addresses })
  }

  observe(): L2Observed {
    return this.observation.value()
  }

  onChange(listener: (observed: L2Observed) => void): void {
    this.listeners.push(listener)
  }

  async stop(): Promise<void> {
    this.isStopping = true
    clearTimeout(this.restartTimer)
    for (const id of this.yields.keys()) this.settle(id)
    const { worker } = this
    if (worker === undefined) return
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    this.tell({ type: 'stop' })
    const { promise: patience, resolve: giveUp } = Promise.withResolvers<void>()
    const timer = setTimeout(giveUp, stopMs)
    await Promise.race([ended, patience])
    clearTimeout(timer)
    worker.unref()
  }

  private start(): void {
    const { workerUrl = defaultWorkerUrl(), journalFile, journalBytes } = this.options
    const workerData: WorkerOptions = {
      ...(journalFile === undefined ? {} : { journalFile }),
      ...(journalBytes === undefined ? {} : { journalBytes }),
    }
    this.startedAt = performance.now()
    const worker = new Worker(workerUrl, { workerData, resourceLimits, name: 'l2' })
    this.worker = worker
    worker.on('message', (message: FromWorker) => this.onMessage(message))
    worker.on('error', (error) => this.log('error', 'layer 2 worker failed', { error: String(error) }))
    worker.on('exit', (code) => this.onExit(code))
    if (this.config !== undefined) this.tell({ type: 'apply', config: this.withoutWithheld(this.config) })
  }

  private onMessage(message: FromWorker): void {
    switch (message.type) {
      case 'report':
        if (this.observation.take(message.report)) this.changed()
        return
      case 'handed-over':
        return this.settle(message.id)
      case 'log':
        return this.options.onLog(message.line)
    }
  }

  private onExit(code: number): void {
    this.worker = undefined
    this.withheld = new Set([...this.withheld, ...this.observation.workerDied(), ...this.pendingYields()])
    for (const id of this.yields.keys()) this.settle(id)
    if (this.isStopping) return
    if (performance.now() - this.startedAt > soundMs) this.restartMs = firstRestartMs
    this.log('error', 'layer 2 worker ended, starting it again', { code, inMs: this.restartMs })
    this.restartTimer = setTimeout(() => this.start(), this.restartMs)
    this.restartMs = Math.min(lastRestartMs, this.restartMs * 2)
    this.changed()
  }

  private pendingYields(): readonly string[] {
    return [...this.yields.values()].flatMap(({ addresses }) => addresses)
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

  private tell(message: ToWorker): void {
    this.worker?.postMessage(message)
  }

  private log(level: LogLine['level'], message: string, fields: LogLine['fields']): void {
    this.options.onLog({ level, message, fields })
  }
}
