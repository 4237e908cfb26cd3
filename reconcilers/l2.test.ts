// Who announces: metallb.md §5.1 step by step, and where Herald differs on purpose.
import { expect } from 'chai'
import { createHash } from 'node:crypto'
import type { Service } from '../crds/core.ts'
import {
  advertisement,
  assigned,
  at,
  cluster,
  condition,
  dualStack,
  endpoint,
  node,
  pool,
  service,
  snapshot,
  speaker,
} from '../test/support/snapshots.ts'
import { electionsIn, warmElections } from './l2.ts'
import { planSpeaker } from './plan.ts'
import type { Snapshot } from './snapshot.ts'

const nodes = ['node-a', 'node-b', 'node-c', 'node-d', 'node-e']
const pools = [pool('a', ['192.0.2.0/24', '2001:db8::/64'])]
const all = [advertisement('all')]

function web(changes: Partial<Service> = {}, ingress: readonly string[] = ['192.0.2.7']): Service {
  return assigned(service('web', changes), ingress, 'a')
}

function scene(changes: Partial<Snapshot> = {}): Snapshot {
  return cluster(nodes, { pools, l2Advertisements: all, services: [web()], ...changes })
}

/** The nodes that announce, or the reason that every node gives. */
function announcers(of: Snapshot, key = 'default/web'): readonly string[] {
  const outcomes = nodes.map((name) => ({ name, outcome: planSpeaker(of, name).services.get(key) }))
  const silent = outcomes.flatMap(({ outcome }) =>
    outcome?.state === 'silent' ? [outcome.verdict.reason] : [],
  )
  if (silent.length === nodes.length) return [...new Set(silent)]
  return outcomes.flatMap(({ name, outcome }) => (outcome?.state === 'announced' ? [name] : []))
}

