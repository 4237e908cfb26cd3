// Drives all BGP sessions in their thread: wishes become sessions, their connections and their routes; what they are becomes
// reports. Decides nothing.
import type { PeerConfig } from '../bgp/config.ts'
import type { PeerReport } from '../bgp/observed.ts'
import { stateOf } from '../bgp/session.ts'
import type { BfdChange } from './bfd-change.ts'
import { bfdSpecs } from './bgp-bfd.ts'
import type { Bfd } from './bgp-bfd.ts'
import { bgpLines } from './bgp-journal.ts'
import { Listening } from './bgp-listening.ts'
import type { BgpReport, BgpWishOfPeers, PeerRoutes, StopWish, ToWorker } from './bgp-messages.ts'
import { BgpPeer } from './bgp-peer.ts'
import type { BgpClock, PeerSurroundings } from './bgp-peer.ts'
import { BgpReporter } from './bgp-reporter.ts'
import { showRoutes } from './bgp-show.ts'
import { stopSessions } from './bgp-stop.ts'
import { BgpTelling } from './bgp-telling.ts'
import type { Dial, Incoming, StreamEnd } from './byte-stream.ts'
import type { OpenPort } from './discovery-port.ts'
import type { LogLine } from './l2-messages.ts'
import { emptyTable } from './link-table.ts'
import type { LinkTable } from './link-table.ts'
import type { NamedJournals } from './named-journals.ts'
import { localEndOf } from './next-hops.ts'
import { refusedStream } from './refused-stream.ts'
import { Slicer } from './slicer.ts'
import { Unnumbered } from './unnumbered.ts'
import type { RouterNews } from './unnumbered.ts'
import { within } from './within.ts'

export type BgpDriverOptions = {
  readonly onReport: (report: BgpReport) => void
  readonly onTaken: () => void // a chunk of routes
  readonly onLog: (line: LogLine) => void
  readonly dial: Dial
  readonly openDiscovery: OpenPort // of interfaces that peers are named by
  readonly bfd: (onChange: (change: BfdChange) => void) => Bfd
  readonly clock: BgpClock
  readonly listenPort: number
  readonly slicer?: Slicer
  readonly journal?: NamedJournals
}

/** Peers hear AdminDown for a detection time of theirs, but the end does not wait longer for them. */
const bfdStopMs = 1000

export class BgpDriver {
  private readonly options: BgpDriverOptions
  private readonly peers = new Map<string, BgpPeer>()
  private readonly slicer: Slicer
  private readonly telling: BgpTelling
  private readonly listening: Listening
  private readonly reporter: BgpReporter
  private readonly bfd: Bfd
  private readonly unnumbered: Unnumbered
  private wanted: BgpWishOfPeers | undefined // until the links are known
  private wantedBfd: BgpWishOfPeers['bfd'] = {}
  private links: LinkTable | undefined
  private draining: readonly string[] | 'all' = []
  private isFirst = true // the peers of the first wish may know us from before
  private seed: number
  private isStopping = false

  constructor(options: BgpDriverOptions & { readonly seed: number }) {
    this.options = options
    this.seed = options.seed
    this.slicer = options.slicer ?? new Slicer()
    this.bfd = options.bfd((change) => this.bfdChanged(change))
    const { peers, slicer, bfd } = this
    this.reporter = new BgpReporter({ peers, bfd, onReport: options.onReport, lag: slicer.lag })
    this.telling = new BgpTelling({
      peers,
      slicer,
      onTold: (peer) => this.reporter.changed(peer, false),
      onTaken: options.onTaken,
      onAllTold: (generation) => this.reporter.toldGeneration(generation),
    })
    this.unnumbered = new Unnumbered({
      clock: options.clock,
      open: options.openDiscovery,
      random: Math.random,
      isInUse: (device) => this.peersOn(device).some(({ session }) => stateOf(session) === 'Established'),
      onRouter: (device, news) => this.routerChanged(device, news),
    })
    this.listening = new Listening(options.listenPort, {
      onIncoming: (peer, incoming) => this.accept(peer, incoming),
      onLog: options.onLog,
      onChanged: (observed) => this.reporter.listeningChanged(observed),
    })
  }

  take(message: Exclude<ToWorker, { readonly type: 'stop' }>): void {
    switch (message.type) {
      case 'peers':
        this.wanted = message
        return this.configure()
      case 'routes':
        return this.telling.take(message)
      case 'drain':
        return this.drain(message.peers)
      case 'show':
        return undefined // answered by show(): it takes a while
    }
  }

  /** What rtnetlink tells. Nothing is dialled before: a session must know by which addresses it is reached. */
  setLinks(links: LinkTable): void {
    this.links = links
    this.configure()
    this.followInterfaces(links)
    if (Object.values(this.wantedBfd).some(({ multihop }) => multihop === 'off-link')) this.configureBeside()
    for (const peer of this.peers.values()) peer.addressesChanged()
  }

  /** Undefined: there is no such peer. */
  show(peer: string, limit: number): PeerRoutes | undefined {
    const found = this.peers.get(peer)
    return found === undefined ? undefined : showRoutes(found, limit)
  }

  report(peer: string): PeerReport | undefined {
    return this.peers.get(peer)?.report()
  }

  /** The sessions first, as the wish says, then everything else. */
  async stop(how: StopWish): Promise<void> {
    if (this.isStopping) return
    this.isStopping = true
    this.listening.close()
    const silent = within(bfdStopMs, this.bfd.stop()) // AdminDown first: no failure, whatever BGP does then
    await stopSessions([...this.peers.values()], how)
    await silent
    this.close()
  }

