// When a pool is told to be nearly full, and when not.
import { expect } from 'chai'
import { pool, snapshot } from '../test/support/snapshots.ts'
import type { PoolPlan } from './plan.ts'
import { forecastPools } from './pool-forecast.ts'
import type { Fillings } from './pool-forecast.ts'

const minute = 60_000

function planOf(assignedIPv4: number, total = 100): ReadonlyMap<string, PoolPlan> {
  const counts = { assignedIPv4: BigInt(assignedIPv4), availableIPv4: BigInt(total - assignedIPv4) }
  return new Map([['lan', { ...counts, assignedIPv6: 0n, availableIPv6: 0n, verdicts: [], warnings: [] }]])
}

/** The notes of the events, by how many addresses are assigned at which minute. */
function notes(
  history: readonly (readonly [minutes: number, assigned: number])[],
  total = 100,
): readonly string[] {
  let fillings: Fillings = new Map()
  return history.flatMap(([minutes, assigned]) => {
    const seen = snapshot({ pools: [pool('lan', ['192.0.2.0/24'])], takenAt: minutes * minute })
    const forecast = forecastPools(seen, planOf(assigned, total), fillings)
    fillings = forecast.fillings
    return forecast.events.map(({ reason, note }) => `${reason}: ${note}`)
  })
}

describe('the forecast of a pool', () => {
  it('is told at four fifths, once for as long as it stays so', () => {
    expect(
      notes([
        [0, 79],
        [30, 80],
        [31, 81],
        [32, 85],
      ]),
    ).to.deep.equal([
      'PoolNearlyFull: pool lan has 20 of 100 IPv4 addresses left; at the pace of the last hour (2 an hour) they last 10 hours',
    ])
  })

  it('is told again when it was not so in between', () => {
    expect(
      notes([
        [0, 80],
        [100, 10],
        [200, 80],
      ]),
    ).to.have.length(2)
  })

  it('is told once while a few addresses come and go at the edge, or at the end', () => {
    const edge = [79, 80, 79, 80, 78, 80].map((assigned, index) => [index * 30, assigned] as const)
    expect(notes(edge)).to.have.length(1)
    const end = [95, 100, 99, 100, 99].map((assigned, index) => [index * 30, assigned] as const)
    expect(notes(end)).to.have.length(1)
  })

  it('is told earlier when the rest will not last an hour', () => {
    expect(
      notes([
        [0, 30],
        [20, 45],
        [30, 60],
      ]),
    ).to.deep.equal([
      'PoolNearlyFull: pool lan has 40 of 100 IPv4 addresses left; at the pace of the last hour (60 an hour) they last 40 minutes',
    ])
  })

  it('is not told of what came all at once and leaves half of the pool', () => {
    expect(
      notes([
        [0, 0],
        [1, 49],
        [2, 49],
      ]),
    ).to.deep.equal([])
  })

  it('is not told of a full pool: that is told by itself', () => {
    expect(
      notes([
        [0, 100],
        [1, 100],
      ]),
    ).to.deep.equal([])
  })

  it('counts in bigint: an IPv6 pool of any size', () => {
    const counts = { assignedIPv4: 0n, availableIPv4: 0n, assignedIPv6: 2n ** 64n, availableIPv6: 1n }
    const plans = new Map([['lan', { ...counts, verdicts: [], warnings: [] }]])
    const seen = snapshot({ pools: [pool('lan', ['2001:db8::/64'])], takenAt: 0 })
    expect(forecastPools(seen, plans, new Map()).events.map(({ note }) => note)).to.deep.equal([
      'pool lan has 1 of 18446744073709551617 IPv6 addresses left',
    ])
  })

  it('remembers no more than an hour, one mark a minute, and nothing of a pool that is gone', () => {
    let fillings: Fillings = new Map()
    for (let second = 0; second < 3 * 3_600; second += 10) {
      const seen = snapshot({ pools: [pool('lan', ['192.0.2.0/24'])], takenAt: second * 1_000 })
      fillings = forecastPools(seen, planOf(1), fillings).fillings
    }
    expect(fillings.get('lan IPv4')?.marks.length).to.be.lessThan(63)
    expect(forecastPools(snapshot({ pools: [] }), new Map(), fillings).fillings.size).to.equal(0)
  })
})
