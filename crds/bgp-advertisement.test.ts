import { expect } from 'chai'
import { resourceOf } from '../test/support/resource.ts'
import { parseBGPAdvertisement } from './bgp-advertisement.ts'
import { parseBGPCommunity } from './bgp-community.ts'

function parse(spec: unknown) {
  return parseBGPAdvertisement(resourceOf({ spec }))
}

describe('BGPAdvertisement', () => {
  it('one that says nothing announces single addresses of every pool to every peer', () => {
    const { value, objections } = parse({})
    expect(objections).to.deep.equal([])
    expect(value).to.deep.include({
      ipAddressPools: [],
      peers: [],
      aggregationLength: 32,
      aggregationLengthV6: 128,
      localPref: 0,
      asPathPrepend: 0,
      communities: [],
    })
  })

  it('all that one can say is read', () => {
    const { value, objections } = parse({
      ipAddressPools: ['one'],
      ipAddressPoolSelectors: [{}],
      nodeSelectors: [{}],
      peers: ['tor-1', 'tor-2'],
      aggregationLength: 24,
      aggregationLengthV6: 64,
      localPref: 4_294_967_295,
      asPathPrepend: 3,
      communities: ['64512:007', 'large:4200000000:1:2', 'vpn-only'],
      med: 0,
      origin: 'Incomplete',
      maxNodes: 8,
      weighByEndpoints: true,
      serviceCommunities: true,
    })
    expect(objections).to.deep.equal([])
    expect(value).to.deep.include({
      ipAddressPools: ['one'],
      ipAddressPoolSelectors: [{ requirements: [] }],
      nodeSelectors: [{ requirements: [] }],
      peers: ['tor-1', 'tor-2'],
      aggregationLength: 24,
      aggregationLengthV6: 64,
      localPref: 4_294_967_295,
      asPathPrepend: 3,
      communities: [
        { type: 'standard', value: '64512:7' },
        { type: 'large', value: '4200000000:1:2' },
        { type: 'alias', name: 'vpn-only' },
      ],
      med: 0,
      origin: 'Incomplete',
      maxNodes: 8,
      weighByEndpoints: true,
      serviceCommunities: true,
    })
  })

  const same = [{ matchLabels: { a: 'b' } }, { matchLabels: { a: 'b' } }]
  for (const [words, spec, field] of [
    ['an origin that there is not', { origin: 'igp' }, 'spec.origin'],
    ['a MED below zero', { med: -1 }, 'spec.med'],
    ['no node at all', { maxNodes: 0 }, 'spec.maxNodes'],
    ['a pool twice', { ipAddressPools: ['a', 'a'] }, 'spec.ipAddressPools[1]'],
    ['a peer twice', { peers: ['a', 'a'] }, 'spec.peers[1]'],
    ['a community twice', { communities: ['1:1', '1:1'] }, 'spec.communities[1]'],
    ['a pool selector twice', { ipAddressPoolSelectors: same }, 'spec.ipAddressPoolSelectors[1]'],
    ['a node selector twice', { nodeSelectors: same }, 'spec.nodeSelectors[1]'],
    ['a Service selector twice', { serviceSelectors: same }, 'spec.serviceSelectors[1]'],
    ['an IPv4 length of 33', { aggregationLength: 33 }, 'spec.aggregationLength'],
    ['an IPv6 length of 129', { aggregationLengthV6: 129 }, 'spec.aggregationLengthV6'],
    [
      'an IPv4 aggregate of selected Services',
      { serviceSelectors: [{}], aggregationLength: 24 },
      'spec.aggregationLength',
    ],
    [
      'an IPv6 aggregate of selected Services',
      { serviceSelectors: [{}], aggregationLengthV6: 64 },
      'spec.aggregationLengthV6',
    ],
    ['a LOCAL_PREF below 0', { localPref: -1 }, 'spec.localPref'],
    ['a LOCAL_PREF above 32 bits', { localPref: 4_294_967_296 }, 'spec.localPref'],
    ['eleven times the own AS', { asPathPrepend: 11 }, 'spec.asPathPrepend'],
    ['a community above 16 bits', { communities: ['a', '65536:1'] }, 'spec.communities[1]'],
    ['a large community of another name', { communities: ['wide:1:2:3'] }, 'spec.communities[0]'],
    ['a community that is no string', { communities: [5] }, 'spec.communities[0]'],
  ] as const) {
    it(`${words} is refused, with the place`, () => {
      expect(parse(spec).objections.map((objection) => objection.field)).to.deep.equal([field])
    })
  }

  it('a selection of Services goes with the lengths of single addresses', () => {
    const spec = { serviceSelectors: [{}], aggregationLength: 32, aggregationLengthV6: 128 }
    expect(parse(spec).objections).to.deep.equal([])
  })
})

describe('BGP community', () => {
  for (const [text, value] of [
    ['0:0', '0:0'],
    ['65535:65535', '65535:65535'],
    ['00064512:1', '64512:1'],
    ['large:0:0:0', '0:0:0'],
    ['large:4294967295:4294967295:4294967295', '4294967295:4294967295:4294967295'],
  ] as const) {
    it(`${text} is the community ${value}`, () => {
      expect(parseBGPCommunity(text)).to.deep.include({ value })
    })
  }

  for (const text of [
    '65536:1',
    '1:',
    ':',
    '-1:1',
    '+1:1',
    '1:0x1',
    '1:1 ',
    'large:4294967296:0:0',
    '1:2:3:4',
  ]) {
    it(`${JSON.stringify(text)} has the parts of a community, of which one is wrong`, () => {
      expect(parseBGPCommunity(text)).to.equal('malformed')
    })
  }

  for (const text of ['', 'no-export', '64512', 'large:1:2', '1:2:3', '1:2:3:4:5']) {
    it(`${JSON.stringify(text)} is no community, and may be an alias`, () => {
      expect(parseBGPCommunity(text)).to.equal(undefined)
    })
  }
})
