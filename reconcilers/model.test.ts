// The allocator against a small model of its rules (fast-check commands): Services, pools, shares and restarts in any order.
// The model scans; the allocator does not. 200 sequences in the usual run, 10,000 in `npm run test:long`.
import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Service } from '../crds/core.ts'
import type { IPAddressPool } from '../crds/ip-address-pool.ts'
import { tries } from '../test/support/long.ts'
import { reborn } from '../test/support/snapshot-arbitraries.ts'
import { at, pool, service, snapshot } from '../test/support/snapshots.ts'
import { planController } from './plan.ts'
import { carriedOut } from './settle.ts'
import type { Read, Snapshot } from './snapshot.ts'

// ---- the model -------------------------------------------------------------------------------------------------------

/** Addresses are numbers: the last one of 192.0.2.x. */
type Pool = { readonly age: number; size: number; auto: boolean }
type One = {
  readonly name: string
  readonly age: number
  share: string
  port: number
  wish: string
  has?: number
  since: number
}
type Model = { readonly pools: Map<string, Pool>; services: One[]; clock: number }

const firstOf = { p: 0, q: 8, r: 16 } as const
const poolNames = ['p', 'q', 'r'] as const
type PoolName = (typeof poolNames)[number]

const agree = (a: One, b: One): boolean => a.share !== '' && a.share === b.share && a.port !== b.port
const byAge = (a: One, b: One): number => a.age - b.age
const bySince = (a: One, b: One): number => (a.since === b.since ? byAge(a, b) : a.since - b.since)
const holds = ({ pools }: Model, name: PoolName, address: number): boolean =>
  pools.has(name) && address >= firstOf[name] && address < firstOf[name] + (pools.get(name)?.size ?? 0)

/** One pass: what may stay stays, of those who may not share the one that had it first; then the oldest is served first. */
function pass(model: Model): void {
  const { pools, services, clock } = model
  for (const one of services.toSorted(bySince))
    if (one.has !== undefined && !mayStay(model, one)) delete one.has
  const stood = services.map((one) => ({ ...one }))
  for (const one of services.toSorted(byAge)) {
    const isPleased =
      one.wish === '' ||
      poolNames.some((name) => name === one.wish && one.has !== undefined && holds(model, name, one.has))
    if (one.has !== undefined && isPleased) continue
    const names =
      one.wish === '' ? openPools(pools) : poolNames.filter((name) => name === one.wish && pools.has(name))
    const holders = (address: number) =>
      [...stood, ...services].filter(({ name, has }) => name !== one.name && has === address)
    const free = (address: number) => holders(address).length === 0 && one.has !== address
    const found = names.flatMap((name) => {
      const all = Array.from({ length: pools.get(name)?.size ?? 0 }, (_, place) => firstOf[name] + place)
      const shared = sharedBy(one, stood, services).filter(
        (address) => all.includes(address) && holders(address).every((other) => agree(one, other)),
      )
      return [...shared, ...all.filter(free)].slice(0, 1)
    })
    if (found[0] !== undefined) Object.assign(one, { has: found[0], since: clock })
  }
}

function mayStay(model: Model, one: One): boolean {
  const { has } = one
  if (has === undefined || !poolNames.some((name) => holds(model, name, has))) return false
  const earlier = model.services.filter((other) => other.has === has && bySince(other, one) < 0)
  return earlier.every((other) => agree(one, other))
}

/** Pools that give without being named, oldest first. */
function openPools(pools: Model['pools']): readonly PoolName[] {
  const open = poolNames.filter((name) => pools.get(name)?.auto === true)
  return open.toSorted((a, b) => (pools.get(a)?.age ?? 0) - (pools.get(b)?.age ?? 0))
}

/** What Services of the same key have, oldest first; then what is given in this pass. */
function sharedBy({ name, share }: One, stood: readonly One[], services: readonly One[]): readonly number[] {
  if (share === '') return []
  const standing = stood.toSorted(byAge).filter((other) => other.share === share && other.name !== name)
  const given = services.toSorted(bySince).filter((other) => other.share === share && other.name !== name)
  return [...standing, ...given].flatMap(({ has }) => has ?? [])
}

// ---- the real one ----------------------------------------------------------------------------------------------------

type Real = { now: Snapshot }

function realPool(name: PoolName, { age, size, auto }: Pool): Read<IPAddressPool> {
  const first = firstOf[name]
  return pool(name, [`192.0.2.${first}-192.0.2.${first + size - 1}`], {
    createdAt: at(age),
    autoAssign: auto,
  })
}

function realService(one: One, before?: Service): Service {
  const annotations = {
    ...before?.annotations,
    'metallb.io/allow-shared-ip': one.share,
    ...(one.wish === '' ? {} : { 'metallb.io/address-pool': one.wish }),
  }
  if (one.wish === '') delete annotations['metallb.io/address-pool']
  return {
    ...(before ?? service(one.name, { createdAt: at(one.age) })),
    annotations,
    ports: [{ name: '', protocol: 'TCP', port: one.port }],
  }
}

