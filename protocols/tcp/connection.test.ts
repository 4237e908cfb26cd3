// Two TCP connections on one clock, with a wire that loses, reorders and repeats; and one against segments made by hand.
import { expect } from 'chai'
import fc from 'fast-check'
import { newConnection } from './connection.ts'
import type { Connection, InSegment, OutSegment, TcpConfig, TcpEffect, TcpEvent } from './connection.ts'
import { stepTcp } from './step.ts'

const config: TcpConfig = {
  localPort: 50000,
  remotePort: 179,
  pathSegmentSize: 1460,
  signed: false,
  receiveBuffer: 65535,
  connectTimeoutMs: 10_000,
  userTimeoutMs: 90_000,
  keepAliveMs: 0,
  keepAliveProbes: 3,
  timeWaitMs: 60_000,
}

type End = {
  connection: Connection
  wakeAt: number
  received: number[]
  readonly log: string[]
  readonly segments: OutSegment[]
}

type Wire = {
  readonly delayMs: number
  readonly seed: number
  readonly lossPercent: number
  readonly wild: boolean
}

function end(change: Partial<TcpConfig>, initialSequence: number): End {
  const connection = newConnection({ ...config, ...change }, initialSequence)
  return { connection, wakeAt: Infinity, received: [], log: [], segments: [] }
}

/** A deterministic world: two ends, one wire, one clock. */
function world(a: End, b: End, wire: Wire) {
  const flying: { at: number; to: End; segment: OutSegment }[] = []
  let seed = wire.seed
  let clock = 0
  const chance = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed / 2 ** 32
  }
  const fly = (to: End, segment: OutSegment) => {
    if (chance() * 100 < wire.lossPercent) return
    flying.push({ at: clock + wire.delayMs + (wire.wild ? Math.floor(chance() * 40) : 0), to, segment })
    if (wire.wild && chance() < 0.1) flying.push({ at: clock + wire.delayMs + 25, to, segment })
  }
  const tell = (self: End, event: TcpEvent) => {
    const { connection, effects } = stepTcp(self.connection, event, clock)
    self.connection = connection
    self.wakeAt = Infinity
    for (const effect of effects) carry(self, effect)
  }
  const carry = (self: End, effect: TcpEffect) => {
    if (effect.type === 'transmit') {
      self.segments.push(effect.segment)
      fly(self === a ? b : a, effect.segment)
    }
    if (effect.type === 'wake-at') self.wakeAt = effect.at
    if (effect.type === 'closed') self.log.push(`closed: ${effect.reason}`)
    if (effect.type === 'connected' || effect.type === 'ended') self.log.push(effect.type)
    if (effect.type === 'received') {
      for (const byte of effect.bytes) self.received.push(byte)
      tell(self, { type: 'consumed', count: effect.bytes.length })
    }
  }
  const run = (until: number) => {
    for (;;) {
      flying.sort((x, y) => x.at - y.at)
      const next = Math.min(flying[0]?.at ?? Infinity, a.wakeAt, b.wakeAt)
      if (next > until) break
      clock = next
      const arrived = flying[0]?.at === next ? flying.shift() : undefined
      if (arrived !== undefined) tell(arrived.to, { type: 'segment', segment: arrived.segment })
      else tell(a.wakeAt === next ? a : b, { type: 'wake' })
    }
    clock = until
  }
  return { tell, run }
}

const clean: Wire = { delayMs: 5, seed: 1, lossPercent: 0, wild: false }

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >>> 8)) & 255)
}

function feed(start: Connection, events: readonly (readonly [number, TcpEvent])[]) {
  const effects: TcpEffect[] = []
  let connection = start
  for (const [now, event] of events) {
    const step = stepTcp(connection, event, now)
    connection = step.connection
    effects.push(...step.effects)
  }
  return { connection, effects }
}

const segment = (change: Partial<InSegment>): TcpEvent => ({
  type: 'segment',
  segment: {
    sequence: 9001,
    acknowledgment: 1001,
    flags: ['ACK'],
    window: 5000,
    payload: new Uint8Array(),
    ...change,
  },
})

/** Established: our next number is 1001, the peer's 9001. */
function open(change: Partial<TcpConfig> = {}): Connection {
  return feed(newConnection({ ...config, ...change }, 1000), [
    [0, { type: 'open' }],
    [5, segment({ sequence: 9000, flags: ['SYN', 'ACK'], maximumSegmentSize: 1000 })],
  ]).connection
}

