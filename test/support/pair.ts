// Two BGP sessions, the wire between them and one clock that is a number: hours of protocol in milliseconds.
//
//   session a ──effects──▶ stream over a lossy wire ──bytes──▶ takeMessage ──event──▶ session b      and back
//
// The streams are TCP's: what the wire loses or reorders comes later, holds up what was sent after it, and is cut
// into other pieces than it was written in. `silent` swallows everything, `reset` ends what is open as well.
import type { Route, SessionConfig } from '../../protocols/bgp/config.ts'
import { anyContext } from '../../protocols/bgp/context.ts'
import { takeMessage } from '../../protocols/bgp/inbound.ts'
import type { LocalEnd } from '../../protocols/bgp/local-end.ts'
import { changeRibIn, newRibIn } from '../../protocols/bgp/rib-in.ts'
import type { RibIn } from '../../protocols/bgp/rib-in.ts'
import { agreementOf, newSession, stateOf } from '../../protocols/bgp/session.ts'
import type { ConnectionId, Effect, Event, Session } from '../../protocols/bgp/session.ts'
import { step } from '../../protocols/bgp/step.ts'
import { draw } from '../../protocols/bgp/timing.ts'
import { concatBytes } from '../../protocols/net/bytes.ts'

export type Side = 'a' | 'b'

export type WireOptions = {
  readonly latencyMs?: number // default 1
  readonly loss?: number // of segments, 0 to 1: each one lost comes a retransmission later
  readonly reorder?: number // of segments, 0 to 1
  readonly seed?: number
}

export type PairOptions = WireOptions & {
  readonly a?: Partial<SessionConfig>
  readonly b?: Partial<SessionConfig>
  readonly restarting?: Side
}

export type Pair = {
  readonly now: () => number
  readonly session: (side: Side) => Session
  readonly ribIn: (side: Side) => RibIn
  readonly log: (side: Side) => readonly string[] // states and notes, with their times
  readonly sent: (side: Side) => readonly string[] // messages by their texts
  readonly tell: (side: Side, event: Event) => void
  readonly advance: (ms: number) => void
  readonly wire: (state: 'up' | 'silent' | 'reset') => void
  readonly freeze: (side: Side) => void // its connections stand, and nobody reads, writes or looks at a clock
  readonly replace: (side: Side, restarting: boolean) => void // the process dies without a word, another begins
}

type End = { readonly side: Side; readonly id: ConnectionId; received: Uint8Array; lastArrival: number }
type Stream = { readonly ends: Record<Side, End>; open: boolean }
type Task = { readonly at: number; readonly order: number; readonly run: () => void }
type Party = {
  session: Session
  ribIn: RibIn
  streams: Map<ConnectionId, Stream>
  wake: Task | undefined
  frozen: boolean
  readonly log: string[]
  readonly sent: string[]
}

const plain = {
  families: ['IPv4', 'IPv6'],
  holdTimeS: 90,
  passive: false,
  connectRetryMs: 5000,
  delayOpenMs: 0,
} as const

const defaults: Record<Side, SessionConfig> = {
  a: { ...plain, localAs: 65001, peerAs: 65002, identifier: '192.0.2.1' },
  b: { ...plain, localAs: 65002, peerAs: 65001, identifier: '192.0.2.2' },
}

const locals: Record<Side, LocalEnd> = {
  a: { address: '192.0.2.1', nextHops: { IPv4: ['192.0.2.1'], IPv6: ['2001:db8::1'] } },
  b: { address: '192.0.2.2', nextHops: { IPv4: ['192.0.2.2'], IPv6: ['2001:db8::2'] } },
}

const otherSide: Record<Side, Side> = { a: 'b', b: 'a' }
const retransmissionMs = 200

