// What a user can get wrong: a condition, one event and one line in the log for each, which name what was written and are
// not repeated; and a Service that has nothing to do with it goes on being announced.
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import { parseService, serviceKind } from '../crds/service.ts'
import { resourceOf } from '../test/support/resource.ts'
import { advertisement, assigned, at, cluster, pool, service } from '../test/support/snapshots.ts'
import { conditionsOf, later, report, statusOf } from '../test/support/statuses.ts'
import { ask, both } from '../test/support/told.ts'
import { announcementsIn } from './announced.ts'
import type { ControllerReport } from './events.ts'
import { controllerEvents } from './events.ts'
import { planController, planSpeaker } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import { controllerTroubles } from './troubles.ts'

const nodes = ['node-a', 'node-b']
const good = assigned(service('good'), ['192.0.2.7'], 'lan')
const unreadable = [{ matchExpressions: [{ key: 'x', operator: 'Like' }] }]

type Wrong = Pick<Snapshot, 'pools' | 'l2Advertisements' | 'services' | 'flawedServices'>

function snapshotWith({ pools, l2Advertisements, services, flawedServices }: Partial<Wrong>): Snapshot {
  return cluster(nodes, {
    takenAt: later,
    pools: [pool('lan', both), ...(pools ?? [])],
    l2Advertisements: [advertisement('all'), ...(l2Advertisements ?? [])],
    services: [good, ...(services ?? [])],
    flawedServices: flawedServices ?? [],
  })
}

function reportOf(of: Snapshot): ControllerReport {
  const plan = planController(of)
  return { plan, announcements: announcementsIn(of, plan, [report('node-a', good.key)]) }
}

type Told = { readonly events: readonly string[]; readonly lines: readonly string[] }

/** Of the objects with this name, by a process that saw `before` or begins. */
function toldOf(name: string, { of, before }: { readonly of: Snapshot; readonly before?: Snapshot }): Told {
  const change = { previous: before === undefined ? undefined : reportOf(before), current: reportOf(of) }
  const events = controllerEvents({ ...change, snapshot: of, standing: new Map() })
  const troubles = controllerTroubles(change)
  return {
    events: events.filter(({ regarding }) => regarding.name === name).map(({ note }) => note),
    lines: troubles
      .filter(({ object }) => object.split(/[ /]/).at(-1) === name)
      .map(({ reason, message }) => `${reason}: ${message}`),
  }
}

function asking(changes: Partial<Service>): Partial<Wrong> {
  return { services: [service('x', changes)] }
}

function flawed(spec: Readonly<Record<string, unknown>>): Partial<Wrong> {
  const resource = resourceOf({ spec: { type: 'LoadBalancer', ...spec } }, { name: 'x' })
  const { value, objections } = parseService(resource)
  const { namespace, name } = value
  const one = { kind: serviceKind, namespace, name, uid: value.uid, ingress: [], objections, service: value }
  return { flawedServices: [one] }
}

const long = 'x'.repeat(65_536)
const tenThousand = Array.from({ length: 10_000 }, (_, index) => `10.${index >> 8}.${index & 255}.0/33`)

type Case = readonly [what: string, wrong: Partial<Wrong>, condition: string, words: RegExp]

