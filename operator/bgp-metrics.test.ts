// Metrics of BGP as MetalLB's dashboards and alerts read them.
import { expect } from 'chai'
import { Registry } from 'prom-client'
import type { PeerConfig } from '../protocols/bgp/config.ts'
import type { MessageCounts, PeerReport } from '../protocols/bgp/observed.ts'
import type { BfdObserved } from '../protocols/bfd/observed.ts'
import { noBgp } from '../test/support/snapshots.ts'
import { bgpMetrics } from './bgp-metrics.ts'
import type { BgpSeen } from './bgp-metrics.ts'

function peer(name: string, endpoint: Partial<PeerConfig['endpoint']> = {}): PeerConfig {
  return {
    name,
    endpoint: {
      remote: { address: '192.0.2.1', port: 179 },
      transport: 'Kernel',
      ttl: { type: 'hops', hops: 1 },
      listen: false,
      ...endpoint,
    },
    session: {
      localAs: 64_512,
      peerAs: 64_513,
      identifier: '192.0.2.9',
      families: ['IPv4'],
      holdTimeS: 90,
      passive: false,
      connectRetryMs: 10_000,
      delayOpenMs: 0,
    },
  }
}

const none: MessageCounts = {
  open: 0,
  update: 0,
  notification: 0,
  keepalive: 0,
  'route-refresh': 0,
  bytes: 0,
}

const report: PeerReport = {
  session: {
    state: 'Established',
    reason: 'KEEPALIVE received',
    since: 0,
    failures: 0,
    wished: { IPv4: 5, IPv6: 2 },
    isTelling: false,
    withheld: [{ reason: 'no IPv6', count: 2, example: '2001:db8::1/128' }],
    received: { IPv4: 3, IPv6: 0 },
    keptFor: [],
    draining: false,
  },
  counters: {
    sent: { ...none, open: 1, update: 4, keepalive: 7, bytes: 900 },
    received: { ...none, open: 1, keepalive: 6 },
    established: 1,
    transitions: { Connect: 2, Established: 1 },
  },
}

const bfd: BfdObserved = {
  remoteAddress: '192.0.2.1',
  multihop: false,
  state: 'up',
  reason: '',
  changedAt: 0,
  diagnostic: 0,
  remoteState: 'up',
  remoteDiagnostic: 0,
  localDiscriminator: 1,
  remoteDiscriminator: 2,
  transmitIntervalMs: 300,
  remoteDetectMultiplier: 3,
  counters: { packetsIn: 10, packetsOut: 11, discarded: 0, upEvents: 2, downEvents: 1, tooFar: 0 },
}

function world(...peers: readonly PeerConfig[]) {
  const registry = new Registry()
  const state: { peers: readonly PeerConfig[]; seen?: BgpSeen } = { peers }
  bgpMetrics(registry, {
    plan: () => ({
      node: 'node-a',
      claims: [],
      services: new Map(),
      bgp: { ...noBgp, peers: state.peers },
    }),
    seen: () => state.seen,
  })
  const lines = async (name: string): Promise<readonly string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`))
  return { state, lines }
}

const seen = (fields: Partial<BgpSeen>): BgpSeen => ({
  generation: 0,
  alive: true,
  peers: {},
  listening: [],
  loopLagMs: 0,
  ...fields,
})

describe('metrics of BGP', () => {
  it('have MetalLB’s names and labels', async () => {
    const { state, lines } = world(peer('tor'))
    state.seen = seen({ peers: { tor: report } })
    const value = async (name: string) => await lines(`metallb_bgp_${name}`)
    const labels = '{peer="192.0.2.1:179",vrf="default"}'
    expect(await value('session_up')).to.deep.equal([`metallb_bgp_session_up${labels} 1`])
    expect(await lines('herald_bgp_session_transitions_total')).to.deep.equal([
      'herald_bgp_session_transitions_total{peer="192.0.2.1:179",vrf="default",state="Connect"} 2',
      'herald_bgp_session_transitions_total{peer="192.0.2.1:179",vrf="default",state="Established"} 1',
    ])
    expect(await value('updates_total')).to.deep.equal([`metallb_bgp_updates_total${labels} 4`])
    expect(await value('total_sent')).to.deep.equal([`metallb_bgp_total_sent${labels} 12`])
    expect(await value('received_prefixes_total')).to.deep.equal([
      `metallb_bgp_received_prefixes_total${labels} 3`,
    ])
    // Two of the seven are withheld.
    expect(await value('announced_prefixes_total')).to.deep.equal([
      `metallb_bgp_announced_prefixes_total${labels} 5`,
    ])
    expect(await value('pending_prefixes_total')).to.deep.equal([
      `metallb_bgp_pending_prefixes_total${labels} 7`,
    ])
  })

  it('say 0 of a session that is not there yet, and nothing of a peer that is gone', async () => {
    const { state, lines } = world(peer('tor'))
    expect(await lines('metallb_bgp_session_up')).to.deep.equal([
      'metallb_bgp_session_up{peer="192.0.2.1:179",vrf="default"} 0',
    ])
    state.peers = []
    expect(await lines('metallb_bgp_session_up')).to.deep.equal([])
  })

  it('name an IPv6 peer, a VRF and an interface', async () => {
    const { lines } = world(
      peer('six', { remote: { address: '2001:db8::1', port: 1179 }, device: 'blue' }),
      peer('unnumbered', { remote: { interface: 'eth1' } }),
    )
    expect(await lines('metallb_bgp_session_up')).to.deep.equal([
      'metallb_bgp_session_up{peer="[2001:db8::1]:1179",vrf="blue"} 0',
      'metallb_bgp_session_up{peer="eth1",vrf="default"} 0',
    ])
  })
})

describe('metrics of BFD', () => {
  it('are those of peers that have it', async () => {
    const { state, lines } = world(
      peer('tor'),
      peer('other', { remote: { address: '192.0.2.2', port: 179 } }),
    )
    state.seen = seen({ bfd: { tor: bfd } })
    const labels = '{peer="192.0.2.1:179",vrf="default"}'
    expect(await lines('metallb_bfd_session_up')).to.deep.equal([`metallb_bfd_session_up${labels} 1`])
    expect(await lines('metallb_bfd_session_down_events')).to.deep.equal([
      `metallb_bfd_session_down_events${labels} 1`,
    ])
    expect(await lines('metallb_bfd_control_packet_output')).to.deep.equal([
      `metallb_bfd_control_packet_output${labels} 11`,
    ])
  })
})
