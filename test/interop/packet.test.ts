// The Packet transport with a real router: what only this transport can get wrong: checksums that were left to hardware,
// segments that a kernel has joined, the MTU, the silence of our kernel. Its stories are in the table (table.ts).
import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addHost, createLan, destroyLan, inside, ip, macOf, sysctl } from '../net/lan.ts'
import type { Host, Lan } from '../net/lan.ts'
import { needsNamespaces } from '../support/skip.ts'
import { startProcess } from '../support/process.ts'
import { pause, untilTrue } from '../support/until.ts'
import { startBird } from './bird.ts'
import { onHost } from './place.ts'
import type { Router } from './router.ts'
import { ourAs, peerOf, play, routerHas, routerWishOf, routes, Speakers } from './scene.ts'
import type { Scene, SceneWish, Stage, StartRouter } from './scene.ts'
import { netRawOnly, SpeakerProcess } from './speaker-process.ts'
import type { SpeakerOptions } from './speaker-process.ts'

const bfdConfig = {
  desiredMinTxUs: 300_000,
  requiredMinRxUs: 300_000,
  detectMultiplier: 3,
  passive: false,
  multihop: false,
  minimumTtl: 255,
}

const announced = Array.from({ length: 20_000 }, (_, index) => `10.${100 + (index >> 8)}.${index & 255}.1/32`)
const told = Array.from({ length: 3000 }, (_, index) => `10.${200 + (index >> 8)}.${index & 255}.1/32`)
const tcpOffloads = ['tx', 'rx', 'sg', 'tso', 'gso', 'gro']

type Frame = {
  readonly isOurs: boolean
  readonly destinationMac: string
  readonly destination: string // IPv4
  readonly length: number
  readonly isReset: boolean
  readonly malformed: string
  readonly badChecksum: boolean
}

/** All frames of BGP that pass our interface while something happens, as tshark reads them. */
async function framesDuring(us: Host, happens: () => Promise<void>): Promise<readonly Frame[]> {
  const file = join(tmpdir(), `herald-packet-${process.pid}.pcap`)
  const tcpdump = startProcess({
    command: 'tcpdump',
    args: ['-i', us.device, '-w', file, '-U', '--immediate-mode', 'tcp port 179'],
    namespace: us.namespace,
    logFile: `${file}.log`,
  })
  try {
    await untilTrue('tcpdump listens', () => existsSync(file))
    await happens()
    await pause(200) // what was captured last is written
    await tcpdump.stop()
    return readFrames(file)
  } finally {
    tcpdump.kill('SIGKILL')
    for (const each of [file, `${file}.log`]) rmSync(each, { force: true })
  }
}

function readFrames(file: string): readonly Frame[] {
  const fields = [
    'eth.src',
    'eth.dst',
    'ip.dst',
    'frame.len',
    'tcp.flags.reset',
    '_ws.malformed',
    'tcp.checksum.status',
  ]
  const names = fields.flatMap((field) => ['-e', field])
  // What TCP carries is not judged here: tshark 4.0 does not know messages above 4,096 bytes (RFC 8654).
  const checks = [
    '--disable-protocol',
    'bgp',
    '-o',
    'tcp.check_checksum:TRUE',
    '-o',
    'ip.check_checksum:TRUE',
  ]
  const args = ['-n', '-r', file, ...checks, '-T', 'fields', '-E', 'separator=|', ...names]
  const text = execFileSync('tshark', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 27,
  })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [source, destinationMac = '', destination = '', length, reset, malformed = '', checksum] =
        line.split('|')
      return {
        isOurs: source === macOf(1),
        destinationMac,
        destination,
        length: Number(length),
        isReset: reset === '1' || reset === 'True',
        malformed,
        badChecksum: checksum === '0',
      }
    })
}

const mtuFrame = 1500 + 14
/** Whether segments are joined is the router's kernel's choice, by the rate that it believes in. */
const attempts = 6

