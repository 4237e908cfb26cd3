// What is written on Services.
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import { lanPools } from '../test/support/l2-scene.ts'
import { advertisement, assigned, cluster, epoch, service, snapshot } from '../test/support/snapshots.ts'
import { conditionsOf, later, report, statusOf, statuses } from '../test/support/statuses.ts'
import { planController } from './plan.ts'
import type { ServicePlan } from './plan.ts'
import { startStatuses } from './service-status.ts'

describe('the status of a Service', () => {
  it('the first write has the addresses, the pool and the condition Allocated, and is urgent', () => {
    const of = cluster(['node-a'], {
      pools: lanPools,
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
    const of = cluster(['node-a'], { pools: lanPools, services, l2Advertisements: [advertisement('all')] })
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
    const of = cluster(['node-a'], { pools: lanPools, services })
    expect(planController(of).wakeAt).to.equal(Date.parse(epoch) + 3_000)
    expect(conditionsOf(statusOf({ ...of, takenAt: later }, 'web'))[1]).to.equal(
      'metallb.io/Announced=False NoAdvertisement',
    )
    expect(planController({ ...of, takenAt: later }).wakeAt).to.equal(undefined)
  })

  it('reports of speakers that are dead do not count', () => {
    const services = [assigned(service('web'), ['192.0.2.0'], 'a')]
    const l2Advertisements = [advertisement('all')]
    const of = { ...cluster(['node-a'], { pools: lanPools, services, l2Advertisements }), takenAt: later }
    expect(conditionsOf(statusOf(of, 'web', [report('node-dead')]))[1]).to.equal(
      'metallb.io/Announced=False AwaitingSpeaker',
    )
  })

  it('while an address moves the elected node counts', () => {
    const services = [assigned(service('web'), ['192.0.2.7'], 'a')]
    const of = cluster(['node-a', 'node-b'], {
      pools: lanPools,
      services,
      l2Advertisements: [advertisement('all')],
    })
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
    const status = statusOf(snapshot({ pools: lanPools, services: [one] }), 'web')
    expect(conditionsOf(status)).to.deep.equal(['metallb.io/Allocated=True AddressOutsidePools'])
    expect(status?.conditions?.[0]?.message).to.equal('192.0.2.0 from pool a; 203.0.113.9 is in no pool')
  })

  it('a release writes an explicit empty list, takes the annotation away under either name, and our conditions', () => {
    const one = assigned(service('web', { type: 'ClusterIP' }), ['192.0.2.0'], 'a')
    const old = {
      ...one,
      annotations: { ...one.annotations, 'metallb.universe.tf/ip-allocated-from-pool': 'a' },
    }
    const status = statusOf(snapshot({ pools: lanPools, services: [old] }), 'web')
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
    const names = statuses(snapshot({ pools: lanPools, services })).map(({ name }) => name)
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

  it('is made anew though making it failed the time before', () => {
    const web = service('web')
    const of = snapshot({ services: [web] })
    const before = planController(of)
    let isBroken = true
    const plan: ServicePlan = {
      state: 'assigned',
      pool: 'a',
      get addresses() {
        if (isBroken) throw new Error('a bug')
        return ['192.0.2.0']
      },
    }
    const now = { ...before, services: new Map([[web.key, plan]]) }
    const make = startStatuses()
    expect(make(of, before, new Map())[0]?.conditions?.[0]?.status).to.equal('False')
    expect(() => make(of, now, new Map())).to.throw('a bug')
    isBroken = false
    expect(make(of, now, new Map())[0]?.conditions?.[0]?.status).to.equal('True')
  })
})
