// Which sessions a node keeps, and with which settings (metallb.md §2.4, §6.3, §7).
import { expect } from 'chai'
import { bfdProfile, bgpPeer } from '../test/support/bgp-snapshots.ts'
import { cluster, node } from '../test/support/snapshots.ts'
import { planPeers } from './peers.ts'
import { identifierFromName } from './peers-identifier.ts'
import type { Snapshot } from './snapshot.ts'

const basicAuth = 'kubernetes.io/basic-auth'

function planned(changes: Partial<Snapshot>, name = 'node-a') {
  return planPeers(cluster(['node-a', 'node-b'], { secrets: new Map(), ...changes }), name)
}

/** The only session of a node with this BGPPeer. */
function session(spec: Parameters<typeof bgpPeer>[1], changes: Partial<Snapshot> = {}) {
  const { configs } = planned({ bgpPeers: [bgpPeer('tor', spec)], ...changes })
  const [config] = configs
  if (config === undefined || configs.length > 1) throw new Error(`${configs.length} sessions`)
  return config
}

function reasonsOf(changes: Partial<Snapshot>, name?: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...planned(changes, name).verdicts].map(([peer, { reason }]) => [peer, reason]))
}

describe('the session with a BGPPeer', () => {
  it('has the settings of MetalLB where nothing is written', () => {
    expect(session({}, { nodes: [node('node-a', { addresses: ['fd00::1', '10.0.0.4'] })] })).to.deep.equal({
      name: 'tor',
      endpoint: {
        remote: { address: '192.0.2.1', port: 179 },
        transport: 'Kernel',
        ttl: { type: 'hops', hops: 1 },
        listen: false,
      },
      session: {
        localAs: 64500,
        peerAs: 64512,
        identifier: '10.0.0.4',
        families: ['IPv4'],
        holdTimeS: 90,
        passive: false,
        connectRetryMs: 10_000,
        delayOpenMs: 0,
        hostname: 'node-a',
      },
    })
  })

  const written: readonly (readonly [title: string, spec: object, expected: object])[] = [
    ['hold time', { holdTime: '30s' }, { session: { holdTimeS: 30 } }],
    ['hold time of none', { holdTime: '0s' }, { session: { holdTimeS: 0 } }],
    ['hold time of less than a second', { holdTime: '999ms' }, { session: { holdTimeS: 0 } }],
    ['keepalive time', { holdTime: '9s', keepaliveTime: '2s' }, { session: { holdTimeS: 9, keepaliveS: 2 } }],
    ['keepalive time alone', { keepaliveTime: '4s' }, { session: { holdTimeS: 12, keepaliveS: 4 } }],
    ['connect time', { connectTime: '7s' }, { session: { connectRetryMs: 7000 } }],
    ['router ID', { routerID: '192.0.2.99' }, { session: { identifier: '192.0.2.99' } }],
    ['local AS', { localASN: 65000 }, { session: { localAs: 65000, peerAs: 64512 } }],
    ['dynamic AS', { dynamicASN: 'internal' }, { session: { peerAs: 'internal' } }],
    [
      'graceful restart',
      { enableGracefulRestart: true },
      { session: { gracefulRestart: { restartTimeS: 120 } } },
    ],
    ['both families', { dualStackAddressFamily: true }, { session: { families: ['IPv4', 'IPv6'] } }],
    ['IPv6 address', { peerAddress: '2001:DB8::1' }, { session: { families: ['IPv6'] } }],
    ['disableMP, which does nothing', { disableMP: true }, { session: { families: ['IPv4'] } }],
    ['port', { peerPort: 1790 }, { endpoint: { remote: { address: '192.0.2.1', port: 1790 } } }],
    ['interface', { interface: 'eth0' }, { endpoint: { remote: { interface: 'eth0' } } }],
    ['interface, both families', { interface: 'eth0' }, { session: { families: ['IPv4', 'IPv6'] } }],
    ['source address', { sourceAddress: '10.0.0.9' }, { endpoint: { sourceAddress: '10.0.0.9' } }],
    ['VRF', { vrf: 'red' }, { endpoint: { device: 'red' } }],
    ['password', { password: 'hush' }, { endpoint: { password: 'hush' } }],
    ['many hops', { ebgpMultiHop: true }, { endpoint: { ttl: { type: 'hops', hops: 255 } } }],
    ['peer of our AS', { peerASN: 64500 }, { endpoint: { ttl: { type: 'hops', hops: 255 } } }],
    ['peer of the local AS', { localASN: 64512 }, { endpoint: { ttl: { type: 'hops', hops: 255 } } }],
    ['external word', { dynamicASN: 'external' }, { endpoint: { ttl: { type: 'hops', hops: 1 } } }],
    ['transport', { transport: 'Packet' }, { endpoint: { transport: 'Packet' } }],
    ['listening', { listen: true }, { endpoint: { listen: true } }],
    ['hops by TTL', { ttlSecurityHops: 1 }, { endpoint: { ttl: { type: 'security', minimum: 255 } } }],
    [
      'hops by TTL before many hops',
      { ttlSecurityHops: 3, ebgpMultiHop: true },
      { endpoint: { ttl: { type: 'security', minimum: 253 } } },
    ],
    ['role', { role: 'Customer' }, { session: { role: { role: 'customer', strict: false } } }],
    [
      'strict role',
      { role: 'RouteServerClient', strictRole: true },
      { session: { role: { role: 'route-server-client', strict: true } } },
    ],
    ['prefix limit', { prefixLimit: 9 }, { session: { prefixLimits: { IPv4: 9 } } }],
    [
      'prefix limit of both families',
      { prefixLimit: 9, dualStackAddressFamily: true },
      { session: { prefixLimits: { IPv4: 9, IPv6: 9 } } },
    ],
    [
      'restart and stale time',
      { enableGracefulRestart: true, restartTime: '1m', longLivedStaleTime: '1h' },
      { session: { gracefulRestart: { restartTimeS: 60, longLivedStaleTimeS: 3600 } } },
    ],
    ['BFD profile', { bfdProfile: 'fast' }, { endpoint: { bfdProfile: 'fast' } }],
  ]
  for (const [title, spec, expected] of written)
    it(`follows what is written: ${title}`, () => {
      const found = session({ ...spec })
      for (const [part, values] of Object.entries(expected))
        expect(part === 'session' ? found.session : found.endpoint).to.deep.include(values)
    })

  it('has the password of the Secret that it names', () => {
    const secrets = new Map([['bgp', { type: basicAuth, password: 'hush' }]])
    expect(session({ passwordSecret: { name: 'bgp' } }, { secrets }).endpoint.password).to.equal('hush')
  })

  it('has an identifier made of the name of a node without an IPv4 address', () => {
    const { identifier } = session({}, { nodes: [node('node-a', { addresses: ['fd00::1'] })] }).session
    // printf node-a | gzip -c | tail -c8 | head -c4 | od -An -tu1
    expect(identifier).to.equal('171.77.153.120')
    expect(identifierFromName('node-b')).not.to.equal(identifier)
  })
})