/** The change is made in both, then both run to rest: the same Services have the same addresses after every pass. */
function settleBoth(model: Model, real: Real): void {
  const known = new Map(real.now.services.map((one) => [one.name, one]))
  real.now = {
    ...real.now,
    pools: poolNames.flatMap((name) => {
      const there = model.pools.get(name)
      return there === undefined ? [] : [realPool(name, there)]
    }),
    services: model.services.map((one) => realService(one, known.get(one.name))),
  }
  for (let turn = 0; turn < 8; turn++) {
    model.clock += 1
    const before = { ...real.now, takenAt: Date.parse(at(model.clock)) }
    real.now = carriedOut(before, planController(before))
    pass(model)
    const expected = model.services.map(({ name, has }) => [
      name,
      has === undefined ? [] : [`192.0.2.${has}`],
    ])
    const got = real.now.services.map(({ name, ingress }) => [name, ingress])
    if (JSON.stringify(got) !== JSON.stringify(expected)) expect(got).to.deep.equal(expected)
    if (real.now === before) return
  }
  expect.fail('it does not come to rest')
}

// ---- the commands ----------------------------------------------------------------------------------------------------

type Change = { readonly text: string; readonly make: (model: Model, real: Real) => void }

function command({ text, make }: Change): fc.Command<Model, Real> {
  return {
    check: () => true,
    run: (model, real) => {
      make(model, real)
      settleBoth(model, real)
    },
    toString: () => text,
  }
}

/** As two controllers at once would, or somebody who edits a status: it keeps the time since when it had another address. */
function giveByHand(real: Real, [one, other]: readonly [One | undefined, One | undefined]): void {
  const has = other?.has
  if (one === undefined || has === undefined) return
  Object.assign(one, { has, since: one.has === undefined ? Number.POSITIVE_INFINITY : one.since })
  const written = real.now.services.map((service_) =>
    service_.name === one.name ? { ...service_, ingress: [`192.0.2.${has}`] } : service_,
  )
  real.now = { ...real.now, services: written }
}

const poolName = fc.constantFrom(...poolNames)
const place = fc.nat(9)
const share = fc.constantFrom('', 'k', 'l')
const port = fc.constantFrom(80, 81)
const wish = fc.constantFrom('', '', '', ...poolNames)

const changes: readonly fc.Arbitrary<Change>[] = [
  fc.record({ share, port, wish }).map((of) => ({
    text: `a Service comes ${JSON.stringify(of)}`,
    make: (model) => {
      model.clock += 1
      model.services = [...model.services, { name: `s${model.clock}`, age: model.clock, since: 0, ...of }]
    },
  })),
  place.map((index) => ({
    text: `Service ${index} goes`,
    make: (model) => void (model.services = model.services.filter((_, position) => position !== index)),
  })),
  fc
    .tuple(place, fc.oneof(fc.record({ share }), fc.record({ port }), fc.record({ wish })))
    .map(([index, of]) => ({
      text: `Service ${index} becomes ${JSON.stringify(of)}`,
      make: ({ services }) => void Object.assign(services[index] ?? {}, of),
    })),
  fc.tuple(poolName, fc.integer({ min: 1, max: 4 }), fc.boolean()).map(([name, size, auto]) => ({
    text: `pool ${name} has ${size}, ${auto ? 'open' : 'only for who names it'}`,
    make: (model) => {
      model.clock += 1
      model.pools.set(name, { age: model.pools.get(name)?.age ?? model.clock, size, auto })
    },
  })),
  poolName.map((name) => ({
    text: `pool ${name} goes`,
    make: ({ pools }) => void pools.delete(name),
  })),
  fc.tuple(place, place).map(([index, other]) => ({
    text: `Service ${index} gets by hand what Service ${other} has`,
    make: (model, real) => giveByHand(real, [model.services[index], model.services[other]]),
  })),
  fc.constant({
    text: 'restart',
    make: (_, real) => void (real.now = reborn(real.now)),
  }),
]

describe('the allocator and a model of its rules', () => {
  it('agree on every address after every change, whatever comes', function () {
    this.timeout(tries({ usual: 300_000, long: 3_000_000 }))
    const numRuns = tries({ usual: 200, long: 10_000 })
    fc.assert(
      fc.property(
        fc.commands(
          changes.map((change) => change.map(command)),
          { size: 'large', maxCommands: 40 },
        ),
        (commands) => {
          const setup = () => ({
            model: { pools: new Map(), services: [], clock: 0 },
            real: { now: snapshot() },
          })
          fc.modelRun(setup, commands)
        },
      ),
      { numRuns },
    )
  })
})
