// BGP without addresses: FRR's `neighbor eth0 interface` and a peer of ours that is named by its interface, on a link on
// which both have nothing but their link-local addresses.
import { expect } from 'chai'
import type { BfdConfig } from '../../protocols/bfd/config.ts'
import type { RoutingObserved } from '../../protocols/engine/bgp-messages.ts'
import { addHost, createLan, destroyLan, ip, plug } from '../net/lan.ts'
import type { Host, Lan } from '../net/lan.ts'
import { needsNamespaces } from '../support/skip.ts'
import { untilTrue } from '../support/until.ts'
import { startBirdBfd } from './bfd-router.ts'
import { frrVersion, startFrr } from './frr.ts'
import { onHost } from './place.ts'
import { peerOf, routerEstablished, routerHas, routerSees, routerWishOf, routes } from './scene.ts'
import type { SceneWish } from './scene.ts'
import { netRawOnly, SpeakerProcess } from './speaker-process.ts'

const first = '198.51.100.1/32'
const second = '2001:db8:100::2/128'
const unnumbered: SceneWish = { endpoint: { remote: { interface: 'eth0' } }, session: { peerAs: 'external' } }

const bfdProfile: BfdConfig = {
  desiredMinTxUs: 1_000_000,
  requiredMinRxUs: 1_000_000,
  detectMultiplier: 10,
  passive: false,
  multihop: false,
  minimumTtl: 255,
}

const failureOf = ({ peers }: RoutingObserved): string =>
  `${peers['router']?.objection ?? ''} ${peers['router']?.session.reason ?? ''}`

describe('unnumbered BGP with FRR', function () {
  this.timeout(180_000)
  let lan: Lan | undefined
  let speaker: SpeakerProcess | undefined

  needsNamespaces('/usr/lib/frr/bgpd')

  before(() => console.log(`    ${frrVersion()}`))

  afterEach(() => {
    speaker?.kill()
    if (lan !== undefined) destroyLan(lan)
    lan = undefined
  })

  /** Two hosts with link-local addresses alone, the router, and our speaker with the capability of the DaemonSet. */
  async function begin(wish: SceneWish = {}) {
    lan = createLan()
    const [us, them] = [bare(addHost(lan, 'us', 1)), bare(addHost(lan, 'them', 2))]
    const router = await startFrr(onHost(them), { ...routerWishOf(wish), interface: 'eth0' })
    speaker = new SpeakerProcess(us, { privileges: netRawOnly })
    const { endpoint, session } = wish
    const peer = peerOf({
      ...wish,
      endpoint: { ...unnumbered.endpoint, ...endpoint },
      session: { ...unnumbered.session, ...session },
    })
    speaker.apply({ peers: [peer], routes: routes([first, second]) })
    return { lan, us, them, router, speaker }
  }

  it('both find each other, and both families go over the session by link-local next hops', async () => {
    const { router, them, speaker: ours } = await begin()
    try {
      const { session } = await ours.established()
      expect(session.peer?.asNumber).to.equal(65002)
      await routerEstablished(router)
      await routerHas(router, [first, second])
      for (const prefix of [first, second]) {
        const seen = await routerSees(router, prefix, () => true)
        expect(seen).to.include({ nextHop: 'fe80::ff:fe00:1', asPath: '65001' })
      }
      await untilTrue('the kernel of the router sends there', () => {
        const [via4, via6] = ['-4', '-6'].map((family) =>
          ip(them.namespace, [family, 'route', 'show', 'proto', 'bgp']),
        )
        return [via4, via6].every((table) => table?.includes('fe80::ff:fe00:1 dev eth0'))
      })
      ours.apply({ routes: routes([second]) })
      await routerHas(router, [second])
    } finally {
      await router.stop()
    }
  })

  it('over our own TCP', async () => {
    const { router, speaker: ours } = await begin({ endpoint: { transport: 'Packet' } })
    try {
      await ours.established()
      await routerHas(router, [first, second])
    } finally {
      await router.stop()
    }
  })

  it('with BFD between the link-local addresses, by which a router that stands still is found', async () => {
    const { router, them, speaker: ours } = await begin()
    const bfdd = await startBirdBfd(them)
    try {
      await bfdd.configure({
        address: 'fe80::ff:fe00:1',
        timers: { txMs: 1000, rxMs: 1000, multiplier: 10 },
      })
      await ours.established()
      ours.apply({ bfd: { router: bfdProfile } })
      await ours.sees('BFD is up', ({ bfd }) => bfd['router']?.state === 'up')
      bfdd.freeze()
      await ours.sees(
        'the session has ended for it',
        ({ peers }) => peers['router']?.session.lastFailure?.reason.includes('BFD') === true,
        60_000,
      )
      bfdd.thaw()
      await ours.established()
      await routerHas(router, [first, second])
    } finally {
      await bfdd.stop()
      await router.stop()
    }
  })

  it('with TCP-MD5, and GTSM on both sides', async () => {
    const { router, speaker: ours } = await begin({
      endpoint: { password: 'of-both', ttl: { type: 'security', minimum: 255 } },
      router: { password: 'of-both', ttlSecurity: true },
    })
    try {
      await ours.established()
      await routerHas(router, [first, second])
    } finally {
      await router.stop()
    }
  })

  it('a router that changes its link-local address is followed, and the reason is told', async () => {
    // The router does not hear the end of the session, for the address is gone: its own hold time has to pass.
    const holdTimeS = 6
    const { router, them, speaker: ours } = await begin({ session: { holdTimeS }, router: { holdTimeS } })
    try {
      await ours.established()
      await routerHas(router, [first, second])
      ip(them.namespace, ['addr', 'add', 'fe80::99/64', 'dev', them.device])
      ip(them.namespace, ['addr', 'del', 'fe80::ff:fe00:2/64', 'dev', them.device])
      await untilTrue(
        'the session has ended, with its reason',
        () =>
          ours.said.some(
            ({ log }) =>
              log?.message === 'bgp session down' &&
              JSON.stringify(log.fields).includes(
                'is fe80::99: it has changed its address from fe80::ff:fe00:2',
              ),
          ),
        { timeoutMs: 60_000 },
      )
      await ours.established()
      await routerHas(router, [first, second])
    } finally {
      await router.stop()
    }
  })

  it('an interface that goes ends the session with the reason; it is found anew when the interface is back', async () => {
    const { lan: link, router, us, speaker: ours } = await begin()
    try {
      await ours.established()
      ip(us.namespace, ['link', 'del', us.device])
      const gone = await ours.sees('the session has ended', (observed) =>
        failureOf(observed).includes('there is no interface eth0'),
      )
      expect(gone.peers['router']?.session.state).to.not.equal('Established')
      plug(link, us)
      bare(us)
      await ours.established()
      await routerHas(router, [first, second])
    } finally {
      await router.stop()
    }
  })
})

/** Takes all addresses away but the link-local one. */
function bare(host: Host): Host {
  ip(host.namespace, ['addr', 'flush', 'dev', host.device, 'scope', 'global'])
  return host
}
