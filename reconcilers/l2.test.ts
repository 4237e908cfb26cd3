// Who announces: the election of metallb.md §5.1.
import { expect } from 'chai'
import { announcers, byTheBook, nodeNames, scene, web } from '../test/support/l2-scene.ts'
import {
  advertisement,
  assigned,
  dualStack,
  endpoint,
  noBgp,
  node,
  service,
  snapshot,
  speaker,
} from '../test/support/snapshots.ts'
import { electionsIn, warmElections } from './l2.ts'
import { planSpeaker } from './plan.ts'

describe('the election', () => {
  it('the lowest digest of node#address wins', () => {
    for (let last = 0; last < 100; last++) {
      const address = `192.0.2.${last}`
      const expected = byTheBook(nodeNames, address).slice(0, 1)
      expect(announcers(scene({ services: [web({}, [address])] }))).to.deep.equal(expected)
    }
  })

  it('for IPv6 the text is the canonical one', () => {
    const of = scene({ services: [web({ clusterIPs: ['fd00::1'] }, ['2001:db8::7'])] })
    expect(announcers(of)).to.deep.equal(byTheBook(nodeNames, '2001:db8::7').slice(0, 1))
  })

  it('both addresses of a dual-stack Service go to the winner of the first one in the status', () => {
    for (const ingress of [
      ['192.0.2.9', '2001:db8::9'],
      ['2001:db8::9', '192.0.2.9'],
    ]) {
      const of = scene({ services: [web(dualStack, ingress)] })
      const [winner = ''] = byTheBook(nodeNames, ingress[0] ?? '')
      expect(announcers(of)).to.deep.equal([winner])
      expect(planSpeaker(of, winner).claims).to.deep.equal([
        { address: '192.0.2.9', interfaces: 'all' },
        { address: '2001:db8::9', interfaces: 'all' },
      ])
    }
  })

  it('when the winner dies the next one in the order takes over, and the first one gets it back', () => {
    const order = byTheBook(nodeNames, '192.0.2.7')
    for (const [position, expected] of order.entries()) {
      const dead = order.slice(0, position)
      const speakers = nodeNames.filter((name) => !dead.includes(name)).map((name) => speaker(name))
      expect(announcers(scene({ speakers }))).to.deep.equal([expected])
    }
    expect(announcers(scene())).to.deep.equal(order.slice(0, 1))
  })

  it('what is remembered of a Service never outlives what it was about', () => {
    const order = byTheBook(nodeNames, '192.0.2.7')
    const lives = [
      order,
      ...order.map((dead) => order.filter((name) => name !== dead)),
      ...order.map((name) => [name]),
    ]
    const on = (name: string) => new Map([['default/web', [endpoint(name)]]])
    for (const me of nodeNames) {
      const services = [web()]
      for (const living of [...lives, ...lives.toReversed()]) {
        const plan = planSpeaker(scene({ services, speakers: living.map((name) => speaker(name)) }), me)
        expect(plan.claims.length).to.equal(living[0] === me ? 1 : 0)
      }
      const local = scene({ services: [web({ externalTrafficPolicy: 'Local' })] })
      for (const name of [...nodeNames, ...nodeNames.toReversed()]) {
        const plan = planSpeaker({ ...local, endpoints: on(name) }, me)
        expect(plan.claims.length).to.equal(name === me ? 1 : 0)
      }
    }
  })

  it('the sum of the preferences comes before the digest', () => {
    const order = byTheBook(nodeNames, '192.0.2.7')
    const [last = '', secondLast = ''] = order.toReversed()
    const prefer = (weight: number, disk: string) => ({ weight, preference: { matchLabels: { disk } } })
    const labelled = nodeNames.map((name) =>
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
      byTheBook(nodeNames, '192.0.2.7').slice(0, 1),
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

describe('an empty cluster', () => {
  it('has an empty plan', () => {
    const plan = planSpeaker(snapshot(), 'node-a')
    expect({ ...plan, services: plan.services.size }).to.deep.equal({
      node: 'node-a',
      services: 0,
      claims: [],
      bgp: noBgp,
    })
  })
})
