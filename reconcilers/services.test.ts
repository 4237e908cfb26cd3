// Who gets which address: metallb.md §3.3 to §3.5 and §4.1 row by row, and what Herald does otherwise on purpose.
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import type { ServicePlan } from './plan.ts'
import { planController } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import {
  assigned,
  at,
  condition,
  dualStack,
  namespace,
  pool,
  service,
  snapshot,
} from '../test/support/snapshots.ts'

/** 'a 192.0.2.0', 'pending NoPools', 'not ours'; with '!Reason' for a wish unfulfilled and '-address' for what is lost. */
function tell(plan: ServicePlan | undefined): string {
  if (plan === undefined) return 'nothing'
  if (plan.state === 'not-ours') return plan.release ? 'not ours, released' : 'not ours'
  const lost =
    plan.replaced === undefined
      ? ''
      : ` -${plan.replaced.addresses.join(' -')} ${plan.replaced.verdict.reason}`
  if (plan.state === 'pending') return `pending ${plan.verdict.reason}${lost}`
  const but = plan.verdict === undefined ? '' : ` !${plan.verdict.reason}`
  return `${plan.pool} ${plan.addresses.join(' ')}${but}${lost}`
}

function plans(changes: Partial<Snapshot>): Readonly<Record<string, string>> {
  const { services } = planController(snapshot(changes))
  return Object.fromEntries([...services].map(([key, plan]) => [key.replace('default/', ''), tell(plan)]))
}

function planOf(one: Service, pools: Snapshot['pools'], changes: Partial<Snapshot> = {}): string {
  return tell(planController(snapshot({ pools, services: [one], ...changes })).services.get(one.key))
}

const v4 = ['192.0.2.0/24']
const v6 = ['2001:db8::/64']
const both = [...v4, ...v6]
const onlyV6 = { clusterIPs: ['fd00:96::10'] }
const prefer = { ...dualStack, ipFamilyPolicy: 'PreferDualStack' } as const
const require_ = { ...dualStack, ipFamilyPolicy: 'RequireDualStack' } as const

function ask(annotations: Readonly<Record<string, string>>): Partial<Service> {
  return {
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`metallb.io/${key}`, value]),
    ),
  }
}

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
    ['RequireDualStack gets both from one pool', require_, [pool('a', both)], 'a 192.0.2.0 2001:db8::'],
    [
      'RequireDualStack gets nothing when the families are in different pools',
      require_,
      [pool('a', v4), pool('b', v6)],
      'pending NoPoolFits',
    ],
    [
      'RequireDualStack skips a pool of one family',
      require_,
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
      { ...require_, clusterIPs: dualStack.clusterIPs.toReversed(), ipFamilies: ['IPv6', 'IPv4'] },
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
    const one = assigned(service('web', require_), ['192.0.2.7'], 'a')
    expect(planOf(one, [pool('a', both)])).to.equal('a 192.0.2.7 2001:db8::')
  })

  it('a Service that becomes RequireDualStack moves to a pool with both only when its own has not', () => {
    const one = assigned(service('web', require_), ['192.0.2.7'], 'a')
    const other = pool('b', ['198.51.100.0/24', ...v6])
    expect(planOf(one, [pool('a', v4), other])).to.equal(
      'b 198.51.100.0 2001:db8:: -192.0.2.7 RequestChanged',
    )
    expect(planOf(one, [pool('a', v4)])).to.equal('a 192.0.2.7 !SecondFamilyMissing')
  })

  it('a Service that becomes single-stack keeps the address of the family that stays', () => {
    const one = assigned(service('web', onlyV6), ['192.0.2.7', '2001:db8::7'], 'a')
    expect(planOf(one, [pool('a', both)])).to.equal('a 2001:db8::7 -192.0.2.7 WrongFamily')
  })
})

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
      { ...require_, ...ask({ loadBalancerIPs: ' 2001:db8::9 , 192.0.2.9' }) },
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
      { ...require_, ...ask({ loadBalancerIPs: '192.0.2.1,192.0.2.2,2001:db8::1' }) },
      [pool('a', both)],
      'pending UnreadableRequest',
    ],
    [
      'two addresses of one family are refused',
      { ...require_, ...ask({ loadBalancerIPs: '192.0.2.1,192.0.2.2' }) },
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
      { ...require_, ...ask({ loadBalancerIPs: '192.0.2.9,2001:db8::9' }) },
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

  const selecting = { matchLabels: { tier: 'gold' } }
  const access: readonly (readonly [title: string, allocation: unknown, admitted: boolean])[] = [
    ['an empty serviceAllocation admits all', {}, true],
    ['its namespace by name', { namespaces: ['default'] }, true],
    ['another namespace by name', { namespaces: ['prod'] }, false],
    ['its namespace by label', { namespaceSelectors: [{ matchLabels: { team: 'x' } }] }, true],
    [
      'no namespace at all by label (MetalLB then admits all)',
      { namespaceSelectors: [{ matchLabels: { team: 'y' } }] },
      false,
    ],
    [
      'by name or by label',
      { namespaces: ['prod'], namespaceSelectors: [{ matchLabels: { team: 'x' } }] },
      true,
    ],
    ['its own labels', { serviceSelectors: [selecting] }, true],
    ['other labels', { serviceSelectors: [{ matchLabels: { tier: 'lead' } }] }, false],
    ['one of two selectors', { serviceSelectors: [{ matchLabels: { tier: 'lead' } }, selecting] }, true],
    ['its labels in another namespace', { namespaces: ['prod'], serviceSelectors: [selecting] }, false],
  ]
  for (const [title, serviceAllocation, admitted] of access) {
    it(`serviceAllocation, ${title}: ${admitted ? 'admitted' : 'refused'}, by whatever way it asks`, () => {
      const namespaces = new Map([['default', namespace('default', { team: 'x' })]])
      const pools = [pool('p', v4, { serviceAllocation })]
      const labels = { tier: 'gold' }
      const wishes = [{}, ask({ 'address-pool': 'p' }), ask({ loadBalancerIPs: '192.0.2.0' })]
      for (const wish of wishes)
        expect(planOf(service('web', { labels, ...wish }), pools, { namespaces })).to.equal(
          admitted ? 'p 192.0.2.0' : 'pending PoolNotForService',
        )
    })
  }

  it('a Service that its pool no longer admits loses the address and gets another in the same plan', () => {
    const one = assigned(service('web'), ['192.0.2.7'], 'a')
    const pools = [
      pool('a', v4, { serviceAllocation: { namespaces: ['prod'] } }),
      pool('b', ['198.51.100.0/24']),
    ]
    expect(planOf(one, pools)).to.equal('b 198.51.100.0 -192.0.2.7 PoolNotForService')
  })
})

