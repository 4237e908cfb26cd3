// What MetalLB's webhooks refuse: L2Advertisements and BGPAdvertisements.
import { bgp, l2, pool, zoneA } from './case.ts'
import type { Case } from './case.ts'

export const advertisementCases: readonly Case[] = [
  {
    title: 'an L2Advertisement',
    by: 'nobody',
    standing: pool('l-pool', ['10.20.0.0/24']),
    object: l2('l-good', { ipAddressPools: ['l-pool'] }),
  },
  {
    title: 'an L2Advertisement that names a pool twice',
    by: 'policy',
    object: l2('l-pools', { ipAddressPools: ['x', 'x'] }),
    message: /ipAddressPools names the same pool twice/,
  },
  {
    title: 'an L2Advertisement with a node selector twice',
    by: 'policy',
    object: l2('l-nodes', { nodeSelectors: [zoneA, zoneA] }),
    message: /nodeSelectors names the same selector twice/,
  },
  {
    title: 'an L2Advertisement with a pool selector twice',
    by: 'policy',
    object: l2('l-poolsel', { ipAddressPoolSelectors: [zoneA, zoneA] }),
    message: /ipAddressPoolSelectors names the same selector twice/,
  },
  {
    title: 'an L2Advertisement with a Service selector twice',
    by: 'policy',
    object: l2('l-services', { serviceSelectors: [zoneA, zoneA] }),
    message: /serviceSelectors names the same selector twice/,
  },
  {
    title: 'a preference with an operator that is none',
    by: 'verdict',
    object: l2('l-operator', {
      preferredNodeSelectors: [
        { weight: 1, preference: { matchExpressions: [{ key: 'zone', operator: 'Near', values: ['a'] }] } },
      ],
    }),
  },
  {
    title: 'a preference without a weight',
    by: 'schema',
    object: l2('l-weight', { preferredNodeSelectors: [{ preference: zoneA }] }),
  },
  {
    title: 'a BGPAdvertisement',
    by: 'nobody',
    standing: pool('b1-pool', ['10.21.0.0/24']),
    object: bgp('b-good', { ipAddressPools: ['b1-pool'], aggregationLength: 24 }),
  },
  {
    title: 'an aggregation length above 32',
    by: 'policy',
    object: bgp('b-33', { ipAddressPools: [], aggregationLength: 33 }),
    message: /aggregationLength must be from 1 to 32/,
  },
  { title: 'an aggregation length of 0', by: 'schema', object: bgp('b-0', { aggregationLength: 0 }) },
  {
    title: 'an IPv6 aggregation length above 128',
    by: 'policy',
    object: bgp('b-129', { aggregationLengthV6: 129 }),
    message: /aggregationLengthV6 must be from 0 to 128/,
  },
  {
    title: 'a route wider than the pool',
    by: 'policy',
    standing: pool('b2-pool', ['10.22.0.0/28']),
    object: bgp('b-wide', { ipAddressPools: ['b2-pool'], aggregationLength: 24 }),
    message: /BGPAdvertisement b-wide asks for routes wider than 10\.22\.0\.0\/28 of IPAddressPool b2-pool/,
  },
  {
    title: 'a route wider than a range of the pool',
    by: 'verdict',
    standing: pool('b3-pool', ['10.23.0.0-10.23.0.9']),
    object: bgp('b-range', { ipAddressPools: ['b3-pool'], aggregationLength: 24 }),
  },
  {
    title: 'Service selectors with an aggregate',
    by: 'schema',
    object: bgp('b-services', { aggregationLength: 24, serviceSelectors: [zoneA] }),
  },
  {
    title: 'a pool named twice in a BGPAdvertisement',
    by: 'policy',
    object: bgp('b-pools', { ipAddressPools: ['x', 'x'] }),
    message: /ipAddressPools names the same pool twice/,
  },
  {
    title: 'a pool selector twice in a BGPAdvertisement',
    by: 'policy',
    object: bgp('b-poolsel', { ipAddressPoolSelectors: [zoneA, zoneA] }),
    message: /ipAddressPoolSelectors names the same selector twice/,
  },
  {
    title: 'a node selector twice in a BGPAdvertisement',
    by: 'policy',
    object: bgp('b-nodes', { nodeSelectors: [zoneA, zoneA] }),
    message: /nodeSelectors names the same selector twice/,
  },
  {
    title: 'a Service selector twice in a BGPAdvertisement',
    by: 'policy',
    object: bgp('b-svcsel', { serviceSelectors: [zoneA, zoneA] }),
    message: /serviceSelectors names the same selector twice/,
  },
  {
    title: 'a peer named twice',
    by: 'policy',
    object: bgp('b-peers', { peers: ['x', 'x'] }),
    message: /peers names the same peer twice/,
  },
  {
    title: 'a community named twice',
    by: 'policy',
    object: bgp('b-communities', { communities: ['1:2', '1:2'] }),
    message: /communities names the same community twice/,
  },
  {
    title: 'a community that is none',
    by: 'verdict',
    object: bgp('b-bad-community', { communities: ['1:70000'] }),
  },
]
