// What belongs to no router: privileges, a worker that dies, link-local peers, the journal. BIRD is the judge.
import { expect } from 'chai'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addHost, createLan, destroyLan, ip } from '../net/lan.ts'
import type { Host, Lan } from '../net/lan.ts'
import { needsNamespaces } from '../support/skip.ts'
import { until, untilTrue } from '../support/until.ts'
import { replay } from '../traces/session-replay.ts'
import { parseTrace } from '../traces/trace-file.ts'
import { startBird } from './bird.ts'
import { onHost } from './place.ts'
import type { Router } from './router.ts'
import { ourAs, peerOf, routerHas, routerWishOf, routes } from './scene.ts'
import type { SceneWish } from './scene.ts'
import { SpeakerProcess } from './speaker-process.ts'
import type { SpeakerOptions } from './speaker-process.ts'

/** As in the DaemonSet's security context, without the opt-in. */
const netRawOnly = [
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--bounding-set=-all,+net_raw',
  '--inh-caps=-all,+net_raw',
  '--ambient-caps=-all,+net_raw',
  '--no-new-privs',
]

const first = '198.51.100.1/32'
const third = '2001:db8:100::3/128'

describe('the BGP engine on a node', function () {
  this.timeout(180_000)
  let lan: Lan | undefined
  let us: Host
  let them: Host
  let folder = ''
  const ends: (() => Promise<void> | void)[] = []

  needsNamespaces('/usr/sbin/bird')

  before(() => {
    lan = createLan()
    us = addHost(lan, 'us', 1)
    them = addHost(lan, 'them', 2)
    folder = mkdtempSync(join(tmpdir(), 'herald-bgp-'))
  })

  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end()
  })

  after(() => {
    if (lan !== undefined) destroyLan(lan)
    if (folder !== '') rmSync(folder, { recursive: true })
  })

  async function stage(wish: SceneWish, options: SpeakerOptions = {}) {
    const router: Router = await startBird(onHost(them), routerWishOf(wish))
    ends.push(() => router.stop())
    const speaker = new SpeakerProcess(us, options)
    ends.push(() => speaker.kill())
    return { router, speaker, peer: peerOf(wish) }
  }

  it('needs no capability but NET_RAW to dial with TCP-MD5, and says what it lacks to listen', async () => {
    const wish: SceneWish = {
      endpoint: { password: 'secret', listen: true, ttl: { type: 'security', minimum: 255 } },
      router: { password: 'secret', ttlSecurity: true },
    }
    const { speaker, router, peer } = await stage(wish, { privileges: netRawOnly })
    speaker.apply({ peers: [peer], routes: routes([first]) })
    await routerHas(router, [first])
    const { listening } = await speaker.sees(
      'it says what it lacks',
      (observed) => observed.listening.length > 0,
    )
    expect(listening.map(({ address }) => address)).to.deep.equal(['0.0.0.0:179'])
    expect(listening[0]?.problem).to.match(/^port 179 needs the capability NET_BIND_SERVICE/)
  })

  it('a worker that dies is started again, and the router keeps the routes meanwhile', async () => {
    const wish: SceneWish = {
      session: { gracefulRestart: { restartTimeS: 60 } },
      router: { gracefulRestartS: 60 },
    }
    const workerUrl = new URL('./dying-worker.ts', import.meta.url).href
    const file = join(folder, 'die')
    const { speaker, router, peer } = await stage(wish, { workerUrl, env: { HERALD_DIE_WHEN: file } })
    speaker.apply({ peers: [peer], routes: routes([first, third]) })
    await routerHas(router, [first, third])
    const lost: string[] = []
    const watch = setInterval(() => {
      void router.prefixes('IPv4').then((prefixes) => prefixes.includes(first) || lost.push(first))
    }, 20)
    writeFileSync(file, '')
    await speaker.sees('it is dead', ({ alive }) => !alive)
    const { peers } = await speaker.sees('it is up again', (observed) => {
      const { session, counters } = observed.peers['router'] ?? {}
      return session?.state === 'Established' && counters?.established === 2
    })
    expect(peers['router']?.counters.sent.open).to.equal(2)
    await routerHas(router, [first, third])
    clearInterval(watch)
    expect(lost).to.deep.equal([])
  })

  it('a peer by its link-local address is dialled on the interface that is named', async () => {
    const linkLocal = (host: Host) =>
      / (fe80::\S+)\//.exec(ip(host.namespace, ['-6', 'addr', 'show', 'dev', host.device]))?.[1]
    await untilTrue('both have one', () => linkLocal(us) !== undefined && linkLocal(them) !== undefined)
    const [ours = '', theirs = ''] = [linkLocal(us), linkLocal(them)]
    const wish: SceneWish = {
      endpoint: { remote: { address: theirs, port: 179 }, device: us.device },
      router: { local: theirs, herald: { address: `${ours}%${them.device}`, asNumber: ourAs } },
    }
    const { speaker, router, peer } = await stage(wish)
    speaker.apply({ peers: [peer], routes: routes([first, third]) })
    await routerHas(router, [first, third])
    const six = await until('the IPv6 route is there', () => router.route(third))
    expect(six.nextHop).to.equal('2001:db8::1')
  })

  it('the journal of a session says what happened, and no password', async () => {
    const wish: SceneWish = { endpoint: { password: 'secret' }, router: { password: 'secret' } }
    const journalFile = join(folder, 'journal')
    const { speaker, router, peer } = await stage(wish, { journalFile })
    speaker.apply({ peers: [peer], routes: routes([first]) })
    await routerHas(router, [first])
    await speaker.stop()
    const journal = readFileSync(`${journalFile}.router`, 'utf8')
    expect(journal).to.match(/^@\d+ bgp-session \{.*\n@\d+ configured \{/)
    expect(journal).to.include('state Established')
    expect(journal).to.include('  send dial-1 NOTIFICATION Cease/2')
    expect(journal).to.not.include('secret')
  })

  it('the journals of what a speaker saw are replayed to the same effects', async () => {
    const journalFile = join(folder, 'replayed')
    const { speaker, router, peer } = await stage({}, { journalFile })
    const timers = { desiredMinTxUs: 300_000, requiredMinRxUs: 300_000, detectMultiplier: 3 }
    const bfd = { router: { ...timers, passive: false, multihop: false, minimumTtl: 255 } }
    speaker.apply({ peers: [peer], routes: routes([first, third]), bfd })
    await routerHas(router, [first, third])
    speaker.apply({ routes: routes([third]) })
    await routerHas(router, [third])
    await speaker.stop()
    for (const [file, least] of [
      [`${journalFile}.router`, 8],
      [`${journalFile}.bfd.router`, 2],
    ] as const) {
      const replayed = [...replay(parseTrace(readFileSync(file, 'utf8')))]
      expect(replayed.length, file).to.be.at.least(least)
      for (const { line, effects, now } of replayed) expect(now, `${file}:${line}`).to.deep.equal(effects)
    }
  })
})
