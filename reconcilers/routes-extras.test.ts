// What MetalLB's advertisements cannot do: MED, ORIGIN, communities of a Service, weights, and a limit of nodes.
import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Service } from '../crds/core.ts'
import type { RouteAttributes } from '../protocols/bgp/config.ts'
import { bgpAdvertisement, bgpPeer, community } from '../test/support/bgp-snapshots.ts'
import { byTheBook } from '../test/support/l2-scene.ts'
import { assigned, cluster, endpoint, node, pool, service, speaker } from '../test/support/snapshots.ts'
import { planRoutes } from './routes.ts'
import type { Snapshot } from './snapshot.ts'

const nodeNames = ['node-a', 'node-b', 'node-c', 'node-d', 'node-e']

function web(changes: Partial<Service> = {}, address = '192.0.2.7'): Service {
  return assigned(service(changes.name ?? 'web', changes), [address], 'p')
}

function scene(spec: object, changes: Partial<Snapshot> = {}): Snapshot {
  return cluster(nodeNames, {
    pools: [pool('p', ['192.0.2.0/24'])],
    bgpPeers: [bgpPeer('tor')],
    bgpAdvertisements: [bgpAdvertisement('all', { ...spec })],
    services: [web()],
    ...changes,
  })
}

function attributes(of: Snapshot, name = 'node-a'): RouteAttributes | undefined {
  return planRoutes(of, name).routes[0]?.attributes
}

function outcome(of: Snapshot, name = 'node-a') {
  const found = planRoutes(of, name).services.get('default/web')
  if (found === undefined) return 'nothing'
  return found.state === 'silent' ? found.verdict.reason : found.warnings.map(({ reason }) => reason).join()
}

function announcers(of: Snapshot): readonly string[] {
  return nodeNames.filter((name) => planRoutes(of, name).routes.length > 0)
}

describe('attributes that MetalLB does not have', () => {
  it('MED and ORIGIN are said, MED 0 too', () => {
    expect(attributes(scene({ med: 0, origin: 'EGP' }))).to.deep.equal({ med: 0, origin: 'egp' })
  })

  it('of two advertisements the older one decides on each by itself', () => {
    const bgpAdvertisements = [
      bgpAdvertisement('young', { med: 1, origin: 'Incomplete', age: 1 }),
      bgpAdvertisement('old', { med: 2 }),
    ]
    const of = scene({}, { bgpAdvertisements })
    expect(attributes(of)).to.deep.equal({ med: 2, origin: 'incomplete' })
    expect(outcome(of)).to.equal('ConflictingAttributes')
  })
})

describe('communities that a Service asks for', () => {
  const asking = (text: string) => ({
    services: [web({ annotations: { 'metallb.io/bgp-communities': text } })],
    communities: [community('c', { blue: '64500:7' })],
  })
  const cases: readonly (readonly [text: string, expected: RouteAttributes, warnings: string])[] = [
    ['', { communities: ['1:1'] }, ''],
    ['2:2, large:1:2:3 ,blue', { communities: ['1:1', '2:2', '64500:7'], largeCommunities: ['1:2:3'] }, ''],
    ['1:1,1:1', { communities: ['1:1'] }, ''],
    ['2:99999,3:3', { communities: ['1:1', '3:3'] }, 'UnreadableCommunity'],
    ['red,3:3', { communities: ['1:1', '3:3'] }, 'UnknownCommunity'],
  ]
  for (const [text, expected, warnings] of cases)
    it(`are added where an advertisement lets it: '${text}'`, () => {
      const of = scene({ communities: ['1:1'], serviceCommunities: true }, asking(text))
      expect(attributes(of)).to.deep.equal(expected)
      expect(outcome(of)).to.equal(warnings)
    })

  it('are not where none does, which is said', () => {
    const of = scene({ communities: ['1:1'] }, asking('2:2'))
    expect(attributes(of)).to.deep.equal({ communities: ['1:1'] })
    expect(outcome(of)).to.equal('CommunitiesNotAllowed')
  })
})

