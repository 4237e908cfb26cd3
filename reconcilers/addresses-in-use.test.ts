// Addresses that another machine of the network uses: who has one that it did not ask for gets another, nobody is given
// one, and each counts no longer than speakers say so.
import { expect } from 'chai'
import type { AddressInUse, ConfigurationState } from '../crds/configuration-state.ts'
import type { Service } from '../crds/core.ts'
import { parsePoolFindings } from '../crds/pool-findings.ts'
import type { FoundInUse } from '../crds/pool-findings.ts'
import { resourceOf } from '../test/support/resource.ts'
import { assigned, pool, service, snapshot } from '../test/support/snapshots.ts'
import { ask, both, plans, requireBoth, v4 } from '../test/support/told.ts'
import { explainService } from './explain.ts'
import { poolStatuses } from './object-status.ts'
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

const machine = (number: number): string => `02:00:00:00:01:${String(number).padStart(2, '0')}`
const usedBy = (mac: string, ...addresses: readonly string[]) =>
  addresses.map((address) => ({ ...used(address), mac }))
const three = usedBy(machine(1), '192.0.2.0', '192.0.2.1', '192.0.2.2')

describe('a machine that answers for three addresses', () => {
  it('uses none of them: no Service moves, each may be given, all count as free', () => {
    const services = [has('192.0.2.1'), service('other')]
    const changes = { pools: [pool('a', v4)], services, ...told(...three) }
    expect(plans(changes)).to.deep.equal({ web: 'a 192.0.2.1', other: 'a 192.0.2.0' })
    expect(planned([], told(...three)).pools.get('a')?.availableIPv4).to.equal(256n)
  })

  it('is named by the pool, with some of the addresses and what it may be', () => {
    const [warning, ...more] = planned([], told(...three)).pools.get('a')?.warnings ?? []
    expect(warning?.reason).to.equal('AnsweredByProxy')
    expect(warning?.message).to.match(
      /^02:00:00:00:01:01 answers for 192\.0\.2\.0, 192\.0\.2\.1, 192\.0\.2\.2: /,
    )
    expect(more).to.deep.equal([])
  })

  it('is one, whichever speakers found it', () => {
    const [first, ...others] = three.map((one, index) => {
      const [state] = told(one).configurationStates ?? []
      return state === undefined ? [] : [{ ...state, name: `speaker-node-${index}` }]
    })
    const configurationStates = [...(first ?? []), ...others.flat()]
    const plan = planned([has('192.0.2.1')], { takenAt: now, configurationStates })
    expect(plan.services.get('default/web')).to.deep.include({ addresses: ['192.0.2.1'] })
    expect(plan.pools.get('a')?.answering?.map(({ mac }) => mac)).to.deep.equal([machine(1)])
  })

  it('says nothing about one that uses an address beside it', () => {
    const changes = told(...three, ...usedBy(machine(2), '192.0.2.3'))
    expect(
      planned([], changes)
        .pools.get('a')
        ?.inUse?.map(({ mac }) => mac),
    ).to.deep.equal([machine(2)])
  })

  it('of which two answers are left is two users once nothing is remembered of it', () => {
    const two = planned([], told(...three.slice(0, 2))).pools.get('a')
    expect(two?.inUse).to.have.length(2)
    expect(two?.answering).to.equal(undefined)
  })

  it('is remembered by the pool for a day, and the plan wakes then', () => {
    const answering = planned([], told(...three)).pools.get('a')?.answering ?? []
    const remembered = (laterMs: number): Partial<Snapshot> => ({
      ...told(...usedBy(machine(1), '192.0.2.0')),
      takenAt: now + laterMs,
      poolFindings: [{ pool: 'a', addressesInUse: [], answeringMachines: answering }],
    })
    const day = 24 * 3_600_000
    expect(planned([], remembered(60_000)).pools.get('a')?.inUse).to.equal(undefined)
    expect(planned([], remembered(day - 1)).pools.get('a')?.warnings).to.have.length(1)
    expect(planned([], remembered(day - 1)).wakeAt).to.equal(now + day)
    expect(planned([], remembered(day)).pools.get('a')?.warnings).to.deep.equal([])
  })

  it('is forgotten where its pool has the check off', () => {
    const off = pool('a', v4, { duplicateAddressCheck: 'Off' })
    const plan = planController(snapshot({ pools: [off], ...told(...three) }))
    expect(plan.pools.get('a')?.answering).to.equal(undefined)
  })
})

