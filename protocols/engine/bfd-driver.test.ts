// Two drivers on one clock, joined by a wire of plain values.
import { expect } from 'chai'
import { fakeClock } from '../../test/support/fake-clock.ts'
import type { FakeClock } from '../../test/support/fake-clock.ts'
import { FakeEnd } from '../../test/support/fake-wire.ts'
import type { BfdConfig } from '../bfd/config.ts'
import type { FarPacket } from './bfd-distance.ts'
import { BfdDriver } from './bfd-driver.ts'
import type { BfdChange } from './bfd-change.ts'

const config: BfdConfig = {
  desiredMinTxUs: 300_000,
  requiredMinRxUs: 300_000,
  detectMultiplier: 3,
  passive: false,
  multihop: false,
  minimumTtl: 255,
}

type End = {
  readonly wire: FakeEnd
  readonly driver: BfdDriver
  readonly changes: BfdChange[]
  readonly logs: string[]
}

function pair(clock: FakeClock): readonly [End, End] {
  const ends = ['192.0.2.1', '192.0.2.2'].map((address): End => {
    const wire = new FakeEnd(address, clock)
    const changes: BfdChange[] = []
    const logs: string[] = []
    const driver = new BfdDriver({
      network: wire,
      clock: wire.thread,
      onChange: (change) => changes.push(change),
      onLog: ({ message }) => logs.push(message),
    })
    return { wire, driver, changes, logs }
  })
  const [a, b] = ends
  if (a === undefined || b === undefined) throw new Error('two ends')
  a.wire.join(b.wire)
  return [a, b]
}

function wish({ driver }: End, other: End, more: Partial<BfdConfig> = {}): void {
  driver.configure([{ peer: 'router', remote: other.wire.address, config: { ...config, ...more } }])
}

function upPair(more: Partial<BfdConfig> = {}): { clock: FakeClock; a: End; b: End } {
  const clock = fakeClock()
  const [a, b] = pair(clock)
  wish(a, b, more)
  wish(b, a, more)
  clock.advance(5000)
  return { clock, a, b }
}

