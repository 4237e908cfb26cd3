// What a pool keeps back: excluded addresses, a pause, a quota of each namespace.
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import { assigned, at, pool, service, snapshot } from '../test/support/snapshots.ts'
import { ask, both, planOf, plans, prefer, requireBoth, v4, v6 } from '../test/support/told.ts'
import { planController } from './plan.ts'
import type { Snapshot } from './snapshot.ts'

function messageOf(changes: Partial<Snapshot>, name: string): string {
  const plan = planController(snapshot(changes)).services.get(`default/${name}`)
  return (plan !== undefined && 'verdict' in plan ? plan.verdict?.message : undefined) ?? ''
}

function port(number: number): Pick<Service, 'ports'> {
  return { ports: [{ name: '', protocol: 'TCP', port: number }] }
}

describe('excluded addresses', () => {
  const without = (...excludeAddresses: readonly string[]) => [pool('a', both, { excludeAddresses })]

  it('are never given anew, of both families, however many they are', () => {
    expect(planOf(service('web', prefer), without('192.0.2.0-192.0.2.6', '2001:db8::/80'))).to.equal(
      'a 192.0.2.7 2001:db8:0:0:1::',
    )
  })

  it('may overlap, and a pool of which all is excluded has none left', () => {
    const pools = [pool('a', v4, { excludeAddresses: ['192.0.2.0/25', '192.0.2.64-192.0.2.255'] })]
    expect(planOf(service('web'), pools)).to.equal('pending PoolExhausted')
    const plan = planController(snapshot({ pools })).pools.get('a')
    expect(plan?.availableIPv4).to.equal(0n)
    expect(plan?.verdicts.map(({ reason }) => reason)).to.deep.equal(['NoAddressLeft'])
  })

  it('are refused to those who ask for them', () => {
    expect(planOf(service('web', ask({ loadBalancerIPs: '192.0.2.1' })), without('192.0.2.1/32'))).to.equal(
      'pending AddressExcluded',
    )
  })

  it('stay with those who have them, and it is said', () => {
    const pools = without('192.0.2.1/32')
    const one = assigned(service('web'), ['192.0.2.1'], 'a')
    expect(planOf(one, pools)).to.equal('a 192.0.2.1 !AddressExcluded')
    expect(messageOf({ pools, services: [one] }, 'web')).to.equal(
      '192.0.2.1 is in spec.excludeAddresses of pool a; the Service keeps it until it wants another',
    )
  })

  it('hinder nobody who has one and asks for a second address beside it', () => {
    const wish = ask({ loadBalancerIPs: '192.0.2.1,2001:db8::1' })
    const one = assigned(service('web', { ...requireBoth, ...wish }), ['192.0.2.1'], 'a')
    expect(planOf(one, without('192.0.2.1/32'))).to.equal('a 192.0.2.1 2001:db8::1 !AddressExcluded')
  })

  it('are not shared with one more Service', () => {
    const key = ask({ 'allow-shared-ip': 'k' })
    const services = [
      assigned(service('one', { ...key, ...port(1) }), ['192.0.2.1'], 'a'),
      service('two', { ...key, ...port(2) }),
    ]
    expect(plans({ pools: without('192.0.2.0/31'), services })['two']).to.equal('a 192.0.2.2')
  })

  it('count as assigned where they stand, and never as free', () => {
    const services = [
      assigned(service('in'), ['192.0.2.1'], 'a'),
      assigned(service('out'), ['192.0.2.99'], 'a'),
    ]
    const plan = planController(snapshot({ pools: without('192.0.2.0/28'), services })).pools.get('a')
    expect(plan?.assignedIPv4).to.equal(2n)
    expect(plan?.availableIPv4).to.equal(239n)
  })

  it('that are none of the pool are warned of: nothing is excluded by them', () => {
    const plan = planController(snapshot({ pools: without('192.0.2.1/32', '192.0.3.1/32') })).pools.get('a')
    expect(plan?.verdicts).to.deep.equal([])
    expect(plan?.warnings).to.deep.equal([
      {
        reason: 'ExclusionOutsidePool',
        message: 'spec.excludeAddresses[1] 192.0.3.1/32 holds no address of pool a',
      },
    ])
  })

  it('that cannot be read stop the pool, and it keeps what it gave', () => {
    const pools = [pool('a', v4, { excludeAddresses: ['192.0.2.1'] })]
    expect(planOf(service('web'), pools)).to.equal('pending PoolInvalid')
    expect(planOf(assigned(service('web'), ['192.0.2.1'], 'a'), pools)).to.equal('a 192.0.2.1')
  })
})

