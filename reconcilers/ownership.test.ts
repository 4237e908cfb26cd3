// Which Services are ours, and which are never touched.
import { expect } from 'chai'
import { assigned, condition, pool, service } from '../test/support/snapshots.ts'
import { planOf, plans, v4 } from '../test/support/told.ts'

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
    const failed = { ...marked, conditions: [condition('metallb.io/Allocated', { status: 'False' })] }
    expect(planOf(failed, [pool('a', v4)])).to.equal('not ours')
    const elsewhere = { ...marked, ingress: ['203.0.113.7'] }
    expect(planOf(elsewhere, [pool('a', v4)])).to.equal('not ours')
    expect(planOf(marked, [])).to.equal('not ours')
  })

  it('the address of a released Service is free in the same plan', () => {
    const left = { ...assigned(service('left'), ['192.0.2.0'], 'a'), type: 'ClusterIP' }
    expect(plans({ pools: [pool('a', v4)], services: [left, service('web')] })['web']).to.equal('a 192.0.2.0')
  })
})
