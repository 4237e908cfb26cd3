// Events of the controller: each fact once, with MetalLB's reasons, and nothing again after a restart.
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import { assigned, condition, dualStack, epoch, pool, service, snapshot } from '../test/support/snapshots.ts'
import { announcementsIn } from './announced.ts'
import type { ControllerReport } from './events.ts'
import { controllerEvents } from './events.ts'
import { planController } from './plan.ts'
import type { CurrentConditions, Snapshot } from './snapshot.ts'

const pools = [pool('a', ['192.0.2.0/24'])]
const later = Date.parse(epoch) + 60_000

function reportOf(of: Snapshot): ControllerReport {
  const plan = planController(of)
  return { plan, announcements: announcementsIn(of, plan, []) }
}

function events(
  before: Snapshot | undefined,
  of: Snapshot,
  standing: CurrentConditions = new Map(),
): readonly string[] {
  const previous = before === undefined ? undefined : reportOf(before)
  const all = controllerEvents({ previous, current: reportOf(of), snapshot: of, standing })
  return all.map(({ type, reason, note }) => `${type} ${reason}: ${note}`)
}

function one(changes: Partial<Service> = {}, more: Partial<Snapshot> = {}): Snapshot {
  return snapshot({ pools, services: [service('web', changes)], ...more })
}

describe('events of the controller', () => {
  it('IPAllocated when a Service gets its address, and not again while the write is under way or after it', () => {
    const told = 'Normal IPAllocated: Assigned IP ["192.0.2.0"] from pool a'
    expect(events(undefined, one())).to.deep.equal([told])
    expect(events(one(), one())).to.deep.equal([])
    const done = snapshot({ pools, services: [assigned(service('web'), ['192.0.2.0'], 'a')] })
    expect(events(one(), done)).to.deep.equal([])
    expect(events(undefined, done)).to.deep.equal([])
  })

  it('AllocationFailed with the reason, again only when the reason changes', () => {
    const none = one({}, { pools: [] })
    expect(events(undefined, none)).to.deep.equal([
      'Warning AllocationFailed: NoPools: there is no IPAddressPool',
    ])
    expect(events(none, none)).to.deep.equal([])
    expect(events(none, one({ loadBalancerIP: '203.0.113.1' }))).to.deep.equal([
      'Warning AllocationFailed: AddressOutsidePools: 203.0.113.1 is in no pool',
    ])
  })

  it('after a restart nothing that the condition says is told again', () => {
    const conditions = [condition('metallb.io/Allocated', { status: 'False', reason: 'NoPools' })]
    expect(events(undefined, one({ conditions }, { pools: [] }))).to.deep.equal([])
  })

  it('LoadBalancerFailed when the wish cannot be understood', () => {
    expect(events(undefined, one({ loadBalancerIP: 'x' }))[0]).to.match(
      /^Warning LoadBalancerFailed: UnreadableRequest/,
    )
  })

  it('AdditionalAssignFailed, once, when the second family is not to be had', () => {
    const prefer = { ...dualStack, ipFamilyPolicy: 'PreferDualStack' } as const
    const told = events(undefined, one(prefer))
    expect(told).to.have.length(2)
    expect(told[1]).to.match(/^Normal AdditionalAssignFailed: SecondFamilyMissing/)
    expect(events(one(prefer), one(prefer))).to.deep.equal([])
    // Nor when the first address stands in the status.
    const stands = snapshot({ pools, services: [assigned(service('web', prefer), ['192.0.2.0'], 'a')] })
    expect(events(one(prefer), stands)).to.deep.equal([])
  })

  it('ClearAssignment and IPAllocated when an address is replaced', () => {
    const stray = snapshot({ pools, services: [assigned(service('web'), ['203.0.113.1'], 'a')] })
    expect(events(undefined, stray)).to.deep.equal([
      'Normal IPAllocated: Assigned IP ["192.0.2.0"] from pool a',
      'Normal ClearAssignment: 203.0.113.1 cannot stay: AddressOutsidePools: 203.0.113.1 is in no pool',
    ])
  })

  it('deprecatedAnnotation when a Service with the old prefix gets its address', () => {
    const old = one({ annotations: { 'metallb.universe.tf/address-pool': 'a' } })
    expect(events(undefined, old)[1]).to.match(
      /^Warning deprecatedAnnotation: metallb.universe.tf\/address-pool/,
    )
    expect(events(old, old)).to.deep.equal([])
  })

  it('announceFailed when nobody announces a Service for a reason that lasts', () => {
    const silent = {
      ...snapshot({ pools, services: [assigned(service('web'), ['192.0.2.0'], 'a')] }),
      takenAt: later,
    }
    const told = 'Warning announceFailed: NoEndpointSlices: there is no EndpointSlice for the Service'
    expect(events(undefined, silent)).to.deep.equal([told])
    expect(events(silent, silent)).to.deep.equal([])
    const said = condition('metallb.io/Announced', { status: 'False', reason: 'NoEndpointSlices' })
    const services = silent.services.map((web) => ({ ...web, conditions: [...web.conditions, said] }))
    expect(events(undefined, { ...silent, services })).to.deep.equal([])
  })

  it('a flawed pool gets one event for all that is wrong, again only when that changes', () => {
    const flawed = snapshot({ pools: [pool('a', ['x', 'y'])] })
    const told = events(undefined, flawed)
    expect(told).to.have.length(1)
    expect(told[0]).to.match(/^Warning InvalidSpec: spec.addresses\[0\].*spec.addresses\[1\]/)
    expect(events(flawed, flawed)).to.deep.equal([])
    const standing = new Map([
      ['IPAddressPool/a', [condition('Ready', { status: 'False', reason: 'InvalidSpec' })]],
    ])
    expect(events(undefined, flawed, standing)).to.deep.equal([])
    expect(events(flawed, snapshot({ pools: [pool('a', ['x'])] }))).to.have.length(1)
  })

  it('a note is never longer than the API takes', () => {
    const told = controllerEvents({
      previous: undefined,
      current: reportOf(
        snapshot({
          pools: [
            pool(
              'a',
              Array.from({ length: 500 }, () => 'Ω'.repeat(50)),
            ),
          ],
        }),
      ),
      snapshot: snapshot({
        pools: [
          pool(
            'a',
            Array.from({ length: 500 }, () => 'Ω'.repeat(50)),
          ),
        ],
      }),
      standing: new Map(),
    })
    for (const { note } of told) expect(Buffer.byteLength(note)).to.be.at.most(1_024)
    expect(told).to.have.length(1)
  })

  it('nothing is told of Services that are not ours', () => {
    expect(events(undefined, one({ loadBalancerClass: 'x' }))).to.deep.equal([])
  })
})
