// What is told with every router: one story, one behaviour, judged by the router's own view.
import { expect } from 'chai'
import type { PeerConfig } from '../../protocols/bgp/config.ts'
import type { Family } from '../../protocols/net/address.ts'
import { ip } from '../net/lan.ts'
import { until, untilTrue } from '../support/until.ts'
import { ourAs, routerHas, routerSees, routes, theirAs } from './scene.ts'
import type { Scene, SceneWish, Transport } from './scene.ts'

/** What not every router can do: a story names what it needs, a row of the table (routers.ts) what it lacks. */
export type Ability =
  | 'TCP-MD5 when it is dialled'
  | 'dialling again soon'
  | 'GTSM'
  | 'link bandwidth'
  | 'graceful restart of its own'
  | 'keeping routes over our restart'
  | 'long-lived graceful restart'
  | 'asking again'
  | 'shutdown text'
  | 'a prefix limit'
  | 'IPv4 over an IPv6 next hop'

export type Story = {
  readonly title: string
  readonly needs?: readonly Ability[]
  readonly only?: { readonly transport?: Transport; readonly over?: Family; readonly why: string }
  readonly wish?: SceneWish
  readonly play: (scene: Scene) => Promise<void>
}

const first = '198.51.100.1/32'
const second = '198.51.100.2/32'
const third = '2001:db8:100::3/128'
const ourIPv4Network = '192.0.2.1/24'

/** The session is up and the router has these routes. */
async function begin(
  { speaker, router, peer }: Scene,
  prefixes: readonly string[] = [first, third],
): Promise<void> {
  speaker.apply({ peers: [peer], routes: routes(prefixes) })
  await speaker.established()
  await routerHas(router, prefixes)
}

/** Of the session, as the speaker told them from here on. */
function statesSince({ speaker }: Scene): () => readonly string[] {
  const before = speaker.states.length
  return () => speaker.states.slice(before)
}

async function announcesBothFamilies(scene: Scene): Promise<void> {
  const { speaker, router } = scene
  await begin(scene)
  const { session } = await speaker.established()
  expect(session.peer?.asNumber).to.equal(theirAs)
  const four = await routerSees(router, first, () => true)
  expect(four).to.include({ nextHop: '192.0.2.1', asPath: String(ourAs), origin: 'IGP' })
  const six = await routerSees(router, third, () => true)
  expect(six).to.include({ nextHop: '2001:db8::1', asPath: String(ourAs) })
}

async function withoutTheSessionFalling(scene: Scene, change: () => Promise<void>): Promise<void> {
  const states = statesSince(scene)
  const before = scene.speaker.said.length
  await change()
  const logs = scene.speaker.said.slice(before).flatMap(({ log }) => (log === undefined ? [] : [log]))
  expect(states(), JSON.stringify(logs)).to.deep.equal([])
}

function withPassword(peer: PeerConfig, password: string): PeerConfig {
  return { ...peer, endpoint: { ...peer.endpoint, password } }
}

const many = Array.from({ length: 10_000 }, (_, index) => `10.${100 + (index >> 8)}.${index & 255}.1/32`)

