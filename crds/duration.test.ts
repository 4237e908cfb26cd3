import { expect } from 'chai'
import { parseDuration } from './duration.ts'

// What time.ParseDuration of Go 1.26 answers, in milliseconds.
const taken: Readonly<Record<string, number>> = {
  '90s': 90_000,
  '1m30s': 90_000,
  '1.5h': 5_400_000,
  '500ms': 500,
  '1us': 0.001,
  '1µs': 0.001,
  '1μs': 0.001,
  '10ns': 0.00001,
  '.5s': 500,
  '5.s': 5000,
  '1h1h': 7_200_000,
  '+3s': 3000,
  '-3s': -3000,
  '0': 0,
  '0s': 0,
  '2562047h47m16s': 9_223_372_036_000,
}
const refused = [
  '',
  '90',
  's',
  '.s',
  '1d',
  '1 s',
  ' 1s',
  '1s ',
  '--1s',
  '1e3s',
  '1,5s',
  '00',
  '2562047h48m',
  '٣s',
]

describe('duration', () => {
  for (const [text, ms] of Object.entries(taken)) {
    it(`${JSON.stringify(text)} is ${ms} ms`, () => {
      expect(parseDuration(text)).to.be.closeTo(ms, 1e-9)
    })
  }

  for (const text of refused) {
    it(`${JSON.stringify(text)} is no duration`, () => {
      expect(parseDuration(text)).to.equal(undefined)
    })
  }

  it('64 kB of digits are refused', () => {
    expect(parseDuration(`${'1'.repeat(65_536)}s`)).to.equal(undefined)
  })
})
