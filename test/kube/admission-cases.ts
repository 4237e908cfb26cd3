// What MetalLB's webhooks refuse, row by row, and who decides it here: the schema, a ValidatingAdmissionPolicy, or only a
// verdict of the reconcilers on the object. Whatever is refused, the reconcilers must object to as well: an object may be
// older than the policies, or come beside another one in the same moment.
// Rows do not touch each other: each has addresses and names of its own.

export type Decider = 'schema' | 'policy' | 'verdict' | 'nobody' // 'nobody': it is right

export type Written = { readonly kind: string; readonly name: string; readonly spec: object }

export type Case = {
  readonly title: string
  readonly by: Decider
  readonly standing?: Written // there before
  readonly object: Written
  readonly message?: RegExp // of the policy
}

function pool(name: string, addresses: readonly string[], more: object = {}): Written {
  return { kind: 'IPAddressPool', name, spec: { addresses, ...more } }
}

function l2(name: string, spec: object): Written {
  return { kind: 'L2Advertisement', name, spec }
}

function bgp(name: string, spec: object): Written {
  return { kind: 'BGPAdvertisement', name, spec }
}

function peer(name: string, spec: object): Written {
  return {
    kind: 'BGPPeer',
    name,
    spec: { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.254', ...spec },
  }
}

function community(name: string, communities: readonly object[]): Written {
  return { kind: 'Community', name, spec: { communities } }
}

const zoneA = { matchLabels: { zone: 'a' } }

const pools: readonly Case[] = [
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

const both = (one: string, other: string): RegExp =>
  new RegExp(`spec\\.addresses of IPAddressPool ${one} overlap those of IPAddressPool ${other}`)

const overlaps: readonly Case[] = [
  {
    title: 'a CIDR within that of another pool',
    by: 'policy',
    standing: pool('o1-old', ['10.10.0.0/16']),
    object: pool('o1-new', ['10.10.7.0/24']),
    message: both('o1-new', 'o1-old'),
  },
  {
    title: 'a CIDR around that of another pool',
    by: 'policy',
    standing: pool('o2-old', ['10.11.7.0/24']),
    object: pool('o2-new', ['10.11.0.0/16']),
    message: both('o2-new', 'o2-old'),
  },
  {
    title: 'a range across a CIDR of another pool',
    by: 'policy',
    standing: pool('o3-old', ['10.12.0.0/24']),
    object: pool('o3-new', ['10.12.0.255-10.12.1.9']),
    message: both('o3-new', 'o3-old'),
  },
  {
    title: 'a range across a range of another pool',
    by: 'policy',
    standing: pool('o4-old', ['10.13.0.0-10.13.0.9']),
    object: pool('o4-new', ['10.13.0.9-10.13.0.20']),
    message: both('o4-new', 'o4-old'),
  },
  {
    title: 'ranges that only touch',
    by: 'nobody',
    standing: pool('o5-old', ['10.14.0.0-10.14.0.9']),
    object: pool('o5-new', ['10.14.0.10-10.14.0.20', '10.14.1.0/24']),
  },
  {
    title: 'all of IPv4 beside a pool of it',
    by: 'policy',
    standing: pool('o6-old', ['10.15.0.0/24']),
    object: pool('o6-new', ['0.0.0.0/0']),
    message: /spec\.addresses of IPAddressPool o6-new overlap those of IPAddressPool /,
  },
  {
    title: 'an IPv6 CIDR within that of another pool',
    by: 'policy',
    standing: pool('o7-old', ['fd00:10::/32']),
    object: pool('o7-new', ['fd00:10:7::/64']),
    message: both('o7-new', 'o7-old'),
  },
  {
    title: 'an IPv6 range across a CIDR of another pool',
    by: 'verdict',
    standing: pool('o8-old', ['fd00:11::/64']),
    object: pool('o8-new', ['fd00:11::1-fd00:11::9']),
  },
]

const advertisements: readonly Case[] = [
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

const peers: readonly Case[] = [
  {
    title: 'a peer',
    by: 'nobody',
    object: peer('r-good', { peerAddress: '10.30.0.1', holdTime: '90s', keepaliveTime: '30s' }),
  },
  {
    title: 'a peer without an own AS',
    by: 'policy',
    object: peer('r-0', { peerAddress: '10.30.0.2', myASN: 0 }),
    message: /myASN is required/,
  },
  { title: 'an own AS that is a text', by: 'schema', object: peer('r-text', { myASN: 'mine' }) },
  {
    title: 'no AS of the peer',
    by: 'policy',
    object: peer('r-noasn', { peerAddress: '10.30.0.3', peerASN: 0 }),
    message: /peerASN is required/,
  },
  {
    title: 'two ASs of the peer',
    by: 'policy',
    object: peer('r-twoasn', { peerAddress: '10.30.0.4', dynamicASN: 'external' }),
    message: /dynamicASN must be absent/,
  },
  {
    title: 'a dynamic AS that is none',
    by: 'schema',
    object: peer('r-dynamic', { peerASN: 0, dynamicASN: 'any' }),
  },
  {
    title: 'several hops within one AS',
    by: 'policy',
    object: peer('r-hops', { peerAddress: '10.30.0.5', peerASN: 64512, ebgpMultiHop: true }),
    message: /ebgpMultiHop is for peers of another AS/,
  },
  {
    title: 'a peer that is nowhere',
    by: 'policy',
    object: peer('r-nowhere', { peerAddress: '' }),
    message: /peerAddress is required/,
  },
  {
    title: 'a peer in two places',
    by: 'policy',
    object: peer('r-places', { peerAddress: '10.30.0.6', interface: 'eth0' }),
    message: /interface must be absent/,
  },
  {
    title: 'an address that is none',
    by: 'policy',
    object: peer('r-address', { peerAddress: '10.30.0.256' }),
    message: /peerAddress must be an IP address/,
  },
  {
    title: 'a source that is no address',
    by: 'policy',
    object: peer('r-source', { peerAddress: '10.30.0.7', sourceAddress: 'eth0' }),
    message: /sourceAddress must be an IP address/,
  },
  {
    title: 'a router ID that is none',
    by: 'policy',
    object: peer('r-id', { peerAddress: '10.30.0.8', routerID: 'one' }),
    message: /routerID must have the form/,
  },
  {
    title: 'a hold time of two seconds',
    by: 'policy',
    object: peer('r-hold', { peerAddress: '10.30.0.9', holdTime: '2s' }),
    message: /holdTime must be 0s or at least 3s/,
  },
  {
    title: 'keepalives rarer than the hold time',
    by: 'policy',
    object: peer('r-keep', { peerAddress: '10.30.0.10', holdTime: '9s', keepaliveTime: '10s' }),
    message: /keepaliveTime must not be longer/,
  },
  {
    title: 'two passwords',
    by: 'policy',
    object: peer('r-password', { peerAddress: '10.30.0.11', password: 'x', passwordSecret: { name: 'y' } }),
    message: /password must be absent/,
  },
  {
    title: 'a node selector of a peer twice',
    by: 'policy',
    object: peer('r-nodes', { peerAddress: '10.30.0.12', nodeSelectors: [zoneA, zoneA] }),
    message: /nodeSelectors names the same selector twice/,
  },
  {
    title: 'a second peer for one session',
    by: 'policy',
    standing: peer('r1-old', { peerAddress: '10.31.0.1' }),
    object: peer('r1-new', { peerAddress: '10.31.0.1' }),
    message: /BGPPeer r1-new and BGPPeer r1-old mean one session/,
  },
  {
    title: 'a second session by another port',
    by: 'nobody',
    standing: peer('r2-old', { peerAddress: '10.31.0.2' }),
    object: peer('r2-new', { peerAddress: '10.31.0.2', peerPort: 1790 }),
  },
  {
    title: 'a second peer written in another way',
    by: 'verdict',
    standing: peer('r3-old', { peerAddress: 'fd00:31::1' }),
    object: peer('r3-new', { peerAddress: 'fd00:31:0::1' }),
  },
]

const communities: readonly Case[] = [
  {
    title: 'communities',
    by: 'nobody',
    object: community('c-good', [
      { name: 'c1', value: '64512:1' },
      { name: 'c2', value: 'large:4200000000:1:2' },
    ]),
  },
  {
    title: 'a value that is no community',
    by: 'policy',
    object: community('c-bad', [{ name: 'c3', value: 'blue' }]),
    message: /"blue" is not A:B/,
  },
  {
    title: 'a part beyond 65535',
    by: 'policy',
    object: community('c-big', [{ name: 'c4', value: '1:65536' }]),
    message: /"1:65536" is not A:B/,
  },
  {
    title: 'an alias defined twice',
    by: 'policy',
    object: community('c-twice', [
      { name: 'c5', value: '1:1' },
      { name: 'c5', value: '1:2' },
    ]),
    message: /defines an alias twice/,
  },
  {
    title: 'an alias of another Community',
    by: 'policy',
    standing: community('c6-old', [{ name: 'c6', value: '1:1' }]),
    object: community('c6-new', [{ name: 'c6', value: '1:2' }]),
    message: /alias c6 of Community c6-new is defined by Community c6-old/,
  },
]

export const admissionCases: readonly Case[] = [
  ...pools,
  ...overlaps,
  ...advertisements,
  ...peers,
  ...communities,
]
