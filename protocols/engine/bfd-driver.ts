// Drives the BFD sessions of this node in the thread that it is made in: datagrams, timers and wishes become events;
// effects become packets and news. Decides nothing.
import { randomInt } from 'node:crypto'
import { authenticationObjection } from '../bfd/authentication.ts'
import { demultiplex } from '../bfd/demultiplex.ts'
import type { BfdState } from '../bfd/iana.ts'
import type { BfdGeneral, BfdObserved } from '../bfd/observed.ts'
import { decodeBfd } from '../bfd/packet.ts'
import type { BfdPacket } from '../bfd/packet.ts'
import { stepBfd } from '../bfd/session.ts'
import type { BfdEffect, BfdEvent } from '../bfd/session.ts'
import { DecodeError } from '../net/bytes.ts'
import type { FarPacket, FarPeer, WatchFar } from './bfd-distance.ts'
import { DistanceWatch } from './bfd-distance-watch.ts'
import { BfdDoors } from './bfd-doors.ts'
import type { BfdGuest } from './bfd-doors.ts'
import {
  addresseeOf,
  closeSender,
  hashOf,
  hold,
  observedOf,
  pathOf,
  scopeOf,
  sessionKey,
  transmit,
} from './bfd-session.ts'
import type { BfdSessionSpec, HeldSession } from './bfd-session.ts'
import { bfdNetwork } from './bfd-sockets.ts'
import type { BfdDoor, BfdNetwork, ReceivedDatagram } from './bfd-sockets.ts'
import { bfdLines } from './bgp-journal.ts'
import { monotonicClock } from './clock.ts'
import type { Clock } from './clock.ts'
import type { LogLine } from './l2-messages.ts'
import { LoopLag } from './loop-lag.ts'
import type { NamedJournals } from './named-journals.ts'

export type BfdDriverOptions = {
  readonly onChange: (change: BfdChange) => void // of a session's state; at once
  readonly onLog: (line: LogLine) => void
  readonly network?: BfdNetwork
  readonly clock?: Clock
  readonly journal?: NamedJournals
  readonly watchFar?: WatchFar // absent: nobody looks
}

export type BfdChange = {
  readonly peers: readonly string[] // by name: all that wished for this session
  readonly remote: string
  readonly from: BfdState
  readonly to: BfdState
  readonly reason: string
  /** The path is broken: a BGP session over it ends (RFC 5882 §4.2). Not so when either side took BFD down by will (§3.2). */
  readonly isFailure: boolean
}

/** So many datagrams are read before timers and other sockets get their turn. */
const datagramsPerTurn = 128
/** What a receive buffer of the kernel's default size may hold: all that came before the deadlines are judged. */
const datagramsOfAStall = 512
/** A port that another program holds is tried again. */
const retryMs = 1000

export class BfdDriver {
  private readonly options: BfdDriverOptions
  private readonly network: BfdNetwork
  private readonly clock: Clock
  private readonly doors: BfdDoors
  private readonly lag = new LoopLag()
  private readonly distance: DistanceWatch
  private readonly held = new Map<string, HeldSession>()
  private readonly leaving = new Map<string, HeldSession>() // AdminDown is being told
  private readonly general = { malformed: 0, unknown: 0 }
  private addressees: readonly ReturnType<typeof addresseeOf>[] = []
  private timer: { readonly at: number; readonly cancel: () => void } | undefined
  private retryAt: number | undefined
  private news: BfdChange[] = [] // told when the work of a turn is done: who hears it may configure us anew
  private onceEmpty: (() => void)[] = []
  private isClosed = false

  constructor(options: BfdDriverOptions) {
    this.options = options
    this.network = options.network ?? bfdNetwork
    this.clock = options.clock ?? monotonicClock
    this.distance = new DistanceWatch({
      clock: this.clock,
      watchFar: options.watchFar ?? (() => ({ close: () => undefined })),
      onSeen: (packet) => this.seenFar(packet),
    })
    this.doors = new BfdDoors(this.network, {
      onReadable: (door) => this.onReadable(door),
      onProblem: ({ family, multihop }, problem) =>
        this.log('warn', 'BFD cannot listen', { family, multihop: String(multihop), problem }),
    })
  }

  /** Replaces what was wished before: new sessions begin, others are told their timers, the rest say AdminDown. */
  configure(specs: readonly BfdSessionSpec[]): void {
    if (this.isClosed) return
    const wished = Map.groupBy(specs, sessionKey)
    for (const [key, held] of this.held) if (!wished.has(key)) this.leave(held)
    const fresh: HeldSession[] = []
    for (const [key, [spec, ...sharing]] of wished) {
      if (spec === undefined) continue
      const known = this.held.get(key)
      const held = known ?? this.begin(spec)
      held.peers = [spec, ...sharing].map(({ peer }) => peer)
      if (known === undefined) fresh.push(held)
      else this.reconfigure(held, spec)
    }
    this.followDoors()
    for (const held of fresh) this.feed(held, { type: 'start' })
    this.endTurn()
  }

