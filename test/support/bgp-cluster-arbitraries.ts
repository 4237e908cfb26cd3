// Any cluster that speaks BGP, with objects that are wrong in many ways.
import * as fc from 'fast-check'
import type { BGPAdvertisement } from '../../crds/bgp-advertisement.ts'
import type { BGPPeer } from '../../crds/bgp-peer.ts'
import type { Service } from '../../crds/core.ts'
import { families } from '../../reconcilers/pools.ts'
import type { Read, Snapshot } from '../../reconcilers/snapshot.ts'
import { bfdProfile, bgpAdvertisement, bgpPeer, community } from './bgp-snapshots.ts'
import { assigned, dualStack, endpoint, node, pool, service, snapshot, speaker } from './snapshots.ts'

const some = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 3 })

const selectors = fc.array(
  fc.constantFrom(
    { matchLabels: { tier: 'gold' } },
    { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
    { matchExpressions: [{ key: 'tier', operator: 'Like' }] }, // cannot be read
  ),
  { maxLength: 1 },
)

const seldom = fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: selectors })

/** Without what is undefined: a field that nobody wrote. */
function written(spec: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined))
}

export function anyPeer(name: string): fc.Arbitrary<Read<BGPPeer>> {
  return fc
    .record({
      age: fc.nat(2),
      peerAddress: fc.constantFrom('203.0.113.1', '203.0.113.2', '2001:db8:f::1'),
      dualStackAddressFamily: fc.boolean(),
      holdTime: fc.constantFrom('90s', '90s', '90s', '1s'), // the last one is refused
      passwordSecret: some(fc.constantFrom({ name: 'good' }, { name: 'gone' })),
      bfdProfile: some(fc.constantFrom('fast', 'gone')),
      nodeSelectors: seldom,
    })
    .map((spec) => bgpPeer(name, written(spec)))
}

export function anyBgpAdvertisement(name: string): fc.Arbitrary<Read<BGPAdvertisement>> {
  return fc
    .record({
      age: fc.nat(2),
      ipAddressPools: fc.constantFrom([], [], ['p'], ['p', 'unknown'], ['unknown']),
      nodeSelectors: seldom,
      serviceSelectors: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: selectors },
      ),
      peers: fc.constantFrom([], [], ['a'], ['a', 'b'], ['gone']),
      aggregationLength: some(fc.constantFrom(28, 29, 30, 33)),
      localPref: some(fc.nat(2)),
      med: some(fc.nat(2)),
      communities: some(fc.subarray(['1:1', '2:2', 'red', 'unheard-of', '1:99999'])),
      maxNodes: some(fc.integer({ min: 1, max: 2 })),
      weighByEndpoints: fc.boolean(),
      serviceCommunities: fc.boolean(),
    })
    .map((spec) => bgpAdvertisement(name, written(spec)))
}

const labels = fc.constantFrom<Readonly<Record<string, string>>>({}, { tier: 'gold' })

function anyRouted(name: string): fc.Arbitrary<Service> {
  return fc
    .record({
      last: fc.nat(9),
      family: fc.constantFrom('IPv4', 'IPv4', 'IPv6', 'both', 'none'),
      externalTrafficPolicy: fc.constantFrom('Cluster' as const, 'Cluster' as const, 'Local' as const),
      labels,
      asks: some(fc.constantFrom('5:5', 'red', 'nonsense')),
    })
    .map(({ last, family, asks, ...changes }) => {
      const addresses = { IPv4: `192.0.2.${last}`, IPv6: `2001:db8::${last}` }
      const ingress = families
        .filter((one) => family === one || family === 'both')
        .map((one) => addresses[one])
      const annotations = asks === undefined ? {} : { 'metallb.io/bgp-communities': asks }
      return { ...assigned(service(name, { ...changes, ...dualStack }), ingress, 'p'), annotations }
    })
}

const anyEndpoints = fc.array(
  fc.tuple(fc.constantFrom('node-a', 'node-b', 'node-c'), fc.constantFrom(true, true, true, false)),
  { minLength: 1, maxLength: 4 },
)

const serviceNames = ['s', 't', 'u', 'v', 'w']

/** Addresses in pools, endpoints that serve, sessions: most Services are announced. */
export const anyBgpSnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    services: fc.tuple(...serviceNames.map(anyRouted)),
    endpoints: fc.tuple(...serviceNames.map(() => anyEndpoints)),
    addresses: fc.constantFrom('192.0.2.0/28', '192.0.2.0/29', '192.0.2.1-192.0.2.12'),
    nodes: fc.tuple(
      ...['node-a', 'node-b', 'node-c'].map((name) =>
        fc
          .tuple(labels, fc.nat(9))
          .map(([own, dice]) => node(name, { labels: own, networkUnavailable: dice === 0 })),
      ),
    ),
    bgpPeers: fc
      .subarray(['a', 'b', 'c'], { minLength: 1 })
      .chain((names) => fc.tuple(...names.map(anyPeer))),
    bgpAdvertisements: fc
      .subarray(['x', 'y', 'z'], { minLength: 1 })
      .chain((names) => fc.tuple(...names.map(anyBgpAdvertisement))),
    living: fc.subarray(['node-a', 'node-b', 'node-c'], { minLength: 2 }),
  })
  .map(({ addresses, endpoints, living, services, ...rest }) =>
    snapshot({
      ...rest,
      services,
      pools: [pool('p', [addresses, '2001:db8::/64'])],
      endpoints: new Map(
        services.map(({ key }, place) => [
          key,
          (endpoints[place] ?? []).map(([name, serving]) => endpoint(name, serving)),
        ]),
      ),
      speakers: living.map((name) => speaker(name)),
      bfdProfiles: [bfdProfile('fast', { transmitInterval: 100 })],
      communities: [community('c', { red: '3:3' })],
      secrets: new Map([['good', { type: 'kubernetes.io/basic-auth', password: 'hush' }]]),
    }),
  )

/** The same objects in another order. */
export function shuffledBgp(of: Snapshot): fc.Arbitrary<Snapshot> {
  const shuffle = <Item>(items: readonly Item[]) =>
    fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length })
  return fc
    .record({
      services: shuffle(of.services),
      nodes: shuffle(of.nodes),
      speakers: shuffle(of.speakers),
      pools: shuffle(of.pools),
      bgpPeers: shuffle(of.bgpPeers),
      bgpAdvertisements: shuffle(of.bgpAdvertisements),
    })
    .map((parts) => ({ ...of, ...parts }))
}