describe('whose Services (metallb.md §3.2)', () => {
  const ours = { loadBalancerClass: 'herald', ignoreExcludeLabel: false }

  it('without a class flag only Services without a class are served, with one only those of it', () => {
    const services = [service('none'), service('herald', { loadBalancerClass: 'herald' })]
    const pools = [pool('a', v4)]
    expect(plans({ services, pools })).to.deep.equal({ none: 'a 192.0.2.0', herald: 'not ours' })
    expect(plans({ services, pools, settings: ours })).to.deep.equal({
      none: 'not ours',
      herald: 'a 192.0.2.0',
    })
  })

  it('a Service that is no longer of type LoadBalancer is released, also with a class flag', () => {
    const one = { ...assigned(service('web'), ['192.0.2.7'], 'a'), type: 'ClusterIP' }
    expect(planOf(one, [pool('a', v4)])).to.equal('not ours, released')
    expect(planOf(one, [pool('a', v4)], { settings: ours })).to.equal('not ours, released')
    expect(planOf(one, [])).to.equal('not ours, released')
  })

  it('a Service that never was ours is left alone', () => {
    expect(planOf(service('web', { type: 'NodePort' }), [])).to.equal('not ours')
    expect(planOf(service('web', { type: 'ClusterIP', ingress: ['192.0.2.7'] }), [pool('a', v4)])).to.equal(
      'not ours',
    )
  })

  it('a Service of another class is released only when all says that its address came from here', () => {
    const other = { loadBalancerClass: 'other' }
    const marked = { ...assigned(service('web'), ['192.0.2.7'], 'a'), ...other }
    expect(planOf(marked, [pool('a', v4)])).to.equal('not ours, released')
    const byMetalLB = { ...marked, conditions: [] }
    expect(planOf(byMetalLB, [pool('a', v4)])).to.equal('not ours')
    const elsewhere = { ...marked, ingress: ['203.0.113.7'] }
    expect(planOf(elsewhere, [pool('a', v4)])).to.equal('not ours')
    expect(planOf(marked, [])).to.equal('not ours')
  })

  it('the address of a released Service is free in the same plan', () => {
    const left = { ...assigned(service('left'), ['192.0.2.0'], 'a'), type: 'ClusterIP' }
    expect(plans({ pools: [pool('a', v4)], services: [left, service('web')] })['web']).to.equal('a 192.0.2.0')
  })
})

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
    const one = assigned(service('web', require_), ['192.0.2.7', '2001:db8:9::7'], 'a')
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