export function pairOf(options: PairOptions = {}): Pair {
  const { latencyMs = 1, loss = 0, reorder = 0 } = options
  let seed = options.seed ?? 1
  let now = 0
  let order = 0
  let accepts = 0
  let wireState: 'up' | 'silent' = 'up'
  const tasks = new Set<Task>()
  const parties: Record<Side, Party> = { a: party('a'), b: party('b') }

  function party(side: Side, restarting = options.restarting === side): Party {
    const config = { ...defaults[side], ...options[side] }
    const session = newSession(config, { seed: seed + (side === 'a' ? 0 : 1000), now, restarting })
    return {
      session,
      ribIn: newRibIn(),
      streams: new Map(),
      wake: undefined,
      frozen: false,
      log: [],
      sent: [],
    }
  }

  function random(): number {
    const drawn = draw(seed)
    seed = drawn.seed
    return drawn.random
  }

  function later(ms: number, run: () => void): Task {
    const task = { at: now + ms, order: order++, run }
    tasks.add(task)
    return task
  }

  function tell(side: Side, event: Event): void {
    if (parties[side].frozen) return
    const stepped = step(parties[side].session, event, now)
    parties[side].session = stepped.session
    for (const effect of stepped.effects) perform(side, effect)
  }

  function perform(side: Side, effect: Effect): void {
    const me = parties[side]
    switch (effect.type) {
      case 'dial':
        return dial(side, effect.connection)
      case 'send':
        me.sent.push(effect.text)
        return transmit(side, effect.connection, effect.bytes)
      case 'close':
        return close(side, effect.connection)
      case 'wake-at': {
        if (me.wake !== undefined) tasks.delete(me.wake)
        me.wake = later(Math.max(0, effect.at - now), () => tell(side, { type: 'wake' }))
        return
      }
      case 'state':
        me.log.push(`@${now} ${effect.state}: ${effect.reason}`)
        return
      case 'note':
        me.log.push(`@${now} note ${effect.text}`)
        return
      case 'rib-in': {
        const context = agreementOf(me.session)?.context ?? anyContext
        const limits = me.session.config.prefixLimits ?? {}
        const over = changeRibIn(me.ribIn, effect.change, { context, limits })
        if (over !== undefined) later(0, () => tell(side, over))
      }
    }
  }

  function dial(side: Side, id: ConnectionId): void {
    const end = (on: Side, name: ConnectionId): End => ({
      side: on,
      id: name,
      received: new Uint8Array(0),
      lastArrival: 0,
    })
    const other = otherSide[side]
    const far = `accept-${++accepts}`
    const mine = end(side, id)
    const theirs = end(other, far)
    const stream: Stream = {
      ends: side === 'a' ? { a: mine, b: theirs } : { a: theirs, b: mine },
      open: true,
    }
    parties[side].streams.set(id, stream)
    later(latencyMs, () => {
      if (wireState === 'silent' || !stream.open) return
      parties[other].streams.set(far, stream)
      later(latencyMs, () => {
        if (stream.open) tell(side, { type: 'connected', connection: id, local: locals[side] })
      })
      tell(other, { type: 'accepted', connection: far, local: locals[other] })
    })
  }

  /** Segments of odd sizes; a lost one comes later, and all behind it wait. */
  function transmit(side: Side, id: ConnectionId, bytes: Uint8Array): void {
    const stream = parties[side].streams.get(id)
    const far = stream?.ends[otherSide[side]]
    if (stream === undefined || far === undefined || wireState === 'silent') return
    for (let offset = 0; offset < bytes.length; ) {
      const size = 1 + Math.floor(random() * 1460)
      const segment = bytes.slice(offset, offset + size)
      offset += size
      const late = random() < loss ? retransmissionMs : random() < reorder ? latencyMs : 0
      far.lastArrival = Math.max(far.lastArrival, now + latencyMs + late)
      const isLast = offset >= bytes.length
      later(far.lastArrival - now, () => arrive(stream, far, { segment, isLast }))
    }
  }

  function arrive(stream: Stream, far: End, part: { segment: Uint8Array; isLast: boolean }): void {
    const receiver = parties[far.side]
    const sender = otherSide[far.side]
    if (receiver.frozen || wireState === 'silent' || receiver.streams.get(far.id) !== stream) return
    far.received = concatBytes(far.received, part.segment)
    for (;;) {
      const taken = takeMessage(receiver.session, far.id, far.received)
      if (taken === undefined) break
      far.received = taken.rest
      tell(far.side, taken.event)
    }
    if (part.isLast)
      later(latencyMs, () => tell(sender, { type: 'drained', connection: stream.ends[sender].id }))
  }

  /** What was sent before still arrives. */
  function close(side: Side, id: ConnectionId): void {
    const stream = parties[side].streams.get(id)
    parties[side].streams.delete(id)
    if (stream === undefined) return
    const far = stream.ends[otherSide[side]]
    const at = Math.max(far.lastArrival, now + latencyMs)
    if (wireState === 'silent') return
    later(at - now, () => {
      stream.open = false
      if (wireState !== 'silent') farClosed(far, 'the peer closed the connection')
    })
  }

  function farClosed(far: End, why: string): void {
    parties[far.side].streams.delete(far.id)
    tell(far.side, { type: 'closed', connection: far.id, why })
  }

  function advance(ms: number): void {
    const end = now + ms
    for (;;) {
      const due = [...tasks]
        .filter(({ at }) => at <= end)
        .toSorted((x, y) => x.at - y.at || x.order - y.order)[0]
      if (due === undefined) break
      tasks.delete(due)
      now = Math.max(now, due.at)
      due.run()
    }
    now = end
  }

  function wire(state: 'up' | 'silent' | 'reset'): void {
    wireState = state === 'silent' ? 'silent' : 'up'
    if (state === 'reset') for (const side of ['a', 'b'] as const) resetAll(side)
  }

  function resetAll(side: Side): void {
    const before = [...parties[side].streams] // what is dialled meanwhile stays
    for (const [id, stream] of before) {
      stream.open = false
      parties[side].streams.delete(id)
      tell(side, { type: 'closed', connection: id, why: 'connection reset' })
    }
  }

  function replace(side: Side, restarting: boolean): void {
    const old = parties[side]
    if (old.wake !== undefined) tasks.delete(old.wake)
    for (const id of old.streams.keys()) close(side, id)
    parties[side] = party(side, restarting)
  }

  return {
    now: () => now,
    session: (side) => parties[side].session,
    ribIn: (side) => parties[side].ribIn,
    log: (side) => parties[side].log,
    sent: (side) => parties[side].sent,
    tell,
    advance,
    wire,
    freeze: (side) => void (parties[side].frozen = true),
    replace,
  }
}

