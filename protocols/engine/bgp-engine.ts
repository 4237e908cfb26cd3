// The BGP engine as the speaker's main thread sees it: wishes go in, what is so comes out. Sessions and BFD live in a
// worker thread, which keeps them up whatever the main thread is busy with, and is started again when it dies.
import type {
  BgpWish,
  BgpWorkerOptions,
  FromWorker,
  PeerRoutes,
  RoutingObserved,
  StopWish,
  ToWorker,
} from './bgp-messages.ts'
import { BgpObservation } from './bgp-observation.ts'
import type { LogLine } from './l2-messages.ts'
import { RestartingWorker } from './restarting-worker.ts'
import { RouteFeed } from './route-feed.ts'

export type BgpEngine = {
  /** Replaces what was applied before; the same again does nothing, and what changes for one peer touches no other. */
  apply(wish: BgpWish): void
  /** What was told last. Cheap: the same object until something changes. */
  observe(): RoutingObserved
  /** At once for a change of a session's state, for numbers of routes at most ten times a second, never for counters alone. */
  onChange(listener: (observed: RoutingObserved) => void): void
  /** What a peer told and was told; undefined for a peer that is not known. `limit`: routes of each, by default 1000. */
  routes(peer: string, limit?: number): Promise<PeerRoutes | undefined>
  /** Every route to these peers says GRACEFUL_SHUTDOWN (RFC 8326), to all others none any more. */
  drain(peers: readonly string[] | 'all'): void
  /** Ends all sessions. Resolves when they have ended and the thread has. */
  stop(how: StopWish): Promise<void>
}

export type BgpEngineOptions = BgpWorkerOptions & {
  readonly onLog: (line: LogLine) => void
  readonly workerUrl?: URL // where the worker's code is, when not beside this file
}

/** Beyond its pause. */
const stopMs = 3000
/** Chunks of routes that the worker has not taken yet: one that it works on, and the next. */
const chunksInFlight = 2
const defaultShown = 1000

export function startBgpEngine(options: BgpEngineOptions): BgpEngine {
  return new WorkerEngine(options)
}

class WorkerEngine implements BgpEngine {
  private readonly worker: RestartingWorker<ToWorker, FromWorker>
  private readonly onLog: BgpEngineOptions['onLog']
  private readonly observation = new BgpObservation()
  private readonly listeners: ((observed: RoutingObserved) => void)[] = []
  private readonly shows = new Map<number, (routes: PeerRoutes | undefined) => void>()
  private readonly feed = new RouteFeed()
  private wish: BgpWish | undefined
  private peersText = ''
  private draining: readonly string[] | 'all' = []
  private toldGeneration = -1
  private inFlight = 0
  private lastShow = 0

  constructor({ onLog, workerUrl, ...data }: BgpEngineOptions) {
    this.onLog = onLog
    this.worker = new RestartingWorker({
      name: 'bgp',
      title: 'bgp worker',
      url: workerUrl,
      data,
      onMessage: (message) => this.onMessage(message),
      onRestarted: () => this.tellAll(),
      onEnded: (isStopped) => this.ended(isStopped),
      onLog,
    })
  }

  apply(wish: BgpWish): void {
    this.wish = wish
    this.tellPeers(wish)
    this.feed.wish(wish.routes)
    this.tellRoutes()
  }

  observe(): RoutingObserved {
    return this.observation.value()
  }

  onChange(listener: (observed: RoutingObserved) => void): void {
    this.listeners.push(listener)
  }

  routes(peer: string, limit = defaultShown): Promise<PeerRoutes | undefined> {
    if (!this.worker.isRunning) return Promise.resolve(undefined)
    const { promise, resolve } = Promise.withResolvers<PeerRoutes | undefined>()
    this.lastShow += 1
    this.shows.set(this.lastShow, resolve)
    this.worker.tell({ type: 'show', id: this.lastShow, peer, limit })
    return promise
  }

  drain(peers: readonly string[] | 'all'): void {
    if (JSON.stringify(peers) === JSON.stringify(this.draining)) return
    this.draining = peers
    this.worker.tell({ type: 'drain', peers })
  }

  stop(how: StopWish): Promise<void> {
    this.answerShows()
    return this.worker.stop({ type: 'stop', how }, how.pauseMs + stopMs)
  }

  /** To a worker that knows nothing. */
  private tellAll(): void {
    this.peersText = ''
    this.toldGeneration = -1
    this.inFlight = 0
    this.feed.startOver()
    if (this.wish === undefined) return
    if (this.draining.length > 0) this.worker.tell({ type: 'drain', peers: this.draining })
    this.tellPeers(this.wish)
    this.tellRoutes()
  }

  private tellPeers({ peers, bfd }: BgpWish): void {
    const text = JSON.stringify([peers, bfd])
    if (text === this.peersText) return
    this.peersText = text
    this.worker.tell({ type: 'peers', peers, bfd })
  }

  /** A chunk only when the one before the last has been taken: the worker does other things in between. */
  private tellRoutes(): void {
    const generation = this.wish?.generation ?? -1
    while (this.inFlight < chunksInFlight && (!this.feed.isDone || this.toldGeneration !== generation)) {
      const chunk = this.feed.take()
      const isLast = this.feed.isDone
      if (isLast) this.toldGeneration = generation
      this.inFlight += 1
      this.worker.tell({ type: 'routes', chunk, isLast, generation })
    }
  }

  private onMessage(message: FromWorker): void {
    switch (message.type) {
      case 'report':
        if (this.observation.take(message.report)) this.changed()
        return
      case 'taken':
        this.inFlight -= 1
        return this.tellRoutes()
      case 'shown':
        this.shows.get(message.id)?.(message.routes)
        this.shows.delete(message.id)
        return
      case 'log':
        return this.onLog(message.line)
    }
  }

  private ended(isStopped: boolean): void {
    this.answerShows()
    if (isStopped) return this.observation.workerStopped()
    this.observation.workerDied(Date.now())
    this.changed()
  }

  private answerShows(): void {
    for (const answer of this.shows.values()) answer(undefined)
    this.shows.clear()
  }

  private changed(): void {
    const observed = this.observation.value()
    for (const listener of this.listeners) listener(observed)
  }
}
