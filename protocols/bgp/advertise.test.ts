import { expect } from 'chai'
import { resolverFor } from './advertise.ts'
import type { Standpoint } from './advertise.ts'
import { readLinkBandwidth } from './community.ts'
import type { RouteAttributes, SessionConfig } from './config.ts'
import { anyContext } from './context.ts'
import type { Agreement } from './negotiate.ts'
import { prefixFamily } from './nlri.ts'

const config: SessionConfig = {
  localAs: 65001,
  peerAs: 65002,
  identifier: '192.0.2.1',
  families: ['IPv4', 'IPv6'],
  holdTimeS: 90,
  passive: false,
  connectRetryMs: 5000,
  delayOpenMs: 0,
}

const agreement: Agreement = {
  peerAs: 65002,
  identifier: '192.0.2.2',
  context: anyContext,
  families: ['IPv4', 'IPv6'],
  holdTimeS: 90,
  sendHoldMs: 480_000,
  extendedNextHop: false,
  routeRefresh: true,
  enhancedRefresh: true,
}

const local = { address: '192.0.2.1', nextHops: { IPv4: ['192.0.2.1'], IPv6: ['2001:db8::1', 'fe80::1'] } }
const external: Standpoint = { config, agreement, local, draining: false }
const internal: Standpoint = {
  ...external,
  agreement: { ...agreement, context: { ...anyContext, peer: 'internal' } },
}

function told(prefix: string, standpoint: Standpoint, attributes: RouteAttributes = {}) {
  return resolverFor(standpoint)(prefixFamily(prefix), attributes)
}

function attributesFor(attributes: RouteAttributes, standpoint: Standpoint) {
  const route = told('192.0.2.10/32', standpoint, attributes)
  return typeof route === 'string' ? undefined : route.attributes
}

function nextHopsFor(prefix: string, standpoint: Standpoint) {
  const route = told(prefix, standpoint)
  return typeof route === 'string' ? undefined : route.nextHops
}

describe('a route towards one peer', () => {
  it('has our AS in its path, as often as it is prepended, and no LOCAL_PREF outside', () => {
    expect(attributesFor({ prepend: 2, localPref: 200 }, external)).to.deep.equal({
      origin: 'igp',
      asPath: [{ type: 'sequence', asNumbers: [65001, 65001, 65001] }],
    })
  })

  it('has an empty path and a LOCAL_PREF of 100 inside', () => {
    expect(attributesFor({}, internal)).to.deep.equal({ origin: 'igp', asPath: [], localPref: 100 })
    expect(attributesFor({ localPref: 200 }, internal)?.localPref).to.equal(200)
  })

  it('carries MED, communities of all kinds and the bandwidth', () => {
    const attributes = attributesFor(
      { med: 5, communities: ['65001:1'], largeCommunities: ['65001:1:2'], bandwidth: 125_000_000 },
      external,
    )
    expect(attributes?.multiExitDisc).to.equal(5)
    expect(attributes?.communities).to.deep.equal(['65001:1'])
    expect(attributes?.largeCommunities).to.deep.equal(['65001:1:2'])
    expect(attributes?.extendedCommunities?.map(readLinkBandwidth)).to.deep.equal([125_000_000])
  })

  it('says GRACEFUL_SHUTDOWN while we drain, inside with the least preference (RFC 8326)', () => {
    expect(
      attributesFor({ communities: ['65001:1'] }, { ...external, draining: true })?.communities,
    ).to.deep.equal(['65001:1', '65535:0'])
    expect(attributesFor({ localPref: 200 }, { ...internal, draining: true })?.localPref).to.equal(0)
  })

  it('says ONLY_TO_CUSTOMER to customers and peers, not to providers (RFC 9234 §5)', () => {
    const roles = ['provider', 'peer', 'route-server', 'customer', 'route-server-client'] as const
    const marked = roles.map(
      (role) =>
        attributesFor({}, { ...external, config: { ...config, role: { role, strict: false } } })
          ?.onlyToCustomer,
    )
    expect(marked).to.deep.equal([65001, 65001, 65001, undefined, undefined])
  })

  it('has an AS4_PATH beside its path for a speaker of two-octet AS, where it is needed (RFC 6793)', () => {
    const old = { ...external, agreement: { ...agreement, context: { ...anyContext, fourOctetAs: false } } }
    expect(attributesFor({}, old)?.as4Path).to.equal(undefined)
    const wide = { ...old, config: { ...config, localAs: 4_200_000_001 } }
    expect(attributesFor({}, wide)?.as4Path).to.deep.equal([{ type: 'sequence', asNumbers: [4_200_000_001] }])
  })

  it('of IPv6 has the global and the link-local next hop of the session', () => {
    expect(nextHopsFor('2001:db8::10/128', external)).to.deep.equal(['2001:db8::1', 'fe80::1'])
  })

  it('over a link-local address an IPv4 route has the IPv6 next hops, where the peer takes them (RFC 8950)', () => {
    const link = { ...external, local: { ...local, address: 'fe80::1' } }
    expect(nextHopsFor('192.0.2.10/32', link)).to.deep.equal(['192.0.2.1'])
    const extended = { ...link, agreement: { ...agreement, extendedNextHop: true } }
    expect(nextHopsFor('192.0.2.10/32', extended)).to.deep.equal(['2001:db8::1', 'fe80::1'])
    const numbered = { ...extended, local }
    expect(nextHopsFor('192.0.2.10/32', numbered)).to.deep.equal(['192.0.2.1'])
  })

  it('of IPv4 takes an IPv6 next hop where both agreed on it (RFC 8950)', () => {
    const six = { ...external, local: { address: '2001:db8::1', nextHops: { IPv6: ['2001:db8::1'] } } }
    expect(told('192.0.2.10/32', six)).to.equal(
      'no IPv4 next hop on this session, and no agreement on an IPv6 one (RFC 8950)',
    )
    const extended = { ...six, agreement: { ...agreement, extendedNextHop: true } }
    expect(nextHopsFor('192.0.2.10/32', extended)).to.deep.equal(['2001:db8::1'])
  })

  it('may name its next hop', () => {
    const route = told('192.0.2.10/32', external, { nextHop: '192.0.2.200' })
    expect(typeof route === 'string' ? route : route.nextHops).to.deep.equal(['192.0.2.200'])
  })

  it('is withheld with its reason when it cannot be told', () => {
    const four: Standpoint = { ...external, agreement: { ...agreement, families: ['IPv4'] } }
    expect(told('2001:db8::10/128', four)).to.equal('the session carries no IPv6 routes')
    const communities = Array.from({ length: 1100 }, (_, index) => `65001:${index}`)
    expect(told('192.0.2.10/32', external, { communities })).to.equal(
      'the attributes leave no room for a route in a message',
    )
  })
})
