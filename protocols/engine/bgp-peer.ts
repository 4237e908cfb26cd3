// One session in the bgp worker: what happens becomes events of its machine, effects are carried out. Decides nothing.
import type { PeerConfig } from '../bgp/config.ts'
import { anyContext } from '../bgp/context.ts'
import { MessageType } from '../bgp/iana.ts'
import { takeMessage, takeSplit } from '../bgp/inbound.ts'
import type { Message } from '../bgp/message.ts'
import { observe } from '../bgp/observed.ts'
import type { MessageCounts, PeerCounters, PeerReport } from '../bgp/observed.ts'
import { changeRibIn, newRibIn } from '../bgp/rib-in.ts'
import type { RibIn } from '../bgp/rib-in.ts'
import { agreementOf, newSession, stateOf } from '../bgp/session.ts'
import type { ConnectionId, Effect, Event, LocalEnd, Session, State, StopKind } from '../bgp/session.ts'
import { step } from '../bgp/step.ts'
import { concatBytes } from '../net/bytes.ts'
import type { BgpStepped } from './bgp-journal.ts'
import type { ByteStream, Dial, Incoming, StreamEnd, StreamEvents } from './byte-stream.ts'
import type { LogLine } from './l2-messages.ts'
import type { Slicer, Task } from './slicer.ts'

export type BgpClock = {
  readonly now: () => number // ms, of a clock that never jumps
  readonly at: (at: number, run: () => void) => () => void // answers with what cancels it
}

export type PeerSurroundings = {
  readonly clock: BgpClock
  readonly slicer: Slicer
  readonly dial: Dial
  readonly localEnd: (end: StreamEnd) => LocalEnd
  readonly onChanged: (urgent: boolean) => void // urgent: the state
  readonly onStep?: (stepped: BgpStepped) => void // for the journal
  readonly onLog: (line: LogLine) => void
}

type Connection = {
  readonly stream: ByteStream
  bytes: Uint8Array // received, and not yet taken
  parts: readonly Uint8Array[] // of one long message, not yet taken either
  isPumping: boolean // a task will take more of it
  isOpen: boolean
  at?: { readonly end: StreamEnd; readonly local: LocalEnd } // once it is open
  ended?: string // after those bytes
}

const noBytes = new Uint8Array(0)
/** A peer that says more than is taken in a turn is not read for a while. */
const backlogBytes = 128 * 1024

type Counting = { -readonly [Name in keyof MessageCounts]: number }

export class BgpPeer {
  config: PeerConfig
  session: Session
  readonly ribIn: RibIn = newRibIn()
  private readonly around: PeerSurroundings
  private readonly connections = new Map<ConnectionId, Connection>()
  private readonly closing = new Set<Promise<void>>()
  private readonly sent = noCounts()
  private readonly received = noCounts()
  private readonly events: Event[] = [] // of one turn, in order
  private isStepping = false
  private established = 0
  private stateBefore: State = 'Idle'
  private readonly transitions: Partial<Record<State, number>> = {}
  private accepted = 0
  private objection: string | undefined
  private loggedReason = ''
  private isUp = false
  private cancelWake: (() => void) | undefined

  constructor(
    config: PeerConfig,
    around: PeerSurroundings,
    how: { readonly seed: number; readonly restarting: boolean },
  ) {
    this.config = config
    this.around = around
    this.session = newSession(config.session, { ...how, now: around.clock.now() })
  }

  /** One event and all that follows from it. */
  feed(event: Event): void {
    this.events.push(event)
    if (this.isStepping) return
    this.isStepping = true
    try {
      for (let next = this.events.shift(); next !== undefined; next = this.events.shift()) this.takeStep(next)
    } finally {
      this.isStepping = false
    }
  }

  /** The connections that stand are of no use any more when their endpoint changes; `what` has changed. */
  setEndpoint(config: PeerConfig, what: string): void {
    this.config = config
    this.restart('reconfigured', what)
  }

  /** At once, and not when the next attempt is due: whom a connection would reach is another one now. */
  restart(how: StopKind, text: string): void {
    this.feed({ type: 'stop', how, text })
    this.feed({ type: 'start', by: 'operator' })
  }

