// The interval of a count against the printed tables.
import { expect } from 'chai'
import { poissonInterval } from './poisson.ts'

describe('the interval of a Poisson count', () => {
  const table = [
    { seen: 0, low: 0, high: 3.69 },
    { seen: 1, low: 0.0253, high: 5.57 },
    { seen: 5, low: 1.62, high: 11.67 },
    { seen: 10, low: 4.8, high: 18.39 },
    { seen: 50, low: 37.11, high: 65.92 },
  ]
  for (const { seen, low, high } of table)
    it(`of ${seen} seen is ${low} to ${high}`, () => {
      const interval = poissonInterval(seen)
      expect(interval.low).to.be.closeTo(low, 0.005)
      expect(interval.high).to.be.closeTo(high, 0.005)
    })
})
