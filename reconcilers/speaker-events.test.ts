// What a speaker tells of its Services when it becomes so.
import { expect } from 'chai'
import fc from 'fast-check'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import type { L2Observed } from '../protocols/l2/observed.ts'
import { observed, observedClaim, observedEth0 } from '../test/support/l2-observed.ts'
import { advertisement, assigned, cluster, pool, service } from '../test/support/snapshots.ts'
import { l2StatusName, staleL2Statuses } from './l2-status.ts'
import { planSpeaker } from './plan.ts'
import type { SpeakerPlan } from './plan.ts'
import { speakerEvents } from './speaker-events.ts'
import type { SpeakerChange, SpeakerReport } from './speaker-events.ts'
import { speakerStatuses } from './status.ts'

function scene(spec: Readonly<Record<string, unknown>> = {}) {
  return cluster(['node-a'], {
    pools: [pool('a', ['192.0.2.0/24', '2001:db8::/64'])],
    l2Advertisements: [advertisement('all', spec)],
    services: [assigned(service('web'), ['192.0.2.200'], 'a')],
  })
}

const plan = (): SpeakerPlan => planSpeaker(scene(), 'node-a')

describe('events of a speaker', () => {
  const events = (
    before: L2Observed | undefined,
    now: L2Observed,
    standing: readonly ServiceL2Status[] = [],
  ) =>
    speakerEvents({
      previous: before === undefined ? undefined : { plan: plan(), observed: before },
      current: { plan: plan(), observed: now },
      snapshot: scene(),
      standing,
    }).map(({ reason, note }) => `${reason}: ${note}`)
  const announcing = 'nodeAssigned: announcing from node "node-a" with protocol "layer2"'

  it('nodeAssigned comes once, when it begins to announce', () => {
    const answering = observed([observedClaim('192.0.2.200')])
    expect(events(observed([]), answering)).to.deep.equal([announcing])
    expect(events(answering, answering)).to.deep.equal([])
    expect(events(undefined, answering)).to.deep.equal([announcing])
  })

  it('a restart that finds its own ServiceL2Status does not tell it again', () => {
    const own = {
      name: l2StatusName('node-a', 'default/web'),
      namespace: 'metallb-system',
      node: 'node-a',
      serviceName: 'web',
      serviceNamespace: 'default',
      interfaces: [],
    }
    expect(events(undefined, observed([observedClaim('192.0.2.200')]), [own])).to.deep.equal([])
  })

  it('announceFailed comes when the node has none of the interfaces', () => {
    const nowhere = observed([observedClaim('192.0.2.200', { interfaces: [] })])
    expect(events(observed([]), nowhere)).to.deep.equal([
      'announceFailed: 192.0.2.200: node node-a has none of the interfaces to announce on',
    ])
    expect(events(nowhere, nowhere)).to.deep.equal([])
  })

  it('a warning comes once, when it becomes so', () => {
    const calm = observed([observedClaim('192.0.2.200')])
    const held = observed([observedClaim('192.0.2.200', { heldBy: 'kube-ipvs0' })])
    expect(events(calm, held)).to.have.length(1)
    expect(events(held, held)).to.deep.equal([])
  })
})

const services = [
  assigned(service('web'), ['192.0.2.200', '2001:db8::5'], 'a'),
  assigned(service('db'), ['192.0.2.201'], 'a'),
  assigned(service('far'), ['192.0.2.5'], 'a'),
]

const full = { ...scene(), services }
const others = [
  { ...full, services: services.slice(1) },
  { ...scene({ interfaces: ['eth0'] }), services },
]

const standingObjects: readonly ServiceL2Status[] = ['web', 'gone'].map((serviceName) => ({
  name: l2StatusName('node-a', `default/${serviceName}`),
  namespace: 'metallb-system',
  node: 'node-a',
  serviceName,
  serviceNamespace: 'default',
  interfaces: [],
}))

const addresses = ['192.0.2.200', '192.0.2.201', '192.0.2.5', '2001:db8::5'] as const

/** What may be so of a claim: the same object each time, as the engine tells what has not changed. */
const claimsOf = addresses.map((address) => [
  observedClaim(address),
  observedClaim(address, { requestsReceived: 1 }),
  observedClaim(address, { interfaces: [] }),
  observedClaim(address, { heldBy: 'lo' }),
  observedClaim(address, { yielded: true }),
])

const onLink = [[], ['192.0.2.130/25'], ['192.0.2.130/25', '2001:db8:1::1/64']].map((subnets) => [
  { ...observedEth0, addresses: subnets },
])

/** One pass after the other; of each address one of its claims, or none. */
const anyPasses = fc.array(
  fc.record({
    snapshot: fc.constantFrom(full, full, full, ...others),
    interfaces: fc.constantFrom(...onLink),
    claims: fc.tuple(...claimsOf.map((some) => fc.constantFrom(...some, undefined))),
  }),
  { minLength: 2, maxLength: 8 },
)

describe('what a speaker remembers from pass to pass', () => {
  it('makes no difference to what it tells, writes and removes', () => {
    fc.assert(
      fc.property(anyPasses, (passes) => {
        let previous: SpeakerReport | undefined
        const warm = passes.map(({ snapshot, interfaces, claims }) => {
          const present = claims.flatMap((claim) => claim ?? [])
          const seen = observed(present, interfaces)
          const current = { plan: planSpeaker(snapshot, 'node-a'), observed: seen }
          const change = { previous, current, snapshot, standing: standingObjects }
          previous = current
          return { change, outcome: outcomeOf(change) }
        })
        for (const { change, outcome } of warm) expect(outcome).to.deep.equal(outcomeOf(asStrangers(change)))
      }),
      { numRuns: 300 },
    )
  })
})

/** No object of it is one of before: all is looked at. */
function asStrangers(change: SpeakerChange): SpeakerChange {
  const { previous, current, ...rest } = change
  return {
    previous: structuredClone(previous),
    current: structuredClone(current),
    ...structuredClone(rest),
  }
}

function outcomeOf(change: SpeakerChange) {
  const { plan, observed: seen } = change.current
  const statuses = speakerStatuses(change.snapshot, plan, seen)
  const wished = statuses.filter(({ kind }) => kind.kind === 'ServiceL2Status')
  return {
    events: speakerEvents(change),
    statuses,
    stale: staleL2Statuses(change.standing, wished, 'node-a'),
  }
}
