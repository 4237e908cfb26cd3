// How long Services wait, as the histogram hears of it.
import { expect } from 'chai'
import { serviceKind } from '../../crds/service.ts'
import type { ControllerPlan, ServicePlan } from '../../reconcilers/plan.ts'
import type { StatusObject } from '../../reconcilers/status.ts'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { noBgpObjects, service, snapshot } from '../../test/support/snapshots.ts'
import { startLatency } from './latency.ts'

const web = service('web')
const assigned: ServicePlan = { state: 'assigned', addresses: ['192.0.2.1'], pool: 'lan' }

function planOf(plan: ServicePlan): ControllerPlan {
  return {
    services: new Map([[web.key, plan]]),
    pools: new Map(),
    l2Advertisements: new Map(),
    bgp: noBgpObjects,
  }
}

function wish(...ips: readonly string[]): StatusObject {
  const { namespace, name } = web
  const status = { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } }
  return { kind: serviceKind, namespace, name, part: 'status', urgent: true, status }
}

function measuring() {
  const { clock, advance } = fakeClock()
  const told: number[] = []
  return { latency: startLatency(clock, (tookMs) => told.push(tookMs)), advance, told }
}

describe('the latency of an allocation', () => {
  it('is from the first plan that sees the Service to the write of its address', () => {
    const { latency, advance, told } = measuring()
    latency.planned(snapshot({ services: [web] }), planOf(assigned))
    advance(20)
    latency.planned(snapshot({ services: [web] }), planOf(assigned))
    advance(5)
    latency.written(wish('192.0.2.1'))
    latency.written(wish('192.0.2.1'))
    expect(told).to.deep.equal([25])
  })

  it('does not end with a write that gives no address', () => {
    const { latency, told } = measuring()
    latency.planned(snapshot({ services: [web] }), planOf(assigned))
    latency.written(wish())
    expect(told).to.deep.equal([])
  })

  it('is not measured for a Service that had its address before', () => {
    const { latency, told } = measuring()
    const had = { ...web, ingress: ['192.0.2.1'] }
    latency.planned(snapshot({ services: [had] }), planOf(assigned))
    latency.written(wish('192.0.2.1'))
    expect(told).to.deep.equal([])
  })
})
