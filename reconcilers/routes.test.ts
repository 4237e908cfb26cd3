// Which routes a node announces, to whom, and why not (metallb.md §2.3, §6.2, §7).
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import type { Route } from '../protocols/bgp/config.ts'
import { bgpAdvertisement, bgpPeer, community } from '../test/support/bgp-snapshots.ts'
import { assigned, cluster, dualStack, endpoint, node, pool, service } from '../test/support/snapshots.ts'
import { planRoutes } from './routes.ts'
import type { Snapshot } from './snapshot.ts'

const nodeNames = ['node-a', 'node-b', 'node-c']

function web(changes: Partial<Service> = {}, ingress: readonly string[] = ['192.0.2.7']): Service {
  return assigned(service(changes.name ?? 'web', changes), ingress, 'p')
}

const plain: Partial<Snapshot> = {
  pools: [pool('p', ['192.0.2.0/24', '2001:db8::/64']), pool('q', ['198.51.100.0/24'])],
  bgpPeers: [bgpPeer('tor-1'), bgpPeer('tor-2', { peerAddress: '192.0.2.2' })],
  bgpAdvertisements: [bgpAdvertisement('all')],
  services: [web()],
}

function scene(changes: Partial<Snapshot> = {}): Snapshot {
  return cluster(nodeNames, { ...plain, ...changes })
}

function routes(changes: Partial<Snapshot> = {}, name = 'node-a'): readonly Route[] {
  return planRoutes(scene(changes), name).routes
}

/** 'announced to …' or the reason. */
function outcome(changes: Partial<Snapshot> = {}, key = 'default/web', name = 'node-a'): string {
  const found = planRoutes(scene(changes), name).services.get(key)
  if (found === undefined) return 'nothing'
  return found.state === 'silent' ? found.verdict.reason : `announced to ${found.peers.join(', ')}`
}

