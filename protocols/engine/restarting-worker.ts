// The life of a worker thread that is wanted as long as the process runs: it is started, and started again when it dies,
// later each time while it dies soon, until it is asked to end. What is said between it and the main thread is the
// business of its engine.
import { Worker } from 'node:worker_threads'
import { monotonicClock } from './clock.ts'
import type { Clock } from './clock.ts'
import type { LogLine } from './l2-messages.ts'
import { within } from './within.ts'

export type WorkerLife<FromThread> = {
  readonly name: 'l2' | 'bgp' // of the thread, and its code: l2-worker.ts, bgp-worker.ts
  readonly title: string // in the log
  readonly url?: URL | undefined // where its code is, when not beside this file
  readonly data: unknown // its workerData
  readonly onMessage: (message: FromThread) => void
  readonly onRestarted: () => void // a thread that knows nothing, in the place of one that died
  readonly onEnded: (isStopped: boolean) => void // isStopped: it was asked to, and none follows
  readonly onLog: (line: LogLine) => void
  readonly clock?: Clock
}

/** Collections are then rare and short: most of what a frame or a message makes is garbage at once. */
const resourceLimits = { maxYoungGenerationSizeMb: 16 } as const

const firstRestartMs = 100
const lastRestartMs = 5000
/** A thread that has run for so long died of something new. */
const soundMs = 60_000

/**
 * From source a .ts file; in a bundle, where import.meta.url is that of the process' one file, the worker's own file
 * beside it: the bundler makes `l2-worker.js` from protocols/engine/l2-worker.ts.
 */
function defaultUrl(name: string): URL {
  const here = import.meta.url
  return new URL(`./${name}-worker.${here.endsWith('.ts') ? 'ts' : 'js'}`, here)
}

export class RestartingWorker<ToThread, FromThread> {
  private readonly life: WorkerLife<FromThread>
  private readonly clock: Clock
  private thread: Worker | undefined
  private startedAt = 0
  private restartMs = firstRestartMs
  private cancelRestart: (() => void) | undefined
  private isStopping = false

  constructor(life: WorkerLife<FromThread>) {
    this.life = life
    this.clock = life.clock ?? monotonicClock
    this.start()
  }

  get isRunning(): boolean {
    return this.thread !== undefined
  }

  /** While no thread runs nobody hears it: the next one is told all that counts by onRestarted. */
  tell(message: ToThread): void {
    this.thread?.postMessage(message)
  }

  /**
   * Resolves when the thread has ended. One that has not ended after `withinMs` is left alone: to terminate a thread that
   * polls ends the whole process.
   */
  async stop(lastWord: ToThread, withinMs: number): Promise<void> {
    this.isStopping = true
    this.cancelRestart?.()
    const { thread } = this
    if (thread === undefined) return
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()))
    this.tell(lastWord)
    await within(withinMs, ended, this.clock)
    thread.unref()
  }

  private start(): void {
    const { name, url = defaultUrl(name), data } = this.life
    this.startedAt = this.clock.now()
    const thread = new Worker(url, { workerData: data, resourceLimits, name })
    this.thread = thread
    thread.on('message', (message: FromThread) => this.life.onMessage(message))
    thread.on('error', (error) => this.log('failed', { error: String(error) }))
    thread.on('exit', (code) => this.ended(code))
  }

  private ended(code: number): void {
    this.thread = undefined
    if (!this.isStopping) this.restartLater(code)
    this.life.onEnded(this.isStopping)
  }

  private restartLater(code: number): void {
    if (this.clock.now() - this.startedAt > soundMs) this.restartMs = firstRestartMs
    this.log('ended, starting it again', { code, inMs: this.restartMs })
    this.cancelRestart = this.clock.after(this.restartMs, () => {
      this.start()
      this.life.onRestarted()
    })
    this.restartMs = Math.min(lastRestartMs, this.restartMs * 2)
  }

  private log(what: string, fields: LogLine['fields']): void {
    this.life.onLog({ level: 'error', message: `${this.life.title} ${what}`, fields })
  }
}
