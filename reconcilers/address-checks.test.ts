// Which addresses a speaker asks for: those that are new while it looks on, and that nobody else announces.
import { expect } from 'chai'
import type { AddressInUse, ConfigurationState } from '../crds/configuration-state.ts'
import type { Service } from '../crds/core.ts'
import type { ObservedCheck } from '../protocols/l2/observed.ts'
import { observedClaim } from '../test/support/l2-observed.ts'
import { advertisement, assigned, cluster, condition, pool, service } from '../test/support/snapshots.ts'
import { claimsWithChecks, lookAgain, newChecks, toldInUse } from './address-checks.ts'
import type { AddressChecks, Look } from './address-checks.ts'
import { planSpeaker } from './plan.ts'
import type { Snapshot } from './snapshot.ts'

const web = service('web')
const webHas = (address: string) => assigned(web, [address], 'lan')

type Scene = {
  readonly services?: readonly Service[]
  readonly nodes?: readonly string[]
  readonly found?: Readonly<Record<string, ObservedCheck>>
  readonly mode?: 'Quick' | 'Full' | 'Off'
  readonly fallback?: Look['fallback']
  readonly more?: Partial<Snapshot>
}

/** What node-a sees. */
function look({
  services = [],
  nodes = ['node-a'],
  found = {},
  mode,
  fallback = 'Quick',
  more = {},
}: Scene): Look {
  const check = mode === undefined ? {} : { duplicateAddressCheck: mode }
  const snapshot = cluster(nodes, {
    pools: [pool('lan', ['192.0.2.0/24'], check)],
    l2Advertisements: [advertisement('lan')],
    services,
    ...more,
  })
  const observed = Object.entries(found).map(([address, each]) => observedClaim(address, { check: each }))
  return { snapshot, plan: planSpeaker(snapshot, 'node-a'), observed, fallback }
}

/** The claims after these looks, one after the other. */
function asked(...scenes: readonly Scene[]): readonly string[] {
  let checks: AddressChecks = newChecks(undefined)
  let claims: readonly string[] = []
  for (const scene of scenes) {
    const seen = look(scene)
    checks = lookAgain(checks, seen)
    claims = claimsWithChecks(checks, seen).map(({ address, check }) => `${address} ${check ?? '-'}`)
  }
  return claims
}

const inUse: ObservedCheck = {
  state: 'in-use',
  mac: '02:00:00:00:00:99',
  interfaceName: 'eth0',
  seenAt: Date.parse('2026-01-01T00:00:00Z'),
}

describe('an address is asked for', () => {
  it('when a Service gets it while the speaker looks on, beside its announcing', () => {
    expect(asked({ services: [web] }, { services: [webHas('192.0.2.1')] })).to.deep.equal([
      '192.0.2.1 beside',
    ])
  })

  it('not when it was there as the speaker started', () => {
    expect(asked({ services: [webHas('192.0.2.1')] })).to.deep.equal(['192.0.2.1 -'])
  })

  it('not when another node announced it before', () => {
    const [one, two] = ['node-a', 'node-b'] as const
    const services = Array.from({ length: 16 }, (_, last) =>
      assigned(service(`s${last}`), [`192.0.2.${last}`], 'lan'),
    )
    const both = asked({ nodes: [one, two] }, { services, nodes: [one, two] })
    const alone = asked({ nodes: [one, two] }, { services, nodes: [one, two] }, { services, nodes: [one] })
    expect(both.length).to.be.within(1, 15)
    expect(both.every((claim) => claim.endsWith(' beside'))).to.equal(true)
    expect(alone.filter((claim) => claim.endsWith(' beside'))).to.deep.equal(both)
  })

  it('when its endpoints come long after it: nobody has announced it before', () => {
    const services = [webHas('192.0.2.1')]
    const without = { endpoints: new Map() }
    expect(
      asked(
        { services: [web], more: without },
        { services, more: without },
        { services, more: without },
        { services },
      ),
    ).to.deep.equal(['192.0.2.1 beside'])
  })

  it('once: not again when it was found free', () => {
    const services = [webHas('192.0.2.1')]
    expect(
      asked({ services: [web] }, { services }, { services, found: { '192.0.2.1': { state: 'free' } } }),
    ).to.deep.equal(['192.0.2.1 -'])
  })

  it('again when another Service gets it later', () => {
    const other = assigned(service('other'), ['192.0.2.1'], 'lan')
    expect(asked({ services: [webHas('192.0.2.1')] }, {}, { services: [other] })).to.deep.equal([
      '192.0.2.1 beside',
    ])
  })

  it('not when it is shared with one who has it', () => {
    const first = webHas('192.0.2.1')
    const second = assigned(
      service('two', { ports: [{ name: '', protocol: 'TCP', port: 81 }] }),
      ['192.0.2.1'],
      'lan',
    )
    expect(asked({ services: [first] }, { services: [first, second] })).to.deep.equal(['192.0.2.1 -'])
  })

  it('before it is announced where the pool says Full, and not at all where it says Off', () => {
    const steps = (mode: 'Full' | 'Off') => [
      { services: [web], mode },
      { services: [webHas('192.0.2.1')], mode },
    ]
    expect(asked(...steps('Full'))).to.deep.equal(['192.0.2.1 full'])
    expect(asked(...steps('Off'))).to.deep.equal(['192.0.2.1 -'])
  })

  it('as the speaker is set where the pool does not say', () => {
    const steps = (fallback: Look['fallback']) => [
      { services: [web], fallback },
      { services: [webHas('192.0.2.1')], fallback },
    ]
    expect(asked(...steps('Off'))).to.deep.equal(['192.0.2.1 -'])
    expect(asked(...steps('Full'))).to.deep.equal(['192.0.2.1 full'])
  })

  it('before it is announced by whoever takes up what the controller calls in use', () => {
    const said = condition('metallb.io/Allocated', {
      reason: 'AddressInUse',
      message: '192.0.2.1 from pool lan; 192.0.2.1 is used by another machine, …',
    })
    const services = [{ ...webHas('192.0.2.1'), conditions: [said] }]
    expect(asked({ services })).to.deep.equal(['192.0.2.1 before'])
  })

  it('to the end by whoever takes it up, also when the controller no longer calls it in use meanwhile', () => {
    const message = '192.0.2.1 from pool lan; 192.0.2.1 is used by another machine, …'
    const said = condition('metallb.io/Allocated', { reason: 'AddressInUse', message })
    const doubtful = { services: [{ ...webHas('192.0.2.1'), conditions: [said] }] }
    const cleared = { services: [webHas('192.0.2.1')] }
    const underWay: Scene['found'] = { '192.0.2.1': { state: 'under-way' } }
    const free: Scene['found'] = { '192.0.2.1': { state: 'free' } }
    const taken: Scene = { ...doubtful, found: underWay }
    // What is wished while it is asked for does not end the asking (protocols/l2/check.ts); no wish does.
    expect(asked(doubtful, taken, { ...cleared, found: underWay })).to.deep.equal(['192.0.2.1 beside'])
    expect(asked(doubtful, taken, { ...cleared, found: free })).to.deep.equal(['192.0.2.1 -'])
    expect(asked(doubtful, taken, { ...cleared, found: free }, cleared)).to.deep.equal(['192.0.2.1 -'])
    expect(asked(doubtful, { ...doubtful, found: free }, cleared)).to.deep.equal(['192.0.2.1 -'])
  })
})

