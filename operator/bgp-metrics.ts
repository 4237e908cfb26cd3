// Metrics of BGP and BFD sessions: MetalLB's names and labels, those of its FRR exporter among them.
import type { Registry } from 'prom-client'
import type { BfdObserved } from '../protocols/bfd/observed.ts'
import type { PeerConfig } from '../protocols/bgp/config.ts'
import type { BgpObserved, MessageCounts, PeerReport, SessionObserved } from '../protocols/bgp/observed.ts'
import type { SpeakerPlan } from '../reconcilers/plan.ts'
import { liveCounter, liveGauge } from './metrics.ts'
import type { Sample } from './metrics.ts'

/** What the engine sees; BFD by name of the peer. */
export type BgpSeen = BgpObserved & { readonly bfd?: Readonly<Record<string, BfdObserved>> }

export type BgpFacts = {
  readonly plan: () => SpeakerPlan | undefined
  readonly seen: () => BgpSeen | undefined // undefined: there never was a peer
}

export function bgpMetrics(registry: Registry, { plan, seen }: BgpFacts): void {
  const peers = () => plan()?.bgp.peers ?? []
  for (const { name, help, value } of sessionGauges)
    liveGauge(registry, {
      name: `metallb_bgp_${name}`,
      help,
      labels,
      samples: () => ofPeers(peers(), (peer) => value(seen()?.peers[peer]?.session)),
    })
  for (const { name, help, value } of sessionCounters)
    liveCounter(registry, {
      name: `metallb_bgp_${name}`,
      help,
      labels,
      samples: () => ofPeers(peers(), (peer) => countOf(seen()?.peers[peer], value)),
    })
  liveCounter(registry, {
    name: 'herald_bgp_session_transitions_total',
    help: 'How often the session came to each state, however soon it left it.',
    labels: [...labels, 'state'],
    samples: () =>
      peers().flatMap((peer) => {
        const transitions = seen()?.peers[peer.name]?.counters.transitions ?? {}
        return Object.entries(transitions).map(
          ([state, count]) => [{ ...labelsOf(peer), state }, count] satisfies Sample,
        )
      }),
  })
  const bfd = (peer: string) => seen()?.bfd?.[peer]
  liveGauge(registry, {
    name: 'metallb_bfd_session_up',
    help: '1 while BFD is up with the peer.',
    labels,
    samples: () => ofPeers(peers(), (peer) => upOf(bfd(peer))),
  })
  for (const { name, help, value } of bfdCounters)
    liveCounter(registry, {
      name: `metallb_bfd_${name}`,
      help,
      labels,
      samples: () => ofPeers(peers(), (peer) => value(bfd(peer))),
    })
}

const labels = ['peer', 'vrf'] as const

/** One for each peer that the node is meant to have; nothing for one of which there is nothing to say. */
function ofPeers(
  peers: readonly PeerConfig[],
  value: (name: string) => number | undefined,
): readonly Sample[] {
  return peers.flatMap((peer) => {
    const found = value(peer.name)
    return found === undefined ? [] : [[labelsOf(peer), found] satisfies Sample]
  })
}

/** As MetalLB's FRR exporter has them: address and port, and 'default' for no VRF. */
function labelsOf({ endpoint: { remote, device } }: PeerConfig): Sample[0] {
  const peer = 'interface' in remote ? remote.interface : hostAndPort(remote)
  return { peer, vrf: device ?? 'default' }
}

function hostAndPort({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

type Gauge = {
  readonly name: string
  readonly help: string
  readonly value: (session: SessionObserved | undefined) => number
}

const sum = ({ IPv4, IPv6 }: Readonly<Record<'IPv4' | 'IPv6', number>>): number => IPv4 + IPv6

const sessionGauges: readonly Gauge[] = [
  {
    name: 'session_up',
    help: '1 while the session is established.',
    value: (session) => Number(session?.state === 'Established'),
  },
  {
    name: 'announced_prefixes_total',
    help: 'Prefixes that the peer was told, or is being told.',
    value: (session) =>
      session?.state === 'Established'
        ? sum(session.wished) - session.withheld.reduce((total, { count }) => total + count, 0)
        : 0,
  },
  {
    name: 'pending_prefixes_total',
    help: 'Prefixes that the peer is meant to hold.',
    value: (session) => (session === undefined ? 0 : sum(session.wished)),
  },
  {
    name: 'received_prefixes_total',
    help: 'Prefixes that the peer told, of which none is used.',
    value: (session) => (session === undefined ? 0 : sum(session.received)),
  },
]

type Count = (counters: { readonly sent: MessageCounts; readonly received: MessageCounts }) => number

const total = (counts: MessageCounts): number =>
  counts.open + counts.update + counts.notification + counts.keepalive + counts['route-refresh']

const sessionCounters: readonly { readonly name: string; readonly help: string; readonly value: Count }[] = [
  { name: 'updates_total', help: 'UPDATEs sent.', value: ({ sent }) => sent.update },
  { name: 'updates_total_received', help: 'UPDATEs received.', value: ({ received }) => received.update },
  { name: 'opens_sent', help: 'OPENs sent.', value: ({ sent }) => sent.open },
  { name: 'opens_received', help: 'OPENs received.', value: ({ received }) => received.open },
  { name: 'notifications_sent', help: 'NOTIFICATIONs sent.', value: ({ sent }) => sent.notification },
  { name: 'keepalives_sent', help: 'KEEPALIVEs sent.', value: ({ sent }) => sent.keepalive },
  { name: 'keepalives_received', help: 'KEEPALIVEs received.', value: ({ received }) => received.keepalive },
  { name: 'route_refresh_sent', help: 'ROUTE-REFRESHs sent.', value: ({ sent }) => sent['route-refresh'] },
  { name: 'total_sent', help: 'Messages sent.', value: ({ sent }) => total(sent) },
  { name: 'total_received', help: 'Messages received.', value: ({ received }) => total(received) },
]

function countOf(report: PeerReport | undefined, value: Count): number {
  return report === undefined ? 0 : value(report.counters)
}

function upOf(session: BfdObserved | undefined): number | undefined {
  return session === undefined ? undefined : Number(session.state === 'up')
}

type BfdCount = (session: BfdObserved | undefined) => number | undefined

const bfdCounters: readonly { readonly name: string; readonly help: string; readonly value: BfdCount }[] = [
  {
    name: 'control_packet_input',
    help: 'BFD control packets received.',
    value: (session) => session?.counters.packetsIn,
  },
  {
    name: 'control_packet_output',
    help: 'BFD control packets sent.',
    value: (session) => session?.counters.packetsOut,
  },
  {
    name: 'session_up_events',
    help: 'How often BFD came up with the peer.',
    value: (session) => session?.counters.upEvents,
  },
  {
    name: 'session_down_events',
    help: 'How often BFD went down with the peer.',
    value: (session) => session?.counters.downEvents,
  },
]
