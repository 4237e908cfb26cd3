import { expect } from 'chai'
import { resourceOf } from '../test/support/resource.ts'
import { parseBGPPeer } from './bgp-peer.ts'

const least = { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1' }

function parse(spec: unknown) {
  return parseBGPPeer(resourceOf({ spec }))
}

function fieldsOf(more: Readonly<Record<string, unknown>>): readonly string[] {
  return parse({ ...least, ...more }).objections.map(({ field }) => field)
}

describe('BGPPeer', () => {
  it('the least that a peer says is enough', () => {
    const { value, objections } = parse(least)
    expect(objections).to.deep.equal([])
    expect(value).to.deep.equal({
      name: 'example',
      namespace: 'default',
      uid: 'uid-1',
      generation: 0,
      createdAt: '',
      myASN: 64512,
      peerASN: 64513,
      remote: { address: '192.0.2.1' },
      peerPort: 179,
      nodeSelectors: [],
      enableGracefulRestart: false,
      ebgpMultiHop: false,
      disableMP: false,
      dualStackAddressFamily: false,
      transport: 'Kernel',
      listen: false,
      strictRole: false,
    })
  })

  it('all that a peer can say is read', () => {
    const { value, objections } = parse({
      myASN: 4_294_967_295,
      dynamicASN: 'external',
      localASN: 65000,
      interface: 'eth0',
      sourceAddress: '2001:DB8::0:1',
      peerPort: 1790,
      holdTime: '1m30s',
      keepaliveTime: '30s',
      connectTime: '10s',
      routerID: '192.0.2.9',
      nodeSelectors: [{ matchLabels: { rack: 'a' } }],
      passwordSecret: { name: 'tor', namespace: 'elsewhere' },
      bfdProfile: 'fast',
      enableGracefulRestart: true,
      ebgpMultiHop: true,
      vrf: 'red',
      disableMP: true,
      dualStackAddressFamily: true,
      transport: 'Packet',
      listen: true,
      ttlSecurityHops: 2,
      role: 'Customer',
      strictRole: true,
      prefixLimit: 1000,
      restartTime: '2m',
      longLivedStaleTime: '24h',
    })
    expect(objections).to.deep.equal([])
    expect(value).to.deep.include({
      myASN: 4_294_967_295,
      peerASN: 'external',
      localASN: 65000,
      remote: { interface: 'eth0' },
      sourceAddress: '2001:db8::1',
      peerPort: 1790,
      holdTimeMs: 90_000,
      keepaliveTimeMs: 30_000,
      connectTimeMs: 10_000,
      routerID: '192.0.2.9',
      nodeSelectors: [{ requirements: [{ operator: 'In', key: 'rack', values: ['a'] }] }],
      passwordSecret: 'tor',
      bfdProfile: 'fast',
      enableGracefulRestart: true,
      ebgpMultiHop: true,
      vrf: 'red',
      disableMP: true,
      dualStackAddressFamily: true,
      transport: 'Packet',
      listen: true,
      ttlSecurityHops: 2,
      role: 'Customer',
      strictRole: true,
      prefixLimit: 1000,
      restartTimeMs: 120_000,
      longLivedStaleTimeMs: 86_400_000,
    })
  })

  it('what a program in Go writes for nothing is nothing', () => {
    const spec = { ...least, dynamicASN: '', interface: '', routerID: '', password: '', vrf: '', peerPort: 0 }
    const { value, objections } = parse({ ...spec, passwordSecret: {}, bfdProfile: '', sourceAddress: '' })
    expect(objections).to.deep.equal([])
    expect(value).to.deep.equal(parse(least).value)
  })

  for (const [words, more, fields] of [
    ['no own AS', { myASN: undefined }, ['spec.myASN']],
    ['an unknown transport', { transport: 'Pigeon' }, ['spec.transport']],
    ['a peer no hop away', { ttlSecurityHops: 0 }, ['spec.ttlSecurityHops']],
    ['a peer too many hops away', { ttlSecurityHops: 255 }, ['spec.ttlSecurityHops']],
    ['a role that there is not', { role: 'provider' }, ['spec.role']],
    ['a limit of nothing', { prefixLimit: 0 }, ['spec.prefixLimit']],
    ['a restart of no time', { restartTime: '0s' }, ['spec.restartTime']],
    ['a restart that does not fit its 12 bits', { restartTime: '4096s' }, ['spec.restartTime']],
    ['a stale time of parts of seconds', { longLivedStaleTime: '1500ms' }, ['spec.longLivedStaleTime']],
    ['a source of another family', { sourceAddress: '2001:db8::1' }, ['spec.sourceAddress']],
    ['a link-local address', { peerAddress: 'fe80::1' }, ['spec.peerAddress']],
    ['an own AS of 0', { myASN: 0 }, ['spec.myASN']],
    ['an own AS above 32 bits', { myASN: 4_294_967_296 }, ['spec.myASN']],
    ['no AS of the peer', { peerASN: undefined }, ['spec.peerASN']],
    ['an AS of the peer twice over', { dynamicASN: 'internal' }, ['spec.dynamicASN']],
    ['a word for the AS that is none', { peerASN: 0, dynamicASN: 'any' }, ['spec.dynamicASN']],
    ['a local AS of 0', { localASN: 0 }, ['spec.localASN']],
    ['several hops to a peer of the own AS', { peerASN: 64512, ebgpMultiHop: true }, ['spec.ebgpMultiHop']],
    ['no place of the peer', { peerAddress: undefined }, ['spec.peerAddress']],
    ['a place of the peer twice over', { interface: 'eth0' }, ['spec.interface']],
    ['an address that is none', { peerAddress: 'tor-1.example.com' }, ['spec.peerAddress']],
    ['a source that is no address', { sourceAddress: '192.0.2' }, ['spec.sourceAddress']],
    ['a router ID that is no address', { routerID: '7' }, ['spec.routerID']],
    ['a router ID that no OPEN can carry', { routerID: '2001:db8::1' }, ['spec.routerID']],
    ['a router ID of 0', { routerID: '0.0.0.0' }, ['spec.routerID']],
    ['a port above 16384', { peerPort: 16385 }, ['spec.peerPort']],
    ['a hold time of 2 s', { holdTime: '2s' }, ['spec.holdTime']],
    ['a hold time below 0', { holdTime: '-10s' }, ['spec.holdTime']],
    ['a hold time above 16 bits', { holdTime: '65536s' }, ['spec.holdTime']],
    ['a hold time that is no duration', { holdTime: '90' }, ['spec.holdTime']],
    [
      'a keepalive time above the hold time',
      { holdTime: '9s', keepaliveTime: '10s' },
      ['spec.keepaliveTime'],
    ],
    ['a keepalive time that gives 1.5 s', { keepaliveTime: '500ms' }, ['spec.keepaliveTime']],
    ['a connect time of half a second', { connectTime: '1500ms' }, ['spec.connectTime']],
    ['a connect time of 0', { connectTime: '0s' }, ['spec.connectTime']],
    ['a node selector twice', { nodeSelectors: [{}, {}] }, ['spec.nodeSelectors[1]']],
    ['two passwords', { password: 'a', passwordSecret: { name: 'b' } }, ['spec.password']],
    ['a password that is no string', { password: 5 }, ['spec.password']],
  ] as const) {
    it(`${words} is refused, with the place`, () => {
      expect(fieldsOf(more)).to.deep.equal(fields)
    })
  }

  for (const [words, more] of [
    ['a hold time of 0', { holdTime: '0s' }],
    ['a hold time of less than a second, which is 0', { holdTime: '900ms' }],
    ['a hold time of 3 s', { holdTime: '3s', keepaliveTime: '3s' }],
    ['an IPv4-mapped address', { peerAddress: '::ffff:192.0.2.1' }],
    ['a Secret that is named elsewhere only', { password: 'a', passwordSecret: { namespace: 'b' } }],
  ] as const) {
    it(`${words} is taken, as in MetalLB`, () => {
      expect(fieldsOf(more)).to.deep.equal([])
    })
  }

  it('a keepalive time alone gives a hold time of three times that', () => {
    expect(parse({ ...least, keepaliveTime: '10s' }).value).to.include({
      holdTimeMs: 30_000,
      keepaliveTimeMs: 10_000,
    })
  })

  it('a password never stands in an objection', () => {
    const flawed = [{ password: 'hunter2', passwordSecret: { name: 'b' } }, { password: ['hunter2'] }]
    for (const more of flawed)
      expect(JSON.stringify(parse({ ...least, ...more }).objections)).not.to.include('hunter2')
  })
})