describe('weights by endpoints', () => {
  const local = { externalTrafficPolicy: 'Local' } as const
  const endpoints = new Map([
    [
      'default/web',
      [...['node-a', 'node-b', 'node-b', 'node-b'].map((name) => endpoint(name)), endpoint('node-a', false)],
    ],
    ['default/other', [endpoint('node-b'), endpoint('node-b')]],
  ])

  it('are in the proportion of the serving endpoints on the nodes', () => {
    const of = scene({ weighByEndpoints: true }, { services: [web(local)], endpoints })
    expect(['node-a', 'node-b'].map((name) => attributes(of, name)?.bandwidth)).to.deep.equal([
      1_000_000, 3_000_000,
    ])
  })

  it('count the endpoints of the family of the route', () => {
    const both = [endpoint('node-a'), { ...endpoint('node-a'), addresses: ['fd00::9'] }]
    const of = scene(
      { weighByEndpoints: true },
      { services: [web(local)], endpoints: new Map([['default/web', both]]) },
    )
    expect(attributes(of)?.bandwidth).to.equal(1_000_000)
  })

  it('are left out with the policy Cluster, by which every node sends to any endpoint', () => {
    expect(attributes(scene({ weighByEndpoints: true }, { endpoints }))).to.deep.equal({})
  })

  it('are left out where nobody asks for them', () => {
    expect(attributes(scene({}, { services: [web(local)], endpoints }))).to.deep.equal({})
  })

  it('of Services behind one route are added up', () => {
    const sharing = { ...local, annotations: { 'metallb.io/allow-shared-ip': 'k' }, selector: { app: 'x' } }
    const ports = [{ name: '', protocol: 'TCP', port: 443 } as const]
    const services = [web(sharing), web({ ...sharing, name: 'other', ports })]
    const of = scene({ weighByEndpoints: true }, { services, endpoints })
    expect(attributes(of, 'node-b')?.bandwidth).to.equal(5_000_000)
  })
})

describe('maxNodes', () => {
  it('lets the first so many of the election announce', () => {
    for (const last of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const address = `192.0.2.${last}`
      const of = scene({ maxNodes: 2 }, { services: [web({}, address)] })
      expect(announcers(of)).to.deep.equal(byTheBook(nodeNames, address).slice(0, 2).toSorted())
    }
  })

  it('when one of them dies the next one takes its place', () => {
    const order = byTheBook(nodeNames, '192.0.2.7')
    const speakers = order.slice(1).map((name) => speaker(name))
    expect(announcers(scene({ maxNodes: 2 }, { speakers }))).to.deep.equal(order.slice(1, 3).toSorted())
  })

  it('counts only nodes that have a peer, a place in the advertisement and no exclusion', () => {
    const order = byTheBook(nodeNames, '192.0.2.7')
    const rack = [{ matchLabels: { rack: 'r' } }]
    const labelled = order.map((name, index) => node(name, { labels: index === 0 ? {} : { rack: 'r' } }))
    const expected = order.slice(1, 3).toSorted()
    const byPeer = { nodes: labelled, bgpPeers: [bgpPeer('tor', { nodeSelectors: rack })] }
    expect(announcers(scene({ maxNodes: 2 }, byPeer))).to.deep.equal(expected)
    expect(announcers(scene({ maxNodes: 2, nodeSelectors: rack }, { nodes: labelled }))).to.deep.equal(
      expected,
    )
    const excluded = order.map((name, index) =>
      node(
        name,
        index === 0 ? { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } } : {},
      ),
    )
    expect(announcers(scene({ maxNodes: 2 }, { nodes: excluded }))).to.deep.equal(expected)
  })

  it('with the policy Local counts only nodes with an endpoint', () => {
    const order = byTheBook(nodeNames, '192.0.2.7')
    const endpoints = new Map([['default/web', order.slice(2).map((name) => endpoint(name))]])
    const services = [web({ externalTrafficPolicy: 'Local' })]
    const of = scene({ maxNodes: 2 }, { services, endpoints })
    expect(announcers(of)).to.deep.equal(order.slice(2, 4).toSorted())
    expect(order.map((name) => outcome(of, name))).to.deep.equal([
      'NoEndpointOnNode',
      'NoEndpointOnNode',
      '',
      '',
      'NotAmongMaxNodes',
    ])
  })

  it('of an aggregate the same nodes announce all of it', () => {
    const services = Array.from({ length: 9 }, (_, index) => web({ name: `s-${index}` }, `192.0.2.${index}`))
    const of = scene({ maxNodes: 2, aggregationLength: 24 }, { services })
    expect(announcers(of)).to.deep.equal(byTheBook(nodeNames, '192.0.2.0').slice(0, 2).toSorted())
  })

  it('as many nodes as there may be, and no more, after any history of deaths', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.subarray(nodeNames), fc.integer({ min: 1, max: 6 })), { maxLength: 6 }),
        (history) => {
          const services = [web()]
          for (const [living, maxNodes] of history) {
            const speakers = living.map((name) => speaker(name))
            const found = announcers(scene({ maxNodes }, { services, speakers }))
            expect(found).to.have.lengthOf(Math.min(maxNodes, living.length))
            expect(living).to.include.members([...found])
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})
