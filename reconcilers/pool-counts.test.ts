// What pools count, and what they say is wrong with them.
import { expect } from 'chai'
import { assigned, at, pool, service, snapshot } from '../test/support/snapshots.ts'
import { ask, both } from '../test/support/told.ts'
import { planController } from './plan.ts'

describe('what pools count', () => {
  it('a shared address counts once, and what others have counts as gone', () => {
    const shared = ask({ 'allow-shared-ip': 'k' })
    const services = [
      service('one', { ...shared, ports: [{ name: '', protocol: 'TCP', port: 1 }] }),
      service('two', { ...shared, ports: [{ name: '', protocol: 'TCP', port: 2 }] }),
      assigned(service('three'), ['192.0.2.3'], 'a'),
      service('stranger', { loadBalancerClass: 'x', ingress: ['192.0.2.200'] }),
    ]
    const plan = planController(snapshot({ pools: [pool('a', both)], services })).pools.get('a')
    expect(plan?.assignedIPv4).to.equal(2n)
    expect(plan?.availableIPv4).to.equal(253n)
    expect(plan?.assignedIPv6).to.equal(0n)
    expect(plan?.availableIPv6).to.equal(2n ** 64n)
  })

  it('a pool tells of its overlap, of what is invalid in it, and that Services wait for it', () => {
    const pools = [
      pool('old', ['192.0.2.0/32']),
      pool('young', ['192.0.2.0/32'], { createdAt: at(1) }),
      pool('bad', ['nonsense'], { createdAt: at(2) }),
    ]
    const plan = planController(snapshot({ pools, services: [service('a'), service('b')] })).pools
    const reasons = (name: string) => ({
      verdicts: plan.get(name)?.verdicts.map(({ reason }) => reason),
      warnings: plan.get(name)?.warnings.map(({ reason }) => reason),
    })
    expect(reasons('old')).to.deep.equal({ verdicts: [], warnings: ['OverlappingPools', 'PoolFull'] })
    expect(reasons('young').verdicts).to.deep.equal(['NoAddressLeft'])
    expect(reasons('bad').verdicts).to.deep.equal(['InvalidSpec'])
    expect(plan.get('young')?.warnings[0]?.message).to.contain('old and young')
  })
})
