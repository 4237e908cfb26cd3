// What is announced at all, and the reason for what is not.
import { expect } from 'chai'
import { announcers, byTheBook, nodeNames, scene, web } from '../test/support/l2-scene.ts'
import { advertisement, dualStack, endpoint, node, pool } from '../test/support/snapshots.ts'
import { planSpeaker } from './plan.ts'
import type { Snapshot } from './snapshot.ts'

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
      'Local and endpoints on nodeNames that may not announce',
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
      { nodes: nodeNames.map((name) => node(name, { networkUnavailable: true })) },
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
      for (const name of nodeNames) expect(planSpeaker(of, name).claims).to.deep.equal([])
    })
  }

  it('a Service without selector is announced for the EndpointSlices that somebody wrote, on nodes or not', () => {
    const services = [web({ selector: {} })]
    for (const written of [endpoint(), endpoint('node-b')])
      expect(announcers(scene({ services, endpoints: new Map([['default/web', [written]]]) }))).to.deep.equal(
        byTheBook(nodeNames, '192.0.2.7').slice(0, 1),
      )
    const endpoints = new Map([['default/web', [endpoint(undefined, false)]]])
    expect(announcers(scene({ services, endpoints }))).to.deep.equal(['NoServingEndpoint'])
  })

  it('Services of another class, or of another type, are none of our business', () => {
    const services = [
      web({ loadBalancerClass: 'other' }),
      { ...web({ type: 'ClusterIP' }), key: 'default/other' },
    ]
    for (const name of nodeNames) {
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
    const [winner = ''] = byTheBook(nodeNames, '203.0.113.9')
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