export const stories: readonly Story[] = [
  { title: 'both families in one session', play: announcesBothFamilies },
  {
    title: 'routes are added, changed and withdrawn without the session falling',
    play: async (scene) => {
      const { speaker, router } = scene
      await begin(scene)
      await withoutTheSessionFalling(scene, async () => {
        speaker.apply({ routes: routes([first, second, third]) })
        await routerHas(router, [first, second, third])
        speaker.apply({ routes: [...routes([first], { med: 7 }), ...routes([third])] })
        await routerHas(router, [first, third])
        await routerSees(router, first, ({ med }) => med === 7)
        speaker.apply({ routes: [] })
        await routerHas(router, [])
      })
    },
  },
  {
    title: 'every attribute arrives as it was wished',
    play: async (scene) => {
      const { speaker, router, peer } = scene
      const attributes = {
        origin: 'incomplete',
        med: 50,
        prepend: 2,
        communities: ['65001:1', '65535:65281'],
        largeCommunities: ['65001:1:2', '4200000000:3:4'],
      } as const
      speaker.apply({ peers: [peer], routes: routes([first, third], attributes) })
      for (const prefix of [first, third]) {
        const seen = await routerSees(router, prefix, () => true)
        expect(seen).to.deep.include({
          asPath: '65001 65001 65001',
          origin: 'incomplete',
          med: 50,
          communities: ['65001:1', '65535:65281'],
          largeCommunities: ['4200000000:3:4', '65001:1:2'],
        })
      }
    },
  },
  {
    title: 'the weight of a route arrives as link bandwidth',
    needs: ['link bandwidth'],
    play: async (scene) => {
      const { speaker, router } = scene
      await begin(scene, [third])
      speaker.apply({ routes: routes([first, third], { bandwidth: 125_000 }) })
      for (const prefix of [first, third])
        await routerSees(router, prefix, ({ bandwidth }) => bandwidth === 125_000)
    },
  },
  {
    title: 'four-octet AS numbers on both sides',
    wish: {
      session: { localAs: 4_200_000_001, peerAs: 4_200_000_002 },
    },
    play: async (scene) => {
      await begin(scene)
      const seen = await routerSees(scene.router, first, () => true)
      expect(seen.asPath).to.equal('4200000001')
    },
  },
  {
    title: 'an internal session carries LOCAL_PREF and no AS of ours',
    wish: {
      session: { peerAs: 'internal' },
      endpoint: { ttl: { type: 'hops', hops: 64 } },
    },
    play: async (scene) => {
      const { speaker, router, peer } = scene
      speaker.apply({ peers: [peer], routes: routes([first], { localPref: 321 }) })
      const seen = await routerSees(router, first, () => true)
      expect(seen).to.include({ asPath: '', localPref: 321 })
    },
  },
  {
    title: 'TCP-MD5 with the right key',
    needs: ['TCP-MD5 when it is dialled'],
    wish: { endpoint: { password: 'of-both' }, router: { password: 'of-both' } },
    play: async (scene) => {
      await begin(scene)
      expect(scene.speaker.states).to.include('router Established')
    },
  },
  {
    title: 'TCP-MD5 with the wrong key keeps the session down, until the key is right',
    needs: ['TCP-MD5 when it is dialled'],
    wish: { endpoint: { password: 'ours' }, router: { password: 'theirs' } },
    play: async ({ speaker, router, peer, kernel }) => {
      const refused = kernel.router('TcpExt', 'TCPMD5Failure')
      speaker.apply({ peers: [peer], routes: routes([first]) })
      await untilTrue('the router has refused our segments', () => refused() >= 2)
      expect((await router.session()).isEstablished).to.equal(false)
      speaker.apply({ peers: [withPassword(peer, 'theirs')] })
      await routerHas(router, [first])
    },
  },
  {
    title: 'GTSM: with TTL 255 from us the router that asks for it takes the session',
    needs: ['GTSM'],
    wish: { endpoint: { ttl: { type: 'security', minimum: 255 } }, router: { ttlSecurity: true } },
    play: (scene) => begin(scene),
  },
  {
    title: 'GTSM: a router that sends a lower TTL than we ask for gets no session',
    only: { transport: 'Kernel', why: 'its counter is the kernel’s; packet.test.ts has it of our own TCP' },
    wish: { endpoint: { ttl: { type: 'security', minimum: 255 } } },
    play: async ({ speaker, router, peer, kernel }) => {
      const dropped = kernel.speaker('TcpExt', 'TCPMinTTLDrop')
      speaker.apply({ peers: [peer], routes: routes([first]) })
      await untilTrue('our kernel has dropped what the router sent', () => dropped() >= 2)
      expect((await router.session()).isEstablished).to.equal(false)
    },
  },
  {
    title: 'a passive peer is taken in when it listens',
    only: { transport: 'Kernel', why: 'our own TCP takes nobody in' },
    wish: {
      session: { passive: true },
      endpoint: { listen: true, password: 'of-both' },
      router: { connects: true, password: 'of-both' },
    },
    play: (scene) => begin(scene),
  },
  {
    title: 'a listener with GTSM takes in who sends TTL 255',
    needs: ['GTSM'],
    only: { transport: 'Kernel', why: 'our own TCP takes nobody in' },
    wish: {
      session: { passive: true },
      endpoint: { listen: true, ttl: { type: 'security', minimum: 255 } },
      router: { connects: true, ttlSecurity: true },
    },
    play: (scene) => begin(scene),
  },
  {
    title: 'a listener with GTSM does not answer who sends a lower TTL',
    needs: ['dialling again soon'],
    only: { transport: 'Kernel', why: 'our own TCP takes nobody in' },
    wish: {
      session: { passive: true },
      endpoint: { listen: true, ttl: { type: 'security', minimum: 255 } },
      router: { connects: true },
    },
    play: async ({ speaker, router, peer, kernel }) => {
      speaker.apply({ peers: [peer], routes: routes([first]) })
      await speaker.sees('it listens', ({ listening }) => listening.length > 0)
      const [dialled, again] = [kernel.router('Tcp', 'ActiveOpens'), kernel.router('Tcp', 'RetransSegs')]
      await untilTrue('the router had no answer, and tries again', () => dialled() + again() >= 3, {
        timeoutMs: 60_000,
      })
      expect((await router.session()).isEstablished).to.equal(false)
      expect((await speaker.now()).peers['router']?.counters.received.open).to.equal(0)
    },
  },
  {
    title: 'both connect, and one session stands',
    wish: { endpoint: { listen: true }, router: { connects: true } },
    play: async (scene) => {
      await begin(scene)
      await withoutTheSessionFalling(scene, async () => {
        scene.speaker.apply({ routes: routes([second]) })
        await routerHas(scene.router, [second])
      })
    },
  },
  {
    title:
      'a router that is frozen loses the session after the hold time, and gets all routes when it is back',
    wish: { session: { holdTimeS: 3 } },
    play: async (scene) => {
      const { speaker, router } = scene
      await begin(scene)
      router.freeze()
      const { peers } = await speaker.sees('the hold time is over', ({ peers: { router: one } }) => {
        return one?.session.lastFailure?.reason.includes('hold time') === true
      })
      router.thaw()
      expect(peers['router']?.session.lastFailure?.reason).to.equal(
        'no message for the hold time of 3 s (RFC 4271 §6.5)',
      )
      await speaker.established()
      await routerHas(router, [first, third])
    },
  },
  {
    title: 'a router that restarts gets all routes again',
    play: async (scene) => {
      const { speaker, router } = scene
      await begin(scene)
      await router.restart()
      await speaker.sees('it is up again', ({ peers }) => peers['router']?.counters.established === 2)
      await routerHas(router, [first, third])
    },
  },
  {
    title: 'the routes of a router that restarts gracefully are kept, and refreshed',
    needs: ['graceful restart of its own'],
    wish: {
      session: { gracefulRestart: { restartTimeS: 60 } },
      router: { gracefulRestartS: 60, announces: ['203.0.113.0/24', '203.0.113.128/25'] },
    },
    play: async (scene) => {
      const { speaker, router } = scene
      await begin(scene, [third]) // an IPv4 route would come back to us from a router that knows no split horizon
      const received = () => speaker.observed.peers['router']?.session.received.IPv4
      await untilTrue('its routes are here', () => received() === 2)
      const counts: (number | undefined)[] = []
      const watch = setInterval(() => counts.push(received()), 5)
      await router.restart()
      await speaker.sees('it is up again', ({ peers }) => peers['router']?.counters.established === 2)
      await speaker.sees('nothing is kept any more', ({ peers }) => {
        const session = peers['router']?.session
        return session?.state === 'Established' && session.keptFor.length === 0
      })
      clearInterval(watch)
      expect(new Set(counts)).to.deep.equal(new Set([2]))
      await routerHas(router, [third])
    },
  },
  {
    title: 'our routes outlive a restart of ours where graceful restart was agreed on',
    needs: ['keeping routes over our restart'],
    wish: { session: { gracefulRestart: { restartTimeS: 60 } }, router: { gracefulRestartS: 60 } },
    play: async (scene) => {
      const { speaker, router, newSpeaker, peer } = scene
      await begin(scene)
      await speaker.stop({ keepRoutes: true, pauseMs: 0 })
      await untilTrue('the router has lost us', async () => !(await router.session()).isEstablished)
      expect(await router.prefixes('IPv4')).to.deep.equal([first])
      const next = newSpeaker()
      const lost: string[] = []
      next.apply({ peers: [peer], routes: routes([second, first, third]) })
      await until(
        'the new routes are there',
        async () => {
          const seen = await router.prefixes('IPv4')
          if (!seen.includes(first)) lost.push(first)
          return seen.includes(second) ? seen : undefined
        },
        { timeoutMs: 60_000, everyMs: 10 },
      )
      expect(lost).to.deep.equal([])
      await routerHas(router, [first, second, third])
    },
  },
  {
    title:
      'our routes outlive the restart time as the last resort where long-lived graceful restart was agreed on',
    needs: ['long-lived graceful restart'],
    wish: {
      session: { gracefulRestart: { restartTimeS: 1, longLivedStaleTimeS: 120 } },
      router: { gracefulRestartS: 1, longLivedS: 120 },
    },
    play: async (scene) => {
      const { speaker, router, newSpeaker, peer } = scene
      await begin(scene)
      await speaker.stop({ keepRoutes: true, pauseMs: 0 })
      await routerSees(
        router,
        first,
        ({ communities, isStale = false }) => isStale || communities.includes('65535:6'),
      )
      expect((await router.session()).isEstablished).to.equal(false)
      newSpeaker().apply({ peers: [peer], routes: routes([first, third]) })
      await routerSees(
        router,
        first,
        ({ communities, isStale = false }) => !isStale && !communities.includes('65535:6'),
      )
    },
  },
  {
    title: 'a speaker that stops drains first, then says Cease, and its routes go',
    wish: { session: { gracefulRestart: { restartTimeS: 60 } }, router: { gracefulRestartS: 60 } },
    play: async (scene) => {
      const { speaker, router } = scene
      await begin(scene)
      const stopped = speaker.stop({ keepRoutes: false, pauseMs: 5000, text: 'node reboots' })
      await routerSees(router, first, ({ communities }) => communities.includes('65535:0'))
      await stopped
      await routerHas(router, [])
    },
  },
  {
    title: 'a drained peer hears GRACEFUL_SHUTDOWN, and hears when it is over',
    play: async (scene) => {
      const { speaker, router } = scene
      await begin(scene)
      await withoutTheSessionFalling(scene, async () => {
        speaker.drain(['router'])
        await routerSees(router, first, ({ communities }) => communities.includes('65535:0'))
        speaker.drain([])
        await routerSees(router, first, ({ communities }) => communities.length === 0)
      })
    },
  },
  {
    title: 'a router that asks again is told again',
    needs: ['asking again'],
    play: async (scene) => {
      const { speaker, router } = scene
      await begin(scene)
      const updates = async () => (await speaker.now()).peers['router']?.counters.sent.update ?? 0
      const before = await updates()
      await router.refresh()
      await untilTrue('updates are sent again', async () => (await updates()) > before)
      await routerHas(router, [first, third])
    },
  },
  {
    title: 'a router that is shut down says why, and its words reach us',
    needs: ['shutdown text'],
    play: async (scene) => {
      const { speaker, router } = scene
      await begin(scene)
      await router.shutdown('maintenance')
      // It may dial us again at once, and fail otherwise then: what was told of the end is judged.
      await speaker.sees('its words are here', () =>
        speaker.said.some(
          ({ log }) =>
            log?.message === 'bgp session down' && JSON.stringify(log.fields).includes('maintenance'),
        ),
      )
    },
  },
  {
    title: 'a router that says more than its limit loses the session by our doing',
    wish: {
      session: { prefixLimits: { IPv4: 2 } },
      router: { announces: ['203.0.113.0/26', '203.0.113.64/26', '203.0.113.128/26'] },
    },
    play: async ({ speaker, router, peer }) => {
      speaker.apply({ peers: [peer], routes: routes([first]) })
      await speaker.sees('the limit is exceeded', ({ peers }) => {
        return /^\d IPv4 prefixes, the limit is 2$/.test(peers['router']?.session.lastFailure?.reason ?? '')
      })
      await untilTrue('the router knows why', async () => /prefix/i.test((await router.session()).lastError))
    },
  },
  {
    title: 'more routes than the router takes: its NOTIFICATION is what we say',
    needs: ['a prefix limit'],
    wish: { router: { prefixLimit: 5 } },
    play: async ({ speaker, peer }) => {
      speaker.apply({ peers: [peer], routes: routes(many.slice(0, 20)) })
      await speaker.sees('it says so', ({ peers }) => {
        return peers['router']?.session.lastFailure?.reason.includes('Cease/1 maximum prefixes') === true
      })
    },
  },
  {
    title: '10,000 routes arrive, change and go',
    play: async (scene) => {
      const { speaker, router, peer } = scene
      speaker.apply({ peers: [peer], routes: routes(many) })
      await speaker.established()
      await routerHas(router, many)
      await withoutTheSessionFalling(scene, async () => {
        speaker.apply({ routes: routes(many, { communities: ['65001:7'] }) })
        await routerSees(router, many.at(-1) ?? '', ({ communities }) => communities.includes('65001:7'))
        speaker.apply({ routes: routes(many.slice(0, 100)) })
        await routerHas(router, many.slice(0, 100))
      })
    },
  },
  {
    title: 'a peer that is not wished any more hears Cease',
    play: async (scene) => {
      const { speaker, router } = scene
      await begin(scene)
      speaker.apply({ peers: [] })
      await routerHas(router, [])
      await untilTrue('the router was told', async () =>
        /(de|un)-?configured/i.test((await router.session()).lastError),
      )
    },
  },
  {
    title: 'extended next hop: IPv4 routes go by our IPv6 address while we have no IPv4 one',
    needs: ['IPv4 over an IPv6 next hop'],
    only: { over: 'IPv6', why: 'a session over IPv4 has an IPv4 next hop' },
    play: async (scene) => {
      const { speaker, router } = scene
      const { namespace, device } = speaker.host
      ip(namespace, ['-4', 'addr', 'flush', 'dev', device])
      try {
        await begin(scene)
        for (const prefix of [first, third])
          await routerSees(router, prefix, ({ nextHop }) => nextHop === '2001:db8::1')
        await withoutTheSessionFalling(scene, async () => {
          ip(namespace, ['addr', 'add', ourIPv4Network, 'dev', device])
          await routerSees(router, first, ({ nextHop }) => nextHop === '192.0.2.1')
        })
      } finally {
        ip(namespace, ['addr', 'replace', ourIPv4Network, 'dev', device])
      }
    },
  },
]
