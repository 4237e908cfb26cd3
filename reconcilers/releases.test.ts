// What is remembered of addresses that were given back: who gets them, when, and how much of it is kept.
import { expect } from 'chai'
import fc from 'fast-check'
import type { Service } from '../crds/core.ts'
import type { Release } from '../crds/pool-memory.ts'
import { poolMemoryDefinition } from '../crds/pool-memory.ts'
import { assigned, at, pool, service, snapshot } from '../test/support/snapshots.ts'
import { isFull, mostBytes, mostReleases, withinBounds } from './memory-bounds.ts'
import { memoryStatuses } from './memory-status.ts'
import { memoryUnavailable } from './memory-troubles.ts'
import type { Memory } from './memory.ts'
import { rememberedForMs } from './memory.ts'
import { planController } from './plan.ts'
import { indexPools } from './pools.ts'
import { planRemembering } from './releases.ts'
import type { Informed } from './releases.ts'
import { startAllocator } from './services.ts'
import { carriedOut } from './settle.ts'
import type { Snapshot } from './snapshot.ts'

const start = Date.parse(at(1_000))
const two = ['192.0.2.0-192.0.2.1']
const resting = (...addresses: readonly string[]) => [pool('lan', addresses, { reuseAfter: '1m' })]
const plain = (...addresses: readonly string[]) => [pool('lan', addresses)]
const nothing: Memory = new Map()

const released = (address: string, name: string, releasedAt = start): Release => ({
  address,
  service: `default/${name}`,
  releasedAt,
})
const knowing = (...releases: readonly Release[]): Memory => new Map([['lan', releases]])

/** What the Service has by the plan, or why it has nothing. */
function told({ plan }: Pick<Informed, 'plan'>, name: string): string {
  const own = plan.services.get(`default/${name}`)
  if (own === undefined || own.state === 'not-ours') return 'nothing'
  return own.state === 'assigned' ? own.addresses.join(' ') : own.verdict.reason
}

/** The plan after a plan, so many ms later: the first one is carried out, and `services` are what is there then. */
function after(before: Informed, ms: number, changes: Partial<Snapshot>): Informed {
  const done = carriedOut(before.snapshot, before.plan)
  return planRemembering({ ...done, takenAt: done.takenAt + ms, ...changes }, before.plan)
}

const first = (pools: Snapshot['pools'], ...services: readonly Service[]): Informed =>
  planRemembering(snapshot({ pools, services, memory: nothing, takenAt: start }), undefined)

const young = (name: string, changes: Partial<Service> = {}): Service =>
  service(name, { createdAt: at(2_000), ...changes })

describe('an address that was given back', () => {
  it('is given to nobody else in the very plan that sees it free, and rests', () => {
    const before = first(resting('192.0.2.1/32'), service('web'), young('mail'))
    expect(told(before, 'mail')).to.equal('PoolExhausted')
    const now = after(before, 1_000, { services: [young('mail')] })
    expect(told(now, 'mail')).to.equal('PoolExhausted')
    expect(now.snapshot.memory?.get('lan')).to.deep.equal([released('192.0.2.1', 'web', start + 1_000)])
    expect(now.plan.wakeAt).to.equal(start + 61_000)
    expect(now.plan.pools.get('lan')).to.include({ availableIPv4: 0n, resting: 1n })
  })

  it('is given to another when its time is over, not a millisecond before', () => {
    const memory = knowing(released('192.0.2.1', 'web'))
    const plan = (takenAt: number) =>
      planRemembering(
        snapshot({ pools: resting('192.0.2.1/32'), services: [young('mail')], memory, takenAt }),
        undefined,
      )
    expect(told(plan(start + 59_999), 'mail')).to.equal('PoolExhausted')
    expect(told(plan(start + 60_000), 'mail')).to.equal('192.0.2.1')
  })

  it('does not rest for the Service that had it', () => {
    const memory = knowing(released('192.0.2.1', 'web'))
    const pools = resting('192.0.2.1/32')
    const now = planRemembering(
      snapshot({ pools, services: [young('mail'), young('web')], memory, takenAt: start }),
      undefined,
    )
    expect([told(now, 'mail'), told(now, 'web')]).to.deep.equal(['PoolExhausted', '192.0.2.1'])
  })

  it('is refused by name, with the time at which it is free', () => {
    const asking = young('mail', { loadBalancerIP: '192.0.2.1' })
    const memory = knowing(released('192.0.2.1', 'web'))
    const plan = planController(
      snapshot({ pools: resting(...two), services: [asking], memory, takenAt: start }),
    )
    const own = plan.services.get('default/mail')
    expect(own !== undefined && 'verdict' in own ? own.verdict : undefined).to.deep.equal({
      reason: 'AddressResting',
      message: `192.0.2.1 rests until ${at(1_060)}: Service default/web had it, and pool lan has a spec.reuseAfter`,
    })
  })

  it('is free for everybody at once where the pool has no reuseAfter', () => {
    const before = first(plain('192.0.2.1/32'), service('web'), young('mail'))
    expect(told(after(before, 1_000, { services: [young('mail')] }), 'mail')).to.equal('192.0.2.1')
  })
})

