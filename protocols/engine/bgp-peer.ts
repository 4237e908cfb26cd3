// One session in the bgp worker: what happens becomes events of its machine, effects are carried out. Decides nothing.
import type { PeerConfig } from '../bgp/config.ts'
import { anyContext } from '../bgp/context.ts'
import type { LocalEnd } from '../bgp/local-end.ts'
import type { Message } from '../bgp/message.ts'
import { observe } from '../bgp/observed.ts'
import type { PeerCounters, PeerReport } from '../bgp/observed.ts'
import { changeRibIn, newRibIn } from '../bgp/rib-in.ts'
import type { RibIn } from '../bgp/rib-in.ts'
import { agreementOf, newSession, stateOf } from '../bgp/session.ts'
import type { ConnectionId, Effect, Event, Session, State, StopKind } from '../bgp/session.ts'
import { step } from '../bgp/step.ts'
import { BgpConnections } from './bgp-connections.ts'
import type { BgpStepped } from './bgp-journal.ts'
import type { Dial, Incoming, StreamEnd } from './byte-stream.ts'
import type { LogLine } from './l2-messages.ts'
import { countMessage, noCounts } from './message-counts.ts'
import type { Slicer } from './slicer.ts'

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

export class BgpPeer {
  config: PeerConfig
  session: Session
  readonly ribIn: RibIn = newRibIn()
  private readonly around: PeerSurroundings
  private readonly connections: BgpConnections
  private readonly sent = noCounts()
  private readonly received = noCounts()
  private readonly events: Event[] = [] // of one turn, in order
  private isStepping = false
  private established = 0
  private stateBefore: State = 'Idle'
  private readonly transitions: Partial<Record<State, number>> = {}
  private accepted = 0
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
    this.connections = new BgpConnections({
      slicer: around.slicer,
      localEnd: around.localEnd,
      session: () => this.session,
      feed: (event) => this.feed(event),
      onReceived: (type, length) => this.countReceived(type, length),
    })
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
    this.connections.accept(`accept-${this.accepted}`, incoming.local, (events) => incoming.take(events))
  }

  /** Addresses of this machine came or went: next hops of connections that stand may be others now. */
  addressesChanged(): void {
    this.connections.addressesChanged()
  }

  report(): PeerReport {
    const observed = observe(this.session, this.ribIn)
    const { objection } = this.connections
    const counters: PeerCounters = {
      sent: { ...this.sent },
      received: { ...this.received },
      established: this.established,
      transitions: { ...this.transitions },
    }
    return {
      session: observed,
      counters,
      ...(objection === undefined ? {} : { objection }),
    }
  }

  /** Stops without another word. Resolves when all connections are gone. */
  close(): Promise<void> {
    this.cancelWake?.()
    return this.connections.closeAll()
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
        return this.connections.close(effect.connection)
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
    this.connections.dial(id, (events) => this.around.dial(this.config.endpoint, events))
  }

  private send(id: ConnectionId, bytes: Uint8Array): void {
    if (!this.connections.send(id, bytes)) return
    countMessage(this.sent, bytes)
    this.around.onChanged(false)
  }

  private countReceived(type: Message['type'], length: number): void {
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
    this.connections.catchUp()
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
