// What `herald explain service` has to say: every check, per pool and per node.
import { expect } from 'chai'
import {
  advertisement,
  assigned,
  cluster,
  endpoint,
  node,
  pool,
  service,
  snapshot,
  speaker,
} from '../test/support/snapshots.ts'
import type { Explanation, Finding } from './explain.ts'
import { explainService } from './explain.ts'

function objections(findings: readonly Finding[] = []): readonly string[] {
  return findings.flatMap(({ verdict }) => verdict?.reason ?? [])
}

function nodeReasons(explanation: Explanation | undefined): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    (explanation?.announcement.nodes ?? []).map(({ name, findings }) => [name, objections(findings)]),
  )
}

describe('an explanation', () => {
  it('of a Service that is not there is none', () => {
    expect(explainService(snapshot(), 'default/web')).to.equal(undefined)
  })

  it('says of each pool why it gives nothing', () => {
    const of = snapshot({
      pools: [
        pool('manual', ['198.51.100.0/24'], { autoAssign: false }),
        pool('six', ['2001:db8::/64']),
        pool('full', ['192.0.2.1/32']),
        pool('bad', ['x']),
      ],
      services: [assigned(service('other'), ['192.0.2.1'], 'full'), service('web')],
    })
    const explanation = explainService(of, 'default/web')
    const pools = explanation?.allocation.pools.map(({ name, findings }) => [name, objections(findings)])
    expect(pools).to.deep.equal([
      ['bad', ['PoolInvalid', 'FamilyNotInPool', 'PoolExhausted']],
      ['full', ['PoolExhausted']],
      ['manual', ['PoolNotAutomatic']],
      ['six', ['FamilyNotInPool', 'PoolExhausted']],
    ])
    expect(explanation?.plan.state).to.equal('pending')
  })

  it('looks at the pool and the address that the Service asks for', () => {
    const annotations = { 'metallb.io/address-pool': 'a', 'metallb.io/loadBalancerIPs': '198.51.100.1' }
    const of = snapshot({
      pools: [pool('a', ['192.0.2.0/24']), pool('b', ['198.51.100.0/24'])],
      services: [service('web', { annotations })],
    })
    const explanation = explainService(of, 'default/web')
    expect(explanation?.allocation.pools.map(({ name }) => name)).to.deep.equal(['a'])
    expect(objections(explanation?.allocation.addresses[0]?.findings)).to.deep.equal([
      'AddressNotInRequestedPool',
    ])
  })

  it('says that the pool it names is unknown', () => {
    const of = snapshot({ services: [service('web', { annotations: { 'metallb.io/address-pool': 'x' } })] })
    expect(objections(explainService(of, 'default/web')?.allocation.findings)).to.deep.equal(['UnknownPool'])
  })

  it('does not hold its own address against it', () => {
    const annotations = { 'metallb.io/loadBalancerIPs': '192.0.2.1' }
    const services = [assigned(service('web', { annotations }), ['192.0.2.1'], 'a')]
    const explanation = explainService(
      snapshot({ pools: [pool('a', ['192.0.2.1/32'])], services }),
      'default/web',
    )
    expect(objections(explanation?.allocation.pools[0]?.findings)).to.deep.equal([])
    expect(objections(explanation?.allocation.addresses[0]?.findings)).to.deep.equal([])
  })

  it('ranks the nodes that may announce and says of the others why they may not', () => {
    const names = ['node-a', 'node-b', 'node-c', 'node-d', 'node-e']
    const services = [assigned(service('web', { externalTrafficPolicy: 'Local' }), ['192.0.2.7'], 'a')]
    const of = cluster(names, {
      pools: [pool('a', ['192.0.2.0/24'])],
      l2Advertisements: [
        advertisement('lan', { interfaces: ['eth0'] }),
        advertisement('other', { ipAddressPools: ['b'] }),
      ],
      services,
      nodes: names
        .filter((name) => name !== 'node-e')
        .map((name) => node(name, { networkUnavailable: name === 'node-d' })),
      speakers: names.map((name) => speaker(name, name === 'node-c' ? ['wlan0'] : ['eth0'])),
      endpoints: new Map([['default/web', names.slice(1).map((name) => endpoint(name))]]),
    })
    const explanation = explainService(of, 'default/web')
    expect(explanation?.announcement.owner).to.equal('node-b')
    expect(nodeReasons(explanation)).to.deep.equal({
      'node-a': ['NoEndpointOnNode', 'LostElection'],
      'node-b': [],
      'node-c': ['InterfaceNotOnNode', 'LostElection'],
      'node-d': ['NetworkUnavailable', 'LostElection'],
      'node-e': ['NodeGone', 'LostElection'],
    })
    expect(explanation?.announcement.nodes[1]).to.deep.include({ rank: 1, weight: 0, interfaces: ['eth0'] })
    const covering = explanation?.announcement.advertisements.map(({ name, findings }) => [
      name,
      objections(findings),
    ])
    expect(covering).to.deep.equal([
      ['lan', []],
      ['other', ['NoAdvertisement']],
    ])
  })

  it('says why nobody announces, in the words of the plan', () => {
    const of = cluster(['node-a'], {
      pools: [pool('a', ['192.0.2.0/24'])],
      services: [assigned(service('web'), ['192.0.2.7'], 'a')],
    })
    expect(explainService(of, 'default/web')?.announcement.verdict?.reason).to.equal('NoAdvertisement')
  })

  it('names the nodes that say that they announce', () => {
    const of = snapshot({ services: [service('web')] })
    const report = {
      name: 'l2-x',
      namespace: 'metallb-system',
      node: 'node-a',
      serviceName: 'web',
      serviceNamespace: 'default',
      interfaces: [],
    }
    expect(explainService(of, 'default/web', [report])?.announcement.reported).to.deep.equal(['node-a'])
  })
})
