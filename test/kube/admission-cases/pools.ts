// What MetalLB's webhooks refuse: Pools, each by itself.
import { pool, zoneA } from './case.ts'
import type { Case } from './case.ts'

export const poolCases: readonly Case[] = [
  {
    title: 'a pool of CIDRs and ranges',
    by: 'nobody',
    object: pool('p-good', [
      '203.0.113.0/30',
      '203.0.113.8 - 203.0.113.9',
      '2001:db8:1::/64',
      '2001:db8:2::1-2001:db8:2::9',
    ]),
  },
  {
    title: 'a pool without addresses',
    by: 'policy',
    object: pool('p-none', []),
    message: /at least one CIDR/,
  },
  {
    title: 'a pool whose addresses are no list',
    by: 'schema',
    object: { kind: 'IPAddressPool', name: 'p-schema', spec: { addresses: '10.0.0.0/8' } },
  },
  {
    title: 'an entry that is no address',
    by: 'policy',
    object: pool('p-bad', ['10.1.0.0/24', 'nonsense']),
    message: /"nonsense" is no CIDR/,
  },
  {
    title: 'a prefix length that cannot be',
    by: 'policy',
    object: pool('p-length', ['10.1.1.0/33']),
    message: /"10\.1\.1\.0\/33" is no CIDR/,
  },
  {
    title: 'an address alone',
    by: 'policy',
    object: pool('p-alone', ['10.1.2.3']),
    message: /"10\.1\.2\.3" is no CIDR/,
  },
  {
    title: 'a range that ends in no address',
    by: 'policy',
    object: pool('p-end', ['10.1.3.1-10.1.3.256']),
    message: /is no range of two IP addresses/,
  },
  {
    title: 'a range from IPv4 to IPv6', // which MetalLB's webhook takes, for an empty pool
    by: 'verdict',
    object: pool('p-families', ['10.1.9.1-fd00::1']),
  },
  {
    title: 'a range that ends before it starts',
    by: 'policy',
    object: pool('p-turned', ['10.1.4.9-10.1.4.1']),
    message: /ends before it starts/,
  },
  {
    title: 'an IPv6 range that ends before it starts',
    by: 'verdict',
    object: pool('p-turned6', ['fd00:1::9-fd00:1::1']),
  },
  { title: 'host bits in a CIDR', by: 'nobody', object: pool('p-host', ['10.1.5.77/24']) },
  {
    title: 'a length as only Go reads it',
    by: 'nobody',
    object: pool('p-go', ['10.1.6.0/024', '::ffff:10.1.7.0/120']),
  },
  {
    title: 'CIDRs of one pool that overlap',
    by: 'policy',
    object: pool('p-twice', ['10.2.0.0/16', '10.2.3.0/24']),
    message: /entries overlap/,
  },
  {
    title: 'a range within a CIDR of one pool',
    by: 'policy',
    object: pool('p-within', ['10.3.0.0/24', '10.3.0.7-10.3.0.9']),
    message: /entries overlap/,
  },
  {
    title: 'IPv6 CIDRs of one pool that overlap',
    by: 'policy',
    object: pool('p-twice6', ['fd00:2::/64', 'fd00:2::7/128']),
    message: /entries overlap/,
  },
  {
    title: 'an IPv6 range within a CIDR of one pool',
    by: 'verdict',
    object: pool('p-within6', ['fd00:3::/64', 'fd00:3::1-fd00:3::7']),
  },
  {
    title: 'a namespace named twice',
    by: 'policy',
    object: pool('p-ns', ['10.4.0.0/24'], { serviceAllocation: { namespaces: ['a', 'a'] } }),
    message: /names the same namespace twice/,
  },
  {
    title: 'a namespace selector twice',
    by: 'policy',
    object: pool('p-nss', ['10.4.1.0/24'], { serviceAllocation: { namespaceSelectors: [zoneA, zoneA] } }),
    message: /namespaceSelectors names the same selector twice/,
  },
  {
    title: 'a Service selector twice',
    by: 'policy',
    object: pool('p-svc', ['10.4.2.0/24'], { serviceAllocation: { serviceSelectors: [zoneA, zoneA] } }),
    message: /serviceSelectors names the same selector twice/,
  },
  {
    title: 'a value twice within a selector',
    by: 'verdict',
    object: pool('p-values', ['10.4.3.0/24'], {
      serviceAllocation: {
        serviceSelectors: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'a'] }] }],
      },
    }),
  },
  {
    title: 'a selector with an operator that is none',
    by: 'verdict',
    object: pool('p-operator', ['10.4.4.0/24'], {
      serviceAllocation: {
        serviceSelectors: [{ matchExpressions: [{ key: 'zone', operator: 'Near', values: ['a'] }] }],
      },
    }),
  },
]