const cases: readonly Case[] = [
  [
    'a malformed address list',
    { pools: [pool('x', ['nonsense'])] },
    'Ready=False InvalidSpec',
    /spec\.addresses\[0\].*nonsense/,
  ],
  ['an empty address list', { pools: [pool('x', [])] }, 'Ready=False InvalidSpec', /spec\.addresses/],
  [
    'a reversed range',
    { pools: [pool('x', ['198.51.100.9-198.51.100.3'])] },
    'Ready=False InvalidSpec',
    /198\.51\.100\.3-198\.51\.100\.9/,
  ],
  [
    'a range of two families',
    { pools: [pool('x', ['198.51.100.9-2001:db8::9'])] },
    'Ready=False InvalidSpec',
    /starts with IPv4 and ends with IPv6/,
  ],
  [
    'a pool that overlaps an older one',
    { pools: [pool('x', ['192.0.2.128-192.0.3.9'], { createdAt: at(5) })] },
    'Ready=True OverlappingPools',
    /lan and x .*192\.0\.2\.128\/25/,
  ],
  [
    '10,000 bad addresses',
    { pools: [pool('x', tenThousand)] },
    'Ready=False InvalidSpec',
    /spec\.addresses\[0\].*10\.0\.0\.0\/33/,
  ],
  [
    'a selector that cannot be read',
    { pools: [pool('x', ['198.51.100.0/24'], { serviceAllocation: { serviceSelectors: unreadable } })] },
    'Ready=False InvalidSpec',
    /spec\.serviceAllocation\.serviceSelectors\[0\].*"Like"/,
  ],
  [
    'a Service that asks for an address outside the pools',
    asking(ask({ loadBalancerIPs: '203.0.113.1' })),
    'metallb.io/Allocated=False AddressOutsidePools',
    /203\.0\.113\.1/,
  ],
  [
    'a Service that asks for an address in use',
    asking(ask({ loadBalancerIPs: '192.0.2.7' })),
    'metallb.io/Allocated=False AddressInUse',
    /192\.0\.2\.7.*default\/good/,
  ],
  [
    'a Service that asks for an address of the wrong family',
    asking(ask({ loadBalancerIPs: '2001:db8::7' })),
    'metallb.io/Allocated=False WrongFamily',
    /2001:db8::7/,
  ],
  [
    'a Service that asks both ways at once',
    asking({ ...ask({ loadBalancerIPs: '192.0.2.8' }), loadBalancerIP: '192.0.2.9' }),
    'metallb.io/Allocated=False RequestedTwice',
    /192\.0\.2\.8.*192\.0\.2\.9|spec\.loadBalancerIP/,
  ],
  [
    'a Service that asks for an unknown pool',
    asking(ask({ 'address-pool': 'nowhere' })),
    'metallb.io/Allocated=False UnknownPool',
    /nowhere/,
  ],
  [
    'an annotation of 64 kB',
    asking(ask({ loadBalancerIPs: long })),
    'metallb.io/Allocated=False UnreadableRequest',
    /xxx/,
  ],
  [
    'a Service that breaks our schema',
    flawed({ ports: 'eighty' }),
    'metallb.io/Allocated=False InvalidService',
    /spec\.ports.*eighty/,
  ],
  [
    'an advertisement of an unknown pool',
    { l2Advertisements: [advertisement('x', { ipAddressPools: ['lan', 'nowhere'] })] },
    'Ready=True UnknownPool',
    /nowhere/,
  ],
  [
    'an advertisement of unknown pools only',
    { l2Advertisements: [advertisement('x', { ipAddressPools: ['nowhere'] })] },
    'Ready=False NoPoolSelected',
    /nowhere/,
  ],
  [
    'an advertisement on an unknown interface',
    { l2Advertisements: [advertisement('x', { interfaces: ['eth9'] })] },
    'Ready=True UnknownInterface',
    /eth9/,
  ],
  [
    'an advertisement with a selector that cannot be read',
    { l2Advertisements: [advertisement('x', { nodeSelectors: unreadable })] },
    'Ready=False InvalidSpec',
    /spec\.nodeSelectors\[0\].*"Like"/,
  ],
  [
    'an advertisement that breaks our schema',
    { l2Advertisements: [advertisement('x', { interfaces: 'eth0' })] },
    'Ready=False InvalidSpec',
    /spec\.interfaces.*eth0/,
  ],
]

describe('bad input', () => {
  for (const [what, wrong, condition, words] of cases) {
    const of = snapshotWith(wrong)

    it(`${what} is told by condition, event and log, and the rest works on`, () => {
      const status = statusOf(of, 'x')
      expect(conditionsOf(status)).to.include(condition)
      expect(status?.conditions?.[0]?.message).to.match(words)
      const { events, lines } = toldOf('x', { of })
      expect(events).to.have.length(1)
      expect(events[0]).to.match(words)
      expect(lines).to.have.length(1)
      expect(lines[0]).to.match(words)
      const announcing = nodes.filter(
        (name) => planSpeaker(of, name).services.get(good.key)?.state === 'announced',
      )
      expect(announcing).to.have.length(1)
    })

    it(`${what} is told once`, () => {
      const changed = { ...of, services: of.services.map((one) => ({ ...one, labels: { other: 'yes' } })) }
      expect(toldOf('x', { of: changed, before: of })).to.deep.equal({ events: [], lines: [] })
    })
  }
})