  /** By the name of each peer. */
  observe(): Readonly<Record<string, BfdObserved>> {
    const observed: Record<string, BfdObserved> = {}
    for (const held of this.held.values()) {
      const value = observedOf(held, this.doors.problemOf(guestOf(held)))
      for (const peer of held.peers) observed[peer] = value
    }
    return observed
  }

  observeGeneral(): BfdGeneral {
    return { loopLagMs: this.lag.value(this.clock.now()), ...this.general }
  }

  /** Every session says AdminDown, for a detection time of its peer. Resolves when all have done so. */
  stop(): Promise<void> {
    this.configure([])
    if (this.leaving.size === 0) this.close()
    if (this.isClosed) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.onceEmpty.push(() => {
      this.close()
      resolve()
    })
    return promise
  }

  /** At once: nothing is polled any more, and nothing more is said. */
  close(): void {
    this.isClosed = true
    this.timer?.cancel()
    this.timer = undefined
    this.doors.closeAll()
    this.distance.close()
    this.options.journal?.close()
    for (const held of [...this.held.values(), ...this.leaving.values()]) closeSender(held)
  }

  private begin(spec: BfdSessionSpec): HeldSession {
    const key = sessionKey(spec)
    const before = this.leaving.get(key)
    if (before !== undefined) this.forget(before)
    const held = hold(spec, this.freeDiscriminator(), randomInt(2 ** 32))
    this.held.set(key, held)
    return held
  }

  /** Not 0, and hard to guess: who does not know it can say nothing to a session that is up (RFC 5880 §6.3). */
  private freeDiscriminator(): number {
    for (;;) {
      const value = randomInt(1, 2 ** 32)
      if (!this.addressees.some(({ localDiscriminator }) => localDiscriminator === value)) return value
    }
  }

  private reconfigure(held: HeldSession, spec: BfdSessionSpec): void {
    if (JSON.stringify(held.session.config) === JSON.stringify(spec.config)) return
    const path = pathOf(spec)
    if (path.unfragmented !== held.path.unfragmented) closeSender(held)
    held.path = path
    delete held.tooFar
    this.feed(held, { type: 'configured', config: spec.config })
  }

  private leave(held: HeldSession): void {
    this.held.delete(held.key)
    this.leaving.set(held.key, held)
    this.feed(held, { type: 'stop' })
  }

  private forget(held: HeldSession): void {
    this.leaving.delete(held.key)
    this.options.journal?.forget(nameOf(held))
    held.wakeAt = undefined
    closeSender(held)
  }

  private followDoors(): void {
    const everybody = [...this.held.values(), ...this.leaving.values()]
    for (const held of this.held.values()) held.scope = scopeOf(held, this.network)
    this.addressees = [...this.held.values()].map(addresseeOf)
    this.doors.follow(everybody.map(guestOf))
    this.retryAt = this.doors.hasProblems ? this.clock.now() + retryMs : undefined
    this.followDistance()
  }

  /** Whoever is not up may be dropped for its TTL, which nobody would hear of. */
  private followDistance(): void {
    const waiting = [...this.held.values()].filter(({ session }) => session.state !== 'up')
    this.distance.follow(waiting.map(farPeerOf))
  }

  private seenFar({ source, ttl, multihop }: FarPacket): void {
    for (const held of this.held.values()) {
      if (held.remote !== source || held.path.multihop !== multihop || held.session.state === 'up') continue
      const { minimumTtl } = farPeerOf(held)
      held.counters.tooFar += 1
      if (held.tooFar?.ttl === ttl && held.tooFar.minimumTtl === minimumTtl) continue
      held.tooFar = { ttl, minimumTtl }
      const fields = { peer: held.peers.join(' '), remote: source, ttl, minimumTtl }
      this.log('warn', 'BFD packets are dropped for their TTL', fields)
    }
  }

  private onReadable(door: BfdDoor): void {
    this.drain(door, datagramsPerTurn)
    this.endTurn()
  }

  private drain(door: BfdDoor, limit: number): void {
    for (let count = 0; count < limit; count++) {
      const datagram = this.doors.read(door)
      if (datagram === undefined) return
      this.receive(door, datagram)
    }
  }

  private receive(door: BfdDoor, { bytes, source, interface: scope }: ReceivedDatagram): void {
    const packet = decodedOf(bytes)
    if (packet === undefined) {
      this.general.malformed += 1
      return
    }
    const arrival = {
      sourceAddress: source,
      interface: scope === undefined ? undefined : String(scope),
      multihop: door.multihop,
    }
    const held = demultiplex(this.addressees, packet, arrival)?.held
    if (held === undefined) {
      this.general.unknown += 1
      return
    }
    held.counters.packetsIn += 1
    const objection = authenticationObjection(packet, held.session.config.authentication, hashOf)
    if (objection === undefined) this.feed(held, { type: 'received', packet })
    else discard(held, objection)
  }

