// Two BFD sessions on one clock, and one session against packets made by hand.
import { expect } from 'chai'
import fc from 'fast-check'
import type { BfdConfig } from './config.ts'
import { Diagnostic } from './iana.ts'
import type { BfdPacket } from './packet.ts'
import { newBfdSession, stepBfd } from './session.ts'
import type { BfdEffect, BfdEvent } from './session.ts'
import type { BfdSession } from './state.ts'

const config: BfdConfig = {
  desiredMinTxUs: 300_000,
  requiredMinRxUs: 300_000,
  detectMultiplier: 3,
  passive: false,
  multihop: false,
  minimumTtl: 255,
}

type End = { session: BfdSession; wakeAt: number; readonly log: string[]; sent: number }
type Wire = { readonly delayMs: number; cut: boolean }

function end(wish: Partial<BfdConfig>, discriminator: number): End {
  return {
    session: newBfdSession({ ...config, ...wish }, discriminator, discriminator),
    wakeAt: Infinity,
    log: [],
    sent: 0,
  }
}

/** Runs both ends until `until`, delivering packets after the wire's delay; a deterministic event queue. */
function run(a: End, b: End, wire: Wire, span: readonly [number, number]): void {
  const flying: { at: number; to: End; packet: BfdPacket }[] = []
  const tell = (self: End, other: End, event: BfdEvent, now: number) => {
    const { session, effects } = stepBfd(self.session, event, now)
    self.session = session
    self.wakeAt = Infinity
    for (const effect of effects) apply(effect, { self, other, now })
  }
  const apply = (effect: BfdEffect, at: { self: End; other: End; now: number }) => {
    if (effect.type === 'wake-at') at.self.wakeAt = effect.at
    if (effect.type === 'state')
      at.self.log.push(`@${Math.round(at.now)} ${effect.from}→${effect.to}: ${effect.reason}`)
    if (effect.type === 'send') {
      at.self.sent++
      if (!wire.cut) flying.push({ at: at.now + wire.delayMs, to: at.other, packet: effect.packet })
    }
  }
  const [from, until] = span
  if (from === 0) {
    tell(a, b, { type: 'start' }, 0)
    tell(b, a, { type: 'start' }, 0)
  }
  for (;;) {
    flying.sort((x, y) => x.at - y.at)
    const next = Math.min(flying[0]?.at ?? Infinity, a.wakeAt, b.wakeAt)
    if (next > until) return
    const arrived = flying[0]?.at === next ? flying.shift() : undefined
    if (arrived !== undefined)
      tell(arrived.to, arrived.to === a ? b : a, { type: 'received', packet: arrived.packet }, next)
    else if (a.wakeAt === next) tell(a, b, { type: 'wake' }, next)
    else tell(b, a, { type: 'wake' }, next)
  }
}

const packet: BfdPacket = {
  diagnostic: 0,
  state: 'down',
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 5,
  myDiscriminator: 7,
  yourDiscriminator: 0,
  desiredMinTxUs: 1_000_000,
  requiredMinRxUs: 400_000,
  requiredMinEchoRxUs: 0,
}

function feed(
  session: BfdSession,
  events: readonly (readonly [number, BfdEvent])[],
): {
  session: BfdSession
  effects: BfdEffect[]
} {
  const effects: BfdEffect[] = []
  let current = session
  for (const [now, event] of events) {
    const result = stepBfd(current, event, now)
    current = result.session
    effects.push(...result.effects)
  }
  return { session: current, effects }
}

const received = (change: Partial<BfdPacket>): BfdEvent => ({
  type: 'received',
  packet: { ...packet, ...change },
})

/** A session that is up with a peer of unequal timers: we 300 ms × 3, the peer 1,000 ms / 400 ms × 5. */
function upSession(wish: Partial<BfdConfig> = {}): BfdSession {
  return feed(newBfdSession({ ...config, ...wish }, 1, 1), [
    [0, { type: 'start' }],
    [1, received({})],
    [2, received({ state: 'init', yourDiscriminator: 1 })],
    [3, received({ state: 'up', yourDiscriminator: 1, final: true })],
  ]).session
}