describe('a paused pool', () => {
  const paused = [pool('a', both, { paused: true })]

  it('keeps what is assigned and assigns nothing new, asked for or not', () => {
    const services = [
      assigned(service('old'), ['192.0.2.7'], 'a'),
      service('new'),
      service('asking', ask({ loadBalancerIPs: '192.0.2.9' })),
      service('naming', ask({ 'address-pool': 'a' })),
    ]
    expect(plans({ pools: paused, services })).to.deep.equal({
      old: 'a 192.0.2.7',
      new: 'pending PoolPaused',
      asking: 'pending PoolPaused',
      naming: 'pending PoolPaused',
    })
    const plan = planController(snapshot({ pools: paused, services })).pools.get('a')
    expect(plan?.verdicts).to.deep.equal([])
    expect(plan?.warnings.map(({ reason }) => reason)).to.deep.equal(['PoolPaused'])
  })

  it('gives no second family, no shared address, and says so', () => {
    const one = assigned(service('web', prefer), ['192.0.2.7'], 'a')
    expect(planOf(one, paused)).to.equal('a 192.0.2.7 !SecondFamilyMissing')
    expect(messageOf({ pools: paused, services: [one] }, 'web')).to.contain('pool a has paused: true')
    const key = ask({ 'allow-shared-ip': 'k' })
    const services = [
      assigned(service('one', { ...key, ...port(1) }), ['192.0.2.1'], 'a'),
      service('two', { ...key, ...port(2) }),
    ]
    expect(plans({ pools: paused, services })['two']).to.equal('pending PoolPaused')
  })

  it('is passed over for the next one', () => {
    const pools = [...paused, pool('b', ['198.51.100.0/24'], { createdAt: at(1) })]
    expect(planOf(service('web'), pools)).to.equal('b 198.51.100.0')
  })
})

describe('the quota of a namespace', () => {
  const limited = (perNamespace: number, addresses: readonly string[] = both) => [
    pool('a', addresses, { quota: { perNamespace } }),
  ]

  it('holds for each namespace and family, oldest first, and names the numbers', () => {
    const services = [
      assigned(service('old'), ['192.0.2.7'], 'a'),
      service('both', { ...requireBoth, createdAt: at(1) }),
      service('six', { clusterIPs: ['fd00::1'], createdAt: at(2) }),
      service('late', { createdAt: at(3) }),
      service('other', { namespace: 'prod', createdAt: at(4) }),
    ]
    const pools = limited(2)
    expect(plans({ pools, services })).to.deep.equal({
      old: 'a 192.0.2.7',
      both: 'a 192.0.2.0 2001:db8::',
      six: 'a 2001:db8::1',
      late: 'pending QuotaExceeded',
      'prod/other': 'a 192.0.2.1',
    })
    expect(messageOf({ pools, services }, 'late')).to.equal(
      'the Services of namespace default have 2 IPv4 addresses of pool a, whose spec.quota.perNamespace is 2',
    )
  })

  it('counts a shared address once, and lets one more Service share it', () => {
    const key = ask({ 'allow-shared-ip': 'k' })
    const services = [1, 2, 3].map((number) => service(`s${number}`, { ...key, ...port(number) }))
    expect(plans({ pools: limited(1), services })).to.deep.equal({
      s1: 'a 192.0.2.0',
      s2: 'a 192.0.2.0',
      s3: 'a 192.0.2.0',
    })
  })

  it('counts an address that another namespace shares', () => {
    const key = ask({ 'allow-shared-ip': 'k' })
    const services = [
      assigned(service('mine'), ['192.0.2.9'], 'a'),
      assigned(service('theirs', { ...key, ...port(1), namespace: 'prod' }), ['192.0.2.1'], 'a'),
      service('sharing', { ...key, ...port(2) }),
    ]
    expect(plans({ pools: limited(1), services })['sharing']).to.equal('pending QuotaExceeded')
    expect(plans({ pools: limited(2), services })['sharing']).to.equal('a 192.0.2.1')
  })

  it('does not hinder a Service that leaves one address for another', () => {
    const one = assigned(service('web', ask({ loadBalancerIPs: '192.0.2.9' })), ['192.0.2.7'], 'a')
    expect(planOf(one, limited(1))).to.equal('a 192.0.2.9 -192.0.2.7 RequestChanged')
    const other = assigned(service('other'), ['192.0.2.1'], 'a')
    expect(plans({ pools: limited(1), services: [other, one] })['web']).to.equal('a 192.0.2.7 !QuotaExceeded')
  })

  it('takes nothing away from those that have more', () => {
    const services = [7, 8, 9].map((last) => assigned(service(`s${last}`), [`192.0.2.${last}`], 'a'))
    expect(Object.values(plans({ pools: limited(1), services }))).to.deep.equal([
      'a 192.0.2.7',
      'a 192.0.2.8',
      'a 192.0.2.9',
    ])
  })

  it('sends a Service to the next pool, and with PreferDualStack to the other family', () => {
    const taken = assigned(service('old'), ['192.0.2.7'], 'a')
    const pools = [...limited(1, v4), pool('b', v6, { createdAt: at(1) })]
    const services = [taken, service('web', prefer)]
    expect(plans({ pools, services })['web']).to.equal('b 2001:db8:: !SecondFamilyMissing')
  })
})