/** MetalLB's order, by the book. */
function byTheBook(names: readonly string[], address: string): readonly string[] {
  const key = (name: string) => createHash('sha256').update(`${name}#${address}`).digest('hex')
  return names.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

describe('the election', () => {
  it('the lowest digest of node#address wins', () => {
    for (let last = 0; last < 100; last++) {
      const address = `192.0.2.${last}`
      const expected = byTheBook(nodes, address).slice(0, 1)
      expect(announcers(scene({ services: [web({}, [address])] }))).to.deep.equal(expected)
    }
  })

  it('for IPv6 the text is the canonical one', () => {
    const of = scene({ services: [web({ clusterIPs: ['fd00::1'] }, ['2001:db8::7'])] })
    expect(announcers(of)).to.deep.equal(byTheBook(nodes, '2001:db8::7').slice(0, 1))
  })

  it('both addresses of a dual-stack Service go to the winner of the first one in the status', () => {
    for (const ingress of [
      ['192.0.2.9', '2001:db8::9'],
      ['2001:db8::9', '192.0.2.9'],
    ]) {
      const of = scene({ services: [web(dualStack, ingress)] })
      const [winner = ''] = byTheBook(nodes, ingress[0] ?? '')
      expect(announcers(of)).to.deep.equal([winner])
      expect(planSpeaker(of, winner).claims).to.deep.equal([
        { address: '192.0.2.9', interfaces: 'all' },
        { address: '2001:db8::9', interfaces: 'all' },
      ])
    }
  })

  it('when the winner dies the next one in the order takes over, and the first one gets it back', () => {
    const order = byTheBook(nodes, '192.0.2.7')
    for (const [position, expected] of order.entries()) {
      const dead = order.slice(0, position)
      const speakers = nodes.filter((name) => !dead.includes(name)).map((name) => speaker(name))
      expect(announcers(scene({ speakers }))).to.deep.equal([expected])
    }
    expect(announcers(scene())).to.deep.equal(order.slice(0, 1))
  })

  it('the sum of the preferences comes before the digest', () => {
    const order = byTheBook(nodes, '192.0.2.7')
    const [last = '', secondLast = ''] = order.toReversed()
    const prefer = (weight: number, disk: string) => ({ weight, preference: { matchLabels: { disk } } })
    const labelled = nodes.map((name) =>
      node(name, name === last || name === secondLast ? { labels: { disk: name } } : {}),
    )
    const preferring = (a: number, b: number) =>
      scene({
        nodes: labelled,
        l2Advertisements: [
          advertisement('one', { preferredNodeSelectors: [prefer(a, last), prefer(5, secondLast)] }),
          advertisement('two', { preferredNodeSelectors: [prefer(b, secondLast)] }),
        ],
      })
    expect(announcers(preferring(10, 1))).to.deep.equal([last])
    expect(announcers(preferring(10, 6))).to.deep.equal([secondLast])
    expect(announcers(preferring(10, 5))).to.deep.equal([secondLast])
  })

  it('a preference excludes nobody', () => {
    const preferring = [
      advertisement('one', {
        preferredNodeSelectors: [{ weight: 9, preference: { matchLabels: { no: 'body' } } }],
      }),
    ]
    expect(announcers(scene({ l2Advertisements: preferring }))).to.deep.equal(
      byTheBook(nodes, '192.0.2.7').slice(0, 1),
    )
  })

  it('the owner by electionsIn is the node that announces', () => {
    for (let last = 0; last < 30; last++) {
      const services = [web({}, [`192.0.2.${last}`])]
      const [one] = services
      if (one === undefined) throw new Error('one Service')
      expect([electionsIn(scene({ services }))(one)]).to.deep.equal(
        announcers(scene({ services })).map((name) => ({ node: name })),
      )
    }
  })

  it('an election worked out in slices is the same election', () => {
    const services = Array.from({ length: 50 }, (_, last) =>
      assigned(service(`s${last}`), [`192.0.2.${last}`], 'a'),
    )
    const steps = [...warmElections(scene({ services }), 'node-a', 10)]
    expect(steps).to.have.length(5)
    const fresh = services.map((one) => ({ ...one }))
    expect(planSpeaker(scene({ services }), 'node-a')).to.deep.equal(
      planSpeaker(scene({ services: fresh }), 'node-a'),
    )
  })
})

describe('who may announce', () => {
  const others = (name: string) =>
    byTheBook(
      nodes.filter((other) => other !== name),
      '192.0.2.7',
    ).slice(0, 1)
  const [winner = ''] = byTheBook(nodes, '192.0.2.7')
  const winnerIs = (changes: Parameters<typeof node>[1]) =>
    nodes.map((name) => node(name, name === winner ? changes : {}))
  const excluded = { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } }

  it('a node with the exclude label does not, unless the label is ignored', () => {
    expect(announcers(scene({ nodes: winnerIs(excluded) }))).to.deep.equal(others(winner))
    const settings = { ignoreExcludeLabel: true }
    expect(announcers(scene({ nodes: winnerIs(excluded), settings }))).to.deep.equal([winner])
  })

  it('a node without network does not, and nothing overrides that', () => {
    const settings = { ignoreExcludeLabel: true }
    expect(announcers(scene({ nodes: winnerIs({ networkUnavailable: true }), settings }))).to.deep.equal(
      others(winner),
    )
  })

  it('a node that is gone from the cluster does not', () => {
    expect(
      announcers(scene({ nodes: nodes.filter((name) => name !== winner).map((name) => node(name)) })),
    ).to.deep.equal(others(winner))
  })

  it('nodeSelectors choose the nodes', () => {
    const labelled = nodes.map((name) => node(name, { labels: { zone: name === 'node-c' ? 'x' : 'y' } }))
    const l2Advertisements = [advertisement('x', { nodeSelectors: [{ matchLabels: { zone: 'x' } }] })]
    expect(announcers(scene({ nodes: labelled, l2Advertisements }))).to.deep.equal(['node-c'])
  })

  it('a node without any of the interfaces is no candidate, one that has not said yet is', () => {
    const l2Advertisements = [advertisement('x', { interfaces: ['lan0', 'lan1'] })]
    const speakers = nodes.map((name) => speaker(name, name === 'node-d' ? ['eth0', 'lan1'] : ['eth0']))
    expect(announcers(scene({ l2Advertisements, speakers }))).to.deep.equal(['node-d'])
    const unsaid = nodes.map((name) => (name === winner ? { node: name } : speaker(name, ['eth0'])))
    expect(announcers(scene({ l2Advertisements, speakers: unsaid }))).to.deep.equal([winner])
  })

  it('externalTrafficPolicy Cluster: endpoints anywhere will do, Local: only on the node', () => {
    const endpoints = new Map([['default/web', [endpoint('node-c'), endpoint('node-d', false), endpoint()]]])
    expect(announcers(scene({ endpoints }))).to.deep.equal([winner])
    const services = [web({ externalTrafficPolicy: 'Local' })]
    expect(announcers(scene({ endpoints, services }))).to.deep.equal(['node-c'])
  })

  it('each interface that an advertisement names is in the claim, all of them if one names none', () => {
    const named = [
      advertisement('x', { interfaces: ['eth1', 'eth0'] }),
      advertisement('y', { interfaces: ['eth0'] }),
    ]
    expect(planSpeaker(scene({ l2Advertisements: named }), winner).claims).to.deep.equal([
      { address: '192.0.2.7', interfaces: ['eth0', 'eth1'] },
    ])
    const open = [...named, advertisement('z')]
    expect(planSpeaker(scene({ l2Advertisements: open }), winner).claims).to.deep.equal([
      { address: '192.0.2.7', interfaces: 'all' },
    ])
  })
})

