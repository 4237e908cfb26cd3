// What the bgp engine of a node sees, for tests of the reconcilers.
import type { PeerReport, SessionObserved } from '../../protocols/bgp/observed.ts'
import type { BgpSeen } from '../../reconcilers/peers-report.ts'

const counts = {
  open: 0,
  update: 0,
  notification: 0,
  keepalive: 0,
  'route-refresh': 0,
  bytes: 0,
} as const

/** A session that has just begun. */
export function sessionSeen(changes: Partial<SessionObserved> = {}, objection?: string): PeerReport {
  return {
    session: {
      state: 'Idle',
      reason: 'started',
      since: 0,
      failures: 0,
      wished: { IPv4: 0, IPv6: 0 },
      isTelling: false,
      withheld: [],
      received: { IPv4: 0, IPv6: 0 },
      keptFor: [],
      draining: false,
      ...changes,
    },
    counters: { sent: counts, received: counts, established: 0 },
    ...(objection === undefined ? {} : { objection }),
  }
}

export function establishedSeen(changes: Partial<SessionObserved> = {}): PeerReport {
  return sessionSeen({
    state: 'Established',
    peer: {
      asNumber: 64512,
      identifier: '192.0.2.1',
      families: ['IPv4'],
      holdTimeS: 90,
      gracefulRestart: false,
    },
    ...changes,
  })
}

export function bgpSeen(peers: Readonly<Record<string, PeerReport>>, bfd: BgpSeen['bfd'] = {}): BgpSeen {
  return { generation: 1, alive: true, peers, listening: [], loopLagMs: 0, bfd }
}