describe('shared addresses (metallb.md §3.5)', () => {
  const key = ask({ 'allow-shared-ip': 'k' })
  const port = (number: number, protocol: 'TCP' | 'UDP' = 'TCP') => ({
    ports: [{ name: '', protocol, port: number }],
  })
  const local = { externalTrafficPolicy: 'Local', selector: { app: 'x' } } as const

  const cases: readonly (readonly [title: string, Partial<Service>, Partial<Service>, string])[] = [
    [
      'two with one key and other ports share',
      { ...key, ...port(80) },
      { ...key, ...port(443) },
      'a 192.0.2.0',
    ],
    [
      'TCP and UDP of one number do not collide',
      { ...key, ...port(53) },
      { ...key, ...port(53, 'UDP') },
      'a 192.0.2.0',
    ],
    ['one port twice does', { ...key, ...port(80) }, { ...key, ...port(80) }, 'a 192.0.2.1'],
    ['no key, no sharing', port(80), { ...key, ...port(443) }, 'a 192.0.2.1'],
    [
      'an empty key is none',
      { ...ask({ 'allow-shared-ip': '' }), ...port(80) },
      { ...ask({ 'allow-shared-ip': '' }), ...port(443) },
      'a 192.0.2.1',
    ],
    [
      'keys that differ do not share',
      { ...key, ...port(80) },
      { ...ask({ 'allow-shared-ip': 'l' }), ...port(443) },
      'a 192.0.2.1',
    ],
    [
      'Cluster and Local do not share',
      { ...key, ...port(80) },
      { ...key, ...port(443), ...local },
      'a 192.0.2.1',
    ],
    [
      'two Local with equal selectors share',
      { ...key, ...port(80), ...local },
      { ...key, ...port(443), ...local },
      'a 192.0.2.0',
    ],
    [
      'two Local with other selectors do not',
      { ...key, ...port(80), ...local },
      { ...key, ...port(443), ...local, selector: { app: 'y' } },
      'a 192.0.2.1',
    ],
  ]
  for (const [title, first, second, expected] of cases) {
    it(`${title}`, () => {
      const services = [service('first', first), service('second', second)]
      expect(plans({ pools: [pool('a', v4)], services })['second']).to.equal(expected)
    })
  }

  it('an address that can be shared is preferred to a fresh one that is lower', () => {
    const first = assigned(service('first', { ...key, ...port(80) }), ['192.0.2.9'], 'a')
    const services = [
      { ...first, annotations: { ...first.annotations, ...key.annotations } },
      service('second', { ...key, ...port(443) }),
    ]
    expect(plans({ pools: [pool('a', v4)], services })['second']).to.equal('a 192.0.2.9')
  })

  it('Services of different namespaces share', () => {
    const services = [
      service('first', { ...key, ...port(80), namespace: 'one' }),
      service('second', { ...key, ...port(443), namespace: 'two' }),
    ]
    expect(plans({ pools: [pool('a', v4)], services })['two/second']).to.equal('a 192.0.2.0')
  })

  it('asking for an address that is in use names why it cannot be shared', () => {
    const wants = (changes: Partial<Service>) => {
      const annotations = { ...changes.annotations, 'metallb.io/loadBalancerIPs': '192.0.2.0' }
      const services = [
        service('first', { ...key, ...port(80) }),
        service('second', { ...changes, annotations }),
      ]
      return plans({ pools: [pool('a', v4)], services })['second']
    }
    expect(wants({ ...key, ...port(443) })).to.equal('a 192.0.2.0')
    expect(wants({ ...key, ...port(80) })).to.equal('pending SharedPortInUse')
    expect(wants({ ...ask({ 'allow-shared-ip': 'l' }), ...port(443) })).to.equal('pending SharingKeysDiffer')
    expect(wants({ ...key, ...port(443), ...local })).to.equal('pending SharingBackendsDiffer')
    expect(wants(port(443))).to.equal('pending AddressInUse')
  })

  it('a Service that shares stays when the other leaves', () => {
    const first = assigned(service('first', port(80)), ['192.0.2.9'], 'a')
    const alone = { ...first, annotations: { ...first.annotations, ...key.annotations } }
    expect(planOf(alone, [pool('a', v4)])).to.equal('a 192.0.2.9')
  })
})

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
