// What `herald status` has to say of pools, advertisements and Services.
import { expect } from 'chai'
import { advertisement, assigned, cluster, pool, service, snapshot } from '../test/support/snapshots.ts'
import { overviewOf } from './overview.ts'
import type { Snapshot } from './snapshot.ts'

function report(name: string, node: string, interfaces: readonly string[] = []) {
  const object = { name: `l2-${name}`, namespace: 'metallb-system' }
  return { ...object, serviceNamespace: 'default', serviceName: name, node, interfaces }
}

/** Services by name: state, who announces, and the reasons. */
function services(of: Snapshot, reports: Parameters<typeof overviewOf>[1] = []) {
  return overviewOf(of, reports).services.map(({ service: key, state, node, verdicts }) => [
    key,
    state,
    node ?? '',
    verdicts.map(({ reason }) => reason).join(),
  ])
}

const lan = { pools: [pool('lan', ['192.0.2.0/30'])], l2Advertisements: [advertisement('lan')] }
const later = { takenAt: Date.parse('2026-01-01T01:00:00Z') }

describe('an overview', () => {
  it('of nothing is empty', () => {
    expect(overviewOf(snapshot(), [])).to.deep.equal({
      pools: [],
      advertisements: [],
      routing: [],
      services: [],
      otherServices: 0,
    })
  })

  it('says who announces a Service, or why nobody does', () => {
    const of = cluster(['node-a'], {
      ...lan,
      ...later,
      services: [
        assigned(service('web'), ['192.0.2.0'], 'lan'),
        assigned(service('mail'), ['192.0.2.1'], 'lan'),
        service('asking', { annotations: { 'metallb.io/loadBalancerIPs': '198.51.100.7' } }),
      ],
    })
    expect(services(of, [report('web', 'node-a')])).to.deep.equal([
      ['default/web', 'announced', 'node-a', ''],
      ['default/mail', 'silent', '', 'AwaitingSpeaker'],
      ['default/asking', 'without-address', '', 'AddressOutsidePools'],
    ])
  })

  it('does not believe a speaker that is no more', () => {
    const of = cluster(['node-a'], {
      ...lan,
      ...later,
      services: [assigned(service('web'), ['192.0.2.0'], 'lan')],
    })
    expect(services(of, [report('web', 'node-gone')])).to.deep.equal([
      ['default/web', 'silent', '', 'AwaitingSpeaker'],
    ])
  })

  it('says that what is decided is not written, when no controller writes', () => {
    const of = cluster(['node-a'], { ...lan, ...later, services: [service('web')] })
    const [web] = overviewOf(of, []).services
    expect(web?.addresses).to.deep.equal([])
    expect(web?.verdicts).to.deep.equal([
      {
        reason: 'AwaitingController',
        message: 'the Service gets 192.0.2.0, and no controller has written that yet',
      },
    ])
  })

  it('names what a Service that must move has and gets', () => {
    const of = cluster(['node-a'], {
      ...lan,
      ...later,
      services: [assigned(service('web'), ['203.0.113.9'], 'lan')],
    })
    expect(overviewOf(of, []).services[0]?.verdicts.at(-1)?.message).to.equal(
      'the Service gets 192.0.2.0 in place of 203.0.113.9, and no controller has written that yet',
    )
  })

  it('does not call a Service silent that is too young to tell', () => {
    const of = cluster(['node-a'], {
      ...lan,
      services: [{ ...assigned(service('web'), ['192.0.2.0'], 'lan') }],
    })
    expect(services(of)).to.deep.equal([['default/web', 'untold', '', '']])
  })

  it('counts Services of other load balancers, and only those', () => {
    const of = snapshot({
      services: [service('theirs', { loadBalancerClass: 'other' }), service('inside', { type: 'ClusterIP' })],
    })
    expect(overviewOf(of, [])).to.deep.include({ services: [], otherServices: 1 })
  })

  it('says what a pool has left, and what stands against it', () => {
    const of = snapshot({
      pools: [pool('six', ['2001:db8::/64']), pool('bad', ['x'], { autoAssign: false })],
    })
    const pools = overviewOf(of, []).pools.map(({ name, free, autoAssign, ready, verdicts }) => [
      name,
      free,
      autoAssign,
      ready,
      verdicts.map(({ reason }) => reason).join(),
    ])
    expect(pools).to.have.deep.members([
      ['six', '18446744073709551616', true, true, ''],
      ['bad', '0', false, false, 'InvalidSpec'],
    ])
  })

  it('says which pools and nodes an advertisement means', () => {
    const of = cluster(['node-a', 'node-b'], {
      pools: [pool('lan', ['192.0.2.0/30']), pool('other', ['198.51.100.0/30'])],
      l2Advertisements: [
        advertisement('all'),
        advertisement('one', { ipAddressPools: ['lan'], interfaces: ['eth9'] }),
      ],
    })
    const found = overviewOf(of, []).advertisements.map(({ pools, nodes, interfaces }) => [
      pools,
      nodes,
      interfaces,
    ])
    expect(found).to.deep.equal([
      [['lan', 'other'], ['node-a', 'node-b'], 'all'],
      [['lan'], [], ['eth9']],
    ])
  })
})
