// Whether a Service is announced when routers are told too, or only they.
import { expect } from 'chai'
import type { ConfigurationState } from '../crds/configuration-state.ts'
import type { Service } from '../crds/core.ts'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import { bgpAdvertisement, bgpPeer } from '../test/support/bgp-snapshots.ts'
import {
  advertisement,
  assigned,
  at,
  cluster,
  endpoint,
  node,
  pool,
  service,
} from '../test/support/snapshots.ts'
import { later, report, statusOf } from '../test/support/statuses.ts'
import { announcementsIn } from './announced.ts'
import { planController } from './plan.ts'
import type { Snapshot } from './snapshot.ts'

const nodes = ['node-a', 'node-b']

function told(name: string, ...peers: readonly string[]): ConfigurationState {
  const rest = { namespace: 'metallb-system', result: 'Valid', errorSummary: '', conditions: [] } as const
  const session = { state: 'Established', reason: 'SessionEstablished', message: '' } as const
  return { ...rest, name: `speaker-${name}`, sessions: peers.map((peer) => ({ ...session, peer })) }
}

const web = (changes: Partial<Service> = {}, ingress: readonly string[] = ['192.0.2.7']): Service =>
  assigned(service('web', changes), ingress, 'p')

function scene(changes: Partial<Snapshot> = {}): Snapshot {
  return cluster(nodes, {
    takenAt: later,
    pools: [pool('p', ['192.0.2.0/24', '2001:db8::/64'])],
    bgpPeers: [bgpPeer('tor')],
    bgpAdvertisements: [bgpAdvertisement('all')],
    services: [web()],
    configurationStates: nodes.map((name) => told(name, 'tor')),
    ...changes,
  })
}

/** Of the condition metallb.io/Announced. */
function condition(of: Snapshot, reports: readonly ServiceL2Status[] = []): string {
  const found = statusOf(of, 'web', reports)?.conditions?.find(({ type }) => type === 'metallb.io/Announced')
  return found === undefined ? 'untold' : `${found.status} ${found.reason}: ${found.message}`
}

const l2 = [advertisement('lan')]

describe('a Service that routers are told of', () => {
  it('is announced by that alone', () => {
    expect(condition(scene())).to.equal('True Announced: nodes announce by BGP')
  })

  it('is so from the start, and one for the LAN as well once a node reports it', () => {
    const young = { takenAt: Date.parse(at(1)) }
    const fresh = { services: [{ ...web(), conditions: [] }], ...young }
    expect(condition(scene(fresh))).to.equal('True Announced: nodes announce by BGP')
    expect(condition(scene({ ...fresh, l2Advertisements: l2 }))).to.equal('untold')
  })

  it('is announced by both', () => {
    expect(condition(scene({ l2Advertisements: l2 }), [report('node-b')])).to.equal(
      'True Announced: node node-b announces by ARP and NDP, and nodes announce by BGP',
    )
  })

  it('is announced while the LAN is not told, and says why not', () => {
    const elsewhere = [advertisement('lan', { nodeSelectors: [{ matchLabels: { rack: 'x' } }] })]
    expect(condition(scene({ l2Advertisements: elsewhere }))).to.match(
      /^True Announced: nodes announce by BGP; not by ARP and NDP: L2Advertisement lan selects none/,
    )
  })

  it('is announced on the LAN while no router is told, and says why not', () => {
    expect(condition(scene({ l2Advertisements: l2, configurationStates: [] }), [report('node-b')])).to.equal(
      'True Announced: node node-b announces by ARP and NDP; not by BGP: no node has an established session with tor',
    )
  })

  const local = { externalTrafficPolicy: 'Local' as const }
  const onB = new Map([['default/web', [endpoint('node-b')]]])
  const rack = [{ matchLabels: { rack: 'x' } }]
  const excluded = nodes.map((name) =>
    node(name, { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } }),
  )
  const cases: readonly (readonly [title: string, changes: Partial<Snapshot>, expected: string])[] = [
    ['no session is established', { configurationStates: [] }, 'False NoSession'],
    ['one of two is', { configurationStates: [told('node-b', 'tor')] }, 'True Announced'],
    ['sessions are not known here', {}, 'True Announced'],
    [
      'the one there is goes to another peer',
      { configurationStates: [told('node-b', 'other')] },
      'False NoSession',
    ],
    ['Local, and the endpoint has a session', { services: [web(local)], endpoints: onB }, 'True Announced'],
    [
      'Local, and the endpoint has none',
      { services: [web(local)], endpoints: onB, configurationStates: [told('node-a', 'tor')] },
      'False NoLocalEndpoint',
    ],
    ['no endpoint serves', { endpoints: new Map([['default/web', []]]) }, 'False NoServingEndpoint'],
    [
      'no node is selected',
      { bgpAdvertisements: [bgpAdvertisement('x', { nodeSelectors: rack })] },
      'False NoNodeSelected',
    ],
    ['all nodes are excluded', { nodes: excluded }, 'False NodesExcluded'],
    ['no speaker lives', { speakers: [] }, 'False NoSpeaker'],
    ['there is no peer', { bgpPeers: [] }, 'False NoPeer'],
    ['the peer cannot be used', { bgpPeers: [bgpPeer('tor', { holdTime: '1s' })] }, 'False NoPeer'],
    [
      'the peer carries another family',
      { services: [web({ clusterIPs: ['fd00::1'] }, ['2001:db8::7'])] },
      'False NoPeer',
    ],
    [
      'nothing covers it',
      { bgpAdvertisements: [bgpAdvertisement('x', { ipAddressPools: ['y'] })] },
      'False NoAdvertisement',
    ],
  ]
  for (const [title, changes, expected] of cases)
    it(`${title}: ${expected}`, () => {
      const { configurationStates, ...of } = scene(changes)
      const known =
        title === 'sessions are not known here'
          ? of
          : { ...of, configurationStates: configurationStates ?? [] }
      expect(condition(known).split(':')[0]).to.equal(expected)
    })

  it('the answer is the same object while nothing of it changes, whatever else the speakers tell', () => {
    const of = scene({ l2Advertisements: l2 })
    const reports = [report('node-b')]
    const first = announcementsIn(of, planController(of), reports).get('default/web')
    const states = nodes.map((name) => ({ ...told(name, 'tor'), errorSummary: 'other' }))
    const next = { ...of, configurationStates: states }
    expect(announcementsIn(next, planController(next), reports).get('default/web')).to.equal(first)
  })
})
