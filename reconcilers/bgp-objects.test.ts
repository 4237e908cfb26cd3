// What stands on the objects of BGP: flaws, names of what is not there, and disagreements.
import { expect } from 'chai'
import { bfdProfile, bgpAdvertisement, bgpPeer, community } from '../test/support/bgp-snapshots.ts'
import { cluster, pool } from '../test/support/snapshots.ts'
import { conditionsOf, statusOf } from '../test/support/statuses.ts'
import type { Snapshot } from './snapshot.ts'

type Case = readonly [title: string, changes: Partial<Snapshot>, expected: string]

const racks = (name: string) => [{ matchLabels: { rack: name } }]

/** Of the object named x. */
function conditions(changes: Partial<Snapshot>): string {
  return conditionsOf(
    statusOf(
      cluster(['node-a'], {
        pools: [pool('p', ['192.0.2.0/24', '2001:db8::/64']), pool('range', ['198.51.100.1-198.51.100.99'])],
        ...changes,
      }),
      'x',
    ),
  ).join(', ')
}

function table(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    for (const [words, changes, expected] of cases)
      it(`${words}: ${expected}`, () => {
        expect(conditions(changes)).to.equal(expected)
      })
  })
}

const advertisements = (...specs: readonly (readonly [name: string, spec: object])[]): Partial<Snapshot> => ({
  bgpAdvertisements: specs.map(([name, spec]) => bgpAdvertisement(name, { ...spec })),
})

table('a BGPAdvertisement', [
  ['without any choice', advertisements(['x', {}]), 'Ready=True Valid'],
  [
    'that names no pool there is',
    advertisements(['x', { ipAddressPools: ['y'] }]),
    'Ready=False NoPoolSelected, Reconciling=True NoPoolSelected',
  ],
  [
    'that names one that is not there',
    advertisements(['x', { ipAddressPools: ['p', 'y'] }]),
    'Ready=True UnknownPool',
  ],
  [
    'that names a peer that is not there',
    advertisements(['x', { peers: ['tor'] }]),
    'Ready=True UnknownPeer',
  ],
  [
    'that names a peer that is there',
    { ...advertisements(['x', { peers: ['tor'] }]), bgpPeers: [bgpPeer('tor')] },
    'Ready=True Valid',
  ],
  ['that selects no node', advertisements(['x', { nodeSelectors: racks('y') }]), 'Ready=True NoNodeSelected'],
  [
    'with an alias that nobody defines',
    advertisements(['x', { communities: ['y'] }]),
    'Ready=True UnknownCommunity',
  ],
  [
    'with an alias that is defined',
    { ...advertisements(['x', { communities: ['y'] }]), communities: [community('c', { y: '1:1' })] },
    'Ready=True Valid',
  ],
  [
    'with a community that cannot be read',
    advertisements(['x', { communities: ['1:99999'] }]),
    'Ready=False InvalidSpec, Stalled=True InvalidSpec',
  ],
  [
    'as wide as its pool',
    advertisements(['x', { ipAddressPools: ['p'], aggregationLength: 24, aggregationLengthV6: 64 }]),
    'Ready=True Valid',
  ],
  [
    'wider than its pool',
    advertisements(['x', { ipAddressPools: ['p'], aggregationLength: 23 }]),
    'Ready=True AggregationTooWide',
  ],
  [
    'wider than its pool in IPv6',
    advertisements(['x', { ipAddressPools: ['p'], aggregationLengthV6: 63 }]),
    'Ready=True AggregationTooWide',
  ],
  [
    'as wide as a block of its range',
    advertisements(['x', { ipAddressPools: ['range'], aggregationLength: 27 }]),
    'Ready=True Valid',
  ],
  [
    'wider than any block of its range',
    advertisements(['x', { ipAddressPools: ['range'], aggregationLength: 26 }]),
    'Ready=True AggregationTooWide',
  ],
  [
    'that an older one overrules',
    advertisements(['x', { localPref: 1, age: 2 }], ['old', { localPref: 2 }]),
    'Ready=True ConflictingAttributes',
  ],
  [
    'that is the older one',
    advertisements(['x', { localPref: 1 }], ['young', { localPref: 2, age: 2 }]),
    'Ready=True Valid',
  ],
  [
    'that says the same as an older one',
    advertisements(['x', { localPref: 1, age: 2 }], ['old', { localPref: 1 }]),
    'Ready=True Valid',
  ],
  [
    'that speaks to other peers',
    {
      ...advertisements(
        ['x', { localPref: 1, age: 2, peers: ['a'] }],
        ['old', { localPref: 2, peers: ['b'] }],
      ),
      bgpPeers: [bgpPeer('a'), bgpPeer('b', { peerAddress: '192.0.2.9' })],
    },
    'Ready=True Valid',
  ],
  [
    'of other pools',
    advertisements(
      ['x', { localPref: 1, age: 2, ipAddressPools: ['p'] }],
      ['old', { localPref: 2, ipAddressPools: ['range'] }],
    ),
    'Ready=True Valid',
  ],
  [
    'of other nodes',
    advertisements(['x', { localPref: 1, age: 2 }], ['old', { localPref: 2, nodeSelectors: racks('y') }]),
    'Ready=True Valid',
  ],
  [
    'of other lengths',
    advertisements(
      ['x', { localPref: 1, age: 2 }],
      ['old', { localPref: 2, aggregationLength: 28, aggregationLengthV6: 64, ipAddressPools: ['p'] }],
    ),
    'Ready=True Valid',
  ],
])