describe('the routes of a Service', () => {
  it('every node announces its address to every peer', () => {
    for (const name of nodeNames) {
      expect(routes({}, name)).to.deep.equal([{ prefix: '192.0.2.7/32', peers: 'all', attributes: {} }])
      expect(outcome({}, 'default/web', name)).to.equal('announced to tor-1, tor-2')
    }
  })

  it('are one of each family, each to the peers that carry it', () => {
    const services = [web(dualStack, ['192.0.2.7', '2001:db8::7'])]
    const bgpPeers = [bgpPeer('tor-1'), bgpPeer('tor-6', { peerAddress: '2001:db8:1::1' })]
    expect(routes({ services, bgpPeers })).to.deep.equal([
      { prefix: '192.0.2.7/32', peers: ['tor-1'], attributes: {} },
      { prefix: '2001:db8::7/128', peers: ['tor-6'], attributes: {} },
    ])
    expect(outcome({ services, bgpPeers })).to.equal('announced to tor-1, tor-6')
  })

  it('say what the advertisement says', () => {
    const advertisement = bgpAdvertisement('all', {
      localPref: 200,
      asPathPrepend: 3,
      communities: ['large:1:2:3', '64500:2', '64500:1', 'black', 'unheard-of'],
    })
    const communities = [community('c', { black: '65535:666' })]
    expect(routes({ bgpAdvertisements: [advertisement], communities })).to.deep.equal([
      {
        prefix: '192.0.2.7/32',
        peers: 'all',
        attributes: {
          localPref: 200,
          prepend: 3,
          communities: ['64500:1', '64500:2', '65535:666'],
          largeCommunities: ['1:2:3'],
        },
      },
    ])
  })

  it('of two Community objects with one alias the older one counts', () => {
    const bgpAdvertisements = [bgpAdvertisement('all', { communities: ['x'] })]
    const communities = [community('a', { x: '1:1' }, 5), community('b', { x: '2:2' }, 4)]
    expect(routes({ bgpAdvertisements, communities })[0]?.attributes.communities).to.deep.equal(['2:2'])
  })

  it('are aggregated to the lengths that the advertisements ask for, each once', () => {
    const bgpAdvertisements = [
      bgpAdvertisement('whole', { peers: ['tor-1'] }),
      bgpAdvertisement('wide', { aggregationLength: 24, aggregationLengthV6: 64 }),
    ]
    const services = [web(dualStack, ['192.0.2.7', '2001:db8::7']), web({ name: 'other' }, ['192.0.2.9'])]
    const bgpPeers = ['tor-1', 'tor-2'].map((name, index) =>
      bgpPeer(name, { peerAddress: `192.0.2.${index}`, dualStackAddressFamily: true }),
    )
    expect(routes({ bgpAdvertisements, services, bgpPeers })).to.deep.equal([
      { prefix: '192.0.2.0/24', peers: 'all', attributes: {} },
      { prefix: '192.0.2.7/32', peers: ['tor-1'], attributes: {} },
      { prefix: '192.0.2.9/32', peers: ['tor-1'], attributes: {} },
      { prefix: '2001:db8::/64', peers: 'all', attributes: {} },
      { prefix: '2001:db8::7/128', peers: ['tor-1'], attributes: {} },
    ])
  })

  const ranges: readonly (readonly [addresses: string, length: number, prefix: string])[] = [
    ['192.0.2.0/24', 24, '192.0.2.0/24'],
    ['192.0.2.0/24', 25, '192.0.2.0/25'],
    ['192.0.2.0/28', 24, '192.0.2.7/32'], // beyond the pool
    ['192.0.2.1-192.0.2.254', 25, '192.0.2.7/32'], // the widest block is a /26
    ['192.0.2.1-192.0.2.254', 26, '192.0.2.0/26'],
    ['192.0.2.1-192.0.2.254', 30, '192.0.2.4/30'],
    ['192.0.2.7-192.0.2.7', 31, '192.0.2.7/32'],
  ]
  for (const [addresses, length, prefix] of ranges)
    it(`never reach beyond their pool: ${addresses} by /${length} is ${prefix}`, () => {
      const bgpAdvertisements = [bgpAdvertisement('all', { aggregationLength: length })]
      expect(routes({ bgpAdvertisements, pools: [pool('p', [addresses])] })[0]?.prefix).to.equal(prefix)
    })

  it('are joined where several advertisements speak: communities united, the older one decides the rest', () => {
    const bgpAdvertisements = [
      bgpAdvertisement('a', { communities: ['1:1'], localPref: 50, age: 2, peers: ['tor-1'] }),
      bgpAdvertisement('b', { communities: ['2:2'], localPref: 70, age: 1 }),
      bgpAdvertisement('c', { communities: ['3:3'], asPathPrepend: 1, age: 3 }),
    ]
    expect(routes({ bgpAdvertisements })).to.deep.equal([
      {
        prefix: '192.0.2.7/32',
        peers: ['tor-1'],
        attributes: { localPref: 70, prepend: 1, communities: ['1:1', '2:2', '3:3'] },
      },
      {
        prefix: '192.0.2.7/32',
        peers: ['tor-2'],
        attributes: { localPref: 70, prepend: 1, communities: ['2:2', '3:3'] },
      },
    ])
    const told = planRoutes(scene({ bgpAdvertisements }), 'node-a').services.get('default/web')
    expect(told?.state === 'announced' ? told.warnings : []).to.deep.equal([
      {
        reason: 'ConflictingAttributes',
        message: 'BGPAdvertisements b and a want localPref 70 and 50; b is the older one and decides',
      },
    ])
  })

  it('of two Services with one address are joined', () => {
    const gold = { matchLabels: { tier: 'gold' } }
    const bgpAdvertisements = [
      bgpAdvertisement('gold', { serviceSelectors: [gold], communities: ['1:1'] }),
      bgpAdvertisement('http', {
        serviceSelectors: [{ matchLabels: { app: 'http' } }],
        communities: ['2:2'],
        peers: ['tor-2'],
      }),
    ]
    const sharing = { annotations: { 'metallb.io/allow-shared-ip': 'k' } }
    const ports = [{ name: '', protocol: 'TCP', port: 443 } as const]
    const services = [
      web({ ...sharing, labels: { tier: 'gold' } }),
      web({ ...sharing, name: 'other', labels: { app: 'http' }, ports }),
    ]
    expect(routes({ bgpAdvertisements, services })).to.deep.equal([
      { prefix: '192.0.2.7/32', peers: ['tor-1'], attributes: { communities: ['1:1'] } },
      { prefix: '192.0.2.7/32', peers: ['tor-2'], attributes: { communities: ['1:1', '2:2'] } },
    ])
  })

  it('an aggregate stays while one of its Services is announced', () => {
    const bgpAdvertisements = [bgpAdvertisement('all', { aggregationLength: 24 })]
    const services = [web(), web({ name: 'down' }, ['192.0.2.8'])]
    const endpoints = new Map([['default/web', [endpoint('node-b')]]])
    expect(routes({ bgpAdvertisements, services, endpoints }).map(({ prefix }) => prefix)).to.deep.equal([
      '192.0.2.0/24',
    ])
    expect(outcome({ services, endpoints }, 'default/down')).to.equal('NoEndpointSlices')
  })

  it('the same list comes again while nothing has changed', () => {
    const of = scene()
    expect(planRoutes({ ...of, services: [...of.services] }, 'node-a').routes).to.equal(
      planRoutes(of, 'node-a').routes,
    )
  })

  it('a cluster without BGPAdvertisements says nothing of BGP', () => {
    expect(outcome({ bgpAdvertisements: [] })).to.equal('nothing')
  })
})