describe('an address that another machine was found to use', () => {
  const found = { '192.0.2.1': inUse }
  const told: AddressInUse = {
    address: '192.0.2.1',
    mac: '02:00:00:00:00:99',
    interfaceName: 'eth0',
    lastSeen: '2026-01-01T00:00:00.000Z',
  }

  it('is told with the MAC, and asked for before it is announced', () => {
    const first = look({ services: [web] })
    const second = look({ services: [webHas('192.0.2.1')], found })
    const checks = lookAgain(lookAgain(newChecks(undefined), first), second)
    expect(toldInUse(checks)).to.deep.equal([told])
    expect(claimsWithChecks(checks, second)).to.deep.equal([
      { address: '192.0.2.1', interfaces: 'all', check: 'before', controls: ['10.96.0.10'] },
    ])
  })

  it('is asked for beside the cluster IP of its Service, which only nodes of the cluster have; of IPv6 it is not', () => {
    const both = assigned(
      service('web', { clusterIPs: ['fd00::7', '10.96.0.7'], ipFamilies: ['IPv6', 'IPv4'] }),
      ['192.0.2.1', '2001:db8::1'],
      'lan',
    )
    const wide = { pools: [pool('lan', ['192.0.2.0/24', '2001:db8::/120'])] }
    const seen = look({ services: [both], more: wide })
    const checks = lookAgain(lookAgain(newChecks(undefined), look({ more: wide })), seen)
    expect(claimsWithChecks(checks, seen).map(({ address, controls }) => [address, controls])).to.deep.equal([
      ['192.0.2.1', ['10.96.0.7']],
      ['2001:db8::1', undefined],
    ])
  })

  it('is asked for only, once its Service has another, until it is free', () => {
    const moved = [webHas('192.0.2.2')]
    const before: readonly Scene[] = [{ services: [web] }, { services: [webHas('192.0.2.1')], found }]
    const free: Scene = { services: moved, found: { '192.0.2.1': { state: 'free' } } }
    expect(asked(...before, { services: moved, found })).to.deep.equal(['192.0.2.1 only', '192.0.2.2 beside'])
    expect(asked(...before, { services: moved, found }, free)).to.deep.equal(['192.0.2.2 beside'])
  })

  it('is forgotten where its pool has the check off, or is gone', () => {
    const before: readonly Scene[] = [{ services: [web] }, { services: [webHas('192.0.2.1')], found }]
    expect(asked(...before, { mode: 'Off', found: {} })).to.deep.equal([])
    expect(asked(...before, { more: { pools: [] }, found: {} })).to.deep.equal([])
  })

  it('is remembered over a restart of the speaker', () => {
    const state: ConfigurationState = {
      name: 'speaker-node-a',
      namespace: 'metallb-system',
      result: 'Valid',
      errorSummary: '',
      conditions: [],
      sessions: [],
      addressesInUse: [told],
    }
    const seen = look({})
    const checks = lookAgain(newChecks(state), seen)
    expect(claimsWithChecks(checks, seen)).to.deep.equal([
      { address: '192.0.2.1', interfaces: 'all', check: 'only' },
    ])
  })

  it('is one of 64 at most: what was seen longest ago is no longer told', () => {
    const many = Object.fromEntries(
      Array.from({ length: 70 }, (_, last) => [
        `192.0.2.${last}`,
        { ...inUse, seenAt: 1_000_000 + last * 1000 },
      ]),
    )
    const checks = lookAgain(newChecks(undefined), look({ found: many }))
    expect(checks.inUse.size).to.equal(64)
    expect(checks.dropped).to.equal(6)
    expect([...checks.inUse.keys()]).not.to.include('192.0.2.5')
  })
})
