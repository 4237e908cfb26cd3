// What is told in the log: each thing that is wrong once, when it becomes so.
import { expect } from 'chai'
import { advertisement, assigned, cluster, pool, service } from '../test/support/snapshots.ts'
import { announcementsIn } from './announced.ts'
import type { ControllerReport } from './events.ts'
import { planController } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import { controllerTroubles } from './troubles.ts'

function reportOf(changes: Partial<Snapshot>): ControllerReport {
  const of = cluster(['node-a'], { takenAt: Date.parse('2026-01-02T00:00:00Z'), ...changes })
  const plan = planController(of)
  return { plan, announcements: announcementsIn(of, plan, []) }
}

function told(before: Partial<Snapshot> | undefined, now: Partial<Snapshot>): readonly string[] {
  const previous = before === undefined ? undefined : reportOf(before)
  return controllerTroubles({ previous, current: reportOf(now) }).map(
    ({ object, reason }) => `${object}: ${reason}`,
  )
}

const good = pool('lan', ['192.0.2.0/24'])
const everywhere = { l2Advertisements: [advertisement('all')] }
const outside = service('web', { annotations: { 'metallb.io/loadBalancerIPs': '203.0.113.1' } })
const settled = { ...everywhere, pools: [good], services: [outside] }

describe('troubles', () => {
  it('of a Service, a pool and an advertisement are all told by a process that begins', () => {
    const now = {
      pools: [good, pool('bad', ['192.0.2.9-192.0.2.3'])],
      l2Advertisements: [advertisement('all'), advertisement('lost', { ipAddressPools: ['nowhere'] })],
      services: [outside],
    }
    expect(told(undefined, now)).to.have.members([
      'Service default/web: AddressOutsidePools',
      'IPAddressPool bad: InvalidSpec',
      'L2Advertisement lost: NoPoolSelected',
    ])
  })

  it('carry the words of the verdict', () => {
    const [trouble] = controllerTroubles({ previous: undefined, current: reportOf(settled) })
    expect(trouble?.message).to.equal('203.0.113.1 is in no pool')
  })

  it('that stay are not told again', () => {
    expect(
      told(settled, { ...settled, services: [{ ...outside, labels: { changed: 'yes' } }] }),
    ).to.deep.equal([])
  })

  it('that become others are told', () => {
    const twice = { ...outside, loadBalancerIP: '192.0.2.1' }
    expect(told(settled, { ...settled, services: [twice] })).to.deep.equal([
      'Service default/web: RequestedTwice',
    ])
  })

  it('that return are told again', () => {
    const mended = { ...settled, services: [service('web')] }
    expect(told(settled, mended)).to.deep.equal([])
    expect(told(mended, settled)).to.deep.equal(['Service default/web: AddressOutsidePools'])
  })

  it('that took an address away are told beside the new address', () => {
    const moved = assigned(service('web'), ['203.0.113.1'], 'gone')
    expect(told(undefined, { ...settled, services: [moved] })).to.include(
      'Service default/web: AddressOutsidePools',
    )
  })

  it('are no mistake of a Service of another load balancer, nor of one that is being deleted', () => {
    const others = [
      service('cloud', { loadBalancerClass: 'other' }),
      service('internal', { type: 'ClusterIP' }),
      service('going', { deleting: true }),
    ]
    expect(told(undefined, { ...settled, services: others })).to.deep.equal([])
  })

  it('are told of a Service that has an address and that nobody announces', () => {
    const silent = assigned(service('web'), ['192.0.2.1'], 'lan')
    const now = { pools: [good], services: [silent] }
    expect(told(undefined, now)).to.deep.equal(['Service default/web: NoAdvertisement'])
    expect(told(now, now)).to.deep.equal([])
  })
})