  accept(incoming: Incoming): void {
    if (stateOf(this.session) === 'Idle') return incoming.refuse()
    this.accepted += 1
    const id = `accept-${this.accepted}`
    const stream = incoming.take(this.streamEvents(id))
    const local = this.around.localEnd(incoming.local)
    const at = { end: incoming.local, local }
    this.connections.set(id, { stream, bytes: noBytes, parts: [], isPumping: false, isOpen: true, at })
    this.feed({ type: 'accepted', connection: id, local })
  }

  /** Addresses of this machine came or went: next hops of connections that stand may be others now. */
  addressesChanged(): void {
    for (const [id, connection] of this.connections) {
      if (connection.at === undefined) continue
      const { end, local: before } = connection.at
      const local = this.around.localEnd(end)
      if (JSON.stringify(local) === JSON.stringify(before)) continue
      connection.at = { end, local }
      this.feed({ type: 'next-hops', connection: id, local })
    }
  }

  report(): PeerReport {
    const observed = observe(this.session, this.ribIn)
    const counters: PeerCounters = {
      sent: { ...this.sent },
      received: { ...this.received },
      established: this.established,
      transitions: { ...this.transitions },
    }
    return {
      session: observed,
      counters,
      ...(this.objection === undefined ? {} : { objection: this.objection }),
    }
  }

  /** Stops without another word. Resolves when all connections are gone. */
  async close(): Promise<void> {
    this.cancelWake?.()
    for (const id of this.connections.keys()) this.closeConnection(id)
    await Promise.all(this.closing)
  }

  private takeStep(event: Event): void {
    const now = this.around.clock.now()
    const before = this.session
    const next = step(before, event, now)
    this.session = next.session
    this.around.onStep?.({ event, effects: next.effects, now, before })
    for (const effect of next.effects) this.carryOut(effect)
  }