describe('what is announced at all', () => {
  const silent: readonly (readonly [title: string, Partial<Snapshot>, reason: string])[] = [
    ['no address', { services: [web({}, [])] }, 'NoAddress'],
    ['an address outside every pool', { services: [web({}, ['203.0.113.7'])] }, 'AddressOutsidePools'],
    ['no EndpointSlice', { endpoints: new Map() }, 'NoEndpointSlices'],
    [
      'no selector and no EndpointSlice',
      { endpoints: new Map(), services: [web({ selector: {} })] },
      'NoSelector',
    ],
    ['no endpoint', { endpoints: new Map([['default/web', []]]) }, 'NoServingEndpoint'],
    [
      'no serving endpoint',
      { endpoints: new Map([['default/web', [endpoint('node-a', false)]]]) },
      'NoServingEndpoint',
    ],
    [
      'Local and endpoints without nodeName',
      {
        endpoints: new Map([['default/web', [endpoint()]]]),
        services: [web({ externalTrafficPolicy: 'Local' })],
      },
      'EndpointsWithoutNode',
    ],
    [
      'Local and endpoints on nodes that may not announce',
      {
        endpoints: new Map([['default/web', [endpoint('node-x')]]]),
        services: [web({ externalTrafficPolicy: 'Local' })],
      },
      'NoLocalEndpoint',
    ],
    ['no advertisement', { l2Advertisements: [] }, 'NoAdvertisement'],
    [
      'an advertisement of another pool',
      { l2Advertisements: [advertisement('x', { ipAddressPools: ['b'] })] },
      'NoAdvertisement',
    ],
    [
      'an advertisement of other Services',
      { l2Advertisements: [advertisement('x', { serviceSelectors: [{ matchLabels: { x: 'y' } }] })] },
      'NoAdvertisement',
    ],
    ['no living speaker', { speakers: [] }, 'NoSpeaker'],
    [
      'no node selected',
      { l2Advertisements: [advertisement('x', { nodeSelectors: [{ matchLabels: { x: 'y' } }] })] },
      'NoNodeSelected',
    ],
    [
      'every node excluded',
      { nodes: nodes.map((name) => node(name, { networkUnavailable: true })) },
      'NodesExcluded',
    ],
    [
      'no node with the interface',
      { l2Advertisements: [advertisement('x', { interfaces: ['lan0'] })] },
      'NoInterface',
    ],
    [
      'a selector that cannot be read selects nothing',
      {
        l2Advertisements: [
          advertisement('x', { nodeSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Like' }] }] }),
        ],
      },
      'NoNodeSelected',
    ],
  ]
  for (const [title, changes, reason] of silent) {
    it(`${title}: ${reason}, from every node, and no claim`, () => {
      const of = scene(changes)
      expect(announcers(of)).to.deep.equal([reason])
      for (const name of nodes) expect(planSpeaker(of, name).claims).to.deep.equal([])
    })
  }

  it('Services of another class, or of another type, are none of our business', () => {
    const services = [
      web({ loadBalancerClass: 'other' }),
      { ...web({ type: 'ClusterIP' }), key: 'default/other' },
    ]
    for (const name of nodes) {
      expect(planSpeaker(scene({ services }), name).services.size).to.equal(0)
      expect(planSpeaker(scene({ services }), name).claims).to.deep.equal([])
    }
  })

  it('pools are selected by name or by label, the Service by its labels', () => {
    const gold = [pool('a', ['192.0.2.0/24'], { labels: { tier: 'gold' } })]
    const services = [web({ labels: { app: 'web' } })]
    const selecting = [
      { ipAddressPools: ['a'] },
      { ipAddressPoolSelectors: [{ matchLabels: { tier: 'gold' } }] },
      { ipAddressPools: ['b'], ipAddressPoolSelectors: [{ matchLabels: { tier: 'gold' } }] },
      { serviceSelectors: [{ matchLabels: { app: 'db' } }, { matchLabels: { app: 'web' } }] },
    ]
    for (const spec of selecting)
      expect(
        announcers(scene({ pools: gold, services, l2Advertisements: [advertisement('x', spec)] })),
      ).to.have.length(1)
  })

  it('an address outside the pools is left out, and the other one announced', () => {
    const services = [web(dualStack, ['203.0.113.9', '2001:db8::9'])]
    const [winner = ''] = byTheBook(nodes, '203.0.113.9')
    const plan = planSpeaker(scene({ services }), winner)
    expect(plan.claims.map(({ address }) => address)).to.deep.equal(['2001:db8::9'])
    const outcome = plan.services.get('default/web')
    expect(outcome?.state === 'announced' ? outcome.verdict?.reason : '').to.equal('AddressOutsidePools')
  })

  it('an address of an invalid pool goes on being announced, also one that its good ranges lack', () => {
    const invalid = [pool('a', ['192.0.2.0/24', '198.51.100.0/99'])]
    const services = [web({}, ['198.51.100.7'])]
    expect(announcers(scene({ pools: invalid, services }))).to.have.length(1)
    const notGiven = services.map((one) => ({ ...one, annotations: {} }))
    expect(announcers(scene({ pools: invalid, services: notGiven }))).to.deep.equal(['AddressOutsidePools'])
  })
})

describe('shared addresses', () => {
  const sharing = { annotations: { 'metallb.io/allow-shared-ip': 'k' } }
  const port = (number: number) => ({ ports: [{ name: '', protocol: 'TCP', port: number } as const] })
  const one = service('web', { ...sharing, ...port(80), ingress: ['192.0.2.7'] })
  const two = service('two', { ...sharing, ...port(443), ingress: ['192.0.2.7'], createdAt: at(5) })
  const onNode = (...names: readonly string[]) => names.map((name) => endpoint(name))

  it('are claimed once, by one node, whatever the endpoints of each Service', () => {
    const endpoints = new Map([
      ['default/web', onNode('node-a', 'node-b')],
      ['default/two', onNode('node-b', 'node-c')],
    ])
    const local = { externalTrafficPolicy: 'Local', selector: { app: 'x' } } as const
    const services = [
      { ...one, ...local },
      { ...two, ...local },
    ]
    const of = scene({ services, endpoints })
    expect(announcers(of)).to.deep.equal(['node-b'])
    expect(announcers(of, 'default/two')).to.deep.equal(['node-b'])
  })

  it('without a node in common the older Service has the address, and the other says so', () => {
    const endpoints = new Map([
      ['default/web', onNode('node-a')],
      ['default/two', onNode('node-c')],
    ])
    const local = { externalTrafficPolicy: 'Local', selector: { app: 'x' } } as const
    const services = [
      { ...one, ...local },
      { ...two, ...local },
    ]
    const of = scene({ services, endpoints })
    expect(announcers(of)).to.deep.equal(['node-a'])
    expect(announcers(of, 'default/two')).to.deep.equal(['SharedAddressElsewhere'])
  })

  it('are claimed on the interfaces of all advertisements that cover one of the Services', () => {
    const covers = (name: string, app: string, interfaces: readonly string[]) =>
      advertisement(name, { interfaces, serviceSelectors: [{ matchLabels: { app } }] })
    const services = [
      { ...one, labels: { app: 'one' } },
      { ...two, labels: { app: 'two' } },
    ]
    const speakers = nodes.map((name) => speaker(name, ['eth0', 'eth1']))
    const l2Advertisements = [covers('x', 'one', ['eth0']), covers('y', 'two', ['eth1'])]
    const [winner = ''] = byTheBook(nodes, '192.0.2.7')
    expect(planSpeaker(scene({ services, speakers, l2Advertisements }), winner).claims).to.deep.equal([
      { address: '192.0.2.7', interfaces: ['eth0', 'eth1'] },
    ])
  })

  it('of two Services that hold one address and do not share only the first assigned is announced', () => {
    const since = (seconds: number) => ({
      conditions: [condition('metallb.io/Allocated', { lastTransitionTime: at(seconds) })],
    })
    const services = [
      { ...one, annotations: {}, ...since(20) },
      { ...two, annotations: {}, ...since(10) },
    ]
    const of = scene({
      services,
      endpoints: new Map(services.map(({ key }) => [key, nodes.map((name) => endpoint(name))])),
    })
    expect(announcers(of)).to.deep.equal(['AddressInUse'])
    expect(announcers(of, 'default/two')).to.have.length(1)
  })

  it('an IPv6 address shared by a dual-stack and a single-stack Service has one owner', () => {
    const v6 = { clusterIPs: ['fd00::1'], ingress: ['2001:db8::7'] }
    for (let last = 0; last < 20; last++) {
      const services = [
        { ...one, ...dualStack, ingress: [`192.0.2.${last}`, '2001:db8::7'] },
        { ...two, ...v6 },
      ]
      const of = scene({
        services,
        endpoints: new Map(services.map(({ key }) => [key, nodes.map((name) => endpoint(name))])),
      })
      expect(announcers(of)).to.deep.equal(announcers(of, 'default/two'))
    }
  })
})

describe('an empty cluster', () => {
  it('has an empty plan', () => {
    const plan = planSpeaker(snapshot(), 'node-a')
    expect({ ...plan, services: plan.services.size }).to.deep.equal({
      node: 'node-a',
      services: 0,
      claims: [],
    })
  })
})
