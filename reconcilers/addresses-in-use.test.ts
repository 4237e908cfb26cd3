// Addresses that another machine of the network uses: who has one that it did not ask for gets another, nobody is given
// one, and each counts no longer than speakers say so.
import { expect } from 'chai'
import type { AddressInUse, ConfigurationState } from '../crds/configuration-state.ts'
import type { Service } from '../crds/core.ts'
import { assigned, pool, service, snapshot } from '../test/support/snapshots.ts'
import { ask, both, plans, requireBoth, v4 } from '../test/support/told.ts'
import { explainService } from './explain.ts'
import { planController } from './plan.ts'
import type { ControllerPlan } from './plan.ts'
import { startAllocator } from './services.ts'
import { indexPools } from './pools.ts'
import type { Snapshot } from './snapshot.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const squatter = '02:00:00:00:00:99'

function used(address: string, secondsAgo = 0): AddressInUse {
  const lastSeen = new Date(now - secondsAgo * 1000).toISOString()
  return { address, mac: squatter, interfaceName: 'eth0', lastSeen }
}

function told(...addressesInUse: readonly AddressInUse[]): Partial<Snapshot> {
  const state: ConfigurationState = {
    name: 'speaker-node-a',
    namespace: 'metallb-system',
    result: 'Valid',
    errorSummary: '',
    conditions: [],
    sessions: [],
    addressesInUse,
  }
  return { takenAt: now, configurationStates: [state] }
}

function planned(services: readonly Service[], more: Partial<Snapshot>): ControllerPlan {
  return planController(snapshot({ pools: [pool('a', v4)], services, ...more }))
}

const web = service('web')
const has = (address: string, from = web) => assigned(from, [address], 'a')

