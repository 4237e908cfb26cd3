// A hostile peer on the LAN: it plays every message that broke other speakers, and what else may be thrown at one, over real
// connections. A session with BIRD beside it stays up all the time, and nothing grows.
import { expect } from 'chai'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { PeerConfig, SessionConfig } from '../../protocols/bgp/config.ts'
import { bindAddress, withSocket } from '../../protocols/engine/tcp-socket.ts'
import { close, connect } from '../../protocols/engine/libc.ts'
import { encodeSocketAddress } from '../../protocols/engine/socket-address.ts'
import { diceOf, mutantOf } from '../fuzz/mutant.ts'
import { replayHint, seed } from '../fuzz/budget.ts'
import { addHost, createLan, destroyLan, inside, ip, reasonToSkip } from '../net/lan.ts'
import type { Host, Lan } from '../net/lan.ts'
import { inNamespace } from '../support/namespace.ts'
import { untilTrue } from '../support/until.ts'
import { birdVersion, startBird } from './bird.ts'
import { HostilePeer, keepaliveBytes, openBytes } from './hostile-peer.ts'
import type { Opening } from './hostile-peer.ts'
import { playOpen, Player, vectorsOf } from './hostile-rows.ts'
import type { Router } from './router.ts'
import { peerOf, routerHas, routerWishOf, routes } from './scene.ts'
import { SpeakerProcess } from './speaker-process.ts'

const hostileAddress = '192.0.2.3'
const honestRoutes = ['192.0.2.10/32', '192.0.2.11/32']

/** Whose sessions are played with: no pause between them, and whoever asks for one gets one. */
function hostilePeer(session: Partial<SessionConfig> = {}): PeerConfig {
  return {
    ...peerOf({
      endpoint: { remote: { address: hostileAddress, port: 179 }, listen: true },
      session: {
        idleHold: { firstMs: 10, longestMs: 10 },
        role: { role: 'customer', strict: false },
        ...session,
      },
    }),
    name: 'hostile',
  }
}

type Scene = {
  readonly lan: Lan
  readonly us: Host
  readonly evil: Host
  readonly bird: Router
  readonly speaker: SpeakerProcess
  readonly hostile: HostilePeer
}

async function build(): Promise<Scene> {
  const lan = createLan()
  const [us, them, evil] = [addHost(lan, 'us', 1), addHost(lan, 'them', 2), addHost(lan, 'evil', 3)]
  const bird = await startBird(them, routerWishOf({}))
  const speaker = new SpeakerProcess(us)
  const hostile = new HostilePeer(evil)
  speaker.apply({ peers: [peerOf({}), hostilePeer()], routes: routes(honestRoutes) })
  await speaker.established('router')
  await routerHas(bird, honestRoutes)
  return { lan, us, evil, bird, speaker, hostile }
}

async function tearDown({ lan, bird, speaker, hostile }: Scene): Promise<void> {
  hostile.close()
  speaker.kill()
  await bird.stop()
  destroyLan(lan)
}

function residentKiB(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1])
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

