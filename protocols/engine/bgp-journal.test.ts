// What a journal holds is enough to go through it again, from its beginning and from where a new file begins.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { FakeEnd } from '../../test/support/fake-wire.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary.ts'
import { replay } from '../../test/traces/session-replay.ts'
import { parseTrace } from '../../test/traces/trace-file.ts'
import type { BfdConfig } from '../bfd/config.ts'
import type { RouteAttributes } from '../bgp/config.ts'
import type { Event } from '../bgp/session.ts'
import { newSession } from '../bgp/session.ts'
import { step } from '../bgp/step.ts'
import { BfdDriver } from './bfd-driver.ts'
import { bgpLines } from './bgp-journal.ts'
import { NamedJournals } from './named-journals.ts'

const config = {
  localAs: 65001,
  peerAs: 65002,
  identifier: '192.0.2.1',
  families: ['IPv4'],
  holdTimeS: 90,
  passive: false,
  connectRetryMs: 5000,
  delayOpenMs: 0,
  gracefulRestart: { restartTimeS: 120 },
} as const

const bfd: BfdConfig = {
  desiredMinTxUs: 300_000,
  requiredMinRxUs: 300_000,
  detectMultiplier: 3,
  passive: false,
  multihop: false,
  minimumTtl: 255,
  authentication: { type: 'meticulousKeyedSha1', keyId: 7, key: 'a secret' },
}

const open = {
  type: 'open',
  asNumber: 65002,
  holdTimeS: 90,
  identifier: '192.0.2.2',
  capabilities: [
    { name: 'multiprotocol', afi: 1, safi: 1 },
    { name: 'four-octet-as', asNumber: 65002 },
  ],
} as const

const local = { address: '192.0.2.1', nextHops: { IPv4: ['192.0.2.1'] } } as const

/** Of one file: what is gathered before it is written is less. */
const fileBytes = 100_000

/** A session that comes up and goes down, with `count` routes, over and over. */
function* life(count: number, rounds: number): Generator<Event> {
  const attributes: RouteAttributes = { communities: ['65001:1'] }
  const set = Array.from({ length: count }, (_, index) => ({
    prefix: `198.51.${index >> 8}.${index & 255}/32`,
    attributes,
  }))
  yield { type: 'configured', config }
  yield { type: 'routes', complete: false, set, unset: [] }
  yield { type: 'routes-known' }
  yield { type: 'start', by: 'operator' }
  for (let round = 1; round <= rounds; round++) {
    const connection = `dial-${round}`
    yield { type: 'connected', connection, local }
    yield { type: 'drained', connection }
    yield { type: 'received', connection, message: open }
    yield { type: 'received', connection, message: { type: 'keepalive' } }
    yield { type: 'drained', connection }
    yield { type: 'routes', complete: false, set: [], unset: ['198.51.0.7/32'] }
    yield { type: 'drained', connection }
    yield { type: 'violation', connection, violation: { code: 3, subcode: 1, message: 'bad', data: '00' } }
    yield { type: 'closed', connection, why: 'reset' }
    yield { type: 'wake' }
  }
}

describe('the journal of a session', () => {
  let folder: string

  beforeEach(() => {
    folder = makeTemporaryFolder('journal')
  })
  afterEach(() => removeFolder(folder))

  const differing = (file: string) =>
    [...replay(parseTrace(readFileSync(join(folder, file), 'utf8')))].filter(
      ({ effects, now }) => JSON.stringify(effects) !== JSON.stringify(now),
    )
  const eventsIn = (file: string) => parseTrace(readFileSync(join(folder, file), 'utf8')).length

  function writeLife(count: number, rounds: number): void {
    const journals = new NamedJournals(join(folder, 'bgp'), fileBytes)
    let session = newSession(config, { seed: 77, now: 5, restarting: true })
    let now = 1000
    for (const event of life(count, rounds)) {
      now += 7_000
      const before = session
      const next = step(before, event, now)
      session = next.session
      journals.write('tor', bgpLines({ event, effects: next.effects, now, before }))
    }
    journals.close()
  }

  it('of BGP is replayed to the same effects', () => {
    writeLife(3, 3)
    expect(eventsIn('bgp.tor')).to.equal(1 + 4 + 3 * 10)
    expect(differing('bgp.tor')).to.deep.equal([])
  })

  it('of BGP with many routes is replayed from where its second file begins', () => {
    writeLife(300, 400)
    const text = readFileSync(join(folder, 'bgp.tor'), 'utf8')
    expect(text).to.match(/^# goes on from the file before\n@\d+ bgp-session /)
    expect(eventsIn('bgp.tor')).to.be.above(1)
    expect(differing('bgp.tor')).to.deep.equal([])
    expect(differing('bgp.tor.1')).to.deep.equal([])
  })

  function watch(quietMs: number): void {
    const clock = fakeClock()
    const journal = new NamedJournals(join(folder, 'bfd'), fileBytes)
    const [a, b] = ['192.0.2.1', '192.0.2.2'].map((address) => new FakeEnd(address, clock))
    if (a === undefined || b === undefined) throw new Error('two ends')
    a.join(b)
    const silent = { onChange: () => {}, onLog: () => {} }
    const ours = new BfdDriver({ ...silent, network: a, clock: a.thread, journal })
    const theirs = new BfdDriver({ ...silent, network: b, clock: b.thread })
    ours.configure([{ peer: 'tor', remote: b.address, config: bfd }])
    theirs.configure([{ peer: 'node', remote: a.address, config: { ...bfd, detectMultiplier: 5 } }])
    clock.advance(quietMs)
    b.isCut = true
    clock.advance(3_000)
    b.isCut = false
    clock.advance(5_000)
    ours.configure([{ peer: 'tor', remote: b.address, config: { ...bfd, desiredMinTxUs: 700_000 } }])
    clock.advance(3_000)
    ours.close()
    theirs.close()
  }

  it('of BFD is replayed to the same effects, and holds no key', () => {
    watch(5_000)
    const text = readFileSync(join(folder, 'bfd.tor'), 'utf8')
    for (const state of ['down init', 'init up', 'up down']) expect(text).to.include(`  state ${state}: `)
    expect(text).not.to.include('secret')
    expect(differing('bfd.tor')).to.deep.equal([])
  })

  it('of BFD is replayed from where its second file begins', () => {
    watch(600_000)
    expect(readFileSync(join(folder, 'bfd.tor'), 'utf8')).to.match(/^# goes on.*\n@[\d.]+ bfd-session /)
    expect(differing('bfd.tor')).to.deep.equal([])
    expect(differing('bfd.tor.1')).to.deep.equal([])
  })

  it('in which an effect was changed says so at that event', () => {
    watch(5_000)
    const text = readFileSync(join(folder, 'bfd.tor'), 'utf8').replace(
      '  state init up: ',
      '  state init down: ',
    )
    const [changed, ...others] = [...replay(parseTrace(text))].filter(
      ({ effects, now }) => JSON.stringify(effects) !== JSON.stringify(now),
    )
    expect(others).to.deep.equal([])
    expect(changed?.now.join()).to.include('state init up')
  })
})