describe('a Service that is made again', () => {
  it('gets its address back, though another one is lower', () => {
    const before = first(plain(...two), service('first'), service('web', { createdAt: at(1) }))
    const gone = after(before, 1_000, { services: [] })
    const again = after(gone, 1_000, { services: [young('web')] })
    expect(told(again, 'web')).to.equal('192.0.2.1')
  })

  it('gets it back when nobody saw it gone', () => {
    const before = first(plain(...two), service('first'), service('web', { createdAt: at(1) }))
    const again = after(before, 1_000, { services: [young('web', { uid: 'another' })] })
    expect(told(again, 'web')).to.equal('192.0.2.1')
  })

  it('gets another if it does not want it, if somebody has it, or if too much time has passed', () => {
    const memory = knowing(released('192.0.2.1', 'web'))
    const plan = (services: readonly Service[], takenAt = start) =>
      told(planRemembering(snapshot({ pools: plain(...two), services, memory, takenAt }), undefined), 'web')
    const afresh = young('web', { annotations: { 'metallb.io/remember-address': 'false' } })
    expect(plan([afresh])).to.equal('192.0.2.0')
    expect(plan([assigned(service('other'), ['192.0.2.1'], 'lan'), young('web')])).to.equal('192.0.2.0')
    expect(plan([young('web')], start + rememberedForMs - 1)).to.equal('192.0.2.1')
    expect(plan([young('web')], start + rememberedForMs)).to.equal('192.0.2.0')
  })

  it('gets it back from a pool that is made again', () => {
    const before = first(plain(...two), service('first'), service('web', { createdAt: at(1) }))
    const without = after(before, 1_000, { pools: [] })
    expect(told(without, 'web')).to.equal('NoPools')
    const back = after(without, 1_000, { pools: plain(...two) })
    expect([told(back, 'first'), told(back, 'web')]).to.deep.equal(['192.0.2.0', '192.0.2.1'])
  })

  it('gets the address of a pool that does not admit it any more from another pool', () => {
    const memory = knowing(released('192.0.2.1', 'web'))
    const pools = [pool('lan', two, { paused: true }), pool('other', ['198.51.100.1/32'])]
    const now = planRemembering(
      snapshot({ pools, services: [young('web')], memory, takenAt: start }),
      undefined,
    )
    expect(told(now, 'web')).to.equal('198.51.100.1')
  })
})

