// What stands in a status stays there while some pool can hold it.
import { expect } from 'chai'
import { assigned, at, condition, pool, service } from '../test/support/snapshots.ts'
import { ask, both, planOf, plans, requireBoth, v4 } from '../test/support/told.ts'

describe('what stands stays', () => {
  it('an address found in the status is adopted, whoever wrote it, if the pools allow', () => {
    expect(planOf(service('web', { ingress: ['192.0.2.77'] }), [pool('a', v4)])).to.equal('a 192.0.2.77')
  })

  it('a Service keeps its address when its pool grows, loses autoAssign or gets another name', () => {
    const one = assigned(service('web'), ['192.0.2.7'], 'a')
    expect(planOf(one, [pool('a', ['192.0.0.0/16'])])).to.equal('a 192.0.2.7')
    expect(planOf(one, [pool('a', v4, { autoAssign: false })])).to.equal('a 192.0.2.7')
    expect(planOf(one, [pool('renamed', v4)])).to.equal('renamed 192.0.2.7')
  })

  it('what was written and is not yet seen stands', () => {
    const web = service('web')
    const written = new Map([[web.uid, ['192.0.2.9']]])
    const older = service('older', { createdAt: at(-5) })
    expect(
      plans({
        pools: [pool('a', ['192.0.2.9/32', ...v4.map(() => '192.0.2.20/32')])],
        services: [older, web],
        written,
      }),
    ).to.deep.equal({
      older: 'a 192.0.2.20',
      web: 'a 192.0.2.9',
    })
  })

  it('an address that no pool holds is cleared, and replaced in the same plan', () => {
    const one = assigned(service('web'), ['203.0.113.7'], 'gone')
    expect(planOf(one, [pool('a', v4)])).to.equal('a 192.0.2.0 -203.0.113.7 AddressOutsidePools')
    expect(planOf(one, [])).to.equal('pending NoPools -203.0.113.7 AddressOutsidePools')
  })

  it('of two addresses the one that no pool holds is replaced from the pool of the other', () => {
    const one = assigned(service('web', requireBoth), ['192.0.2.7', '2001:db8:9::7'], 'a')
    expect(planOf(one, [pool('a', both)])).to.equal(
      'a 192.0.2.7 2001:db8:: -2001:db8:9::7 AddressOutsidePools',
    )
  })

  it('an invalid pool assigns nothing new, and keeps what it has given', () => {
    const invalid = pool('a', [...v4, '198.51.100.0/240'])
    const services = [
      assigned(service('inside'), ['192.0.2.7'], 'a'),
      assigned(service('unreadable'), ['198.51.100.7'], 'a'),
      assigned(service('never'), ['203.0.113.7'], 'other'),
      service('new'),
      service('asks', ask({ 'address-pool': 'a' })),
      service('asks-address', ask({ loadBalancerIPs: '192.0.2.8' })),
    ]
    expect(plans({ pools: [invalid], services })).to.deep.equal({
      inside: 'a 192.0.2.7',
      unreadable: 'a 198.51.100.7',
      never: 'pending PoolInvalid -203.0.113.7 AddressOutsidePools',
      new: 'pending PoolInvalid',
      asks: 'pending PoolInvalid',
      'asks-address': 'pending PoolInvalid',
    })
  })

  it('a pool with a bad selector knows its addresses: what is outside of them is cleared', () => {
    const invalid = pool('a', v4, {
      serviceAllocation: { serviceSelectors: [{ matchExpressions: [{ key: 'x', operator: 'Like' }] }] },
    })
    const one = assigned(service('web'), ['198.51.100.7'], 'a')
    expect(planOf(one, [invalid])).to.equal('pending PoolInvalid -198.51.100.7 AddressOutsidePools')
    expect(planOf(assigned(service('web'), ['192.0.2.7'], 'a'), [invalid])).to.equal('a 192.0.2.7')
  })

  it('an older pool that comes to overlap moves nobody', () => {
    const one = assigned(service('web', ask({ 'address-pool': 'young' })), ['192.0.2.7'], 'young')
    const pools = [pool('old', v4), pool('young', ['192.0.2.0-192.0.3.255'], { createdAt: at(5) })]
    const kept = { ...one, annotations: { ...one.annotations, 'metallb.io/ip-allocated-from-pool': 'young' } }
    expect(planOf(kept, pools)).to.equal('young 192.0.2.7')
  })

  it('the overlap of two pools is given by the older one only', () => {
    const pools = [pool('old', ['192.0.2.0/31']), pool('young', ['192.0.2.0/30'], { createdAt: at(5) })]
    const services = ['a', 'b', 'c', 'd'].map((name) => service(name, ask({ 'address-pool': 'young' })))
    expect(plans({ pools, services })).to.deep.equal({
      a: 'young 192.0.2.2',
      b: 'young 192.0.2.3',
      c: 'pending PoolExhausted',
      d: 'pending PoolExhausted',
    })
  })

  it('an address that comes to be avoided is replaced', () => {
    const one = assigned(service('web'), ['192.0.2.0'], 'a')
    expect(planOf(one, [pool('a', v4, { avoidBuggyIPs: true })])).to.equal(
      'a 192.0.2.1 -192.0.2.0 AddressAvoided',
    )
  })

  it('a second address of one family in the status is cleared', () => {
    const one = assigned(service('web'), ['192.0.2.7', '192.0.2.8'], 'a')
    expect(planOf(one, [pool('a', v4)])).to.equal('a 192.0.2.7 -192.0.2.8 WrongFamily')
  })

  it('of two Services on one address the one that had it first keeps it, and the other moves', () => {
    const earlier = (seconds: number) => [
      condition('metallb.io/Allocated', { lastTransitionTime: at(seconds) }),
    ]
    const services = [
      { ...assigned(service('older-object'), ['192.0.2.7'], 'a'), conditions: earlier(20) },
      {
        ...assigned(service('first-assigned', { createdAt: at(9) }), ['192.0.2.7'], 'a'),
        conditions: earlier(10),
      },
    ]
    expect(plans({ pools: [pool('a', v4)], services })).to.deep.equal({
      'first-assigned': 'a 192.0.2.7',
      'older-object': 'a 192.0.2.0 -192.0.2.7 AddressInUse',
    })
  })
})
