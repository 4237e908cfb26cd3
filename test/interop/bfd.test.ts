// BFD with real routers: FRR's bfdd and BIRD, each in a network namespace, on a LAN with us; their own view is asserted.
// Timers differ on both sides in every story: a detection time made of the wrong side's numbers shows.
import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BfdConfig } from '../../protocols/bfd/config.ts'
import type { BfdObserved } from '../../protocols/bfd/observed.ts'
import { watchFar } from '../../protocols/engine/bfd-distance.ts'
import { BfdDriver } from '../../protocols/engine/bfd-driver.ts'
import type { BfdChange } from '../../protocols/engine/bfd-change.ts'
import { bfdNetwork } from '../../protocols/engine/bfd-sockets.ts'
import type { BfdNetwork } from '../../protocols/engine/bfd-sockets.ts'
import { addHost, createLan, destroyLan, inside, ip, sysctl } from '../net/lan.ts'
import type { Host, Lan } from '../net/lan.ts'
import { inNamespace } from '../support/namespace.ts'
import { needsNamespaces } from '../support/skip.ts'
import { startProcess } from '../support/process.ts'
import type { Running } from '../support/process.ts'
import { pause, until, untilTrue } from '../support/until.ts'
import { startBirdBfd, startFrrBfd } from './bfd-router.ts'
import type { BfdNeighbour, BfdRouter, RouterTimers } from './bfd-router.ts'

// Detection takes 4 s: a machine that is busy must not take a session down where it ought to stay.
const ours: BfdConfig = {
  desiredMinTxUs: 300_000,
  requiredMinRxUs: 350_000,
  detectMultiplier: 10,
  passive: false,
  multihop: false,
  minimumTtl: 255,
}
const theirs: RouterTimers = { txMs: 400, rxMs: 450, multiplier: 10 }

/** RFC 5880 §6.8.2, §6.8.4: what follows from the two. */
const agreed = {
  weSendMs: 450, // they wish for no more
  weWaitMs: 10 * 400, // their multiplier, their interval
  theySendMs: 400,
  theyWaitMs: 10 * 450, // our multiplier, what they can take
}

/** All of us: a driver whose sockets lie in a host's namespace. */
class Us {
  readonly changes: BfdChange[] = []
  readonly driver: BfdDriver
  private readonly times: number[] = []

  constructor({ namespace }: Host) {
    const network: BfdNetwork = {
      listen: (door, listening) => inNamespace(namespace, () => bfdNetwork.listen(door, listening)),
      open: (path) => inNamespace(namespace, () => bfdNetwork.open(path)),
      interfaceIndex: (name) => inNamespace(namespace, () => bfdNetwork.interfaceIndex(name)),
    }
    const onChange = (change: BfdChange): void => {
      this.changes.push(change)
      this.times.push(performance.now())
    }
    this.driver = new BfdDriver({
      network,
      onChange,
      onLog: () => undefined,
      watchFar: (peers, onSeen) => inNamespace(namespace, () => watchFar(peers, onSeen)),
    })
  }

  meet(remote: string, more: Partial<BfdConfig> = {}, local?: string): void {
    const config = { ...ours, ...more }
    this.driver.configure([{ peer: 'router', remote, config, ...(local === undefined ? {} : { local }) }])
  }

  get session(): BfdObserved | undefined {
    return this.driver.observe()['router']
  }

  async becomes(state: BfdObserved['state']): Promise<BfdObserved> {
    return until(
      `our session is ${state}`,
      () => (this.session?.state === state ? this.session : undefined),
      {
        timeoutMs: 60_000,
      },
    )
  }

  /** The first change to a state since `from` changes, and when it came. */
  async change(to: BfdObserved['state'], from: number): Promise<{ change: BfdChange; at: number }> {
    return until(
      `a change to ${to}`,
      () => {
        const index = this.changes.findIndex((change, position) => position >= from && change.to === to)
        const [change, at] = [this.changes[index], this.times[index]]
        return change === undefined || at === undefined ? undefined : { change, at }
      },
      { timeoutMs: 60_000, everyMs: 10 },
    )
  }
}

type Scene = { lan: Lan; us: Host; hop: Host; bird: Host; frr: Host }

