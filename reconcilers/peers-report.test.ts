// What a speaker tells of its sessions.
import { expect } from 'chai'
import { bgpPeer } from '../test/support/bgp-snapshots.ts'
import { bgpSeen, establishedSeen, sessionSeen } from '../test/support/bgp-seen.ts'
import { observed } from '../test/support/l2-observed.ts'
import { cluster } from '../test/support/snapshots.ts'
import type { BgpSeen } from './peers-report.ts'
import { sessionStates } from './peers-report.ts'
import { planSpeaker } from './plan.ts'
import { speakerStatuses } from './status.ts'

const scene = cluster(['node-a'], {
  bgpPeers: [
    bgpPeer('tor-1'),
    bgpPeer('elsewhere', { nodeSelectors: [{ matchLabels: { rack: 'x' } }] }),
    bgpPeer('secret', { passwordSecret: { name: 'gone' } }),
  ],
  secrets: new Map(),
})
const plan = planSpeaker(scene, 'node-a')

const secret = {
  peer: 'secret',
  state: 'Refused',
  reason: 'SecretNotFound',
  message: 'there is no Secret gone, which is to hold the password',
}

describe('the sessions that a speaker tells', () => {
  it('of an engine that has not said anything yet are those that it is to open', () => {
    expect(sessionStates(plan.bgp, undefined)).to.deep.equal([
      secret,
      {
        peer: 'tor-1',
        state: 'Connecting',
        reason: 'SessionDown',
        message: 'no connection has been made yet',
      },
    ])
  })

  it('that are established name the router', () => {
    const seen = bgpSeen({ 'tor-1': establishedSeen() }, { 'tor-1': { state: 'up', reason: '' } })
    expect(sessionStates(plan.bgp, seen)[1]).to.deep.equal({
      peer: 'tor-1',
      state: 'Established',
      reason: 'SessionEstablished',
      message: 'AS 64512, identifier 192.0.2.1',
      bfd: 'Up',
    })
  })

  it('say why routes are withheld, and not how many: that would be a write for each Service', () => {
    const states = [1, 2].map((count) => {
      const withheld = [{ reason: 'the session carries no IPv6 routes', count, example: '2001:db8::/128' }]
      return sessionStates(plan.bgp, bgpSeen({ 'tor-1': establishedSeen({ withheld }) }))
    })
    expect(states[0]?.[1]).to.deep.include({
      reason: 'RoutesWithheld',
      message: 'AS 64512, identifier 192.0.2.1; some routes are not told: the session carries no IPv6 routes',
    })
    expect(states[1]).to.deep.equal(states[0])
  })

  const who = 'AS 64512, identifier 192.0.2.1'
  const toldOf = (
    changes: Parameters<typeof establishedSeen>[0],
    bfd?: NonNullable<BgpSeen['bfd']>[string],
  ) => sessionStates(plan.bgp, bgpSeen({ 'tor-1': establishedSeen(changes) }, bfd && { 'tor-1': bfd }))[1]

  it('name what was changed and takes effect at the next OPEN only', () => {
    expect(toldOf({ pending: ['holdTimeS', 'gracefulRestart'] })).to.deep.include({
      state: 'Established',
      reason: 'ChangedAtNextOpen',
      message: `${who}; changed, and in effect from the next OPEN on: holdTime, enableGracefulRestart and its times`,
    })
  })

  for (const [what, bfd, message] of [
    ['with what it waits', { reason: 'no packet yet' }, 'BFD is down: no packet yet'],
    [
      'that packets come from too far, and how far',
      { reason: 'no packet yet', tooFar: { ttl: 62, minimumTtl: 254 } },
      'BFD is down: packets of the router come with TTL 62 and are dropped: minimumTtl of the BFDProfile is 254',
    ],
    [
      'that packets of a single hop came over a router',
      { reason: 'no packet yet', tooFar: { ttl: 64, minimumTtl: 255 } },
      'BFD is down: packets of the router come with TTL 64 and are dropped: over one hop it must be 255, the router is farther away or takes it for so',
    ],
    [
      'that its port is taken',
      { reason: '', problem: 'UDP port 3784: in use' },
      'BFD is down: UDP port 3784: in use',
    ],
  ] as const)
    it(`say when BFD does not watch one that is established, and ${what}`, () => {
      expect(toldOf({}, { state: 'down', ...bfd })).to.deep.include({
        reason: 'BFDNotUp',
        message: `${who}; ${message}`,
        bfd: 'Down',
      })
    })

  it('say that the router tells more than is kept', () => {
    expect(toldOf({ received: { IPv4: 60_000, IPv6: 0 }, notKept: ['IPv4'] })).to.deep.include({
      state: 'Established',
      reason: 'ReceivedRoutesNotKept',
      message: `${who}; the router tells more IPv4 routes than are kept (50000, fewer with long attributes): the rest is counted only`,
    })
  })

  it('say first what keeps routes back, and then the rest', () => {
    const withheld = [{ reason: 'no IPv6', count: 1, example: '2001:db8::/128' }]
    expect(
      toldOf({ withheld, pending: ['holdTimeS'] }, { state: 'init', reason: 'waiting' }),
    ).to.deep.include({
      reason: 'RoutesWithheld',
      message: `${who}; some routes are not told: no IPv6; BFD is init: waiting; changed, and in effect from the next OPEN on: holdTime`,
    })
  })

  it('say that BFD is left out while its profile or its key is missing', () => {
    const lost = cluster(['node-a'], { bgpPeers: [bgpPeer('tor-1', { bfdProfile: 'gone' })] })
    const state = sessionStates(planSpeaker(lost, 'node-a').bgp, bgpSeen({ 'tor-1': establishedSeen() }))
    expect(state[0]).to.deep.include({
      state: 'Established',
      reason: 'UnknownBFDProfile',
      message: `${who}; there is no BFDProfile gone; the session is kept without BFD until there is`,
    })
  })

  it('are the same whichever step they are at on the way', () => {
    const lastFailure = { reason: 'connection refused', at: 5 }
    const states = (['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm'] as const).map((state) =>
      sessionStates(plan.bgp, bgpSeen({ 'tor-1': sessionSeen({ state, lastFailure, reason: state }) })),
    )
    for (const state of states) {
      expect(state).to.deep.equal(states[0])
      expect(state[1]).to.deep.include({ state: 'Connecting', message: 'connection refused' })
    }
  })

  it('say what stands in the way of a connection before there was one', () => {
    const seen = bgpSeen({ 'tor-1': sessionSeen({}, 'cannot bind to 10.0.0.9: no such address') })
    expect(sessionStates(plan.bgp, seen)[1]?.message).to.equal('cannot bind to 10.0.0.9: no such address')
  })

  it('name a VRF that the node has not', () => {
    const red = cluster(['node-a'], { bgpPeers: [bgpPeer('tor-1', { vrf: 'red' })] })
    const { bgp } = planSpeaker(red, 'node-a')
    const missing = 'there is no VRF and no interface red on this node'
    const lost = sessionSeen({ lastFailure: { reason: `cannot connect: ${missing}`, at: 1 } })
    for (const seen of [sessionSeen({}, missing), lost])
      expect(sessionStates(bgp, bgpSeen({ 'tor-1': seen }))).to.deep.equal([
        { peer: 'tor-1', state: 'Connecting', reason: 'VRFNotFound', message: missing },
      ])
  })

  it('stand in the ConfigurationState of the speaker', () => {
    const seen = { ...observed([]), bgp: bgpSeen({ 'tor-1': establishedSeen() }) }
    const state = speakerStatuses(scene, plan, seen).find(({ name }) => name === 'speaker-node-a')
    expect(state?.status['sessions']).to.deep.equal(sessionStates(plan.bgp, seen.bgp))
    const none = speakerStatuses(cluster(['node-a']), planSpeaker(cluster(['node-a']), 'node-a'), seen)
    expect(none.find(({ name }) => name === 'speaker-node-a')?.status).not.to.have.property('sessions')
  })
})
