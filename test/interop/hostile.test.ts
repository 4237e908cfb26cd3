// A hostile peer on the LAN: it plays every message that broke other speakers, and what else may be thrown at one, over real
// connections. A session with BIRD beside it stays up all the time, and nothing grows.
import { expect } from 'chai'
import { replayHint, seed } from '../fuzz/budget.ts'
import { diceOf, mutantOf } from '../fuzz/mutant.ts'
import { ip } from '../net/lan.ts'
import { needsNamespaces } from '../support/skip.ts'
import { until, untilTrue } from '../support/until.ts'
import { birdVersion } from './bird.ts'
import { acts } from './hostile-acts.ts'
import { keepaliveBytes, openBytes } from './hostile-peer.ts'
import type { Wire } from './hostile-peer.ts'
import { establishedFiles, openFiles, playOpen, Player, vectorsOf } from './hostile-rows.ts'
import { hostileAddress, HostileScene } from './hostile-scene.ts'

const patience = { timeoutMs: 60_000 }

describe(`a hostile peer over TCP (${replayHint})`, function () {
  this.timeout(180_000)
  needsNamespaces('/usr/sbin/bird')
  let scene: HostileScene | undefined
  let atFirst = { residentMiB: 0, openFiles: 0 }

  before(async () => {
    console.log(`    beside it: ${birdVersion()}`)
    scene = new HostileScene()
    await scene.begin()
    atFirst = { residentMiB: scene.residentMiB, openFiles: scene.openFiles }
  })

  after(() => scene?.end())

  function on(): HostileScene {
    if (scene === undefined) throw new Error('there is no scene')
    return scene
  }

  afterEach('the honest session beside it has not been disturbed', () => scene?.honestStands())

  for (const file of openFiles)
    it(`${file}: every OPEN of the vectors gets its verdict`, async () => {
      for (const vector of vectorsOf(file)) {
        const wire = await on().hostile.next()
        await playOpen(wire, vector).catch((cause: unknown) => {
          throw new Error(vector.title, { cause })
        })
      }
    })

  for (const [file, opening] of establishedFiles)
    it(`${file}: every message of the vectors gets its verdict on an established session`, async () => {
      const player = new Player(on().speaker, on().hostile, opening)
      for (const vector of vectorsOf(file))
        await player.play(vector).catch((cause: unknown) => {
          throw new Error(vector.title, { cause })
        })
      player.end()
    })

  it('500 mutated messages, ten a connection, end connections and nothing else', async () => {
    const dice = diceOf(seed)
    for (let connection = 0; connection < 50; connection++) {
      const wire = await on().hostile.next()
      await wire.message('open')
      if (dice(4) > 0) wire.send(openBytes({}), keepaliveBytes)
      wire.send(...Array.from({ length: 10 }, () => mutantOf(dice)))
      wire.finish()
      await wire.ending()
    }
  })

  it('2,000 connections of the peer itself, one upon the other, leave one session', async () => {
    const { speaker, hostile } = on()
    let through = 0
    for (let round = 0; round < 20; round++) through += on().knock(100, [hostileAddress]).length
    expect(through, 'a peer may connect').to.be.above(0)
    const wire = await hostile.established()
    await speaker.established('hostile')
    wire.drop()
  })

  it('10,000 connects from addresses that are no peers are not answered', () => {
    const { evil } = on()
    const files = on().openFiles
    const strangers = Array.from({ length: 10 }, (_, index) => `192.0.2.${100 + index}`)
    for (const address of strangers) ip(evil.namespace, ['addr', 'add', `${address}/24`, 'dev', evil.device])
    for (let round = 0; round < 20; round++) expect(on().knock(500, strangers)).to.deep.equal([])
    expect(on().openFiles - files).to.be.below(10)
  })

  for (const { title, play } of acts) it(title, () => play(on()))

  const keptOut = [
    ['without the key', { password: 'secret' }],
    ['with a TTL below the least', { ttl: { type: 'security', minimum: 255 } }],
  ] as const
  for (const [what, endpoint] of keptOut)
    it(`connects ${what} are not answered either`, async () => {
      on().meet({ passive: true }, endpoint)
      await on().speaker.sees('it waits', ({ peers }) => peers['hostile']?.session.state === 'Active')
      for (let round = 0; round < 5; round++) expect(on().knock(50, [hostileAddress])).to.deep.equal([])
      on().meet()
    })

  const drops: readonly (readonly [string, (wire: Wire) => void])[] = [
    ['accepts and drops', (wire) => wire.drop()],
    ['takes the session and drops it', (wire) => wire.takeAndDrop()],
  ]
  for (const [what, play] of drops)
    it(`a peer that ${what} is dialled more and more seldom`, async () => {
      const { hostile } = on()
      await on().meetAnew({ idleHold: { firstMs: 100, longestMs: 3200 } })
      const accepts: number[] = []
      hostile.playAll((wire) => {
        accepts.push(wire.acceptedAt)
        play(wire)
      })
      await untilTrue('seven connections', () => accepts.length >= 7, patience)
      hostile.playAll(undefined)
      on().meet()
      // Three quarters of 100 + 200 + … + 3200 ms, less what we may have been late for the first; without back-off 600.
      expect((accepts[6] ?? 0) - (accepts[0] ?? 0)).to.be.above(3000)
    })

  it('nothing has grown', async () => {
    ;(await on().hostile.established()).drop()
    await until(
      'no more files are open than before',
      () => (on().openFiles <= atFirst.openFiles + 3 ? true : undefined),
      patience,
    )
    const grown = on().residentMiB - atFirst.residentMiB
    console.log(`      resident: ${atFirst.residentMiB} MiB before, ${grown} MiB more after`)
    expect(grown).to.be.below(96)
  })

  const resident: number[] = [] // after each of these
  for (const holdTimeS of [90, 0])
    it(`a peer that does not read, at a hold time of ${holdTimeS} s: little is queued, and the send hold time ends it`, async () => {
      const { speaker, hostile } = on()
      await on().meetAnew({ sendHoldMs: 5000 })
      const wire = await hostile.established({ holdTimeS })
      await speaker.established('hostile')
      const failuresBefore = speaker.observed.peers['hostile']?.session.lastFailure?.at
      wire.stopReading()
      on().burden(40_000)
      const reason = 'the peer has not read for the send hold time (RFC 9687)'
      await speaker.sees(
        reason,
        ({ peers }) => {
          const failure = peers['hostile']?.session.lastFailure
          return failure?.reason === reason && failure.at !== failuresBefore
        },
        60_000,
      )
      expect(on().queued, 'octets in our kernel').to.be.below(1024 * 1024)
      wire.drop()
      resident.push(on().residentMiB)
      on().burden(0)
      await on().meetAnew({})
    })

  it('a peer that does not read makes nothing grow, beside the routes themselves', () => {
    const [first = 0, second = 0] = resident
    console.log(`      resident: ${first} MiB after the first, ${second} MiB after the second`)
    expect(second - first).to.be.below(192)
  })
})