describe('a BFD session', () => {
  it('comes up with its peer in a three-way handshake', () => {
    const a = end({}, 1)
    const b = end({}, 2)
    run(a, b, { delayMs: 5, cut: false }, [0, 4000])
    expect([a.session.state, b.session.state]).to.deep.equal(['up', 'up'])
  })

  it('sends at most once a second until it is up, then polls for the faster interval', () => {
    const first = feed(newBfdSession(config, 1, 1), [[0, { type: 'start' }]])
    expect(first.session.advertised.desiredMinTxUs).to.equal(1_000_000)
    const up = feed(first.session, [
      [1, received({})],
      [2, received({ state: 'init', yourDiscriminator: 1 })],
    ])
    const last = up.effects.findLast((effect) => effect.type === 'send')
    expect(last).to.deep.include({ type: 'send' })
    expect(last?.type === 'send' && last.packet.poll).to.equal(true)
    expect(up.session.advertised.desiredMinTxUs).to.equal(300_000)
  })

  it('detects silence after the peer’s multiplier times the slower of the two intervals', () => {
    const up = upSession()
    expect(up.detectAt).to.equal(3 + 5 * 1000)
    const silent = feed(up, [[5003, { type: 'wake' }]])
    expect(silent.session.state).to.equal('down')
    expect(silent.session.diagnostic).to.equal(Diagnostic.detectionTimeExpired)
    expect(silent.session.remote.discriminator).to.equal(0)
    expect(silent.session.reason).to.contain('5000 ms')
  })

  it('is down within the detection time when the wire is cut, at both ends', () => {
    const a = end({}, 1)
    const b = end({ desiredMinTxUs: 400_000, detectMultiplier: 4 }, 2)
    const wire = { delayMs: 2, cut: false }
    run(a, b, wire, [0, 5000])
    wire.cut = true
    run(a, b, wire, [5000, 5000 + 4 * 400 + 10])
    expect([a.session.state, b.session.state]).to.deep.equal(['down', 'down'])
  })

  it('never goes down on a wire that loses nothing, for an hour', () => {
    const a = end({}, 1)
    const b = end({ desiredMinTxUs: 50_000, requiredMinRxUs: 700_000 }, 2)
    run(a, b, { delayMs: 30, cut: false }, [0, 3_600_000])
    expect(a.log.filter((line) => line.includes('→down'))).to.deep.equal([])
    expect(b.log.filter((line) => line.includes('→down'))).to.deep.equal([])
  })

  it('jitters by up to a quarter, and by a tenth at least when one loss is enough', () => {
    for (const [detectMultiplier, most] of [
      [3, 400],
      [1, 360],
    ] as const) {
      let session = upSession({ detectMultiplier })
      for (let now = 1000; now < 60_000; now = session.sendAt ?? Infinity) {
        session = stepBfd(session, received({ state: 'up', yourDiscriminator: 1 }), now).session
        session = stepBfd(session, { type: 'wake' }, now).session
        const delay = (session.sendAt ?? 0) - now
        expect(delay).to.be.within(0.01, most)
      }
    }
  })

  it('answers a poll at once with a final, whatever its own pace', () => {
    const { effects } = feed(upSession(), [[10, received({ state: 'up', yourDiscriminator: 1, poll: true })]])
    const finals = effects.filter((effect) => effect.type === 'send' && effect.packet.final)
    expect(finals).to.have.length(1)
  })

  it('keeps the old pace until a slower one is agreed, and the old detection until a faster one is', () => {
    const slower = feed(upSession(), [
      [10, { type: 'configured', config: { ...config, desiredMinTxUs: 900_000, requiredMinRxUs: 100_000 } }],
    ]).session
    expect(slower.inForce).to.deep.equal({ desiredMinTxUs: 300_000, requiredMinRxUs: 300_000 })
    const agreed = feed(slower, [[20, received({ state: 'up', yourDiscriminator: 1, final: true })]]).session
    expect(agreed.inForce).to.deep.equal({ desiredMinTxUs: 900_000, requiredMinRxUs: 100_000 })
    expect(agreed.poll).to.equal('none')
  })

  it('polls again when its intervals change while a poll is out', () => {
    const twice = feed(upSession(), [
      [10, { type: 'configured', config: { ...config, desiredMinTxUs: 900_000 } }],
      [11, { type: 'configured', config: { ...config, desiredMinTxUs: 800_000 } }],
      [12, received({ state: 'up', yourDiscriminator: 1, final: true })],
    ]).session
    expect(twice.poll).to.equal('out')
    expect(twice.inForce.desiredMinTxUs).to.equal(300_000)
  })

  it('says that the peer is administratively down, which is no failure of the path (RFC 5882 §3.2)', () => {
    const { session } = feed(upSession(), [[10, received({ state: 'adminDown', yourDiscriminator: 1 })]])
    expect(session.state).to.equal('down')
    expect(session.remote.state).to.equal('adminDown')
    expect(session.reason).to.equal('peer is administratively down')
  })

  it('waits for the peer when passive', () => {
    const started = feed(newBfdSession({ ...config, passive: true }, 1, 1), [[0, { type: 'start' }]])
    expect(started.effects).to.deep.equal([])
    const answered = feed(started.session, [[50, received({})]])
    expect(answered.effects.some((effect) => effect.type === 'send')).to.equal(true)
  })

  it('is silent towards a peer that wants no packets, and towards one in demand mode', () => {
    for (const change of [{ requiredMinRxUs: 0 }, { demand: true }]) {
      const { session, effects } = feed(upSession(), [
        [10, received({ state: 'up', yourDiscriminator: 1, ...change })],
        [2000, { type: 'wake' }],
      ])
      expect(effects.filter((effect) => effect.type === 'send')).to.deep.equal([])
      expect(session.sendAt).to.equal(undefined)
    }
  })

  it('discards a packet for another discriminator and stays as it is', () => {
    const up = upSession()
    const { session, effects } = feed(up, [[10, received({ state: 'down', yourDiscriminator: 99 })]])
    expect(session.state).to.equal('up')
    expect(effects[0]).to.deep.equal({ type: 'discard', reason: 'your discriminator 99 is not ours' })
  })

  it('refuses a replayed sequence number until the peer was silent for two detection times', () => {
    const authentication = { type: 'meticulousKeyedSha1', keyId: 1, key: 'secret' } as const
    const section = (sequence: number) => ({
      authentication: { type: authentication.type, keyId: 1, sequence, digest: new Uint8Array(20) },
    })
    const first = feed(newBfdSession({ ...config, authentication }, 1, 1), [[0, received(section(500))]])
    const replay = feed(first.session, [[1, received(section(500))]])
    expect(replay.effects[0]?.type).to.equal('discard')
    const next = feed(first.session, [[1, received(section(501))]])
    expect(next.effects.some((effect) => effect.type === 'discard')).to.equal(false)
    const silent = feed(first.session, [[5001, { type: 'wake' }]])
    expect(feed(silent.session, [[5002, received(section(500))]]).effects[0]?.type).to.equal('discard')
    const forgotten = feed(silent.session, [[10_002, { type: 'wake' }]])
    expect(feed(forgotten.session, [[10_003, received(section(500))]]).effects[0]?.type).to.not.equal(
      'discard',
    )
  })

  it('tells AdminDown before it closes', () => {
    const stopping = feed(upSession(), [[10, { type: 'stop' }]])
    const sent = stopping.effects.find((effect) => effect.type === 'send')
    expect(sent?.type === 'send' && sent.packet.state).to.equal('adminDown')
    const closed = feed(stopping.session, [[stopping.session.closeAt ?? 0, { type: 'wake' }]])
    expect(closed.effects).to.deep.include({ type: 'close' })
  })

  it('in any state accepts any event, and always knows when to come back', () => {
    const states = fc.constantFrom('adminDown', 'down', 'init', 'up')
    const packets = fc.record({
      state: states,
      poll: fc.boolean(),
      final: fc.boolean(),
      demand: fc.boolean(),
      detectMultiplier: fc.integer({ min: 1, max: 255 }),
      yourDiscriminator: fc.constantFrom(0, 1, 2),
      desiredMinTxUs: fc.nat(),
      requiredMinRxUs: fc.nat(),
    })
    const event = fc.oneof(
      packets.map((change): BfdEvent => received(change)),
      fc.constantFrom<BfdEvent>(
        { type: 'start' },
        { type: 'wake' },
        { type: 'admin-down' },
        { type: 'admin-up' },
      ),
      fc
        .nat(60_000_000)
        .map((desiredMinTxUs): BfdEvent => ({ type: 'configured', config: { ...config, desiredMinTxUs } })),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5000), event), { maxLength: 40 }), (steps) => {
        let now = 0
        let session = newBfdSession(config, 1, 1)
        for (const [later, next] of steps) {
          now += later
          const result = stepBfd(session, next, now)
          session = result.session
          for (const effect of result.effects)
            if (effect.type === 'wake-at') expect(effect.at).to.be.a('number').and.satisfy(Number.isFinite)
          expect(session.state !== 'up' || session.detectAt !== undefined).to.equal(true)
        }
      }),
    )
  })
})