describe('no session', () => {
  const secrets = new Map([
    ['opaque', { type: 'Opaque', password: 'hush' }],
    ['empty', { type: basicAuth, password: '' }],
    ['other-key', { type: basicAuth }],
  ])
  const cases: readonly (readonly [title: string, spec: object, reason: string])[] = [
    ['where the object cannot be used as written', { holdTime: '2s' }, 'InvalidSpec'],
    [
      'on a node that is not selected',
      { nodeSelectors: [{ matchLabels: { rack: 'x' } }] },
      'NodeNotSelected',
    ],
    ['where a selector cannot be read', { nodeSelectors: [{ matchLabels: 'x' }] }, 'NodeNotSelected'],
    ['without the Secret of its password', { passwordSecret: { name: 'gone' } }, 'SecretNotFound'],
    ['with a Secret of another type', { passwordSecret: { name: 'opaque' } }, 'SecretUnusable'],
    ['with a Secret whose password is empty', { passwordSecret: { name: 'empty' } }, 'SecretUnusable'],
    ['with a Secret without that key', { passwordSecret: { name: 'other-key' } }, 'SecretUnusable'],
  ]
  for (const [title, spec, reason] of cases)
    it(`${title}: ${reason}`, () => {
      const bgpPeers = [bgpPeer('bad', { ...spec }), bgpPeer('good', { peerAddress: '192.0.2.2' })]
      expect(reasonsOf({ bgpPeers, secrets })).to.deep.equal({ bad: reason })
      expect(planned({ bgpPeers, secrets }).configs.map(({ name }) => name)).to.deep.equal(['good'])
    })

  it('by a process that reads no Secrets, rather than one without the password', () => {
    const { secrets: _, ...rest } = cluster(['node-a'], {
      bgpPeers: [bgpPeer('tor', { passwordSecret: { name: 'bgp' } })],
    })
    expect(planPeers(rest, 'node-a').configs).to.deep.equal([])
    expect(planPeers(rest, 'node-a').verdicts.get('tor')?.reason).to.equal('SecretNotRead')
  })

  it('with the younger of two BGPPeers that mean the same one', () => {
    const bgpPeers = [bgpPeer('a', { age: 2 }), bgpPeer('b', { age: 1 }), bgpPeer('c', { age: 2 })]
    expect(reasonsOf({ bgpPeers })).to.deep.equal({ a: 'DuplicatePeer', c: 'DuplicatePeer' })
  })

  it('is no reason against one to the same address from another source, by another port or in another VRF', () => {
    const bgpPeers = [
      bgpPeer('a'),
      bgpPeer('b', { sourceAddress: '10.0.0.9' }),
      bgpPeer('c', { peerPort: 1790 }),
      bgpPeer('d', { vrf: 'red' }),
      bgpPeer('e', { peerASN: 64999, myASN: 64501, peerAddress: '192.0.2.7' }),
    ]
    expect(planned({ bgpPeers }).configs.map(({ name }) => name)).to.deep.equal(['a', 'b', 'c', 'd', 'e'])
  })

  it('an older BGPPeer that cannot be used is in nobody’s way', () => {
    const bgpPeers = [bgpPeer('old', { passwordSecret: { name: 'gone' } }), bgpPeer('young', { age: 1 })]
    expect(reasonsOf({ bgpPeers })).to.deep.equal({ old: 'SecretNotFound' })
  })
})