  close(): void {
    this.listening.close()
    this.unnumbered.close()
    this.bfd.close()
    this.reporter.close()
    for (const peer of this.peers.values()) void peer.close()
    this.options.journal?.close()
  }

  private configure(): void {
    const { wanted } = this
    if (this.links === undefined || wanted === undefined || this.isStopping) return
    this.wanted = undefined
    const { peers } = wanted
    const names = new Set(peers.map(({ name }) => name))
    for (const [name, peer] of this.peers) if (!names.has(name)) this.remove(name, peer)
    for (const config of peers) this.configurePeer(config)
    this.wantedBfd = wanted.bfd
    this.isFirst = false
    this.followInterfaces(this.links)
    this.configureBeside()
  }

  /** What stands beside the sessions: BFD and who may connect to us. */
  private configureBeside(): void {
    const peers = [...this.peers.values()].map(({ config }): PeerConfig => {
      const endpoint = this.unnumbered.resolve(config.endpoint)
      return typeof endpoint === 'string' ? config : { ...config, endpoint }
    })
    this.listening.configure(peers)
    this.bfd.configure(bfdSpecs({ peers, bfd: this.wantedBfd }, this.links ?? emptyTable))
    this.reporter.bfdChanged()
  }

  private accept(name: string, incoming: Incoming): void {
    const peer = this.peers.get(name)
    if (peer === undefined) incoming.refuse()
    else peer.accept(incoming)
  }

  private followInterfaces(links: LinkTable): void {
    if (this.isStopping) return
    const remotes = [...this.peers.values()].map(({ config }) => config.endpoint.remote)
    const devices = remotes.flatMap((remote) => ('interface' in remote ? [remote.interface] : []))
    this.unnumbered.follow(new Set(devices), links)
  }

  private peersOn(device: string): readonly BgpPeer[] {
    return [...this.peers.values()].filter(({ config: { endpoint } }) => {
      return 'interface' in endpoint.remote && endpoint.remote.interface === device
    })
  }

  private routerChanged(device: string, { address, why }: RouterNews): void {
    const text = `the router on interface ${device} is ${address ?? 'gone'}: ${why}`
    for (const peer of this.peersOn(device)) peer.restart('moved', text)
    this.configureBeside()
  }

  private configurePeer(config: PeerConfig): void {
    const peer = this.peers.get(config.name)
    if (peer === undefined) return this.add(config)
    const before = peer.config
    const isElsewhere = !same(before.endpoint.remote, config.endpoint.remote)
    if (isElsewhere) {
      this.remove(config.name, peer)
      return this.add(config)
    }
    peer.config = config
    const changed = endpointFields.filter((field) => !same(before.endpoint[field], config.endpoint[field]))
    const isOther = !same(before.session, config.session)
    if (isOther) peer.feed({ type: 'configured', config: config.session })
    if (changed.length > 0) peer.setEndpoint(config, changed.join(', '))
  }

  private add(config: PeerConfig): void {
    this.seed += 1
    const peer = new BgpPeer(config, this.surroundings(config.name), {
      seed: this.seed,
      restarting: this.isFirst && config.session.gracefulRestart !== undefined,
    })
    this.peers.set(config.name, peer)
    this.reporter.changed(config.name, true)
    peer.feed({ type: 'configured', config: config.session })
    if (this.isDraining(config.name)) peer.feed({ type: 'drain', on: true })
    this.telling.fill(config.name, peer)
    peer.feed({ type: 'start', by: 'operator' })
  }

  private remove(name: string, peer: BgpPeer): void {
    peer.feed({ type: 'stop', how: 'deconfigured' })
    void peer.close()
    this.peers.delete(name)
    this.reporter.gone(name)
    this.options.journal?.forget(name)
  }

  private surroundings(name: string): PeerSurroundings {
    const { clock, dial, journal, onLog } = this.options
    const { unnumbered } = this
    return {
      clock,
      slicer: this.slicer,
      dial: (endpoint, events) => {
        const found = unnumbered.resolve(endpoint)
        return typeof found === 'string' ? refusedStream(found, events) : dial(found, events)
      },
      localEnd: (end: StreamEnd) => localEndOf(end, this.links ?? emptyTable),
      onChanged: (urgent) => this.reporter.changed(name, urgent),
      onLog,
      ...(journal === undefined ? {} : { onStep: (stepped) => journal.write(name, bgpLines(stepped)) }),
    }
  }

  /** RFC 5882 §4.2: a path that is broken ends the session; AdminDown of either side does not (§3.2). */
  private bfdChanged({ peers, reason, isFailure }: BfdChange): void {
    this.reporter.bfdChanged()
    if (!isFailure) return
    for (const name of peers) this.peers.get(name)?.feed({ type: 'bfd-down', why: reason })
  }

  private isDraining(name: string): boolean {
    return this.draining === 'all' || this.draining.includes(name)
  }

  private drain(peers: readonly string[] | 'all'): void {
    this.draining = peers
    for (const [name, peer] of this.peers)
      if (peer.session.draining !== this.isDraining(name))
        peer.feed({ type: 'drain', on: this.isDraining(name) })
  }
}

/** A connection is made by these; a change of one of them needs another connection. */
const endpointFields = ['sourceAddress', 'device', 'password', 'transport', 'ttl'] as const

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
