// What is written to the cluster: addresses, annotations, conditions, counters.
import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Service } from '../crds/core.ts'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import { anySnapshot } from '../test/support/snapshot-arbitraries.ts'
import {
  advertisement,
  assigned,
  at,
  cluster,
  condition,
  epoch,
  pool,
  service,
  snapshot,
} from '../test/support/snapshots.ts'
import { announcementsIn } from './announced.ts'
import { l2StatusName } from './l2-status.ts'
import { planController } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { StatusObject } from './status.ts'
import { controllerStatuses } from './status.ts'

const later = Date.parse(epoch) + 60_000
const pools = [pool('a', ['192.0.2.0/24'])]

function report(node: string, key = 'default/web', interfaces: readonly string[] = []): ServiceL2Status {
  const [serviceNamespace = '', serviceName = ''] = key.split('/')
  return {
    name: l2StatusName(node, key),
    namespace: 'metallb-system',
    node,
    serviceName,
    serviceNamespace,
    interfaces,
  }
}

function statuses(of: Snapshot, reports: readonly ServiceL2Status[] = []): readonly StatusObject[] {
  const plan = planController(of)
  return controllerStatuses(of, plan, announcementsIn(of, plan, reports))
}

function statusOf(
  of: Snapshot,
  name: string,
  reports: readonly ServiceL2Status[] = [],
): StatusObject | undefined {
  return statuses(of, reports).find((one) => one.name === name)
}