  private feed(held: HeldSession, event: BfdEvent): void {
    const now = wholeMicroseconds(this.clock.now())
    const before = held.session
    const { session, effects } = stepBfd(before, event, now)
    this.options.journal?.write(nameOf(held), bfdLines({ event, effects, now, before }))
    held.session = session
    held.wakeAt = undefined
    for (const effect of effects) this.carryOut(held, effect)
  }

  private carryOut(held: HeldSession, effect: BfdEffect): void {
    switch (effect.type) {
      case 'send':
        return this.send(held, effect.packet)
      case 'wake-at':
        held.wakeAt = effect.at
        return
      case 'state':
        return this.changed(held, effect)
      case 'discard':
        return discard(held, effect.reason)
      case 'close':
        return this.forget(held)
    }
  }

  private send(held: HeldSession, packet: BfdPacket): void {
    const { problem, scope } = held
    transmit(held, packet, { network: this.network, now: this.clock.now() })
    if (held.scope !== scope) this.addressees = [...this.held.values()].map(addresseeOf)
    if (held.problem !== undefined && held.problem !== problem)
      this.log('warn', 'BFD cannot send', {
        peer: held.peers.join(' '),
        remote: held.remote,
        problem: held.problem,
      })
  }

  private changed(held: HeldSession, { from, to, reason }: Extract<BfdEffect, { type: 'state' }>): void {
    held.changedAt = Date.now()
    if (to === 'up') held.counters.upEvents += 1
    if (from === 'up') held.counters.downEvents += 1
    if (to === 'up') delete held.tooFar
    this.followDistance()
    const { peers, remote, session } = held
    const isFailure = from === 'up' && to === 'down' && session.remote.state !== 'adminDown'
    this.log('info', 'BFD session changed', { peer: peers.join(' '), remote, from, to, reason })
    this.news.push({ peers, remote, from, to, reason, isFailure })
  }

  private endTurn(): void {
    this.schedule()
    for (const change of this.news.splice(0)) this.options.onChange(change)
  }

  /** One timer for all sessions. It may come early, when a packet has moved the deadline: then it is set again. */
  private schedule(): void {
    if (this.isClosed) return
    if (this.held.size === 0 && this.leaving.size === 0) this.empty()
    const at = this.nextDeadline()
    if (at === undefined) return
    if (this.timer !== undefined && this.timer.at <= at) return
    this.timer?.cancel()
    const wait = Math.max(0, at - this.clock.now())
    this.timer = { at, cancel: this.clock.after(wait, () => this.wake()) }
  }

  private nextDeadline(): number | undefined {
    let earliest = this.retryAt
    for (const { wakeAt } of [...this.held.values(), ...this.leaving.values()])
      if (wakeAt !== undefined && (earliest === undefined || wakeAt < earliest)) earliest = wakeAt
    return earliest
  }

  /** First all that came meanwhile: a pause of our own must not look like a peer that is gone. */
  private wake(): void {
    const now = this.clock.now()
    this.lag.note(this.timer?.at ?? now, now)
    this.timer = undefined
    for (const door of this.doors.all()) this.drain(door, datagramsOfAStall)
    for (const held of [...this.held.values(), ...this.leaving.values()])
      if (held.wakeAt !== undefined && held.wakeAt <= now) this.feed(held, { type: 'wake' })
    if (this.retryAt !== undefined && this.retryAt <= now) this.followDoors()
    this.endTurn()
  }

  private empty(): void {
    this.followDoors()
    for (const tell of this.onceEmpty.splice(0)) tell()
  }

  private log(level: LogLine['level'], message: string, fields: LogLine['fields']): void {
    this.options.onLog({ level, message, fields })
  }
}

/** Upwards, so that a deadline is over when the timer for it is. A replayed journal has the same clock. */
function wholeMicroseconds(ms: number): number {
  return Math.ceil(ms * 1000) / 1000
}

function nameOf({ peers, remote }: HeldSession): string {
  return peers[0] ?? remote
}

/** RFC 5881 §5: of a single hop there is nothing to configure. */
function farPeerOf({ remote, path: { multihop }, session: { config } }: HeldSession): FarPeer {
  return { address: remote, multihop, minimumTtl: multihop ? config.minimumTtl : 255 }
}

function guestOf({ remote, session: { config } }: HeldSession): BfdGuest {
  return { remote, multihop: config.multihop, minimumTtl: config.minimumTtl }
}

function discard(held: HeldSession, reason: string): void {
  held.counters.discarded += 1
  held.lastDiscard = reason
}

function decodedOf(bytes: Uint8Array): BfdPacket | undefined {
  try {
    return decodeBfd(bytes)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