export function routesOf(count: number, attributes: Route['attributes'] = {}): Route[] {
  return Array.from({ length: count }, (_, index) => ({
    prefix: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32`,
    peers: 'all',
    attributes,
  }))
}

export function allRoutes(routes: readonly Route[]): Event {
  const set = routes.map(({ prefix, attributes }) => ({ prefix, attributes }))
  return { type: 'routes', complete: true, set, unset: [] }
}

export function startBoth(options: PairOptions = {}, routes: readonly Route[] = []): Pair {
  const pair = pairOf(options)
  for (const side of ['a', 'b'] as const) {
    pair.tell(side, allRoutes(side === 'a' ? routes : []))
    pair.tell(side, { type: 'start', by: 'operator' })
  }
  return pair
}

export function established(options: PairOptions = {}, routes: readonly Route[] = []): Pair {
  const pair = startBoth(options, routes)
  pair.advance(10_000)
  const reached = states(pair)
  if (reached.some((state) => state !== 'Established'))
    throw new Error(`not established, but ${reached.join(' and ')}: ${pair.log('a').join('; ')}`)
  return pair
}

export function states(pair: Pair): string[] {
  return (['a', 'b'] as const).map((side) => stateOf(pair.session(side)))
}

export function reasons(pair: Pair, side: Side): string[] {
  return pair.log(side).map((line) => line.replace(/^@\d+ /, ''))
}