describe(`a hostile peer over TCP (${replayHint})`, function () {
  this.timeout(180_000)
  let scene: Scene | undefined
  let atFirst = { residentKiB: 0, openFiles: 0 }

  before(async function () {
    const reason = reasonToSkip() ?? (existsSync('/usr/sbin/bird') ? undefined : 'there is no /usr/sbin/bird')
    if (reason !== undefined) {
      console.log(`    skipped: ${reason}`)
      this.skip()
    }
    console.log(`    beside it: ${birdVersion()}`)
    scene = await build()
    atFirst = { residentKiB: residentKiB(scene.speaker.pid), openFiles: openFiles(scene.speaker.pid) }
  })

  after(() => (scene === undefined ? undefined : tearDown(scene)))

  function on(): Scene {
    if (scene === undefined) throw new Error('there is no scene')
    return scene
  }

  /** Both sides' own view: up once, since the beginning, with every route. */
  afterEach('the honest session beside it has not been disturbed', async () => {
    if (scene === undefined) return
    const { speaker, bird } = scene
    expect(speaker.hasEnded, 'the speaker has ended').to.equal(false)
    const { peers, alive } = await speaker.now()
    expect(alive).to.equal(true)
    expect(peers['router']?.session.state).to.equal('Established')
    expect(peers['router']?.counters.established).to.equal(1)
    expect((await bird.session()).isEstablished).to.equal(true)
    await routerHas(bird, honestRoutes)
    expect(speaker.said.filter(({ log }) => log?.level === 'error')).to.deep.equal([])
  })

  for (const file of ['bgp-open', 'bgp-open-attack'])
    it(`${file}: every OPEN of the vectors gets its verdict`, async () => {
      for (const vector of vectorsOf(file)) {
        const wire = await on().hostile.next()
        await playOpen(wire, vector).catch((cause: unknown) => {
          throw new Error(vector.title, { cause })
        })
      }
    })

  const established: readonly (readonly [file: string, Opening])[] = [
    ['bgp-update-attack', {}],
    ['bgp-update', {}],
    ['bgp-update-two-octet-attack', { twoOctet: true }],
    ['bgp-update-two-octet', { twoOctet: true }],
    ['bgp-update-ipv4', { ipv4Only: true }],
    ['bgp-notification', {}],
  ]
  for (const [file, opening] of established)
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
    const { evil, speaker, hostile } = on()
    const address = { address: '192.0.2.1', port: 179 }
    for (let round = 0; round < 20; round++) {
      const sockets = inNamespace(evil.namespace, () =>
        Array.from({ length: 100 }, () => knock(hostileAddress, address)),
      )
      for (const fd of sockets) close(fd)
    }
    const wire = await hostile.established()
    await speaker.established('hostile')
    wire.drop()
  })

  it('10,000 connects from addresses that are no peers are not answered', async () => {
    const { us, evil, speaker } = on()
    for (let last = 100; last < 110; last++)
      ip(evil.namespace, ['addr', 'add', `192.0.2.${last}/24`, 'dev', evil.device])
    const files = openFiles(speaker.pid)
    let connected = 0
    for (let round = 0; round < 50; round++) {
      const sockets = inNamespace(evil.namespace, () =>
        Array.from({ length: 200 }, (_, index) =>
          knock(`192.0.2.${100 + (index % 10)}`, { address: '192.0.2.1', port: 179 }),
        ),
      )
      connected += strangersConnected(us).length
      for (const fd of sockets) close(fd)
    }
    expect(connected).to.equal(0)
    expect(openFiles(speaker.pid) - files).to.be.below(10)
  })

  it('nothing has grown', async () => {
    const { speaker, hostile } = on()
    ;(await hostile.established()).drop()
    await untilTrue(
      'no more files are open than before',
      () => openFiles(speaker.pid) <= atFirst.openFiles + 3,
      {
        timeoutMs: 30_000,
      },
    )
    const grown = residentKiB(speaker.pid) - atFirst.residentKiB
    console.log(
      `      resident: ${Math.round(atFirst.residentKiB / 1024)} MiB before, ${Math.round(grown / 1024)} MiB more after`,
    )
    expect(grown).to.be.below(96 * 1024)
  })
})

/** Who is connected to the speaker, of those that are no peers. */
function strangersConnected({ namespace }: Host): readonly string[] {
  const sockets = inside(namespace, 'ss', ['-Htn', 'sport', '=', ':179'])
  return sockets.split('\n').filter((line) => / 192\.0\.2\.10\d:\d+\s*$/.test(line))
}

/** A connect that does not wait. */
function knock(from: string, to: { readonly address: string; readonly port: number }): number {
  return withSocket('IPv4', (fd) => {
    bindAddress(fd, { address: from, port: 0 })
    const bytes = encodeSocketAddress(to)
    connect(fd, bytes, bytes.length)
  })
}