describe('an address that another machine uses', () => {
  it('is left by the Service that got it unasked: make before break, and with the reason', () => {
    const services = [has('192.0.2.0')]
    expect(plans({ pools: [pool('a', v4)], services, ...told(used('192.0.2.0')) })).to.deep.equal({
      web: 'a 192.0.2.1 -192.0.2.0 AddressInUse',
    })
  })

  it('is named with the MAC of the machine, the node and the interface', () => {
    const plan = planned([has('192.0.2.0')], told(used('192.0.2.0'))).services.get('default/web')
    expect(plan).to.have.nested.property(
      'replaced.verdict.message',
      `192.0.2.0 is used by another machine, ${squatter}, as speaker-node-a sees on eth0`,
    )
  })

  it('is told by the same speaker while two see it, whichever saw it last', () => {
    const messages = [[10, 20] as const, [20, 10] as const].map(([a, b]) => {
      const [one, two] = [told(used('192.0.2.0', a)), told(used('192.0.2.0', b))]
      const configurationStates = [
        ...(one.configurationStates ?? []),
        ...(two.configurationStates ?? []).map((state) => ({ ...state, name: 'speaker-node-b' })),
      ]
      return planned([], { takenAt: now, configurationStates }).pools.get('a')?.warnings[0]?.message
    })
    expect(messages[0]).to.include('speaker-node-a')
    expect(messages[1]).to.equal(messages[0])
  })

  it('is given to nobody', () => {
    expect(plans({ pools: [pool('a', v4)], services: [web], ...told(used('192.0.2.0')) })).to.deep.equal({
      web: 'a 192.0.2.1',
    })
  })

  it('is not given to who asks for it by name, who learns why', () => {
    const services = [service('web', ask({ loadBalancerIPs: '192.0.2.0' }))]
    const changes = { pools: [pool('a', v4)], services, ...told(used('192.0.2.0')) }
    expect(plans(changes)).to.deep.equal({ web: 'pending AddressInUse' })
  })

  it('stays with who asked for it by name and has it, with a verdict', () => {
    const asking = service('web', ask({ loadBalancerIPs: '192.0.2.0' }))
    const changes = {
      pools: [pool('a', v4)],
      services: [has('192.0.2.0', asking)],
      ...told(used('192.0.2.0')),
    }
    expect(plans(changes)).to.deep.equal({ web: 'a 192.0.2.0 !AddressInUse' })
  })

  it('stays where there is no other, with a verdict that says both', () => {
    const services = [has('192.0.2.0')]
    const { services: all } = planned(services, {
      pools: [pool('a', ['192.0.2.0/32'])],
      ...told(used('192.0.2.0')),
    })
    const plan = all.get('default/web')
    expect(plan).to.have.nested.property('verdict.reason', 'AddressInUse')
    expect(plan)
      .to.have.nested.property('verdict.message')
      .that.matches(/there is no other: every IPv4 address/)
  })

  it('of two families takes only itself away', () => {
    const services = [assigned(service('web', requireBoth), ['192.0.2.0', '2001:db8::'], 'a')]
    expect(plans({ pools: [pool('a', both)], services, ...told(used('192.0.2.0')) })).to.deep.equal({
      web: 'a 192.0.2.1 2001:db8:: -192.0.2.0 AddressInUse',
    })
  })

  it('is left by all who share it, who share the next one', () => {
    const shared = { annotations: { 'metallb.io/allow-shared-ip': 'k' } }
    const one = service('one', { ...shared, ports: [{ name: '', protocol: 'TCP', port: 80 }] })
    const two = service('two', { ...shared, ports: [{ name: '', protocol: 'TCP', port: 81 }] })
    const services = [has('192.0.2.0', one), has('192.0.2.0', two)]
    expect(plans({ pools: [pool('a', v4)], services, ...told(used('192.0.2.0')) })).to.deep.equal({
      one: 'a 192.0.2.1 -192.0.2.0 AddressInUse',
      two: 'a 192.0.2.1 -192.0.2.0 AddressInUse',
    })
  })

  it('is no longer counted as free, and its pool warns', () => {
    const plan = planned([], told(used('192.0.2.0'))).pools.get('a')
    expect(plan?.availableIPv4).to.equal(255n)
    expect(plan?.warnings.map(({ reason }) => reason)).to.deep.equal(['AddressInUse'])
  })

  it('counts for 15 minutes after its last answer; the plan wakes then', () => {
    expect(planned([], told(used('192.0.2.0', 899))).wakeAt).to.equal(now + 1000)
    const changes = { pools: [pool('a', v4)], services: [has('192.0.2.0')], ...told(used('192.0.2.0', 900)) }
    expect(plans(changes)).to.deep.equal({ web: 'a 192.0.2.0' })
  })

  it('does not count where its pool has the check off: the operator clears it so', () => {
    const off = pool('a', v4, { duplicateAddressCheck: 'Off' })
    expect(plans({ pools: [off], services: [has('192.0.2.0')], ...told(used('192.0.2.0')) })).to.deep.equal({
      web: 'a 192.0.2.0',
    })
  })

  it('moves a Service in books that were kept as in books made afresh', () => {
    const services = [has('192.0.2.0'), has('192.0.2.1', service('other'))]
    const pools = [pool('a', v4)]
    const kept = startAllocator()
    const before = snapshot({ pools, services, ...told() })
    const after = snapshot({ pools, services, ...told(used('192.0.2.1')) })
    const cleared = snapshot({ pools, services, ...told() })
    for (const each of [before, after, cleared]) {
      const index = indexPools(pools)
      const fresh = startAllocator()(each, index)
      expect(Object.fromEntries(kept(each, index).services)).to.deep.equal(Object.fromEntries(fresh.services))
    }
  })

  it('stands in the explanation of a Service that asks for it', () => {
    const asking = service('web', ask({ loadBalancerIPs: '192.0.2.0' }))
    const known = snapshot({ pools: [pool('a', v4)], services: [asking], ...told(used('192.0.2.0')) })
    expect(JSON.stringify(explainService(known, asking.key))).to.include(`another machine, ${squatter}`)
  })
})
