// What is remembered of Services makes plans quick, and no difference: after any history they are those of a fresh process.
import { expect } from 'chai'
import * as fc from 'fast-check'
import { byTheBook, lanPools, nodeNames, web } from '../test/support/l2-scene.ts'
import {
  advertisement,
  assigned,
  cluster,
  endpoint,
  node,
  pool,
  service,
  speaker,
} from '../test/support/snapshots.ts'
import { planSpeaker } from './plan.ts'
import type { Snapshot } from './snapshot.ts'

const services = [
  web(),
  web({ labels: { tier: 'gold' } }, ['192.0.2.8', '2001:db8::8']),
  assigned(service('local', { externalTrafficPolicy: 'Local' }), ['192.0.2.9'], 'a'),
  assigned(service('second'), ['192.0.2.7'], 'a'),
  ...['192.0.2.20', '192.0.2.21', '192.0.2.22', '192.0.2.23'].map((address, index) =>
    assigned(service(`svc-${index}`), [address], 'a'),
  ),
  service('waiting'),
]

const advertisements = [
  [advertisement('all')],
  [advertisement('gold', { serviceSelectors: [{ matchLabels: { tier: 'gold' } }], interfaces: ['eth1'] })],
  [
    advertisement('all', {
      preferredNodeSelectors: [{ weight: 1, preference: { matchLabels: { zone: 'a' } } }],
    }),
  ],
  [],
]

const pools = [lanPools, [pool('a', ['192.0.2.0/28', '2001:db8::/64']), pool('b', ['192.0.2.16/28'])]]

/** The same objects again and again, as caches give them; a list is another one where something in it is. */
const nodes = nodeNames.map((name, place) => node(name, { labels: { zone: place === 1 ? 'a' : 'b' } }))
const speakers = nodeNames.map((name) => speaker(name))
const endpointLists = [[endpoint('node-a')], [endpoint('node-b'), endpoint('node-c')], []]

/** One change after the other on what was there before. */
const anyChange: fc.Arbitrary<Partial<Snapshot>> = fc.oneof(
  fc.subarray(speakers).map((some) => ({ speakers: some })),
  fc.subarray(nodes).map((some) => ({ nodes: some })),
  fc.shuffledSubarray(services).map((some) => ({ services: some })),
  fc.constantFrom(...advertisements).map((some) => ({ l2Advertisements: some })),
  fc.constantFrom(...pools).map((some) => ({ pools: some })),
  fc
    .array(fc.constantFrom(...endpointLists), { minLength: services.length, maxLength: services.length })
    .map((lists) => ({
      endpoints: new Map(services.map(({ key }, place) => [key, lists[place] ?? []])),
    })),
)

const start = cluster(nodeNames, { pools: lanPools, l2Advertisements: advertisements[0] ?? [], services })

describe('what is remembered of Services', () => {
  it('makes no difference to plans, whatever changed before, and for whichever node', () => {
    const history = fc.array(fc.tuple(anyChange, fc.constantFrom('node-a', 'node-a', 'node-b')), {
      minLength: 2,
      maxLength: 12,
    })
    fc.assert(
      fc.property(history, (changes) => {
        let now: Snapshot = start
        const warm = changes.map(([change, me]) => {
          now = { ...now, ...change }
          return { now, me, plan: planSpeaker(now, me) }
        })
        for (const one of warm) expect(one.plan).to.deep.equal(planSpeaker(structuredClone(one.now), one.me))
      }),
      { numRuns: 200 },
    )
  })

  it('the winner of an election is the first by the book, while nodes come and go', () => {
    fc.assert(
      fc.property(fc.array(fc.subarray(speakers), { minLength: 2, maxLength: 10 }), (turns) => {
        for (const some of turns) {
          const [first] = byTheBook(
            some.map(({ node: name }) => name),
            '192.0.2.20',
          )
          for (const { node: me } of some) {
            const { claims } = planSpeaker({ ...start, speakers: some }, me)
            expect(claims.some(({ address }) => address === '192.0.2.20')).to.equal(me === first)
          }
        }
      }),
    )
  })
})