function longestOf(frames: readonly Frame[], ours: boolean): number {
  return Math.max(...frames.filter(({ isOurs }) => isOurs === ours).map(({ length }) => length))
}

function overPacket(wish: SceneWish): SceneWish {
  return { ...wish, endpoint: { ...wish.endpoint, transport: 'Packet' } }
}

describe('the Packet transport with real routers', function () {
  this.timeout(180_000)
  let lan: Lan | undefined
  let stage: Stage
  let us: Host
  let them: Host
  let hop: Host

  const playHere = (start: StartRouter, wish: SceneWish, story: (scene: Scene) => Promise<void>) =>
    play(stage, { start, wish: overPacket(wish) }, story)

  needsNamespaces('/usr/sbin/bird')

  before(() => {
    lan = createLan()
    us = addHost(lan, 'us', 1)
    them = addHost(lan, 'them', 2)
    hop = addHost(lan, 'hop', 4)
    stage = { speakers: new Speakers(us), router: onHost(them) }
  })

  after(() => {
    if (lan === undefined) return
    stage.speakers.killAll()
    destroyLan(lan)
  })

  /** Thousands of routes in both directions: segments as big as they get. */
  async function exchange({ speaker, router, peer }: Scene): Promise<void> {
    speaker.apply({ peers: [peer], routes: routes(told) })
    await speaker.established()
    await routerHas(router, told)
    await speaker.sees(
      'all routes of the router are here',
      ({ peers }) => peers['router']?.session.received.IPv4 === announced.length,
    )
    expect(speaker.observed.peers['router']?.session.lastFailure).to.equal(undefined)
    // Our kernel knows of no connection: it listens at that port, and hears nothing.
    const ownKernel = inside(us.namespace, 'ss', ['-Htan'])
    expect(ownKernel)
      .to.match(/^LISTEN\s.*192\.0\.2\.1:\d+/m)
      .and.not.match(/ESTAB|SYN/)
  }

  for (const state of ['on', 'off'])
    for (const password of [undefined, 'of-both'])
      it(`carries full segments with offloads ${state}, ${password === undefined ? 'unsigned' : 'signed'}`, async () => {
        const settings = tcpOffloads.flatMap((offload) => [offload, state])
        for (const { namespace, device } of [us, them])
          inside(namespace, 'ethtool', ['-K', device, ...settings])
        const key = password === undefined ? {} : { password }
        const wish = { endpoint: key, router: { ...key, announces: announced } }
        const played = () => framesDuring(us, () => playHere(startBird, wish, exchange))
        // Linux signs no joined segments: only unsigned ones arrive longer than the MTU, if the router's kernel joins any.
        const isJoined = state === 'on' && password === undefined
        let frames = await played()
        for (let again = 1; isJoined && again < attempts && longestOf(frames, false) <= mtuFrame; again++)
          frames = await played()
        const ours = frames.filter(({ isOurs }) => isOurs)
        expect(ours.length).to.be.greaterThan(10)
        if (isJoined) expect(longestOf(frames, false)).to.be.greaterThan(mtuFrame)
        expect(longestOf(frames, true)).to.be.at.most(mtuFrame)
        expect(ours.filter(({ malformed, badChecksum }) => malformed !== '' || badChecksum)).to.deep.equal([])
        expect(ours.filter(({ isReset }) => isReset)).to.deep.equal([])
      })

  it('GTSM: what a router sends with a lower TTL than we ask for is no segment to us', async () => {
    const wish: SceneWish = { endpoint: { ttl: { type: 'security', minimum: 255 } } }
    await playHere(startBird, wish, async ({ speaker, router, peer, kernel }) => {
      const again = kernel.router('Tcp', 'RetransSegs') // its OPEN, which nobody acknowledges
      speaker.apply({ peers: [peer], routes: routes(['198.51.100.1/32']) })
      await untilTrue('the router has said it again', () => again() >= 2, { timeoutMs: 60_000 })
      expect((await router.session()).isEstablished).to.equal(false)
    })
  })

  it('reaches a router behind another one by the gateway of the route table', async () => {
    sysctl(hop.namespace, 'net.ipv4.ip_forward=1')
    sysctl(hop.namespace, 'net.ipv4.conf.all.send_redirects=0')
    sysctl(hop.namespace, `net.ipv4.conf.${hop.device}.send_redirects=0`)
    ip(them.namespace, ['addr', 'add', '203.0.113.2/32', 'dev', 'lo'])
    ip(us.namespace, ['route', 'add', '203.0.113.2/32', 'via', '192.0.2.4'])
    ip(hop.namespace, ['route', 'add', '203.0.113.2/32', 'via', '192.0.2.2'])
    const wish: SceneWish = {
      session: { peerAs: 'internal' },
      endpoint: { remote: { address: '203.0.113.2', port: 179 }, ttl: { type: 'hops', hops: 64 } },
      router: { asNumber: ourAs, local: '203.0.113.2' },
    }
    const frames = await framesDuring(us, () =>
      playHere(startBird, wish, async ({ speaker, router, peer }) => {
        speaker.apply({ peers: [peer], routes: routes(['198.51.100.1/32']) })
        await routerHas(router, ['198.51.100.1/32'])
      }),
    )
    const destinations = new Set(
      frames
        .filter(({ isOurs, destination }) => isOurs && destination === '203.0.113.2')
        .map(({ destinationMac }) => destinationMac),
    )
    expect([...destinations]).to.deep.equal([hop.mac])
  })

  /** A speaker of its own kind, with a session to BIRD over our TCP, and BFD beside it. */
  async function withSpeaker(
    options: SpeakerOptions,
    story: (speaker: SpeakerProcess, router: Router) => Promise<void>,
  ): Promise<void> {
    const wish = overPacket({
      session: { gracefulRestart: { restartTimeS: 60 } },
      router: { gracefulRestartS: 60 },
    })
    const router = await startBird(onHost(them), routerWishOf(wish))
    const speaker = new SpeakerProcess(us, options)
    try {
      speaker.apply({
        peers: [peerOf(wish)],
        routes: routes(['198.51.100.1/32']),
        bfd: { router: bfdConfig },
      })
      await routerHas(router, ['198.51.100.1/32'])
      await story(speaker, router)
    } finally {
      speaker.kill()
      await router.stop()
    }
  }

  it('needs no capability but NET_RAW, nor does BFD', () =>
    withSpeaker({ privileges: netRawOnly }, async (speaker) => {
      const { bfd } = await speaker.now()
      expect(bfd['router']).to.include({ state: 'down' }).and.not.have.property('problem')
      expect(bfd['router']?.counters.packetsOut).to.be.greaterThan(0)
    }))

  it('is taken up again by a worker that follows one that died', async () => {
    const folder = mkdtempSync(join(tmpdir(), `herald-packet-${process.pid}-`))
    const file = join(folder, 'die')
    const workerUrl = new URL('./dying-worker.ts', import.meta.url).href
    try {
      await withSpeaker({ workerUrl, env: { HERALD_DIE_WHEN: file } }, async (speaker, router) => {
        writeFileSync(file, '')
        await speaker.sees('it is dead', ({ alive }) => !alive)
        await speaker.sees('it is up again', ({ peers }) => peers['router']?.session.state === 'Established')
        await routerHas(router, ['198.51.100.1/32'])
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('says who does not answer, when nobody is there', async () => {
    const wish: SceneWish = { endpoint: { remote: { address: '192.0.2.77', port: 179 } } }
    await playHere(startBird, wish, async ({ speaker, peer }) => {
      speaker.apply({ peers: [peer], routes: [] })
      await speaker.sees(
        'the reason',
        ({ peers }) => peers['router']?.objection?.includes('nobody answers for 192.0.2.77 on eth0') === true,
      )
    })
  })
})
