// Who gets which address: metallb.md §3.4 row by row and §4.1 in order, and what Herald does otherwise on purpose.
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import { assigned, at, dualStack, pool, service, snapshot } from '../test/support/snapshots.ts'
import { both, onlyV6, planOf, plans, prefer, requireBoth, v4, v6 } from '../test/support/told.ts'
import { planController } from './plan.ts'
import type { Snapshot } from './snapshot.ts'

type Row = readonly [title: string, changes: Partial<Service>, pools: Snapshot['pools'], expected: string]

function rows(all: readonly Row[]): void {
  for (const [title, changes, pools, expected] of all)
    it(title, () => expect(planOf(service('web', changes), pools)).to.equal(expected))
}

describe('families and policies (metallb.md §3.4)', () => {
  rows([
    ['one IPv4 cluster IP gets one IPv4 address', {}, [pool('a', both)], 'a 192.0.2.0'],
    ['one IPv6 cluster IP gets one IPv6 address', onlyV6, [pool('a', both)], 'a 2001:db8::'],
    [
      'one cluster IP and PreferDualStack gets one address of its family',
      { ...onlyV6, ipFamilyPolicy: 'PreferDualStack' },
      [pool('a', both)],
      'a 2001:db8::',
    ],
    [
      'one cluster IP and RequireDualStack gets nothing',
      { ipFamilyPolicy: 'RequireDualStack' },
      [pool('a', both)],
      'pending NotEnoughClusterIPs',
    ],
    ['a headless Service gets nothing', { clusterIPs: [] }, [pool('a', both)], 'pending NoClusterIPs'],
    [
      'two cluster IPs of one family get nothing',
      { clusterIPs: ['10.96.0.1', '10.96.0.2'] },
      [pool('a', both)],
      'pending UnreadableClusterIPs',
    ],
    ['RequireDualStack gets both from one pool', requireBoth, [pool('a', both)], 'a 192.0.2.0 2001:db8::'],
    [
      'RequireDualStack gets nothing when the families are in different pools',
      requireBoth,
      [pool('a', v4), pool('b', v6)],
      'pending NoPoolFits',
    ],
    [
      'RequireDualStack skips a pool of one family',
      requireBoth,
      [
        pool('a', v4),
        pool(
          'b',
          both.map((text) => text.replace('192.0.2', '198.51.100')),
        ),
      ],
      'b 198.51.100.0 2001:db8::',
    ],
    ['PreferDualStack gets both where it can', prefer, [pool('a', both)], 'a 192.0.2.0 2001:db8::'],
    [
      'PreferDualStack prefers a pool of both families that is tried later',
      prefer,
      [pool('a', v4), pool('b', ['198.51.100.0/24', ...v6], { createdAt: at(1) })],
      'b 198.51.100.0 2001:db8::',
    ],
    [
      'PreferDualStack is content with one, of its first family over all pools',
      { ...prefer, ipFamilies: ['IPv6', 'IPv4'] },
      [pool('a', v4), pool('b', v6)],
      'b 2001:db8:: !SecondFamilyMissing',
    ],
    [
      'PreferDualStack takes the other family when the first is not to be had',
      { ...prefer, ipFamilies: ['IPv6', 'IPv4'] },
      [pool('a', v4)],
      'a 192.0.2.0 !SecondFamilyMissing',
    ],
    [
      'IPv4 comes first in the result whatever the order of the families',
      { ...requireBoth, clusterIPs: dualStack.clusterIPs.toReversed(), ipFamilies: ['IPv6', 'IPv4'] },
      [pool('a', both)],
      'a 192.0.2.0 2001:db8::',
    ],
  ])

  it('PreferDualStack gains its second family from the pool of the first, as soon as that has one', () => {
    const one = assigned(service('web', prefer), ['192.0.2.7'], 'a')
    expect(planOf(one, [pool('a', v4), pool('b', v6)])).to.equal('a 192.0.2.7 !SecondFamilyMissing')
    expect(planOf(one, [pool('a', both), pool('b', v6)])).to.equal('a 192.0.2.7 2001:db8::')
  })

  it('a Service that becomes RequireDualStack keeps its address when its pool has the other family', () => {
    const one = assigned(service('web', requireBoth), ['192.0.2.7'], 'a')
    expect(planOf(one, [pool('a', both)])).to.equal('a 192.0.2.7 2001:db8::')
  })

  it('a Service that becomes RequireDualStack moves to a pool with both only when its own has not', () => {
    const one = assigned(service('web', requireBoth), ['192.0.2.7'], 'a')
    const other = pool('b', ['198.51.100.0/24', ...v6])
    expect(planOf(one, [pool('a', v4), other])).to.equal(
      'b 198.51.100.0 2001:db8:: -192.0.2.7 RequestChanged',
    )
    expect(planOf(one, [pool('a', v4)])).to.equal('a 192.0.2.7 !SecondFamilyMissing')
  })

  it('a Service whose pool loses a family keeps the other, and moves only when it must have both and can', () => {
    const lost = '-2001:db8::7 AddressOutsidePools'
    const dual = (policy: Partial<Service>) =>
      assigned(service('web', policy), ['192.0.2.7', '2001:db8::7'], 'a')
    const other = pool('b', ['198.51.100.0/24', '2001:db8:b::/64'])
    for (const pools of [[pool('a', v4)], [pool('a', v4), other]])
      expect(planOf(dual(prefer), pools)).to.equal(`a 192.0.2.7 !SecondFamilyMissing ${lost}`)
    expect(planOf(dual(requireBoth), [pool('a', v4)])).to.equal(`a 192.0.2.7 !SecondFamilyMissing ${lost}`)
    expect(planOf(dual(requireBoth), [pool('a', v4), other])).to.equal(
      'b 198.51.100.0 2001:db8:b:: -2001:db8::7 -192.0.2.7 AddressOutsidePools',
    )
  })

  it('a Service whose pool is cut in two by family keeps both addresses', () => {
    const one = assigned(service('web', requireBoth), ['192.0.2.7', '2001:db8::7'], 'a')
    expect(planOf(one, [pool('a', v4), pool('b', v6)])).to.equal('a 192.0.2.7 2001:db8::7')
  })

  it('a Service that becomes single-stack keeps the address of the family that stays', () => {
    const one = assigned(service('web', onlyV6), ['192.0.2.7', '2001:db8::7'], 'a')
    expect(planOf(one, [pool('a', both)])).to.equal('a 2001:db8::7 -192.0.2.7 WrongFamily')
  })
})