describe('BfdDriver', () => {
  it('says with what TTL packets come that are dropped for it, until the session is up', () => {
    const clock = fakeClock()
    const wire = new FakeEnd('192.0.2.1', clock)
    let see: (packet: FarPacket) => void = () => {}
    const logs: unknown[] = []
    const driver = new BfdDriver({
      network: wire,
      clock: wire.thread,
      onChange: () => {},
      onLog: ({ message, fields }) => message.includes('TTL') && logs.push(fields),
      watchFar: (_peers, onSeen) => {
        see = onSeen
        return { close: () => {} }
      },
    })
    const far = { ...config, multihop: true, minimumTtl: 254 }
    driver.configure([{ peer: 'router', remote: '192.0.2.2', config: far }])
    clock.advance(5_000)
    for (const ttl of [62, 62]) see({ source: '192.0.2.2', ttl, multihop: true })
    const seen = driver.observe()['router']
    expect(seen?.tooFar).to.deep.equal({ ttl: 62, minimumTtl: 254 })
    expect(seen?.counters.tooFar).to.equal(2)
    expect(logs).to.deep.equal([{ peer: 'router', remote: '192.0.2.2', ttl: 62, minimumTtl: 254 }])
    driver.configure([{ peer: 'router', remote: '192.0.2.2', config: { ...far, minimumTtl: 60 } }])
    expect(driver.observe()['router']?.tooFar).to.equal(undefined)
    driver.close()
  })

  it('brings a session up, and says so once', () => {
    const { a } = upPair()
    expect(a.driver.observe()['router']?.state).to.equal('up')
    expect(a.changes.filter(({ to }) => to === 'up')).to.have.length(1)
    expect(a.changes.at(-1)).to.include({ to: 'up', isFailure: false })
  })

  it('calls silence of the peer a failure within the detection time', () => {
    const { clock, a, b } = upPair()
    b.wire.isCut = true
    clock.advance(900)
    expect(a.changes.at(-1)).to.include({ from: 'up', to: 'down', isFailure: true })
    expect(a.changes.at(-1)?.reason).to.contain('detection time of 900 ms')
  })

  it('reads what came during its own stall before it judges the peer', () => {
    const { clock, a, b } = upPair({ detectMultiplier: 10 }) // the peer has more patience than we
    wish(b, a)
    clock.advance(1000)
    const before = a.changes.length
    a.wire.thread.sleep()
    clock.advance(1200)
    a.wire.thread.wake()
    expect(a.changes.slice(before)).to.deep.equal([])
    expect(a.driver.observeGeneral().loopLagMs).to.be.greaterThan(300)
  })

  it('tells AdminDown when it stops, which is no failure for the peer', async () => {
    const { clock, a, b } = upPair()
    const stopped = a.driver.stop()
    clock.advance(10)
    expect(b.changes.at(-1)).to.include({ from: 'up', to: 'down', isFailure: false })
    expect(b.driver.observe()['router']).to.include({ remoteState: 'adminDown' })
    clock.advance(10_000)
    await stopped
  })

  it('answers a changed timer without going down', () => {
    const { clock, a, b } = upPair()
    const before = a.changes.length
    wish(a, b, { desiredMinTxUs: 700_000, requiredMinRxUs: 500_000, detectMultiplier: 4 })
    clock.advance(5000)
    expect(a.changes).to.have.length(before)
    expect(a.driver.observe()['router']).to.include({ transmitIntervalMs: 700, detectionTimeMs: 1500 })
    expect(b.driver.observe()['router']).to.include({ transmitIntervalMs: 500, detectionTimeMs: 2800 })
  })

  it('keeps a session down whose key is wrong, and says what it threw away', () => {
    const clock = fakeClock()
    const [a, b] = pair(clock)
    const authentication = { type: 'meticulousKeyedSha1', keyId: 1, key: 'right' } as const
    wish(a, b, { authentication })
    wish(b, a, { authentication: { ...authentication, key: 'wrong' } })
    clock.advance(5000)
    expect(a.driver.observe()['router']).to.include({ state: 'down', lastDiscard: 'wrong digest' })
    wish(b, a, { authentication })
    clock.advance(5000)
    expect(a.driver.observe()['router']).to.include({ state: 'up' })
  })

  it('shares one session between two peers behind one address', () => {
    const clock = fakeClock()
    const [a, b] = pair(clock)
    const spec = { remote: b.wire.address, config }
    a.driver.configure([
      { peer: 'one', ...spec },
      { peer: 'two', ...spec },
    ])
    wish(b, a)
    clock.advance(5000)
    expect(a.changes.at(-1)?.peers).to.deep.equal(['one', 'two'])
    expect(a.driver.observe()['one']).to.deep.equal(a.driver.observe()['two'])
  })

  it('says what keeps it from listening, tries again, and comes up when the port is free', () => {
    const clock = fakeClock()
    const [a, b] = pair(clock)
    a.wire.refusal = 'UDP port 3784: EADDRINUSE: Address already in use'
    wish(a, b)
    wish(b, a)
    clock.advance(10_000)
    expect(a.driver.observe()['router']).to.include({ problem: a.wire.refusal })
    expect(a.logs.filter((message) => message === 'BFD cannot listen')).to.have.length(1)
    a.wire.refusal = undefined
    clock.advance(6000)
    expect(a.driver.observe()['router']).to.include({ state: 'up' }).and.not.have.property('problem')
  })

  it('admits nobody but its peers, and counts what is no packet', () => {
    const { a, b } = upPair()
    expect(a.wire.admitted).to.deep.equal([b.wire.address])
    a.wire.arrive({ bytes: Uint8Array.of(1, 2, 3), source: b.wire.address })
    a.wire.arrive({ bytes: new Uint8Array(24).fill(0x20), source: '192.0.2.9' })
    expect(a.driver.observeGeneral()).to.include({ malformed: 2 })
    expect(a.driver.observe()['router']?.state).to.equal('up')
  })

  it('may be configured by whoever hears of a change', () => {
    const clock = fakeClock()
    const wire = new FakeEnd('192.0.2.1', clock)
    const peer = new FakeEnd('192.0.2.2', clock)
    wire.join(peer)
    const driver: BfdDriver = new BfdDriver({
      network: wire,
      clock: wire.thread,
      onChange: ({ to }) => {
        if (to === 'init') driver.configure([])
      },
      onLog: () => undefined,
    })
    const other = new BfdDriver({
      network: peer,
      clock: peer.thread,
      onChange: () => undefined,
      onLog: () => undefined,
    })
    driver.configure([{ peer: 'router', remote: peer.address, config }])
    other.configure([{ peer: 'router', remote: wire.address, config }])
    clock.advance(5000)
    expect(driver.observe()).to.deep.equal({})
  })
})