describe('BFD', () => {
  it('watches a peer by its profile, with FRR’s values where nothing is written', () => {
    const plan = planned({
      bgpPeers: [
        bgpPeer('near', { bfdProfile: 'plain' }),
        bgpPeer('far', { bfdProfile: 'full', peerAddress: '192.0.2.2', ebgpMultiHop: true }),
        bgpPeer('unwatched', { peerAddress: '192.0.2.3' }),
      ],
      bfdProfiles: [
        bfdProfile('plain'),
        bfdProfile('full', {
          receiveInterval: 100,
          transmitInterval: 200,
          detectMultiplier: 5,
          passiveMode: true,
          minimumTtl: 250,
        }),
      ],
    })
    expect(plan.bfd).to.deep.equal({
      near: {
        desiredMinTxUs: 300_000,
        requiredMinRxUs: 300_000,
        detectMultiplier: 3,
        passive: false,
        multihop: false,
        minimumTtl: 254,
      },
      far: {
        desiredMinTxUs: 200_000,
        requiredMinRxUs: 100_000,
        detectMultiplier: 5,
        passive: true,
        multihop: true,
        minimumTtl: 250,
      },
    })
  })

  for (const [what, spec, multihop] of [
    ['a peer of another AS is watched over one hop', {}, false],
    ['one that may be farther over several', { ebgpMultiHop: true }, true],
    ['one with GTSM over one hop, over one', { ebgpMultiHop: true, ttlSecurityHops: 1 }, false],
    ['one with GTSM over more, over several', { ttlSecurityHops: 2 }, true],
    ['a peer of our own AS by where the node finds it', { peerASN: 64500 }, 'off-link'],
    ['so one whose AS is internal without a number', { dynamicASN: 'internal' }, 'off-link'],
    ['but not one with GTSM', { peerASN: 64500, ttlSecurityHops: 1 }, false],
  ] as const)
    it(what, () => {
      const peer = bgpPeer('tor', { ...spec, bfdProfile: 'plain' })
      expect(planned({ bgpPeers: [peer], bfdProfiles: [bfdProfile('plain')] }).bfd['tor']?.multihop).to.equal(
        multihop,
      )
    })

  it('a profile that does not exist leaves the session unwatched, and says so', () => {
    const plan = planned({ bgpPeers: [bgpPeer('tor', { bfdProfile: 'gone' })] })
    expect(plan.configs.map(({ name }) => name)).to.deep.equal(['tor'])
    expect(plan.bfd).to.deep.equal({})
    expect(plan.warnings.get('tor')?.map(({ reason }) => reason)).to.deep.equal(['UnknownBFDProfile'])
  })

  describe('with authentication', () => {
    const authentication = { type: 'MeticulousKeyedSHA1', keyID: 7, passwordSecret: { name: 'bfd' } }
    const watched = (password: string | undefined, type = authentication.type) =>
      planned({
        bgpPeers: [bgpPeer('tor', { bfdProfile: 'safe' })],
        bfdProfiles: [bfdProfile('safe', { authentication: { ...authentication, type } })],
        secrets: password === undefined ? new Map() : new Map([['bfd', { type: basicAuth, password }]]),
      })

    it('has the key of the Secret', () => {
      expect(watched('hush').bfd['tor']?.authentication).to.deep.equal({
        type: 'meticulousKeyedSha1',
        keyId: 7,
        key: 'hush',
      })
    })

    const refused: readonly (readonly [title: string, plan: ReturnType<typeof watched>, reason: string])[] = [
      ['without the Secret', watched(undefined), 'SecretNotFound'],
      ['with a key too long for SHA1', watched('x'.repeat(21)), 'SecretUnusable'],
      ['with a key too long for MD5', watched('x'.repeat(17), 'KeyedMD5'), 'SecretUnusable'],
    ]
    for (const [title, plan, reason] of refused)
      it(`${title} the session is kept, without BFD rather than with less of it: ${reason}`, () => {
        expect(plan.configs.map(({ name }) => name)).to.deep.equal(['tor'])
        expect(plan.bfd).to.deep.equal({})
        expect(plan.warnings.get('tor')?.map((one) => one.reason)).to.deep.equal([reason])
      })
  })
})
