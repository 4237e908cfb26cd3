// What has changed of the sessions since the last report: states at once, counters ten times a second at most.
import type { ListeningObserved, PeerReport, SessionObserved } from '../bgp/observed.ts'
import type { Bfd } from './bgp-bfd.ts'
import type { BgpReport } from './bgp-messages.ts'
import type { BgpPeer } from './bgp-peer.ts'
import type { LoopLag } from './loop-lag.ts'

export type ReporterOptions = {
  readonly peers: ReadonlyMap<string, BgpPeer>
  readonly bfd: Pick<Bfd, 'observe' | 'observeGeneral'>
  readonly onReport: (report: BgpReport) => void
  readonly lag: LoopLag // of the work that is done in turns
}

const reportMs = 100
/** A report that was dear to make is not made again soon: no more than a tenth of the time goes there. */
const restFactor = 10
/** The loop's delay is measured, and told, this often. */
const heartbeatMs = 1000

export class BgpReporter {
  private readonly options: ReporterOptions
  private readonly dirty = new Set<string>()
  private left = new Set<string>()
  private listening: readonly ListeningObserved[] | undefined
  private isBfdDirty = false
  private generation = -1
  private timer: NodeJS.Timeout | undefined
  private immediate: NodeJS.Immediate | undefined
  private restUntil = 0
  private readonly heartbeat: NodeJS.Timeout
  private beatAt = performance.now()
  private loopLagMs = 0

  constructor(options: ReporterOptions) {
    this.options = options
    this.heartbeat = setInterval(() => this.beat(), heartbeatMs)
  }

  changed(peer: string, urgent: boolean): void {
    this.dirty.add(peer)
    this.reportSoon(urgent)
  }

  gone(peer: string): void {
    this.dirty.delete(peer)
    this.left.add(peer)
    this.reportSoon(true)
  }

  listeningChanged(observed: readonly ListeningObserved[]): void {
    this.listening = observed
    this.reportSoon(true)
  }

  bfdChanged(): void {
    this.isBfdDirty = true
    this.reportSoon(true)
  }

  toldGeneration(generation: number): void {
    this.generation = generation
    this.reportSoon(true)
  }

  close(): void {
    clearInterval(this.heartbeat)
    this.report()
  }

  /** Urgent news of one turn go together. */
  private reportSoon(urgent: boolean): void {
    if (urgent) {
      this.immediate ??= setImmediate(() => this.report())
      return
    }
    const waitMs = Math.max(reportMs, this.restUntil - performance.now())
    this.timer ??= setTimeout(() => this.report(), waitMs)
  }

  private report(): void {
    clearTimeout(this.timer)
    clearImmediate(this.immediate)
    this.timer = undefined
    this.immediate = undefined
    const startedAt = performance.now()
    const peers: Record<string, PeerReport> = {}
    for (const name of this.dirty) {
      const peer = this.options.peers.get(name)
      if (peer !== undefined) peers[name] = onTheWall(peer.report())
    }
    const { generation, loopLagMs, listening, isBfdDirty } = this
    const { bfd } = this.options
    const gone = [...this.left].filter((name) => !this.options.peers.has(name))
    this.dirty.clear()
    this.left = new Set()
    this.listening = undefined
    this.isBfdDirty = false
    this.options.onReport({
      generation,
      peers,
      gone,
      ...(listening === undefined ? {} : { listening }),
      ...(isBfdDirty ? { bfd: { bfd: bfd.observe(), bfdGeneral: bfd.observeGeneral() } } : {}),
      loopLagMs,
    })
    const now = performance.now()
    this.restUntil = now + restFactor * (now - startedAt)
  }

  private beat(): void {
    const now = performance.now()
    this.options.lag.note(this.beatAt + heartbeatMs, now)
    this.loopLagMs = this.options.lag.value(now)
    this.beatAt = now
    this.isBfdDirty = true // its counters
    this.report()
  }
}

/** The threads' own clocks begin at different times. */
function onTheWall(report: PeerReport): PeerReport {
  const { session } = report
  const { lastFailure, since } = session
  const wall = (at: number) => Math.round(performance.timeOrigin + at)
  const told: SessionObserved = {
    ...session,
    since: wall(since),
    ...(lastFailure === undefined ? {} : { lastFailure: { ...lastFailure, at: wall(lastFailure.at) } }),
  }
  return { ...report, session: told }
}
