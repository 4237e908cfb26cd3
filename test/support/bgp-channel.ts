// The main thread, the bgp worker and routers, all in one turn-by-turn world: messages lie in a queue until they are
// delivered, work until its turn comes, bytes until the router reads them. Nothing moves but by a call.
import type { PeerConfig, Route } from '../../protocols/bgp/config.ts'
import { anyContext } from '../../protocols/bgp/context.ts'
import { takeMessage } from '../../protocols/bgp/inbound.ts'
import { encodeMessage } from '../../protocols/bgp/message.ts'
import type { Message } from '../../protocols/bgp/message.ts'
import { unicast } from '../../protocols/bgp/nlri.ts'
import { newSession } from '../../protocols/bgp/session.ts'
import type { Session } from '../../protocols/bgp/session.ts'
import { routeChanges } from '../../protocols/bgp/update.ts'
import type { Update } from '../../protocols/bgp/update.ts'
import { BgpDriver } from '../../protocols/engine/bgp-driver.ts'
import type { ToWorker } from '../../protocols/engine/bgp-messages.ts'
import type { ByteStream, StreamEvents } from '../../protocols/engine/byte-stream.ts'
import type { LinkTable } from '../../protocols/engine/link-table.ts'
import { RouteFeed } from '../../protocols/engine/route-feed.ts'
import { Slicer } from '../../protocols/engine/slicer.ts'
import { concatBytes } from '../../protocols/net/bytes.ts'

/** A router at the end of one connection: it reads when it is told to, and holds what it was told there. */
export class Router implements ByteStream {
  readonly peer: string // whose address was dialled
  readonly held = new Map<string, string>()
  isGone = false
  stage: 'dialled' | 'open' | 'confirmed' = 'dialled'
  private readonly events: StreamEvents
  private readonly reader: Session
  private unread: Uint8Array = new Uint8Array(0)
  private isOwed = false // somebody waits for the bytes to be taken

  constructor(config: PeerConfig, events: StreamEvents) {
    this.peer = config.name
    this.events = events
    this.reader = newSession(config.session, { seed: 1, now: 0 })
  }

  send(bytes: Uint8Array): void {
    this.unread = concatBytes(this.unread, bytes)
    this.isOwed = true
  }

  close(): Promise<void> {
    this.isGone = true
    return Promise.resolve()
  }

  pause(): void {}
  resume(): void {}

  /** The next of what makes a session of a connection: it opens, says OPEN, confirms ours. */
  advance(): void {
    if (this.isGone || this.stage === 'confirmed') return
    if (this.stage === 'open') {
      this.stage = 'confirmed'
      return this.say({ type: 'keepalive' })
    }
    this.stage = 'open'
    this.events.onOpen({ address: '192.0.2.1', remote: '192.0.2.2' })
    this.say(openOf(this.reader))
  }

  /** Before there is a session it would be an error. */
  askAgain(family: 'IPv4' | 'IPv6'): void {
    if (this.stage === 'confirmed') this.say({ type: 'route-refresh', ...unicast[family], subtype: 0 })
  }

  reset(): void {
    if (this.isGone) return
    this.isGone = true
    this.events.onEnd('reset')
  }

  read(): void {
    if (this.isGone || this.stage === 'dialled') return
    for (;;) {
      const taken = takeMessage(this.reader, 'none', this.unread)
      if (taken === undefined) break
      this.unread = taken.rest
      if (taken.event.type !== 'received') throw new Error(`not to be read: ${JSON.stringify(taken.event)}`)
      if (taken.event.message.type === 'update') this.learn(taken.event.message)
    }
    if (!this.isOwed) return
    this.isOwed = false
    this.events.onDrained()
  }

  private say(message: Message): void {
    if (!this.isGone) this.events.onBytes(encodeMessage(message, anyContext))
  }

  private learn(update: Update): void {
    const { multiExitDisc, communities = [], mpReach } = update.attributes
    for (const { announced, withdrawn } of routeChanges(update, anyContext)) {
      for (const prefix of withdrawn) this.held.delete(prefix)
      const by = mpReach !== undefined && 'nextHops' in mpReach ? mpReach.nextHops.join() : 'its own address'
      for (const prefix of announced) this.held.set(prefix, `${multiExitDisc} ${communities.join()} by ${by}`)
    }
  }
}