table('a BGPPeer', [
  ['as good as any', { bgpPeers: [bgpPeer('x')] }, 'Ready=True Valid, Established=False AwaitingSpeaker'],
  [
    'with a BFDProfile that is not there',
    { bgpPeers: [bgpPeer('x', { bfdProfile: 'y' })] },
    'Ready=True UnknownBFDProfile, Established=False AwaitingSpeaker',
  ],
  [
    'with one that is',
    { bgpPeers: [bgpPeer('x', { bfdProfile: 'y' })], bfdProfiles: [bfdProfile('y')] },
    'Ready=True Valid, Established=False AwaitingSpeaker',
  ],
  [
    'that is another one again',
    { bgpPeers: [bgpPeer('x', { age: 1 }), bgpPeer('old')] },
    'Ready=True DuplicatePeer, Established=False AwaitingSpeaker',
  ],
  [
    'that is the older one',
    { bgpPeers: [bgpPeer('x'), bgpPeer('young', { age: 1 })] },
    'Ready=True Valid, Established=False AwaitingSpeaker',
  ],
  [
    'that is another one again on other nodes',
    { bgpPeers: [bgpPeer('x', { age: 1 }), bgpPeer('old', { nodeSelectors: racks('y') })] },
    'Ready=True Valid, Established=False AwaitingSpeaker',
  ],
  [
    'that is again one that cannot be used',
    { bgpPeers: [bgpPeer('x', { age: 1 }), bgpPeer('old', { holdTime: '1s' })] },
    'Ready=True Valid, Established=False AwaitingSpeaker',
  ],
])

table('a BFDProfile', [
  ['as good as any', { bfdProfiles: [bfdProfile('x')] }, 'Ready=True Valid'],
  ['with echo', { bfdProfiles: [bfdProfile('x', { echoMode: true })] }, 'Ready=True EchoNotSent'],
  ['too fast', { bfdProfiles: [bfdProfile('x', { transmitInterval: 49 })] }, 'Ready=True ShortBFDInterval'],
  [
    'as fast as is sound',
    { bfdProfiles: [bfdProfile('x', { transmitInterval: 50, receiveInterval: 50 })] },
    'Ready=True Valid',
  ],
  [
    'out of range',
    { bfdProfiles: [bfdProfile('x', { transmitInterval: 9 })] },
    'Ready=False InvalidSpec, Stalled=True InvalidSpec',
  ],
])

table('a Community', [
  ['as good as any', { communities: [community('x', { a: '1:1' })] }, 'Ready=True Valid'],
  [
    'with an alias of an older one',
    { communities: [community('x', { a: '1:1' }, 1), community('old', { a: '2:2' })] },
    'Ready=True DuplicateAlias',
  ],
  [
    'that is the older one',
    { communities: [community('x', { a: '1:1' }), community('young', { a: '2:2' }, 1)] },
    'Ready=True Valid',
  ],
  [
    'with a value that is none',
    { communities: [community('x', { a: 'b' })] },
    'Ready=False InvalidSpec, Stalled=True InvalidSpec',
  ],
])
