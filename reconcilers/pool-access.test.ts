// Whom a pool admits: metallb.md §4.1.
import { expect } from 'chai'
import { assigned, namespace, pool, service } from '../test/support/snapshots.ts'
import { ask, planOf, v4 } from '../test/support/told.ts'

describe('serviceAllocation (metallb.md §4.1)', () => {
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
    ['every namespace by an empty selector', { namespaceSelectors: [{}] }, true],
    ['no selector in an empty list', { namespaces: [], namespaceSelectors: [] }, true],
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

  it('a Service that stands loses the address when its namespace is no longer admitted, and only then', () => {
    const pools = [
      pool('p', v4, { serviceAllocation: { namespaceSelectors: [{ matchLabels: { team: 'x' } }] } }),
    ]
    const web = assigned(service('web'), ['192.0.2.7'], 'p')
    const told = (team: string) =>
      planOf(web, pools, { namespaces: new Map([['default', namespace('default', { team })]]) })
    expect(told('x')).to.equal('p 192.0.2.7')
    expect(told('y')).to.equal('pending PoolNotForService -192.0.2.7 PoolNotForService')
    expect(told('x')).to.equal('p 192.0.2.7')
  })
})
