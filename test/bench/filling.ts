// What the choice of an address costs when a pool fills up: a /16 address by address to its last one, then a thousand that
// find none. Pure: the search within one plan, and whole plans as the Services come one by one.
import { performance } from 'node:perf_hooks'
import type { FreeAddresses } from '../../reconcilers/free-addresses.ts'
import { freeBeside, markTaken, nextFree, offsetIn } from '../../reconcilers/free-addresses.ts'
import { planController } from '../../reconcilers/plan.ts'
import type { PoolEntry } from '../../reconcilers/pools.ts'
import { indexPools } from '../../reconcilers/pools.ts'
import { assigned, at, cluster, pool, service } from '../support/snapshots.ts'
import { tell } from './figure.ts'

const size = 65_536
const failures = 1_000
const some = 100

export function tellFilling(): void {
  tellSearch()
  tellPlans()
}

/** In µs: what each block of 4,096 addresses takes, so that a search that grows with what is taken shows. */
function tellSearch(): void {
  const [entry] = indexPools([pool('big', ['10.0.0.0/16'])]).entries
  if (entry === undefined) throw new Error('no pool')
  const free = freeBeside(new Map())
  const blocks: number[] = []
  for (let from = 0; from < size; from += 4_096)
    blocks.push(timeUs(() => takeNext(free, entry, 4_096)) / 4_096)
  tell(
    { figure: 'search: an address of a /16, block after block of 4,096 until it is full', unit: 'µs' },
    blocks,
  )
  const fails = Array.from({ length: failures }, () =>
    timeUs(() => {
      if (nextFree(free, entry, 'IPv4') !== undefined) throw new Error('a full pool gave an address')
    }),
  )
  const note = 'no scan: a look at the end of the pool'
  tell({ figure: 'search: each of 1,000 that find none afterwards', unit: 'µs', note }, fails)
}

function takeNext(free: FreeAddresses, entry: PoolEntry, count: number): void {
  for (let taken = 0; taken < count; taken++) {
    const found = nextFree(free, entry, 'IPv4')
    if (found === undefined) throw new Error('the pool is full too early')
    markTaken(free, found.segment, offsetIn(found.segment, found.address))
  }
}

/** Of the thousand, the first hundred and the last come one by one, and each waits with those before it. */
function tellPlans(): void {
  const standing = Array.from({ length: size }, (_, index) =>
    assigned(service(`svc-${index}`, { createdAt: at(index) }), [`10.0.${index >> 8}.${index & 255}`], 'big'),
  )
  const late = Array.from({ length: failures }, (_, index) =>
    service(`late-${index}`, { createdAt: at(size + index) }),
  )
  const snapshot = cluster(['node-a'], { pools: [pool('big', ['10.0.0.0/16'])], services: standing })
  const planWith = (waiting: number): void => {
    const services = [...standing, ...late.slice(0, waiting)]
    const plan = planController({ ...snapshot, services })
    const inVain = late.slice(0, waiting).filter(({ key }) => plan.services.get(key)?.state === 'pending')
    if (inVain.length !== waiting) throw new Error('a full pool gave an address')
  }
  planWith(0)
  for (const [which, from] of [
    ['first', 0],
    ['last', failures - some],
  ] as const) {
    planWith(from)
    const times = Array.from({ length: some }, (_, index) => timeUs(() => planWith(from + index + 1)) / 1_000)
    const figure = `controller: 1,000 more Services come to a full /16: each plan, of the ${which} ${some}`
    tell({ figure, unit: 'ms' }, times)
  }
}

function timeUs(work: () => void): number {
  const startedAt = performance.now()
  work()
  return (performance.now() - startedAt) * 1_000
}