describe('automatic assignment (metallb.md §4.1)', () => {
  it('pending Services are served oldest first, by name when of one age', () => {
    const services = [
      service('young', { createdAt: at(9) }),
      service('b', { createdAt: at(1) }),
      service('a', { createdAt: at(1) }),
    ]
    expect(plans({ pools: [pool('p', v4)], services })).to.deep.equal({
      a: 'p 192.0.2.0',
      b: 'p 192.0.2.1',
      young: 'p 192.0.2.2',
    })
  })

  it('older pools are filled first', () => {
    const pools = [pool('young', ['198.51.100.0/32'], { createdAt: at(2) }), pool('old', ['192.0.2.0/32'])]
    const services = ['a', 'b', 'c'].map((name) => service(name))
    expect(plans({ pools, services })).to.deep.equal({
      a: 'old 192.0.2.0',
      b: 'young 198.51.100.0',
      c: 'pending NoPoolFits',
    })
  })

  it('without any pool, or with one that is full, the reason says so', () => {
    expect(planOf(service('web'), [])).to.equal('pending NoPools')
    const told = plans({ pools: [pool('a', ['192.0.2.0/32'])], services: [service('a'), service('b')] })
    expect(told['b']).to.equal('pending PoolExhausted')
  })

  it('when no pool fits the message says of each why', () => {
    const pools = [
      pool('manual', ['198.51.100.0/24'], { autoAssign: false }),
      pool('six', v6),
      pool('bad', ['203.0.113.9-203.0.113.1']),
      pool('theirs', v4, { serviceAllocation: { namespaces: ['prod'] } }),
    ]
    const plan = planController(snapshot({ pools, services: [service('web')] })).services.get('default/web')
    const message = plan !== undefined && 'verdict' in plan ? plan.verdict?.message : ''
    expect(message).to.contain('pool manual has autoAssign: false')
    expect(message).to.contain('pool six has no IPv4 addresses')
    expect(message).to.contain('pool bad is invalid')
    expect(message).to.contain('spec.serviceAllocation of pool theirs does not admit the namespace default')
  })

  it('pools that admit the Service by serviceAllocation come before open ones, by priority, without one last', () => {
    const allocation = (priority: number) => ({ serviceAllocation: { priority, namespaces: ['default'] } })
    const pools = [
      pool('open', ['192.0.2.1/32']),
      pool('unset', ['192.0.2.2/32'], allocation(0)),
      pool('second', ['192.0.2.3/32'], allocation(20)),
      pool('first', ['192.0.2.4/32'], allocation(1)),
    ]
    const services = ['a', 'b', 'c', 'd'].map((name) => service(name))
    expect(plans({ pools, services })).to.deep.equal({
      a: 'first 192.0.2.4',
      b: 'second 192.0.2.3',
      c: 'unset 192.0.2.2',
      d: 'open 192.0.2.1',
    })
  })

  it('a Service that its pool no longer admits loses the address and gets another in the same plan', () => {
    const one = assigned(service('web'), ['192.0.2.7'], 'a')
    const pools = [
      pool('a', v4, { serviceAllocation: { namespaces: ['prod'] } }),
      pool('b', ['198.51.100.0/24']),
    ]
    expect(planOf(one, pools)).to.equal('b 198.51.100.0 -192.0.2.7 PoolNotForService')
  })
})
