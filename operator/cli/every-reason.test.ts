// Each reason why a Service has no address, or not the one that it wants, or is announced by nobody: herald explain and
// herald status say it.
import { expect } from 'chai'
import type { Service } from '../../crds/core.ts'
import { serviceKind } from '../../crds/service.ts'
import { explainService } from '../../reconcilers/explain.ts'
import { reasons } from '../../reconcilers/reasons.ts'
import type { Reason } from '../../reconcilers/reasons.ts'
import { allocationReasons } from '../../reconcilers/reasons/allocation.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { announcementReasons } from '../../reconcilers/reasons/announcement.ts'
import { bgpAdvertisement, bgpPeer } from '../../test/support/bgp-snapshots.ts'
import {
  advertisement,
  assigned,
  cluster,
  endpoint,
  node,
  pool,
  service,
  snapshot,
} from '../../test/support/snapshots.ts'
import { ask, both, prefer, requireBoth, v4, v6 } from '../../test/support/told.ts'
import { formatExplanation } from './explain.ts'
import { formatStatus, statusReport } from './status.ts'

type Case = readonly [reason: Reason, web: Partial<Service>, around?: Partial<Snapshot>]

const shared = (key: string, address = '192.0.2.7') =>
  ask({ 'allow-shared-ip': key, loadBalancerIPs: address })
const ports = [{ name: '', protocol: 'TCP', port: 80 }] as const

function holder(changes: Partial<Service>): Partial<Snapshot> {
  return { services: [assigned(service('other', { ports, ...changes }), ['192.0.2.7'], 'lan')] }
}

const cases: readonly Case[] = [
  ['Deleting', { deleting: true }],
  ['NoClusterIPs', { clusterIPs: [] }],
  ['NotEnoughClusterIPs', { ipFamilyPolicy: 'RequireDualStack' }],
  ['UnreadableClusterIPs', { clusterIPs: ['10.96.0.1', '10.96.0.2'] }],
  ['RequestedTwice', { ...ask({ loadBalancerIPs: '192.0.2.7' }), loadBalancerIP: '192.0.2.8' }],
  ['UnreadableRequest', { loadBalancerIP: 'x' }],
  ['WrongFamily', { loadBalancerIP: '2001:db8::1' }],
  ['NoPools', {}, { pools: [] }],
  ['UnknownPool', ask({ 'address-pool': 'nowhere' })],
  ['PoolInvalid', {}, { pools: [pool('lan', ['x'])] }],
  ['PoolPaused', {}, { pools: [pool('lan', v4, { paused: true })] }],
  ['QuotaExceeded', {}, { ...holder({}), pools: [pool('lan', v4, { quota: { perNamespace: 1 } })] }],
  ['PoolNotAutomatic', {}, { pools: [pool('lan', v4, { autoAssign: false })] }],
  ['PoolNotForService', {}, { pools: [pool('lan', v4, { serviceAllocation: { namespaces: ['prod'] } })] }],
  ['FamilyNotInPool', {}, { pools: [pool('lan', v6)] }],
  ['PoolExhausted', {}, { ...holder({}), pools: [pool('lan', ['192.0.2.7/32'])] }],
  ['NoPoolFits', {}, { pools: [pool('six', v6), pool('closed', v4, { autoAssign: false })] }],
  ['AddressOutsidePools', { loadBalancerIP: '203.0.113.1' }],
  ['AddressAvoided', { loadBalancerIP: '192.0.2.0' }, { pools: [pool('lan', v4, { avoidBuggyIPs: true })] }],
  [
    'AddressExcluded',
    { loadBalancerIP: '192.0.2.7' },
    { pools: [pool('lan', v4, { excludeAddresses: ['192.0.2.7/32'] })] },
  ],
  [
    'AddressesInDifferentPools',
    { ...requireBoth, ...ask({ loadBalancerIPs: '192.0.2.7,2001:db8::7' }) },
    { pools: [pool('lan', v4), pool('six', v6)] },
  ],
  [
    'AddressNotInRequestedPool',
    ask({ loadBalancerIPs: '192.0.2.7', 'address-pool': 'six' }),
    { pools: [pool('lan', v4), pool('six', v6)] },
  ],
  ['AddressInUse', ask({ loadBalancerIPs: '192.0.2.7' }), holder({})],
  [
    'AddressOfOtherLoadBalancer',
    { loadBalancerIP: '192.0.2.7' },
    { services: [service('other', { loadBalancerClass: 'x', ingress: ['192.0.2.7'] })] },
  ],
  ['SharingKeysDiffer', { ...shared('k'), ports }, holder(ask({ 'allow-shared-ip': 'l' }))],
  [
    'SharingBackendsDiffer',
    { ...shared('k'), externalTrafficPolicy: 'Local' },
    holder(ask({ 'allow-shared-ip': 'k' })),
  ],
  ['SharedPortInUse', { ...shared('k'), ports }, holder(ask({ 'allow-shared-ip': 'k' }))],
  ['SecondFamilyMissing', { ...prefer }, { pools: [pool('lan', v4)] }],
  ['AwaitingController', {}],
]

