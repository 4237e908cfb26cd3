// The sessions of a node as FRR-K8s tells them.
import { expect } from 'chai'
import { bgpSessionStateKind, parseBGPSessionState } from '../crds/bgp-session-state.ts'
import { bgpPeer } from '../test/support/bgp-snapshots.ts'
import { bgpSeen, establishedSeen, sessionSeen } from '../test/support/bgp-seen.ts'
import { cluster } from '../test/support/snapshots.ts'
import { frrk8sSessions, staleFrrk8sSessions } from './peers-frrk8s.ts'
import { planSpeaker } from './plan.ts'

const tor = bgpPeer('tor')
const scene = (bgpPeers: readonly ReturnType<typeof bgpPeer>[]) => {
  const world = cluster(['node-a'], { bgpPeers, secrets: new Map() })
  return { world, plan: planSpeaker(world, 'node-a') }
}

const statusesOf = (
  peers: readonly ReturnType<typeof bgpPeer>[],
  seen: Parameters<typeof frrk8sSessions>[2],
) => {
  const { world, plan } = scene(peers)
  return frrk8sSessions(world, plan, seen)
}

describe('the sessions of a node as BGPSessionStates', () => {
  it('name node, peer and VRF in labels and status', () => {
    const [told] = statusesOf([bgpPeer('tor', { vrf: 'red' })], bgpSeen({ tor: establishedSeen() }))
    expect(told?.labels).to.deep.equal({
      'frrk8s.metallb.io/node': 'node-a',
      'frrk8s.metallb.io/peer': '192.0.2.1',
      'frrk8s.metallb.io/vrf': 'red',
      'app.kubernetes.io/managed-by': 'herald-speaker',
    })
    expect(told?.status).to.deep.equal({
      node: 'node-a',
      peer: '192.0.2.1',
      vrf: 'red',
      bgpStatus: 'Established',
      bfdStatus: 'N/A',
    })
  })

  it('write an IPv6 address as a label can hold it', () => {
    const [told] = statusesOf([bgpPeer('tor', { peerAddress: '2001:db8::1' })], undefined)
    expect(told?.status['peer']).to.equal('2001-0db8-0000-0000-0000-0000-0000-0001')
    expect(told?.labels?.['frrk8s.metallb.io/vrf']).to.equal('')
  })

  it('name an unnumbered peer by its interface', () => {
    const [told] = statusesOf([bgpPeer('tor', { interface: 'eth1' })], undefined)
    expect(told?.status['peer']).to.equal('eth1')
  })

  it('are the same object at each step on the way to a session', () => {
    const steps = (['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm'] as const).map((state) =>
      statusesOf([tor], bgpSeen({ tor: sessionSeen({ state, reason: state }) })),
    )
    for (const step of steps) expect(step).to.deep.equal(steps[0])
    expect(steps[0]?.[0]?.status['bgpStatus']).to.equal('Active')
  })

  for (const [state, told] of [
    ['up', 'Up'],
    ['init', 'Down'],
    ['down', 'Down'],
    ['adminDown', 'Down'],
  ] as const)
    it(`say that BFD is ${told} when it is ${state}`, () => {
      const seen = bgpSeen({ tor: establishedSeen() }, { tor: { state, reason: '' } })
      expect(statusesOf([tor], seen)[0]?.status['bfdStatus']).to.equal(told)
    })

  it('are not there for a peer that the node keeps no session with', () => {
    const peers = [tor, bgpPeer('secret', { peerAddress: '192.0.2.2', passwordSecret: { name: 'gone' } })]
    expect(statusesOf(peers, undefined).map(({ status }) => status['peer'])).to.deep.equal(['192.0.2.1'])
  })

  it('are one for two ports of one address, up when both are', () => {
    const peers = [tor, bgpPeer('other', { peerPort: 1179 })]
    const half = statusesOf(peers, bgpSeen({ tor: establishedSeen(), other: sessionSeen() }))
    expect(half.map(({ status }) => status['bgpStatus'])).to.deep.equal(['Active'])
    const whole = statusesOf(peers, bgpSeen({ tor: establishedSeen(), other: establishedSeen() }))
    expect(whole.map(({ status }) => status['bgpStatus'])).to.deep.equal(['Established'])
  })

  it('are stale when no session is theirs, unless FRR-K8s wrote them', () => {
    const [wished] = statusesOf([tor], undefined)
    const standing = [wished?.name ?? '', 'old', 'of-frr-k8s'].map((name) => {
      const labels = name === 'of-frr-k8s' ? {} : wished?.labels
      const metadata = { name, namespace: 'metallb-system', uid: name, resourceVersion: '1' }
      return parseBGPSessionState({
        apiVersion: 'frrk8s.metallb.io/v1beta1',
        kind: bgpSessionStateKind.kind,
        metadata: { ...metadata, ...(labels === undefined ? {} : { labels }) },
      }).value
    })
    const stale = staleFrrk8sSessions(standing, wished === undefined ? [] : [wished])
    expect(stale.map(({ name }) => name)).to.deep.equal(['old'])
  })
})
