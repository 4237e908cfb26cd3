import { expect } from 'chai'
import { findCapability } from './capability-list.ts'
import type { SessionConfig } from './config.ts'
import { BgpError } from './fault.ts'
import { agree, checkPeerOpen, ourOpen } from './negotiate.ts'
import type { Open } from './open.ts'

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

const peer: SessionConfig = { ...config, localAs: 65002, peerAs: 65001, identifier: '192.0.2.2' }

function openOf(change: Partial<SessionConfig>): Open {
  return ourOpen({ ...peer, ...change }, false)
}

function objection(own: Partial<SessionConfig>, open: Open): string | undefined {
  try {
    checkPeerOpen({ ...config, ...own }, open)
    return undefined
  } catch (error) {
    if (error instanceof BgpError) return `${error.code}/${error.subcode}`
    throw error
  }
}

function agreed(own: Partial<SessionConfig>, theirs: Partial<SessionConfig>) {
  const ours = { ...config, ...own }
  return agree(ours, ourOpen(ours, false), openOf(theirs))
}

describe('negotiation', () => {
  it('takes the AS that is configured, or the kind of AS', () => {
    const cases = [
      [65002, 65002, undefined],
      [65002, 65003, '2/2'],
      ['external', 65003, undefined],
      ['external', 65001, '2/2'],
      ['internal', 65001, undefined],
      ['internal', 65002, '2/2'],
    ] as const
    for (const [peerAs, localAs, expected] of cases)
      expect(objection({ peerAs }, openOf({ localAs })), `${peerAs} ${localAs}`).to.equal(expected)
  })

  it('reads an AS of four octets from the capability', () => {
    const open = openOf({ localAs: 4_200_000_001 })
    expect(open.asNumber).to.equal(23456)
    expect(objection({ peerAs: 4_200_000_001 }, open)).to.equal(undefined)
  })

  it('refuses our own identifier from an internal peer, and takes it from an external one (RFC 6286)', () => {
    const twin = { identifier: '192.0.2.1' }
    expect(objection({ peerAs: 'internal' }, openOf({ ...twin, localAs: 65001 }))).to.equal('2/3')
    expect(objection({}, openOf(twin))).to.equal(undefined)
  })

  it('pairs roles, and insists on one only where it is strict (RFC 9234)', () => {
    const customer = { role: 'customer', strict: false } as const
    const pairs = [
      ['customer', 'provider', undefined],
      ['customer', 'customer', '2/11'],
      ['peer', 'peer', undefined],
      ['route-server-client', 'route-server', undefined],
      ['provider', 'peer', '2/11'],
    ] as const
    for (const [ours, theirs, expected] of pairs)
      expect(
        objection({ role: { role: ours, strict: false } }, openOf({ role: { role: theirs, strict: false } })),
      ).to.equal(expected)
    expect(objection({ role: customer }, openOf({}))).to.equal(undefined)
    expect(objection({ role: { ...customer, strict: true } }, openOf({}))).to.equal('2/11')
  })

  it('needs a family in common; a peer without the capability speaks IPv4', () => {
    expect(objection({ families: ['IPv6'] }, openOf({ families: ['IPv4'] }))).to.equal('2/7')
    const bare: Open = { ...openOf({}), capabilities: [] }
    expect(objection({ families: ['IPv6'] }, bare)).to.equal('2/7')
    expect(agree(config, ourOpen(config, false), bare).families).to.deep.equal(['IPv4'])
  })

  it('takes the lower hold time, and zero is the lowest', () => {
    expect(agreed({ holdTimeS: 90 }, { holdTimeS: 30 }).holdTimeS).to.equal(30)
    expect(agreed({ holdTimeS: 90 }, { holdTimeS: 0 }).holdTimeS).to.equal(0)
  })

  it('uses what both can, and nothing that one cannot', () => {
    const both = agreed({}, {})
    expect(both.context).to.deep.include({ fourOctetAs: true, extendedMessage: true, peer: 'external' })
    expect(both).to.deep.include({ routeRefresh: true, enhancedRefresh: true, extendedNextHop: true })
    const bare = agree(config, ourOpen(config, false), { ...openOf({}), capabilities: [] })
    expect(bare.context).to.deep.include({ fourOctetAs: false, extendedMessage: false })
    expect(bare).to.deep.include({ routeRefresh: false, enhancedRefresh: false, extendedNextHop: false })
  })

  it('agrees on graceful restart where both have it, on the long-lived one where both have that', () => {
    const short = { gracefulRestart: { restartTimeS: 120 } }
    const long = { gracefulRestart: { restartTimeS: 60, longLivedStaleTimeS: 3600 } }
    expect(agreed(short, {}).gracefulRestart).to.equal(undefined)
    expect(agreed(short, long).gracefulRestart).to.deep.include({
      restartTimeS: 60,
      notification: true,
      longLivedStaleTimesS: {},
    })
    expect(agreed(long, long).gracefulRestart?.longLivedStaleTimesS).to.deep.equal({ IPv4: 3600, IPv6: 3600 })
  })

  it('says after a restart that we were here before', () => {
    const again = ourOpen({ ...config, gracefulRestart: { restartTimeS: 120 } }, true)
    expect(findCapability(again.capabilities, 'graceful-restart')?.restarting).to.equal(true)
  })
})