describe('whether a node announces a Service', () => {
  const rack = (name: string) => [{ matchLabels: { rack: name } }]
  const local = { externalTrafficPolicy: 'Local' as const }
  const here = new Map([['default/web', [endpoint('node-a')]]])
  const there = new Map([['default/web', [endpoint('node-b')]]])
  const excluded = node('node-a', {
    labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' },
  })
  const cases: readonly (readonly [title: string, changes: Partial<Snapshot>, expected: string])[] = [
    ['without an address', { services: [service('web')] }, 'NoAddress'],
    ['with an address of no pool', { services: [web({}, ['203.0.113.1'])] }, 'AddressOutsidePools'],
    [
      'whose pool no advertisement covers',
      { bgpAdvertisements: [bgpAdvertisement('q', { ipAddressPools: ['q'] })] },
      'NoBGPAdvertisement',
    ],
    [
      'that no advertisement selects',
      { bgpAdvertisements: [bgpAdvertisement('x', { serviceSelectors: rack('x') })] },
      'NoBGPAdvertisement',
    ],
    [
      'on a node that no advertisement selects',
      { bgpAdvertisements: [bgpAdvertisement('x', { nodeSelectors: rack('x') })] },
      'NodeNotSelected',
    ],
    [
      'on a node that one of two selects',
      {
        bgpAdvertisements: [bgpAdvertisement('x', { nodeSelectors: rack('x') }), bgpAdvertisement('all')],
      },
      'announced to tor-1, tor-2',
    ],
    ['without endpoints', { endpoints: new Map() }, 'NoEndpointSlices'],
    [
      'whose endpoints do not serve',
      { endpoints: new Map([['default/web', [endpoint('node-a', false)]]]) },
      'NoServingEndpoint',
    ],
    ['whose endpoints are elsewhere', { endpoints: there }, 'announced to tor-1, tor-2'],
    [
      'Local, with an endpoint here',
      { services: [web(local)], endpoints: here },
      'announced to tor-1, tor-2',
    ],
    ['Local, with endpoints elsewhere', { services: [web(local)], endpoints: there }, 'NoEndpointOnNode'],
    ['on an excluded node', { nodes: [excluded] }, 'NodeExcluded'],
    [
      'on an excluded node, with the label ignored',
      { nodes: [excluded], settings: { ignoreExcludeLabel: true } },
      'announced to tor-1, tor-2',
    ],
    ['without network', { nodes: [node('node-a', { networkUnavailable: true })] }, 'NetworkUnavailable'],
    ['on a node that is gone', { nodes: [] }, 'NodeGone'],
    ['whose speaker others do not see', { speakers: [] }, 'announced to tor-1, tor-2'],
    ['on a node without peers', { bgpPeers: [] }, 'NoPeerOnNode'],
    [
      'for peers that the node does not have',
      { bgpAdvertisements: [bgpAdvertisement('x', { peers: ['tor-9'] })] },
      'NoPeerOnNode',
    ],
    [
      'for a peer of which the Secret is missing',
      { bgpPeers: [bgpPeer('tor-1', { passwordSecret: { name: 'gone' } })], secrets: new Map() },
      'NoPeerOnNode',
    ],
    [
      'for one of two peers',
      { bgpAdvertisements: [bgpAdvertisement('x', { peers: ['tor-2'] })] },
      'announced to tor-2',
    ],
    ['of a family that no session carries', { services: [web({}, ['2001:db8::7'])] }, 'FamilyNotCarried'],
    ['of another load balancer', { services: [web({ loadBalancerClass: 'other' })] }, 'nothing'],
  ]
  for (const [title, changes, expected] of cases)
    it(`${title}: ${expected}`, () => {
      expect(outcome(changes)).to.equal(expected)
      expect(routes(changes).length > 0).to.equal(expected.startsWith('announced'))
    })

  it('one of two addresses that cannot be announced is a warning', () => {
    const services = [web(dualStack, ['192.0.2.7', '2001:db8::7'])]
    const told = planRoutes(scene({ services }), 'node-a').services.get('default/web')
    expect(told?.state === 'announced' ? told.warnings.map(({ reason }) => reason) : []).to.deep.equal([
      'FamilyNotCarried',
    ])
  })
})