function conditionsOf(status: StatusObject | undefined): readonly string[] {
  return (status?.conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is} ${reason}`)
}

describe('the status of a Service', () => {
  it('the first write has the addresses, the pool and the condition Allocated, and is urgent', () => {
    const of = cluster(['node-a'], {
      pools,
      services: [service('web')],
      l2Advertisements: [advertisement('all')],
    })
    expect(statusOf(of, 'web')).to.deep.equal({
      kind: { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true },
      namespace: 'default',
      name: 'web',
      uid: 'uid-default-web',
      part: 'status',
      urgent: true,
      annotations: { 'metallb.io/ip-allocated-from-pool': 'a' },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.0', ipMode: 'VIP' }] } },
      conditions: [
        {
          type: 'metallb.io/Allocated',
          status: 'True',
          reason: 'Allocated',
          message: '192.0.2.0 from pool a',
        },
      ],
    })
  })

  it('the second one, when a speaker has reported, says who announces; it is not urgent', () => {
    const services = [assigned(service('web'), ['192.0.2.0'], 'a')]
    const of = cluster(['node-a'], { pools, services, l2Advertisements: [advertisement('all')] })
    expect(conditionsOf(statusOf(of, 'web'))).to.deep.equal(['metallb.io/Allocated=True Allocated'])
    const told = statusOf(of, 'web', [report('node-a', 'default/web', ['eth1', 'eth0'])])
    expect(told?.urgent).to.equal(false)
    expect(conditionsOf(told)).to.deep.equal([
      'metallb.io/Allocated=True Allocated',
      'metallb.io/Announced=True Announced',
    ])
    expect(told?.conditions?.[1]?.message).to.equal('node node-a announces by ARP and NDP on eth0, eth1')
  })

  it('what lasts is told: a Service that nobody announces says why, once it is three seconds old', () => {
    const services = [assigned(service('web'), ['192.0.2.0'], 'a')]
    const of = cluster(['node-a'], { pools, services })
    expect(planController(of).wakeAt).to.equal(Date.parse(epoch) + 3_000)
    expect(conditionsOf(statusOf({ ...of, takenAt: later }, 'web'))[1]).to.equal(
      'metallb.io/Announced=False NoAdvertisement',
    )
    expect(planController({ ...of, takenAt: later }).wakeAt).to.equal(undefined)
  })

  it('reports of speakers that are dead do not count', () => {
    const services = [assigned(service('web'), ['192.0.2.0'], 'a')]
    const l2Advertisements = [advertisement('all')]
    const of = { ...cluster(['node-a'], { pools, services, l2Advertisements }), takenAt: later }
    expect(conditionsOf(statusOf(of, 'web', [report('node-dead')]))[1]).to.equal(
      'metallb.io/Announced=False AwaitingSpeaker',
    )
  })

  it('while an address moves the elected node counts', () => {
    const services = [assigned(service('web'), ['192.0.2.7'], 'a')]
    const of = cluster(['node-a', 'node-b'], { pools, services, l2Advertisements: [advertisement('all')] })
    const told = statusOf(of, 'web', [report('node-b'), report('node-a')])
    expect(told?.conditions?.[1]?.message).to.contain('node node-a')
  })

  it('a Service that waits says why, and nothing else is written on it', () => {
    const status = statusOf(snapshot({ services: [service('web')] }), 'web')
    expect(conditionsOf(status)).to.deep.equal(['metallb.io/Allocated=False NoPools'])
    expect(status?.status).to.deep.equal({})
    expect(status?.annotations).to.deep.equal({})
    expect(status?.urgent).to.equal(false)
  })

  it('a wish unfulfilled is the reason of the condition, which stays True', () => {
    const one = assigned(service('web', { loadBalancerIP: '203.0.113.9' }), ['192.0.2.0'], 'a')
    const status = statusOf(snapshot({ pools, services: [one] }), 'web')
    expect(conditionsOf(status)).to.deep.equal(['metallb.io/Allocated=True AddressOutsidePools'])
    expect(status?.conditions?.[0]?.message).to.equal('192.0.2.0 from pool a; 203.0.113.9 is in no pool')
  })

  it('a release writes an explicit empty list, takes the annotation away under either name, and our conditions', () => {
    const one = assigned(service('web', { type: 'ClusterIP' }), ['192.0.2.0'], 'a')
    const old = {
      ...one,
      annotations: { ...one.annotations, 'metallb.universe.tf/ip-allocated-from-pool': 'a' },
    }
    const status = statusOf(snapshot({ pools, services: [old] }), 'web')
    expect(status?.status).to.deep.equal({ loadBalancer: { ingress: [] } })
    expect(status?.annotations).to.deep.equal({
      'metallb.io/ip-allocated-from-pool': null,
      'metallb.universe.tf/ip-allocated-from-pool': null,
    })
    expect(status?.conditions).to.deep.equal([])
    expect(status?.urgent).to.equal(true)
  })

  it('an address that cannot stay and is not replaced is cleared by an explicit empty list', () => {
    const one = assigned(service('web'), ['203.0.113.1'], 'a')
    const status = statusOf(snapshot({ services: [one] }), 'web')
    expect(status?.status).to.deep.equal({ loadBalancer: { ingress: [] } })
    expect(conditionsOf(status)).to.deep.equal(['metallb.io/Allocated=False NoPools'])
  })

  it('nothing is written on a Service of another load balancer', () => {
    const services = [
      service('other', { loadBalancerClass: 'x', ingress: ['192.0.2.9'] }),
      service('cluster-ip', { type: 'ClusterIP' }),
    ]
    const names = statuses(snapshot({ pools, services })).map(({ name }) => name)
    expect(names).to.not.include.members(['other'])
    expect(names).to.not.include.members(['cluster-ip'])
  })

  it('a Service that cannot be read is told so, if it is ours', () => {
    const flawed = (name: string, changes: Partial<Service>) => ({
      kind: { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true },
      namespace: 'default',
      name,
      service: service(name, changes),
      objections: [{ field: 'spec.ports[0].protocol', value: '"QUIC"', message: 'must be TCP, UDP or SCTP' }],
    })
    const flawedServices = [flawed('web', {}), flawed('other', { loadBalancerClass: 'x' })]
    const of = snapshot({ flawedServices })
    expect(statusOf(of, 'web')?.conditions?.[0]).to.deep.equal({
      type: 'metallb.io/Allocated',
      status: 'False',
      reason: 'InvalidService',
      message: 'spec.ports[0].protocol "QUIC": must be TCP, UDP or SCTP',
    })
    expect(statusOf(of, 'other')).to.equal(undefined)
  })
})

describe('the status of pools and advertisements', () => {
  it('a valid pool is Ready and counts', () => {
    const of = snapshot({
      pools: [pool('a', ['192.0.2.0/24', '2001:db8::/64'])],
      services: [assigned(service('web'), ['192.0.2.0'], 'a')],
    })
    const status = statusOf(of, 'a')
    expect(status?.status).to.deep.equal({
      observedGeneration: 1,
      assignedIPv4: 1,
      assignedIPv6: 0,
      availableIPv4: 255,
      availableIPv6: 9223372036854774784,
    })
    expect(status?.conditions).to.deep.equal([
      {
        type: 'Ready',
        status: 'True',
        reason: 'Valid',
        message: 'the object is in use',
        observedGeneration: 1,
      },
    ])
  })

  it('an invalid pool is not Ready, is Stalled, and says each thing that is wrong', () => {
    const status = statusOf(snapshot({ pools: [pool('a', ['192.0.2.0/240', 'nonsense'])] }), 'a')
    expect(conditionsOf(status)).to.deep.equal(['Ready=False InvalidSpec', 'Stalled=True InvalidSpec'])
    expect(status?.conditions?.[0]?.message)
      .to.contain('spec.addresses[0]')
      .and.to.contain('spec.addresses[1]')
  })

  it('10,000 bad entries fit in a message', () => {
    const status = statusOf(
      snapshot({
        pools: [
          pool(
            'a',
            Array.from({ length: 10_000 }, () => 'x'),
          ),
        ],
      }),
      'a',
    )
    expect(status?.conditions?.[0]?.message).to.have.lengthOf(32_768)
  })

  it('pools that overlap are Ready, and each says so of both', () => {
    const both = [
      pool('old', ['192.0.2.0/24']),
      pool('young', ['192.0.2.128-192.0.3.9'], { createdAt: at(5) }),
    ]
    for (const name of ['old', 'young']) {
      const status = statusOf(snapshot({ pools: both }), name)
      expect(conditionsOf(status)).to.deep.equal(['Ready=True OverlappingPools'])
      expect(status?.conditions?.[0]?.message).to.equal(
        'pools old and young both hold 192.0.2.128/25; old is the older one and keeps it',
      )
    }
  })

  const advertisements: readonly (readonly [
    title: string,
    spec: Record<string, unknown>,
    expected: readonly string[],
  ])[] = [
    ['without any choice', {}, ['Ready=True Valid']],
    ['with an unknown pool beside a known one', { ipAddressPools: ['a', 'x'] }, ['Ready=True UnknownPool']],
    [
      'with unknown pools only',
      { ipAddressPools: ['x'] },
      ['Ready=False NoPoolSelected', 'Reconciling=True NoPoolSelected'],
    ],
    ['with an unknown interface', { interfaces: ['eth9'] }, ['Ready=True UnknownInterface']],
    ['that selects no node', { nodeSelectors: [{ matchLabels: { x: 'y' } }] }, ['Ready=True NoNodeSelected']],
    [
      'with a selector that cannot be read',
      { nodeSelectors: [{ matchExpressions: [{ key: 'x', operator: 'Like' }] }] },
      ['Ready=False InvalidSpec', 'Stalled=True InvalidSpec'],
    ],
  ]
  for (const [title, spec, expected] of advertisements) {
    it(`an advertisement ${title}: ${expected.join(', ')}`, () => {
      const of = cluster(['node-a'], { pools, l2Advertisements: [advertisement('one', spec)] })
      expect(conditionsOf(statusOf(of, 'one'))).to.deep.equal(expected)
    })
  }
})

describe('the ConfigurationState of the controller', () => {
  it('is Valid without anything wrong, in MetalLB words', () => {
    expect(statusOf(snapshot({ pools }), 'controller')).to.deep.include({
      labels: { 'metallb.io/component-type': 'controller' },
      part: 'object',
      status: { result: 'Valid', errorSummary: '' },
      conditions: [{ type: 'poolReconcilerValid', status: 'True', reason: 'Reconciled', message: '' }],
    })
  })

  it('is Invalid with a line for each thing that is wrong', () => {
    const status = statusOf(snapshot({ pools: [pool('a', ['x', 'y'])] }), 'controller')
    expect(status?.status['result']).to.equal('Invalid')
    expect(status?.status['errorSummary']).to.match(/^IPAddressPool a: .*\nIPAddressPool a: .*$/)
    expect(conditionsOf(status)).to.deep.equal(['poolReconcilerValid=False ConfigurationError'])
  })
})

describe('invariants of statuses', () => {
  it('statuses written twice are one write', () => {
    fc.assert(
      fc.property(anySnapshot, (of) => {
        let current = { ...of, takenAt: later }
        for (let round = 0; round < 10; round++) {
          const written = statuses(current)
          const next = writtenTo(current, written)
          if (sameServices(current, next)) {
            expect(statuses(next)).to.deep.equal(written)
            return
          }
          current = next
        }
        throw new Error('the writes do not come to rest')
      }),
    )
  })
})

function writtenTo(of: Snapshot, written: readonly StatusObject[]): Snapshot {
  const services = of.services.map((one): Service => {
    const wish = written.find(
      ({ kind, namespace, name }) => kind.kind === 'Service' && `${namespace}/${name}` === one.key,
    )
    if (wish === undefined) return one
    const annotations = Object.fromEntries(
      Object.entries({ ...one.annotations, ...wish.annotations }).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      ),
    )
    const loadBalancer = JSON.stringify(wish.status['loadBalancer'] ?? null)
    const ips = [...loadBalancer.matchAll(/"ip":"([^"]+)"/g)].flatMap((match) => match[1] ?? [])
    const ingress = loadBalancer === 'null' ? one.ingress : ips
    const conditions = (wish.conditions ?? []).map(({ type, ...fields }) => condition(type, fields))
    return { ...one, annotations, ingress, conditions }
  })
  return { ...of, services }
}

function sameServices(a: Snapshot, b: Snapshot): boolean {
  return JSON.stringify(a.services) === JSON.stringify(b.services)
}