const transmitted = (effects: readonly TcpEffect[]): OutSegment[] =>
  effects.flatMap((effect) => (effect.type === 'transmit' ? [effect.segment] : []))

describe('a TCP connection', () => {
  it('is opened, carries bytes both ways and is closed by both', () => {
    const a = end({}, 0xfffffff0)
    const b = end({ timeWaitMs: 1000 }, 77)
    const { tell, run } = world(a, b, clean)
    tell(b, { type: 'listen' })
    tell(a, { type: 'open' })
    tell(a, { type: 'write', bytes: pattern(20_000) })
    run(2000)
    tell(b, { type: 'write', bytes: pattern(3000) })
    run(4000)
    tell(a, { type: 'close' })
    run(5000)
    tell(b, { type: 'close' })
    run(200_000)
    expect(Uint8Array.from(b.received)).to.deep.equal(pattern(20_000))
    expect(Uint8Array.from(a.received)).to.deep.equal(pattern(3000))
    expect(a.log).to.deep.equal(['connected', 'ended', 'closed: closed by both'])
    expect(b.log).to.deep.equal(['connected', 'ended', 'closed: closed by both'])
  })

  it('delivers every byte once and in order over a wire that loses, reorders and repeats', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(25),
        fc.integer({ min: 0, max: 0xffffffff }),
        (seed, lossPercent, initial) => {
          const a = end({}, initial)
          const b = end({}, (initial * 7) >>> 0)
          const { tell, run } = world(a, b, { delayMs: 5, seed, lossPercent, wild: true })
          tell(b, { type: 'listen' })
          tell(a, { type: 'open' })
          tell(a, { type: 'write', bytes: pattern(9000) })
          run(600_000)
          if (a.log[0]?.startsWith('closed') === true) return // the handshake never got through within its time-out
          expect(Uint8Array.from(b.received)).to.deep.equal(pattern(9000))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('never sends a segment above what the path or the peer carries, signature included', () => {
    for (const [signed, most] of [
      [false, 1000],
      [true, 980],
    ] as const) {
      const connection = open({ signed })
      const { effects } = feed(connection, [[6, { type: 'write', bytes: pattern(4000) }]])
      expect(Math.max(...transmitted(effects).map((out) => out.payload.length))).to.equal(most)
    }
  })

  it('sends no more than the peer has room for, and asks a shut window now and then', () => {
    const { connection, effects } = feed(open(), [
      [6, segment({ window: 1500 })],
      [7, { type: 'write', bytes: pattern(4000) }],
    ])
    expect(transmitted(effects).reduce((sum, out) => sum + out.payload.length, 0)).to.equal(1000)
    const shut = feed(connection, [[9, segment({ acknowledgment: 2001, window: 0 })]])
    const probed = feed(shut.connection, [[shut.connection.timing.probeAt ?? 0, { type: 'wake' }]])
    expect(transmitted(probed.effects).map((out) => out.payload.length)).to.deep.equal([1])
    const reopened = feed(probed.connection, [[5000, segment({ acknowledgment: 2001, window: 5000 })]])
    expect(transmitted(reopened.effects).length).to.be.greaterThan(1)
  })

  it('sends the first lost segment at the third duplicate, before any time-out (RFC 5681 §3.2)', () => {
    const { connection } = feed(open(), [[6, { type: 'write', bytes: pattern(5000) }]])
    const again = feed(connection, [
      [7, segment({})],
      [8, segment({})],
      [9, segment({})],
    ])
    const [first] = transmitted(again.effects)
    expect(first?.sequence).to.equal(1001)
    expect(first?.payload.length).to.equal(1000)
  })

  it('waits twice as long after each time-out and gives up at the user time-out', () => {
    let { connection } = feed(open({ userTimeoutMs: 20_000 }), [[6, { type: 'write', bytes: pattern(10) }]])
    const gaps: number[] = []
    let last = 6
    let closed: string | undefined
    for (let turn = 0; turn < 20 && closed === undefined; turn++) {
      const at = connection.timing.retransmitAt ?? Infinity
      const step = stepTcp(connection, { type: 'wake' }, at)
      for (const effect of step.effects) if (effect.type === 'closed') closed = effect.reason
      gaps.push(at - last)
      last = at
      connection = step.connection
    }
    expect(gaps.slice(1, 4).map((gap, index) => Math.round(gap / (gaps[index] ?? 1)))).to.deep.equal([
      2, 2, 2,
    ])
    expect(closed).to.contain('nothing acknowledged')
  })

  it('believes a reset at exactly the expected number only, and challenges one within the window (RFC 5961 §3.2)', () => {
    const within = feed(open(), [[6, segment({ sequence: 9050, flags: ['RST'] })]])
    expect(within.connection.state).to.equal('established')
    expect(transmitted(within.effects)).to.have.length(1)
    const outside = feed(open(), [[6, segment({ sequence: 500_000, flags: ['RST'] })]])
    expect(transmitted(outside.effects)).to.have.length(0)
    const exact = feed(open(), [[6, segment({ flags: ['RST'] })]])
    expect(exact.effects).to.deep.include({ type: 'closed', reason: 'reset by the peer' })
  })

  it('challenges a SYN and an acknowledgment out of range, ten times a second at most (RFC 5961 §4, §5, §7)', () => {
    const flood = Array.from({ length: 50 }, (_, index): [number, TcpEvent] => [
      10 + index,
      segment(index % 2 === 0 ? { flags: ['SYN'] } : { acknowledgment: 900_000 }),
    ])
    const { connection, effects } = feed(open(), flood)
    expect(connection.state).to.equal('established')
    expect(transmitted(effects)).to.have.length(10)
  })

  it('says refused when its SYN is reset, and says how long it waited when nobody answers', () => {
    const opened = feed(newConnection(config, 1000), [[0, { type: 'open' }]])
    const refused = feed(opened.connection, [[5, segment({ sequence: 0, flags: ['RST', 'ACK'] })]])
    expect(refused.effects).to.deep.include({ type: 'closed', reason: 'connection refused' })
    const late = feed(opened.connection, [[10_000, { type: 'wake' }]])
    expect(late.effects).to.deep.include({ type: 'closed', reason: 'no connection within 10000 ms' })
  })

  it('asks a silent peer whether it is there, and gives up when it is not', () => {
    const quiet = open({ keepAliveMs: 1000 })
    const asked = feed(quiet, [[1005, { type: 'wake' }]])
    expect(transmitted(asked.effects).map((out) => out.sequence)).to.deep.equal([1000])
    const gone = feed(asked.connection, [
      [2005, { type: 'wake' }],
      [3005, { type: 'wake' }],
      [4005, { type: 'wake' }],
    ])
    expect(gone.effects.some((effect) => effect.type === 'closed')).to.equal(true)
  })

  it('shuts its window when nobody consumes, and says when it opens again', () => {
    const small = open({ receiveBuffer: 2000, pathSegmentSize: 1000 })
    const full = feed(small, [
      [6, segment({ payload: pattern(1000) })],
      [7, segment({ sequence: 10_001, payload: pattern(1000) })],
    ])
    expect(transmitted(full.effects).at(-1)?.window).to.equal(0)
    const opened = feed(full.connection, [[8, { type: 'consumed', count: 2000 }]])
    expect(transmitted(opened.effects).map((out) => out.window)).to.deep.equal([2000])
  })

  it('in any state accepts any segment', () => {
    const flags = fc.subarray(['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const)
    const number = fc.oneof(
      fc.nat(0xffffffff),
      fc.integer({ min: 8990, max: 9020 }),
      fc.integer({ min: 995, max: 1010 }),
    )
    const any = fc.record({ sequence: number, acknowledgment: number, flags, window: fc.nat(65535) })
    const event = fc.oneof(
      fc
        .tuple(any, fc.nat(30))
        .map(([change, length]): TcpEvent => segment({ ...change, payload: pattern(length) })),
      fc.constantFrom<TcpEvent>(
        { type: 'wake' },
        { type: 'close' },
        { type: 'abort' },
        { type: 'open' },
        { type: 'listen' },
        { type: 'write', bytes: pattern(100) },
      ),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2000), event), { maxLength: 30 }), (events) => {
        let now = 0
        const timed = events.map(([later, next]): [number, TcpEvent] => [(now += later), next])
        const { connection } = feed(open(), timed)
        expect(connection.receive.unread).to.be.at.most(config.receiveBuffer)
      }),
    )
  })
})