function build(): Scene {
  const lan = createLan()
  const us = addHost(lan, 'us', 10)
  const hop = addHost(lan, 'hop', 4)
  const bird = addHost(lan, 'bird', 2)
  const frr = addHost(lan, 'frr', 3)
  // Behind a router: addresses that are reached through `hop` only, in both directions.
  sysctl(hop.namespace, 'net.ipv4.ip_forward=1')
  sysctl(hop.namespace, 'net.ipv4.conf.all.send_redirects=0')
  sysctl(hop.namespace, `net.ipv4.conf.${hop.device}.send_redirects=0`)
  const far = [
    [us, '203.0.113.10', '192.0.2.10'],
    [bird, '203.0.113.2', '192.0.2.2'],
    [frr, '203.0.113.3', '192.0.2.3'],
  ] as const
  for (const [host, address, near] of far) {
    ip(host.namespace, ['addr', 'add', `${address}/32`, 'dev', 'lo'])
    ip(host.namespace, ['route', 'add', '203.0.113.0/24', 'via', '192.0.2.4'])
    ip(hop.namespace, ['route', 'add', `${address}/32`, 'via', near])
  }
  return { lan, us, hop, bird, frr }
}

describe('BFD with real routers', function () {
  this.timeout(180_000)
  needsNamespaces('/usr/sbin/bird', '/usr/lib/frr/bfdd')
  const capture = join(tmpdir(), `herald-bfd-${process.pid}.pcap`)
  let scene: Scene
  let tcpdump: Running
  const routers: BfdRouter[] = []
  let us: Us

  before(async () => {
    scene = build()
    const log = `${capture}.log`
    tcpdump = startProcess({
      command: 'tcpdump',
      args: ['-i', 'br0', '-w', capture, '-U', 'udp port 3784 or udp port 4784'],
      namespace: scene.lan.namespace,
      logFile: log,
    })
    routers.push(await startBirdBfd(scene.bird), await startFrrBfd(scene.frr))
  })
  after(async () => {
    await tcpdump?.stop()
    for (const router of routers) await router.stop()
    destroyLan(scene.lan)
    for (const file of [capture, `${capture}.log`]) rmSync(file, { force: true })
  })
  beforeEach(() => {
    us = new Us(scene.us)
  })
  afterEach(() => us.driver.close())

  const places = [
    // What it sends to an address beyond a router has this TTL when it comes out of that router (RFC 5883 §5 asks for none).
    { name: 'BIRD', index: 0, number: 2, ttl: 63 },
    { name: 'FRR', index: 1, number: 3, ttl: 254 },
  ]
  for (const { name, index, number, ttl } of places) {
    const router = (): BfdRouter => {
      const found = routers[index]
      if (found === undefined) throw new Error(`${name} does not run`)
      return found
    }
    const routerIs = (state: string, address = '192.0.2.10') =>
      until(
        `${name} sees the session ${state}`,
        async () => {
          const view = await router().view(address)
          return view?.state === state ? view : undefined
        },
        { timeoutMs: 60_000 },
      )
    const nearby: BfdNeighbour = { address: '192.0.2.10', timers: theirs }
    const upNearby = async (
      more: Partial<BfdNeighbour> = {},
      wish: Partial<BfdConfig> = {},
    ): Promise<void> => {
      await router().configure({ ...nearby, ...more })
      us.meet(`192.0.2.${number}`, wish)
      await us.becomes('up')
    }

    describe(name, () => {
      it('comes up over IPv4, and both sides use the times that follow from both wishes', async () => {
        await upNearby()
        await routerIs('Up')
        await untilTrue(
          'our timers are in force',
          () =>
            us.session?.transmitIntervalMs === agreed.weSendMs &&
            us.session.detectionTimeMs === agreed.weWaitMs,
        )
        await untilTrue(`the timers of ${name} are in force`, async () => {
          const view = await router().view('192.0.2.10')
          return view?.transmitMs === agreed.theySendMs && view.detectionMs === agreed.theyWaitMs
        })
      })

      it('comes up over IPv6', async () => {
        await router().configure({ address: '2001:db8::a', timers: theirs })
        us.meet(`2001:db8::${number}`)
        await us.becomes('up')
        await routerIs('Up', '2001:db8::a')
      })

      it('comes up between link-local addresses of one interface', async () => {
        await router().configure({ address: 'fe80::ff:fe00:a', timers: theirs })
        const remote = `fe80::ff:fe00:${number}`
        us.driver.configure([{ peer: 'router', remote, interface: scene.us.device, config: ours }])
        await us.becomes('up')
        await routerIs('Up', 'fe80::ff:fe00:a')
      })

      it('is found dead within the detection time when its process stands still', async () => {
        await upNearby()
        await untilTrue(
          'the detection time is in force',
          () => us.session?.detectionTimeMs === agreed.weWaitMs,
        )
        const seen = us.changes.length
        const before = us.session?.counters.packetsIn ?? 0
        await untilTrue('a packet', () => (us.session?.counters.packetsIn ?? 0) > before, { everyMs: 5 })
        const frozenAt = performance.now()
        router().freeze()
        try {
          const { change, at } = await us.change('down', seen)
          expect(change).to.include({ from: 'up', isFailure: true })
          expect(change.reason).to.contain(`detection time of ${agreed.weWaitMs} ms`)
          console.log(`      detection after ${Math.round(at - frozenAt)} ms, of ${agreed.weWaitMs} ms`)
        } finally {
          router().thaw()
        }
        await us.becomes('up')
      })

      it('is found dead when the link is cut, and comes back with it', async () => {
        await upNearby()
        const port = name === 'BIRD' ? scene.bird.port : scene.frr.port
        const seen = us.changes.length
        ip(scene.lan.namespace, ['link', 'set', port, 'nomaster'])
        try {
          expect((await us.change('down', seen)).change).to.include({ isFailure: true })
        } finally {
          ip(scene.lan.namespace, ['link', 'set', port, 'master', 'br0'])
        }
        await us.becomes('up')
      })

      it('hears AdminDown when we stop', async () => {
        await upNearby()
        await routerIs('Up')
        void us.driver.stop()
        await until(`${name} is no longer up`, async () =>
          (await router().view('192.0.2.10'))?.state === 'Up' ? undefined : true,
        )
      })

      const adminDown =
        name === 'BIRD'
          ? 'falls silent when BFD is disabled (AdminDown is not spoken by BIRD 2.0.12)'
          : 'may take BFD down by will, which is no failure'
      it(adminDown, async () => {
        await upNearby()
        const seen = us.changes.length
        await router().shutdown(nearby)
        const { change } = await us.change('down', seen)
        if (name === 'BIRD') expect(change.reason).to.contain('detection time')
        else expect(change).to.include({ from: 'up', isFailure: false })
        expect(us.session?.remoteState).to.equal(name === 'BIRD' ? 'down' : 'adminDown')
      })

      it('may wait for us, and we for it', async () => {
        await upNearby({ timers: { ...theirs, passive: true } })
        us.driver.close()
        us = new Us(scene.us)
        await upNearby({}, { passive: true })
        await routerIs('Up')
      })

      it('takes new timers without going down', async () => {
        await upNearby()
        await untilTrue('our timers are in force', () => us.session?.transmitIntervalMs === agreed.weSendMs)
        const seen = us.changes.length
        us.meet(`192.0.2.${number}`, {
          desiredMinTxUs: 700_000,
          requiredMinRxUs: 600_000,
          detectMultiplier: 9,
        })
        await untilTrue('the new timers are in force', () => us.session?.transmitIntervalMs === 700)
        expect(us.session?.detectionTimeMs).to.equal(10 * 600)
        await untilTrue(
          `${name} knows`,
          async () => (await router().view('192.0.2.10'))?.detectionMs === 9 * 700,
        )
        expect(us.changes.slice(seen)).to.deep.equal([])
      })

      it('comes up over a router between us, unless packets came from too far', async () => {
        await router().configure({ address: '203.0.113.10', local: `203.0.113.${number}`, timers: theirs })
        us.meet(`203.0.113.${number}`, { multihop: true, minimumTtl: ttl }, '203.0.113.10')
        await us.becomes('up')
        await routerIs('Up', '203.0.113.10')
        const seen = us.changes.length
        us.meet(`203.0.113.${number}`, { multihop: true, minimumTtl: ttl + 1 }, '203.0.113.10')
        expect((await us.change('down', seen)).change.reason).to.contain('detection time')
        const found = await until('what TTL they have', () => us.session?.tooFar, { timeoutMs: 60_000 })
        expect(found).to.deep.equal({ ttl, minimumTtl: ttl + 1 })
      })
    })
  }

  describe('authentication with BIRD (not spoken by bfdd 8.4.4)', () => {
    const types = [
      ['simplePassword', 'simple'],
      ['keyedMd5', 'keyed md5'],
      ['meticulousKeyedMd5', 'meticulous keyed md5'],
      ['keyedSha1', 'keyed sha1'],
      ['meticulousKeyedSha1', 'meticulous keyed sha1'],
    ] as const
    for (const [type, words] of types)
      it(`${words} lets nobody in but who has the key`, async () => {
        const bird = routers[0]
        await bird?.configure({ address: '192.0.2.10', timers: theirs, authentication: words, key: 'right' })
        us.meet('192.0.2.2', { authentication: { type, keyId: 7, key: 'wrong' } })
        await untilTrue('a packet was refused', () => us.session?.lastDiscard !== undefined, {
          timeoutMs: 60_000,
        })
        expect(us.session).to.include({ state: 'down' })
        us.meet('192.0.2.2', { authentication: { type, keyId: 7, key: 'right' } })
        await us.becomes('up')
      })
  })

  it('a flood from elsewhere costs the session nothing, nor does one from the peer itself', async () => {
    await routers[0]?.configure({ address: '192.0.2.10', timers: theirs })
    us.meet('192.0.2.2')
    await us.becomes('up')
    const seen = us.changes.length
    const path = { remote: '192.0.2.10', multihop: false, unfragmented: false }
    const stranger = inNamespace(scene.hop.namespace, () => bfdNetwork.open(path))
    const impostor = inNamespace(scene.bird.namespace, () => bfdNetwork.open(path))
    const junk = new Uint8Array(24).fill(0xff)
    const rounds = 200
    for (let round = 0; round < rounds; round++) {
      for (let count = 0; count < 100; count++) {
        stranger.send(junk)
        if (count % 10 === 0) impostor.send(junk)
      }
      await pause(10)
    }
    stranger.close()
    impostor.close()
    const { malformed, unknown } = us.driver.observeGeneral()
    expect(us.changes.slice(seen)).to.deep.equal([])
    expect(unknown).to.equal(0)
    expect(malformed).to.be.within(1, 10 * rounds) // the impostor's, and of the stranger's 20,000 none
  })

  it('says AdminDown to a router as soon as the session is not wished any more, and leaves the port free', async () => {
    await routers[0]?.configure({ address: '192.0.2.10', timers: theirs })
    us.meet('192.0.2.2', { detectMultiplier: 1 })
    await us.becomes('up')
    await us.driver.stop()
    const listening = inside(scene.us.namespace, 'ss', ['-Hulna'])
    expect(listening).not.to.contain(':3784')
  })

  describe('on the wire', () => {
    it('sent nothing that tshark calls malformed, with TTL 255 and a source port of each session', async () => {
      await tcpdump.stop()
      const fields = [
        'ip.src',
        'ip.ttl',
        'ipv6.src',
        'ipv6.hlim',
        'udp.srcport',
        '_ws.malformed',
        'bfd.version',
      ]
      const options = fields.flatMap((field) => ['-e', field])
      const args = [
        '-n',
        '-r',
        capture,
        '-o',
        'udp.check_checksum:FALSE',
        '-T',
        'fields',
        '-E',
        'separator=|',
        ...options,
      ]
      const text = execFileSync('tshark', args, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        maxBuffer: 2 ** 27,
      })
      const rows = text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('|'))
      const sent = rows.filter(([v4, , v6]) => v4 === '192.0.2.10' || v6 === '2001:db8::a')
      expect(sent.length).to.be.greaterThan(100)
      for (const [, ttl, , hops, port, malformed, version] of sent) {
        expect([ttl, hops]).to.include('255')
        expect(Number(port)).to.be.within(49152, 65535)
        expect(malformed).to.equal('')
        expect(version).to.equal('1')
      }
    })
  })
})