/** Told elsewhere. */
const others: Readonly<Partial<Record<Reason, string>>> = {
  NotLoadBalancer: 'nothing is wrong: herald explain says that it is not ours',
  OtherLoadBalancerClass: 'herald status counts such Services; herald explain says it',
  InvalidService: 'the case below',
  AddressResting: 'reconcilers/releases.test.ts',
  RequestChanged: 'an event: nothing is wrong any more',
}

function printed(of: Snapshot): { readonly explanation: string; readonly status: string } {
  const leases = { nowMs: of.takenAt, speakers: [] }
  const report = statusReport({ snapshot: of, reports: [], leases, configurations: [] })
  const explanation = explainService(of, 'default/web')
  return {
    explanation: explanation === undefined ? '' : formatExplanation(explanation),
    status: formatStatus(report),
  }
}

describe('what the commands say of a Service without the address that it wants', () => {
  for (const [reason, changes, around = {}] of cases) {
    it(`${reason}, with its cure`, () => {
      const { services = [], ...rest } = around
      const web = service('web', changes)
      const of = snapshot({ pools: [pool('lan', both)], ...rest, services: [...services, web] })
      const { explanation, status } = printed(of)
      expect(explanation).to.include(`cure of ${reason}: ${reasons[reason].cure}`)
      expect(status).to.match(new RegExp(`^default/web .*\\b${reason}\\b`, 'm'))
      expect(status).to.include(`    ${reason}: `)
    })
  }

  it('InvalidService, with its cure', () => {
    const web = service('web')
    const objections = [{ field: 'spec.ports', value: '"eighty"', message: 'must be a list' }]
    const { namespace, name } = web
    const flawed = { kind: serviceKind, namespace, name, service: web, objections }
    const { explanation, status } = printed(snapshot({ pools: [pool('lan', v4)], flawedServices: [flawed] }))
    expect(explanation).to.include(`cure of InvalidService: ${reasons.InvalidService.cure}`)
    expect(status).to.include('InvalidService: ')
  })

  it('whatever the reason is: each of the table is here', () => {
    const told = new Set<string>([...cases.map(([reason]) => reason), ...Object.keys(others)])
    expect(Object.keys(allocationReasons).filter((reason) => !told.has(reason))).to.deep.equal([])
  })
})

const exclude = 'node.kubernetes.io/exclude-from-external-load-balancers'
const local = { externalTrafficPolicy: 'Local' } as const

const silences: readonly Case[] = [
  ['NoSelector', { selector: {} }, { endpoints: new Map() }],
  ['NoEndpointSlices', {}, { endpoints: new Map() }],
  ['NoServingEndpoint', {}, { endpoints: new Map([['default/web', [endpoint('node-a', false)]]]) }],
  [
    'NoEndpointForPort',
    { ports },
    { endpoints: new Map([['default/web', [{ ...endpoint('node-a'), ports: [] }]]]) },
  ],
  ['EndpointsWithoutNode', local, { endpoints: new Map([['default/web', [endpoint()]]]) }],
  ['NoLocalEndpoint', local, { endpoints: new Map([['default/web', [endpoint('node-b')]]]) }],
  ['NoAdvertisement', {}, { l2Advertisements: [] }],
  ['NoSpeaker', {}, { speakers: [] }],
  [
    'NoNodeSelected',
    {},
    { l2Advertisements: [advertisement('all', { nodeSelectors: [{ matchLabels: { a: 'b' } }] })] },
  ],
  ['NodesExcluded', {}, { nodes: [node('node-a', { labels: { [exclude]: '' } })] }],
  ['NoPeer', {}, { l2Advertisements: [], bgpAdvertisements: [bgpAdvertisement('all')] }],
  [
    'NoSession',
    {},
    {
      l2Advertisements: [],
      bgpAdvertisements: [bgpAdvertisement('all')],
      bgpPeers: [bgpPeer('tor')],
      configurationStates: [],
    },
  ],
  ['NoInterface', {}, { l2Advertisements: [advertisement('all', { interfaces: ['eth9'] })] }],
]

/** Told elsewhere. */
const otherSilences: Readonly<Partial<Record<Reason, string>>> = {
  NoAddress: 'its cure is that of the reason why it has none',
  NoBGPAdvertisement: 'a Service that nobody announces says NoAdvertisement; reconcilers/routes.test.ts',
  SharedAddressElsewhere: 'reconcilers/l2-party.test.ts',
  AwaitingSpeaker: 'it passes by itself',
}

describe('what the commands say of a Service that nobody announces', () => {
  for (const [reason, changes, around = {}] of silences) {
    it(`${reason}, with its cure`, () => {
      const services = [assigned(service('web', changes), ['192.0.2.7'], 'lan')]
      const l2Advertisements = [advertisement('all')]
      const of = cluster(['node-a'], { pools: [pool('lan', v4)], l2Advertisements, services, ...around })
      const { explanation, status } = printed({ ...of, takenAt: of.takenAt + 60_000 })
      expect(explanation).to.include(`cure of ${reason}: ${reasons[reason].cure}`)
      expect(status).to.match(new RegExp(`^default/web .*\\b${reason}\\b`, 'm'))
      expect(status).to.include(`    ${reason}: `)
    })
  }

  it('whatever the reason is: each of the table is here', () => {
    const told = new Set<string>([...silences.map(([reason]) => reason), ...Object.keys(otherSilences)])
    expect(Object.keys(announcementReasons).filter((reason) => !told.has(reason))).to.deep.equal([])
  })
})