describe('the memory of a pool', () => {
  it('stays the same object while nothing is given back', () => {
    const before = first(resting(...two), service('web'))
    const later = after(before, 1_000, {})
    expect(later.snapshot.memory).to.equal(before.snapshot.memory)
  })

  it('is the same wish while nothing of it changes, so that thousands of entries are compared once', () => {
    const now = snapshot({ memory: knowing(released('192.0.2.1', 'web')) })
    const [first, second] = [memoryStatuses(now)[0], memoryStatuses({ ...now, takenAt: now.takenAt + 1 })[0]]
    expect(first).not.to.equal(undefined)
    expect(second).to.equal(first)
  })

  it('loses what is over and who has his address again, with a write that is made anyway', () => {
    const memory = knowing(
      released('192.0.2.0', 'back'),
      released('192.0.2.9', 'old', start - rememberedForMs),
    )
    const services = [
      assigned(service('back'), ['192.0.2.0'], 'lan'),
      assigned(service('web'), ['192.0.2.1'], 'lan'),
    ]
    const before = planRemembering(
      snapshot({ pools: plain(...two), services, memory, takenAt: start }),
      undefined,
    )
    expect(before.snapshot.memory).to.equal(memory)
    const now = after(before, 1_000, { services: services.slice(0, 1) })
    expect(now.snapshot.memory?.get('lan')).to.deep.equal([released('192.0.2.1', 'web', start + 1_000)])
  })

  it('keeps what a Service gives back whose status is still being written', () => {
    const pools = [...resting(...two), pool('other', ['198.51.100.1/32'], { autoAssign: false })]
    const before = first(pools, service('web'), service('mail'))
    const done = carriedOut(before.snapshot, before.plan)
    const services = done.services.map((one) =>
      one.name === 'web' ? { ...one, annotations: { 'metallb.io/address-pool': 'other' } } : one,
    )
    const moved = planRemembering({ ...done, services }, before.plan)
    expect(told(moved, 'web')).to.equal('198.51.100.1')
    const written = new Map(
      services.flatMap(({ name, uid }) => (name === 'web' ? [[uid, ['198.51.100.1']]] : [])),
    )
    const under = { ...moved.snapshot, written, services: services.filter(({ name }) => name === 'web') }
    const now = planRemembering(under, moved.plan)
    expect(now.snapshot.memory?.get('lan')?.map((one) => one.service)).to.have.members([
      'default/web',
      'default/mail',
    ])
  })

  it('gives the same answer whichever pool is read first', () => {
    const pools = [pool('lan', two), pool('other', ['198.51.100.1/32'])]
    const lists: readonly (readonly [string, readonly Release[]])[] = [
      ['lan', [released('192.0.2.1', 'web')]],
      ['other', [released('198.51.100.1', 'web')]],
    ]
    const answers = [lists, lists.toReversed()].map((each) =>
      told(
        planRemembering(
          snapshot({ pools, services: [young('web')], memory: new Map(each), takenAt: start }),
          undefined,
        ),
        'web',
      ),
    )
    expect(answers[0]).to.equal(answers[1])
  })

  it('is bounded in entries and in text, and drops the oldest', () => {
    const many = Array.from({ length: mostReleases + 10 }, (_, index) =>
      released('192.0.2.1', `web-${index}`, start - index),
    )
    expect(withinBounds(many)).to.deep.equal(many.slice(0, mostReleases))
    const long = 'x'.repeat(63)
    const wide = many.map((one) => ({ ...one, service: `${long}/${one.service.replace('default/', long)}` }))
    const kept = withinBounds(wide)
    const [written] = memoryStatuses(snapshot({ memory: new Map([['lan', kept]]) }))
    expect(JSON.stringify(written).length).to.be.within(mostBytes - 1_000, 512 * 1_000)
    expect([isFull(kept), isFull(many.slice(0, 10))]).to.deep.equal([true, false])
  })

  it('is as long and as large as its kind says', () => {
    const { schema } = poolMemoryDefinition.versions[0] ?? {}
    const said = JSON.stringify(schema)
    expect(rememberedForMs).to.equal(7 * 24 * 3_600_000)
    expect(said).to.include('counts for seven days, or for spec.reuseAfter if that is longer')
    expect([mostReleases, mostBytes]).to.deep.equal([4_096, 448 * 1_024])
    expect(said).to.include('at most 4,096 entries and 448 kB')
  })

  it('is not written while it cannot be read, which is said of pools that need it', () => {
    const memoryTroubles = { store: memoryUnavailable, pools: new Map() }
    const pools = [...resting(...two), pool('other', ['198.51.100.1/32'])]
    const memory = knowing(released('192.0.2.1', 'web'))
    const now = snapshot({ pools, memory, memoryTroubles, takenAt: start })
    expect(memoryStatuses(now)).to.deep.equal([])
    const { pools: plans } = planController(now)
    const warned = [...plans].map(([name, { warnings }]) => [name, ...warnings.map(({ reason }) => reason)])
    expect(warned).to.deep.equal([['lan', 'MemoryUnavailable'], ['other']])
  })
})

const names = ['a', 'b', 'c', 'd']
const steps = fc.array(
  fc.record({ present: fc.subarray(names), ms: fc.integer({ min: 0, max: 90_000 }), restart: fc.boolean() }),
  { minLength: 1, maxLength: 12 },
)

describe('in any history of Services that come and go', () => {
  it('an address at rest is never given to another, and equal input gives equal output', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const last = new Map<string, { readonly service: string; readonly at: number }>() // by address
        let now: Informed = first(resting('192.0.2.0-192.0.2.2'))
        for (const { present, ms, restart } of history) {
          const done = carriedOut(now.snapshot, now.plan)
          const standing = new Map(done.services.map((one) => [one.name, one]))
          const services = present.map((name) => standing.get(name) ?? young(name))
          const next = { ...done, takenAt: done.takenAt + ms, services }
          const had = now.plan
          // Who restarts has seen everything that went before.
          const seen = planRemembering(next, had)
          now = restart ? planRemembering(seen.snapshot, undefined) : seen
          expect(now.plan.services.size).to.equal(present.length)
          const afresh = startAllocator()(now.snapshot, indexPools(now.snapshot.pools))
          expect(new Map(afresh.services)).to.deep.equal(new Map(now.plan.services))
          for (const name of names) {
            const was = told({ plan: had }, name)
            const has = told(now, name)
            if (was.startsWith('192') && was !== has) last.set(was, { service: name, at: next.takenAt })
          }
          for (const name of present) {
            const rest = last.get(told(now, name))
            if (rest !== undefined && rest.service !== name)
              expect(next.takenAt - rest.at, told(now, name)).to.be.at.least(60_000)
          }
        }
      }),
      { numRuns: 100 },
    )
  })
})
