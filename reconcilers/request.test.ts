// What Services ask for, and what they get of it: metallb.md §3.1 and §4.1.
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import { assigned, pool, service } from '../test/support/snapshots.ts'
import { ask, both, planOf, plans, prefer, requireBoth, v4, v6 } from '../test/support/told.ts'
import type { Snapshot } from './snapshot.ts'

type Row = readonly [title: string, changes: Partial<Service>, pools: Snapshot['pools'], expected: string]

function rows(all: readonly Row[]): void {
  for (const [title, changes, pools, expected] of all)
    it(title, () => expect(planOf(service('web', changes), pools)).to.equal(expected))
}

describe('requests (metallb.md §3.1, §4.1)', () => {
  rows([
    [
      'the address of the annotation is given',
      ask({ loadBalancerIPs: '192.0.2.9' }),
      [pool('a', v4)],
      'a 192.0.2.9',
    ],
    [
      'the address of spec.loadBalancerIP is given',
      { loadBalancerIP: '192.0.2.9' },
      [pool('a', v4)],
      'a 192.0.2.9',
    ],
    [
      'one address of each family is given, in either order and with spaces',
      { ...requireBoth, ...ask({ loadBalancerIPs: ' 2001:db8::9 , 192.0.2.9' }) },
      [pool('a', both)],
      'a 192.0.2.9 2001:db8::9',
    ],
    [
      'asking both by annotation and by spec.loadBalancerIP is refused',
      { ...ask({ loadBalancerIPs: '192.0.2.9' }), loadBalancerIP: '192.0.2.9' },
      [pool('a', v4)],
      'pending RequestedTwice',
    ],
    [
      'an empty annotation asks for nothing',
      { ...ask({ loadBalancerIPs: '' }), loadBalancerIP: '192.0.2.9' },
      [pool('a', v4)],
      'a 192.0.2.9',
    ],
    [
      'what is no address is refused',
      ask({ loadBalancerIPs: '192.0.2.900' }),
      [pool('a', v4)],
      'pending UnreadableRequest',
    ],
    [
      'three addresses are refused',
      { ...requireBoth, ...ask({ loadBalancerIPs: '192.0.2.1,192.0.2.2,2001:db8::1' }) },
      [pool('a', both)],
      'pending UnreadableRequest',
    ],
    [
      'two addresses of one family are refused',
      { ...requireBoth, ...ask({ loadBalancerIPs: '192.0.2.1,192.0.2.2' }) },
      [pool('a', both)],
      'pending UnreadableRequest',
    ],
    [
      'an address of the other family is refused',
      ask({ loadBalancerIPs: '2001:db8::9' }),
      [pool('a', both)],
      'pending WrongFamily',
    ],
    [
      'one address for a dual-stack Service is refused',
      { ...prefer, ...ask({ loadBalancerIPs: '192.0.2.9' }) },
      [pool('a', both)],
      'pending WrongFamily',
    ],
    [
      'an address outside every pool is refused',
      ask({ loadBalancerIPs: '203.0.113.9' }),
      [pool('a', v4)],
      'pending AddressOutsidePools',
    ],
    [
      'without any pool an address is outside all of them',
      ask({ loadBalancerIPs: '192.0.2.9' }),
      [],
      'pending AddressOutsidePools',
    ],
    [
      'two addresses of different pools are refused',
      { ...requireBoth, ...ask({ loadBalancerIPs: '192.0.2.9,2001:db8::9' }) },
      [pool('a', v4), pool('b', v6)],
      'pending AddressesInDifferentPools',
    ],
    [
      'an address that the pool avoids is refused',
      ask({ loadBalancerIPs: '192.0.2.255' }),
      [pool('a', v4, { avoidBuggyIPs: true })],
      'pending AddressAvoided',
    ],
    [
      'an address of a pool without autoAssign is given',
      ask({ loadBalancerIPs: '192.0.2.9' }),
      [pool('a', v4, { autoAssign: false })],
      'a 192.0.2.9',
    ],
    [
      'an address of another pool than the one asked for is refused',
      ask({ loadBalancerIPs: '192.0.2.9', 'address-pool': 'b' }),
      [pool('a', v4), pool('b', ['198.51.100.0/24'])],
      'pending AddressNotInRequestedPool',
    ],
    [
      'an address and its pool are given',
      ask({ loadBalancerIPs: '192.0.2.9', 'address-pool': 'a' }),
      [pool('a', v4)],
      'a 192.0.2.9',
    ],
    [
      'a pool is given, also without autoAssign',
      ask({ 'address-pool': 'b' }),
      [pool('a', v4), pool('b', ['198.51.100.8/29'], { autoAssign: false })],
      'b 198.51.100.8',
    ],
    ['an unknown pool is refused', ask({ 'address-pool': 'c' }), [pool('a', v4)], 'pending UnknownPool'],
    [
      'an empty pool annotation asks for nothing',
      ask({ 'address-pool': '' }),
      [pool('a', v4)],
      'a 192.0.2.0',
    ],
    [
      'a pool without the family is refused',
      ask({ 'address-pool': 'a' }),
      [pool('a', v6)],
      'pending FamilyNotInPool',
    ],
    [
      'the old name of an annotation still counts',
      { annotations: { 'metallb.universe.tf/loadBalancerIPs': '192.0.2.9' } },
      [pool('a', v4)],
      'a 192.0.2.9',
    ],
    [
      'of both names the one of today counts, even when it is empty',
      { annotations: { 'metallb.universe.tf/address-pool': 'b', 'metallb.io/address-pool': '' } },
      [pool('a', v4), pool('b', ['198.51.100.0/24'])],
      'a 192.0.2.0',
    ],
    [
      'a Service that is being deleted gets nothing new',
      { deleting: true },
      [pool('a', v4)],
      'pending Deleting',
    ],
  ])

  it('an address in use is refused, and so is one of a Service that another load balancer serves', () => {
    const one = assigned(service('one'), ['192.0.2.9'], 'a')
    const stranger = service('stranger', { loadBalancerClass: 'other', ingress: ['192.0.2.8'] })
    const told = plans({
      pools: [pool('a', v4)],
      services: [
        one,
        stranger,
        service('two', ask({ loadBalancerIPs: '192.0.2.9' })),
        service('three', ask({ loadBalancerIPs: '192.0.2.8' })),
      ],
    })
    expect(told).to.deep.equal({
      one: 'a 192.0.2.9',
      stranger: 'not ours',
      two: 'pending AddressInUse',
      three: 'pending AddressOfOtherLoadBalancer',
    })
  })

  it('an address that another load balancer has is not given to anybody', () => {
    const stranger = service('stranger', { loadBalancerClass: 'other', ingress: ['192.0.2.0'] })
    const told = plans({ pools: [pool('a', v4)], services: [stranger, service('web')] })
    expect(told['web']).to.equal('a 192.0.2.1')
  })

  it('an address of a Service that cannot be read is not given to anybody', () => {
    const flawed = {
      kind: { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true },
      namespace: 'default',
      name: 'bad',
      ingress: ['192.0.2.0'],
      objections: [],
    }
    const told = plans({ pools: [pool('a', v4)], services: [service('web')], flawedServices: [flawed] })
    expect(told['web']).to.equal('a 192.0.2.1')
  })

  it('a Service that asks for another address moves when it can have it', () => {
    const one = assigned(service('one', ask({ loadBalancerIPs: '192.0.2.9' })), ['192.0.2.1'], 'a')
    expect(planOf(one, [pool('a', v4)])).to.equal('a 192.0.2.9 -192.0.2.1 RequestChanged')
  })

  it('a Service that asks for what it cannot have keeps what it has, and says why', () => {
    const pools = [pool('a', v4)]
    const cases: readonly (readonly [Partial<Service>, string])[] = [
      [ask({ loadBalancerIPs: '203.0.113.1' }), 'AddressOutsidePools'],
      [ask({ loadBalancerIPs: 'x' }), 'UnreadableRequest'],
      [ask({ 'address-pool': 'c' }), 'UnknownPool'],
      [{ ...ask({ loadBalancerIPs: '192.0.2.9' }), loadBalancerIP: '192.0.2.9' }, 'RequestedTwice'],
    ]
    for (const [changes, reason] of cases) {
      const one = assigned(service('one'), ['192.0.2.1'], 'a')
      const annotations = { ...one.annotations, ...changes.annotations }
      expect(planOf({ ...one, ...changes, annotations }, pools)).to.equal(`a 192.0.2.1 !${reason}`)
    }
  })

  it('what a mover leaves is given away only when it has left', () => {
    const mover = assigned(service('mover', ask({ loadBalancerIPs: '192.0.2.9' })), ['192.0.2.1'], 'a')
    const wants = service('wants', ask({ loadBalancerIPs: '192.0.2.1' }))
    expect(plans({ pools: [pool('a', v4)], services: [mover, wants] })['wants']).to.equal(
      'pending AddressInUse',
    )
  })
})