  private carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'dial':
        return this.dial(effect.connection)
      case 'send':
        return this.send(effect.connection, effect.bytes)
      case 'close':
        return this.closeConnection(effect.connection)
      case 'wake-at':
        return this.wakeAt(effect.at)
      case 'state':
        return this.stateChanged(effect)
      case 'note':
        return this.log('info', 'bgp session', { note: effect.text })
      case 'rib-in':
        return this.changeRibIn(effect)
    }
  }

  private dial(id: ConnectionId): void {
    const stream = this.around.dial(this.config.endpoint, this.streamEvents(id))
    this.connections.set(id, { stream, bytes: noBytes, parts: [], isPumping: false, isOpen: false })
  }

  private send(id: ConnectionId, bytes: Uint8Array): void {
    const connection = this.connections.get(id)
    if (connection === undefined) return
    count(this.sent, bytes)
    connection.stream.send(bytes)
    this.around.onChanged(false)
  }

  private closeConnection(id: ConnectionId): void {
    const connection = this.connections.get(id)
    if (connection === undefined) return
    this.connections.delete(id)
    const gone = connection.stream.close()
    this.closing.add(gone)
    void gone.then(() => this.closing.delete(gone))
  }

  private streamEvents(id: ConnectionId): StreamEvents {
    return {
      onOpen: (end) => this.opened(id, end),
      onBytes: (bytes) => this.receive(id, bytes),
      onDrained: () => this.drained(id),
      onEnd: (reason) => this.ended(id, reason),
    }
  }

  private opened(id: ConnectionId, end: StreamEnd): void {
    const connection = this.connections.get(id)
    if (connection === undefined) return
    connection.isOpen = true
    this.objection = undefined
    const local = this.around.localEnd(end)
    connection.at = { end, local }
    this.feed({ type: 'connected', connection: id, local })
  }

  private receive(id: ConnectionId, bytes: Uint8Array): void {
    const connection = this.connections.get(id)
    if (connection === undefined) return
    connection.bytes = connection.bytes.length === 0 ? bytes : concatBytes(connection.bytes, bytes)
    if (connection.isPumping && connection.bytes.length > backlogBytes) connection.stream.pause()
    else this.pump(id, connection)
  }

  /** Room for more of our routes: some milliseconds of work, so with as many peers as there are, one after the other. */
  private drained(id: ConnectionId): void {
    this.around.slicer.add(() => {
      if (this.connections.has(id)) this.feed({ type: 'drained', connection: id })
      return undefined
    })
  }

  private ended(id: ConnectionId, reason: string): void {
    const connection = this.connections.get(id)
    if (connection === undefined) return
    connection.ended = reason
    if (!connection.isOpen) this.objection = reason
    this.pump(id, connection)
  }

  /** What the peer has said, a message at a time. */
  private pump(id: ConnectionId, connection: Connection): void {
    if (connection.isPumping) return
    connection.isPumping = true
    const task: Task = () => {
      if (this.takeOne(id, connection)) return task
      connection.isPumping = false
      connection.stream.resume()
      return undefined
    }
    this.around.slicer.add(task)
  }

  /** Whether there may be more. */
  private takeOne(id: ConnectionId, connection: Connection): boolean {
    if (this.connections.get(id) !== connection) return false
    if (this.takePart(id, connection)) return true
    const taken = takeMessage(this.session, id, connection.bytes)
    if (taken !== undefined) {
      if (taken.event.type === 'received')
        this.countReceived(taken.event.message, connection.bytes.length - taken.rest.length)
      connection.bytes = taken.rest
      this.feed(taken.event)
      return true
    }
    if (connection.ended === undefined) return false
    this.connections.delete(id)
    this.feed({ type: 'closed', connection: id, why: connection.ended })
    return false
  }

  /** Of a long message only a part at a time. */
  private takePart(id: ConnectionId, connection: Connection): boolean {
    if (connection.parts.length === 0) {
      const split = takeSplit(this.session, id, connection.bytes)
      if (split === undefined) return false
      this.countReceived({ type: 'update' }, connection.bytes.length - split.rest.length)
      connection.parts = split.parts
      connection.bytes = split.rest
    }
    const [part = noBytes, ...rest] = connection.parts
    connection.parts = rest
    const taken = takeMessage(this.session, id, part)
    if (taken !== undefined) this.feed(taken.event)
    return true
  }

  private countReceived({ type }: Pick<Message, 'type'>, length: number): void {
    this.received[type] += 1
    this.received.bytes += length
    this.around.onChanged(false)
  }

  private wakeAt(at: number): void {
    this.cancelWake?.()
    this.cancelWake = this.around.clock.at(at, () => this.wake())
  }

  /** After a stall of our own what the peer has said meanwhile comes first, or it would be blamed for our silence. */
  private wake(): void {
    for (const [id, connection] of this.connections) if (connection.isPumping) this.takeOne(id, connection)
    this.feed({ type: 'wake' })
  }

  private stateChanged({ state, reason }: Extract<Effect, { type: 'state' }>): void {
    const fields = { state, reason }
    this.transitions[state] = (this.transitions[state] ?? 0) + 1
    // Each for itself, for who looks for it: a report has only where several of one turn have led to.
    this.log('debug', 'BGP session changed', { from: this.stateBefore, to: state, reason })
    this.stateBefore = state
    if (state === 'Established') {
      this.established += 1
      this.loggedReason = ''
      this.log('info', 'bgp session up', fields)
      this.isUp = true
    } else if (state === 'Idle' && (this.isUp || reason !== this.loggedReason)) {
      this.loggedReason = reason
      this.log(this.isUp ? 'warn' : 'info', 'bgp session down', fields)
      this.isUp = false
    }
    this.around.onChanged(true)
  }

  private changeRibIn({ change }: Extract<Effect, { type: 'rib-in' }>): void {
    const context = agreementOf(this.session)?.context ?? anyContext
    const limits = this.session.config.prefixLimits
    const event = changeRibIn(this.ribIn, change, { context, ...(limits === undefined ? {} : { limits }) })
    if (event !== undefined) this.events.push(event)
    this.around.onChanged(false)
  }

  private log(level: LogLine['level'], message: string, fields: LogLine['fields']): void {
    this.around.onLog({ level, message, fields: { peer: this.config.name, ...fields } })
  }
}

function noCounts(): Counting {
  return { open: 0, update: 0, notification: 0, keepalive: 0, 'route-refresh': 0, bytes: 0 }
}

const typeNames: Readonly<Record<number, Message['type']>> = {
  [MessageType.open]: 'open',
  [MessageType.update]: 'update',
  [MessageType.notification]: 'notification',
  [MessageType.keepalive]: 'keepalive',
  [MessageType.routeRefresh]: 'route-refresh',
}

/** One whole message. */
function count(counts: Counting, bytes: Uint8Array): void {
  const name = typeNames[bytes[18] ?? 0]
  if (name !== undefined) counts[name] += 1
  counts.bytes += bytes.length
}
