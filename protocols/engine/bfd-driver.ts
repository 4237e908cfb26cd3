// Drives the BFD sessions of this node in the thread that it is made in: datagrams, timers and wishes become events;
// effects become packets and news. Decides nothing.
import { authenticationObjection } from '../bfd/authentication.ts'
import type { BfdGeneral, BfdObserved } from '../bfd/observed.ts'
import type { BfdPacket } from '../bfd/packet.ts'
import { stepBfd } from '../bfd/session.ts'
import type { BfdEffect, BfdEvent } from '../bfd/session.ts'
import { Alarm } from './alarm.ts'
import { arrivalOf } from './bfd-arrival.ts'
import { noteChange } from './bfd-change.ts'
import type { BfdChange } from './bfd-change.ts'
import type { FarPacket, WatchFar } from './bfd-distance.ts'
import { DistanceWatch } from './bfd-distance-watch.ts'
import { BfdDoors } from './bfd-doors.ts'
import {
  closeSender,
  discard,
  farPeerOf,
  guestOf,
  hashOf,
  nameOf,
  noteFar,
  observedOf,
  pathOf,
  sessionKey,
  transmit,
} from './bfd-session.ts'
import type { BfdSessionSpec, HeldSession } from './bfd-session.ts'
import { BfdSessions } from './bfd-sessions.ts'
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
  private readonly alarm: Alarm
  private readonly doors: BfdDoors
  private readonly lag = new LoopLag()
  private readonly distance: DistanceWatch
  private readonly sessions: BfdSessions
  private readonly general = { malformed: 0, unknown: 0 }
  private retryAt: number | undefined
  private news: BfdChange[] = [] // told when the work of a turn is done: who hears it may configure us anew
  private onceEmpty: (() => void)[] = []
  private isClosed = false

  constructor(options: BfdDriverOptions) {
    this.options = options
    this.network = options.network ?? bfdNetwork
    this.clock = options.clock ?? monotonicClock
    this.sessions = new BfdSessions(this.network)
    this.alarm = new Alarm(this.clock, (dueAt) => this.wake(dueAt))
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
    for (const held of this.sessions.wished()) if (!wished.has(held.key)) this.leave(held)
    const fresh: HeldSession[] = []
    for (const [key, [spec, ...sharing]] of wished) {
      if (spec === undefined) continue
      const known = this.sessions.get(key)
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
    for (const held of this.sessions.wished()) {
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
    if (!this.sessions.hasLeaving) this.close()
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
    this.alarm.cancel()
    this.doors.closeAll()
    this.distance.close()
    this.options.journal?.close()
    for (const held of this.sessions.all()) closeSender(held)
  }

  private begin(spec: BfdSessionSpec): HeldSession {
    const before = this.sessions.leavingOf(sessionKey(spec))
    if (before !== undefined) this.forget(before)
    return this.sessions.begin(spec)
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
    this.sessions.leave(held)
    this.feed(held, { type: 'stop' })
  }

  private forget(held: HeldSession): void {
    this.sessions.forget(held)
    this.options.journal?.forget(nameOf(held))
  }

  private followDoors(): void {
    this.sessions.followInterfaces()
    this.doors.follow(this.sessions.all().map(guestOf))
    this.retryAt = this.doors.hasProblems ? this.clock.now() + retryMs : undefined
    this.followDistance()
  }

  /** Whoever is not up may be dropped for its TTL, which nobody would hear of. */
  private followDistance(): void {
    const waiting = this.sessions.wished().filter(({ session }) => session.state !== 'up')
    this.distance.follow(waiting.map(farPeerOf))
  }

  private seenFar(packet: FarPacket): void {
    for (const held of this.sessions.wished()) {
      const tooFar = noteFar(held, packet)
      if (tooFar === undefined) continue
      const fields = { peer: held.peers.join(' '), remote: held.remote, ...tooFar }
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

  private receive(door: BfdDoor, datagram: ReceivedDatagram): void {
    const arrival = arrivalOf(datagram, door, this.sessions.addressees)
    if (typeof arrival === 'string') {
      this.general[arrival] += 1
      return
    }
    const { held, packet } = arrival
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
    if (held.scope !== scope) this.sessions.followAddressees()
    if (held.problem !== undefined && held.problem !== problem)
      this.log('warn', 'BFD cannot send', {
        peer: held.peers.join(' '),
        remote: held.remote,
        problem: held.problem,
      })
  }

  private changed(held: HeldSession, effect: Extract<BfdEffect, { type: 'state' }>): void {
    const change = noteChange(held, effect)
    this.followDistance()
    const { peers, remote, from, to, reason } = change
    this.log('info', 'BFD session changed', { peer: peers.join(' '), remote, from, to, reason })
    this.news.push(change)
  }

  private endTurn(): void {
    this.schedule()
    for (const change of this.news.splice(0)) this.options.onChange(change)
  }

  private schedule(): void {
    if (this.isClosed) return
    if (this.sessions.isEmpty) this.empty()
    const moments = [this.sessions.wakeAt(), this.retryAt].filter((at) => at !== undefined)
    if (moments.length > 0) this.alarm.setBy(Math.min(...moments))
  }

  /** First all that came meanwhile: a pause of our own must not look like a peer that is gone. */
  private wake(dueAt: number): void {
    const now = this.clock.now()
    this.lag.note(dueAt, now)
    for (const door of this.doors.all()) this.drain(door, datagramsOfAStall)
    for (const held of this.sessions.all())
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