describe('what a pool remembers of addresses in use', () => {
  const mark: FoundInUse = { ...used('192.0.2.0', 60), reportedBy: 'speaker-node-a' }
  const remembered = (state?: Partial<ConfigurationState>): Partial<Snapshot> => {
    const [standing] = told().configurationStates ?? []
    return {
      takenAt: now,
      poolFindings: [{ pool: 'a', addressesInUse: [mark], answeringMachines: [] }],
      configurationStates: state === undefined || standing === undefined ? [] : [{ ...standing, ...state }],
    }
  }
  const inUse = (changes: Partial<Snapshot>) =>
    planned([], changes)
      .pools.get('a')
      ?.inUse?.map(({ address }) => address) ?? []
  const secondsAgo = (seconds: number) => new Date(now - seconds * 1000).toISOString()

  it('counts on when the speaker is gone with its ConfigurationState', () => {
    expect(inUse(remembered())).to.deep.equal(['192.0.2.0'])
  })

  it('counts on when another Pod of the speaker has begun a new one, and knows nothing of it', () => {
    expect(inUse(remembered({ createdAt: secondsAgo(30), addressesInUse: [] }))).to.deep.equal(['192.0.2.0'])
  })

  it('is taken back by the one in which it stood', () => {
    expect(inUse(remembered({ createdAt: secondsAgo(90), addressesInUse: [] }))).to.deep.equal([])
  })

  it('counts for 15 minutes after the last answer', () => {
    expect(inUse({ ...remembered(), takenAt: now + 839_000 })).to.deep.equal(['192.0.2.0'])
    expect(inUse({ ...remembered(), takenAt: now + 840_000 })).to.deep.equal([])
  })

  it('is not written anew for each answer: only when five minutes have passed', () => {
    const answered = (secondsLater: number): Partial<Snapshot> => ({
      ...told(used('192.0.2.0', 60 - secondsLater)),
      poolFindings: [{ pool: 'a', addressesInUse: [mark], answeringMachines: [] }],
    })
    const written = (secondsLater: number) => planned([], answered(secondsLater)).pools.get('a')?.inUse?.[0]
    expect(written(299)?.lastSeen).to.equal(mark.lastSeen)
    expect(written(300)?.lastSeen).to.equal(new Date(now + 240_000).toISOString())
  })

  it('is no more than 256 addresses: those that were seen last', () => {
    const many = Array.from({ length: 256 }, (_, last) => used(`192.0.2.${last}`, last))
    const others = Array.from({ length: 20 }, (_, last) => used(`198.51.100.${last}`, 300))
    const wide = pool('a', ['192.0.2.0/24', '198.51.100.0/24'])
    const distinct = [...many, ...others].map((one, index) => ({ ...one, mac: `02:00:00:00:${hex(index)}` }))
    const plan = planController(snapshot({ pools: [wide], ...told(...distinct) })).pools.get('a')
    expect(plan?.inUse).to.have.length(256)
    expect(plan?.inUseCount).to.equal(276)
    expect(plan?.inUse?.some(({ address }) => address.startsWith('198.51.100.'))).to.equal(false)
  })

  it('stands in its status as it is read from there', () => {
    const plan = planned(
      [],
      told(used('192.0.2.0'), ...usedBy(machine(1), '192.0.2.1', '192.0.2.2', '192.0.2.3')),
    )
    const [status] = poolStatuses(snapshot({ pools: [pool('a', v4)] }), plan)
    const read = parsePoolFindings(resourceOf({ status: status?.status }, { name: 'a' }))
    expect(read.addressesInUse).to.deep.equal(plan.pools.get('a')?.inUse)
    expect(read.answeringMachines).to.deep.equal(plan.pools.get('a')?.answering)
    expect(read.answeringMachines).to.have.length(1)
  })
})

function hex(index: number): string {
  const text = index.toString(16).padStart(4, '0')
  return `${text.slice(0, 2)}:${text.slice(2)}`
}
