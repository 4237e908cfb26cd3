// Services of which a field cannot be read: nobody loses anything by it, and it is said.
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import { serviceKind } from '../crds/service.ts'
import { announcers, scene, web } from '../test/support/l2-scene.ts'
import { assigned, pool, service, snapshot } from '../test/support/snapshots.ts'
import { tell, v4 } from '../test/support/told.ts'
import { controllerEvents } from './events.ts'
import { planController } from './plan.ts'
import type { Flawed } from './snapshot.ts'

function flawed(of: Service): Flawed {
  const { namespace, name, uid } = of
  const objections = [
    { field: 'spec.ports[0].protocol', value: '"QUIC"', message: 'must be TCP, UDP or SCTP' },
  ]
  return { kind: serviceKind, namespace, name, uid, service: of, objections }
}

describe('a Service that cannot be read in full', () => {
  const pools = [pool('a', v4)]
  const planned = (of: Service) =>
    tell(planController(snapshot({ pools, flawedServices: [flawed(of)] })).services.get(of.key))

  it('gets no address, and says what is wrong', () => {
    expect(planned(service('web'))).to.equal('pending InvalidService')
  })

  it('keeps the address that it has, which nobody else gets', () => {
    const of = assigned(service('web'), ['192.0.2.0'], 'a')
    expect(planned(of)).to.equal('a 192.0.2.0 !InvalidService')
    const plan = planController(
      snapshot({ pools, flawedServices: [flawed(of)], services: [service('other')] }),
    )
    expect(tell(plan.services.get('default/other'))).to.equal('a 192.0.2.1')
  })

  it('goes on being announced', () => {
    const good = scene()
    const bad = { ...good, services: [], flawedServices: [flawed(web())] }
    expect(announcers(bad)).to.deep.equal(announcers(good)).and.to.have.length(1)
  })

  it('is left alone when it is not ours', () => {
    expect(planned(service('web', { loadBalancerClass: 'x' }))).to.equal('not ours')
  })

  it('has one event, not one at each plan', () => {
    const of = snapshot({ pools, flawedServices: [flawed(service('web'))] })
    const current = { plan: planController(of), announcements: new Map() }
    const change = { current, snapshot: of, standing: new Map() }
    const first = controllerEvents({ ...change, previous: undefined })
    expect(first.map(({ reason }) => reason)).to.deep.equal(['AllocationFailed'])
    expect(controllerEvents({ ...change, previous: { ...current, plan: planController(of) } })).to.deep.equal(
      [],
    )
  })
})
