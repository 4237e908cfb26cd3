// The page that herald status prints, as a user sees it.
import { expect } from 'chai'
import { bgpAdvertisement, bgpPeer } from '../../test/support/bgp-snapshots.ts'
import { advertisement, assigned, cluster, pool, service } from '../../test/support/snapshots.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import type { Life, ListedSpeaker } from '../members/listed.ts'
import type { Look } from './cluster.ts'
import { formatStatus, statusReport } from './status.ts'

const nowMs = Date.parse('2026-01-01T01:00:00Z')

function speakerListed(node: string, life: Life, renewedAt: string): ListedSpeaker {
  const lease = {
    node,
    acquiredAt: '2026-01-01T00:00:00Z',
    renewal: renewedAt,
    renewedAtMs: Date.parse(renewedAt),
    released: life === 'stopped',
    intervalMs: 1_000,
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:0a' }],
  }
  return { lease, life }
}

const leader = {
  life: 'alive',
  lease: {
    namespace: 'metallb-system',
    name: 'controller',
    labels: {},
    holder: 'controller-7d4',
    durationSeconds: 4,
    acquiredAt: '2026-01-01T00:55:00Z',
    renewedAt: '2026-01-01T01:00:00Z',
    transitions: 0,
  },
} as const

function look(snapshot: Snapshot, more: Partial<Look> = {}): Look {
  return { snapshot, reports: [], leases: { nowMs, speakers: [] }, configurations: [], ...more }
}

const lan = {
  takenAt: nowMs,
  pools: [pool('lan', ['192.0.2.0/24'])],
  l2Advertisements: [advertisement('lan')],
}

describe('herald status', () => {
  it('shows processes, pools, advertisements and Services, what is not well first', () => {
    const snapshot = cluster(['node-a'], {
      ...lan,
      services: [
        assigned(service('web'), ['192.0.2.0'], 'lan'),
        service('asking', { annotations: { 'metallb.io/loadBalancerIPs': '198.51.100.7' } }),
        service('theirs', { loadBalancerClass: 'other' }),
      ],
    })
    const web = { name: 'l2-1', namespace: 'metallb-system', serviceNamespace: 'default', serviceName: 'web' }
    const disturbed = {
      type: 'addressesUndisturbed',
      status: 'False',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      reason: 'AddressOffLink',
      message: '192.0.2.0 is in no subnet of eth0',
    } as const
    const state = { namespace: 'metallb-system', result: 'Valid', errorSummary: '', sessions: [] } as const
    const page = formatStatus(
      statusReport(
        look(snapshot, {
          reports: [{ ...web, node: 'node-a', interfaces: ['eth0'] }],
          leases: {
            nowMs,
            leader,
            speakers: [
              speakerListed('node-a', 'alive', '2026-01-01T00:59:59Z'),
              speakerListed('node-b', 'gone', '2026-01-01T00:59:00Z'),
              speakerListed('node-c', 'stopped', '2026-01-01T00:10:00Z'),
            ],
          },
          configurations: [
            { ...state, name: 'controller', conditions: [] },
            { ...state, name: 'speaker-node-a', conditions: [disturbed] },
          ],
        }),
      ),
    )
    expect(page).to.equal(
      `
PROCESS      NAME             STATE     SINCE   INTERFACES   CONFIGURATION
speaker      node-a           alive     60m     eth0         Valid
speaker      node-b           gone      60s     eth0         -
speaker      node-c           stopped   50m     eth0         -
controller   controller-7d4   alive     5m      -            Valid

POOL   ADDRESSES      ASSIGNED   FREE   AUTO   READY   REASON
lan    192.0.2.0/24   1          255    yes    yes     -

L2ADVERTISEMENT   POOLS   NODES    INTERFACES   READY   REASON
lan               lan     node-a   all          yes     -

SERVICE          ADDRESSES   POOL   ANNOUNCED BY   INTERFACES   REASON
default/asking   -           -      -              -            AddressOutsidePools
default/web      192.0.2.0   lan    node-a         eth0         -

2 Services, 1 announced, 0 with an address and not announced, 1 without an address; 1 of another loadBalancerClass

Not well:
  speaker node-a
    AddressOffLink: 192.0.2.0 is in no subnet of eth0
  speaker node-b
    last heard of 60s ago
  speaker node-c
    stopped 50m ago
  Service default/asking
    AddressOutsidePools: 198.51.100.7 is in no pool
`.trim(),
    )
  })

  it('shows peers, where there are any, and Services that routers alone are told of', () => {
    const told = (node: string, state: 'Established' | 'Connecting', reason: string) => ({
      name: `speaker-${node}`,
      namespace: 'metallb-system',
      result: 'Valid' as const,
      errorSummary: '',
      conditions: [],
      sessions: [{ peer: 'tor', state, reason, message: 'as it says' }],
    })
    const snapshot = cluster(['node-a', 'node-b'], {
      takenAt: nowMs,
      pools: [pool('lan', ['192.0.2.0/24'])],
      services: [assigned(service('web'), ['192.0.2.0'], 'lan')],
      bgpPeers: [bgpPeer('tor')],
      bgpAdvertisements: [bgpAdvertisement('lan')],
      configurationStates: [
        told('node-a', 'Established', 'SessionEstablished'),
        told('node-b', 'Connecting', 'SessionDown'),
      ],
    })
    const page = formatStatus(statusReport(look(snapshot)))
    expect(page).to.include(
      `
BGPPEER   NODES   ESTABLISHED   REASON
tor       2       1             SessionDown

SERVICE       ADDRESSES   POOL   ANNOUNCED BY   INTERFACES   REASON
default/web   192.0.2.0   lan    BGP            -            -
`,
    )
    expect(page).to.include('  BGPPeer tor\n    SessionDown: as it says')
  })

  it('of an empty cluster says what there is not', () => {
    expect(formatStatus(statusReport(look(cluster([], { takenAt: nowMs }))))).to.equal(
      `
PROCESS      NAME   STATE     SINCE   INTERFACES   CONFIGURATION
controller   -      missing   -       -            -

There is no IPAddressPool in namespace metallb-system.

There is no L2Advertisement in namespace metallb-system.

There is no Service of type LoadBalancer for us.

0 Services, 0 announced, 0 with an address and not announced, 0 without an address

Not well:
  controller
    never seen
`.trim(),
    )
  })

  it('says once what is so of many, and stays on one screen', () => {
    const services = Array.from({ length: 1_000 }, (_, index) =>
      assigned(service(`s-${String(index).padStart(3, '0')}`), [`192.0.2.${index % 250}`], 'lan'),
    ).slice(0, 200)
    const report = statusReport(look(cluster(['node-a'], { ...lan, services })))
    const page = formatStatus(report)
    expect(page.split('\n')).to.have.length.below(50)
    expect(page).to.include('… and 185 more (--all)')
    expect(page).to.include(
      'Service default/s-000, Service default/s-001, Service default/s-002 and 197 more\n    AwaitingSpeaker: ',
    )
    expect(formatStatus(report, Number.POSITIVE_INFINITY))
      .to.include('default/s-199')
      .and.not.to.include('--all')
  })

  it('is the same as JSON', () => {
    const report = statusReport(look(cluster(['node-a'], { ...lan, services: [service('web')] })))
    expect(JSON.parse(JSON.stringify(report))).to.deep.equal(report)
    expect(report).to.deep.include({ namespace: 'metallb-system', takenAt: '2026-01-01T01:00:00.000Z' })
  })
})