/** All that the config of the session says that it is. */
function openOf({ config }: Session): Message {
  const capabilities = config.families.map(
    (family) => ({ name: 'multiprotocol', ...unicast[family] }) as const,
  )
  const known = [
    ...capabilities,
    { name: 'route-refresh' },
    { name: 'enhanced-route-refresh' },
    { name: 'four-octet-as', asNumber: 65002 },
  ] as const
  return { type: 'open', asNumber: 65002, holdTimeS: 0, identifier: '192.0.2.2', capabilities: known }
}

export type Channel = {
  readonly routers: () => readonly Router[] // whose connections stand
  readonly wishRoutes: (routes: readonly Route[]) => void
  readonly wishPeers: (peers: readonly PeerConfig[]) => void
  readonly drain: (isDraining: boolean) => void
  readonly setLinks: (links: LinkTable) => void
  readonly deliver: () => boolean // one message, if there is one
  readonly turn: () => void // of the worker's loop
  readonly wait: (ms: number) => void
  readonly end: () => void
}

type Timer = { readonly at: number; readonly run: () => void }

export function startChannel(): Channel {
  let now = 0
  let ticks = 0
  let taken = 0
  let generation = 0
  let told = -1
  let connections: Router[] = []
  let peers: readonly PeerConfig[] = []
  const timers = new Set<Timer>()
  const turns: (() => void)[] = []
  const queue: Exclude<ToWorker, { readonly type: 'stop' }>[] = []
  const feed = new RouteFeed()
  const driver = new BgpDriver({
    seed: 1,
    listenPort: 0,
    onReport: () => undefined,
    onLog: () => undefined,
    onTaken: () => {
      taken += 1
      tellRoutes()
    },
    dial: (endpoint, events) => {
      const config = peers.find((each) => JSON.stringify(each.endpoint) === JSON.stringify(endpoint))
      if (config === undefined) throw new Error('a peer was dialled that nobody wishes')
      const router = new Router(config, events)
      connections = [...connections.filter(({ isGone }) => !isGone), router]
      return router
    },
    openDiscovery: () => ({ send: () => undefined, close: () => undefined }),
    bfd: () => ({
      configure: () => undefined,
      observe: () => ({}),
      observeGeneral: () => ({ loopLagMs: 0, malformed: 0, unknown: 0 }),
      stop: () => Promise.resolve(),
      close: () => undefined,
    }),
    clock: {
      now: () => now,
      at: (at, run) => {
        const timer = { at, run }
        timers.add(timer)
        return () => void timers.delete(timer)
      },
    },
    // Every look at the clock takes a millisecond: two tasks are a turn.
    slicer: new Slicer({ now: () => ticks++, nextTurn: (run) => void turns.push(run) }),
  })

  let sent = 0
  /** As the main thread does it: bgp-engine.ts. */
  function tellRoutes(): void {
    while (sent - taken < 2 && (!feed.isDone || told !== generation)) {
      const chunk = feed.take()
      const isLast = feed.isDone
      if (isLast) told = generation
      sent += 1
      queue.push({ type: 'routes', chunk, isLast, generation })
    }
  }

  return {
    routers: () => connections.filter(({ isGone }) => !isGone),
    wishRoutes: (routes) => {
      generation += 1
      feed.wish(routes)
      tellRoutes()
    },
    wishPeers: (wished) => {
      peers = [...peers.filter(({ name }) => wished.every((each) => each.name !== name)), ...wished]
      queue.push({ type: 'peers', peers: wished, bfd: {} })
    },
    drain: (isDraining) => queue.push({ type: 'drain', peers: isDraining ? 'all' : [] }),
    setLinks: (links) => driver.setLinks(links),
    deliver: () => {
      const message = queue.shift()
      if (message !== undefined) driver.take(message)
      return message !== undefined
    },
    turn: () => turns.splice(0).forEach((run) => run()),
    wait: (ms) => {
      now += ms
      for (const timer of [...timers].filter(({ at }) => at <= now)) if (timers.delete(timer)) timer.run()
    },
    end: () => driver.close(),
  }
}
