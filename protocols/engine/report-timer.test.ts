// When a report is due.
import { expect } from 'chai'
import { fakeClock } from '../../test/support/fake-clock.ts'
import { ReportTimer } from './report-timer.ts'

function stage() {
  const { clock, advance } = fakeClock()
  const reports: number[] = []
  const timer: ReportTimer = new ReportTimer(() => {
    timer.reported()
    reports.push(clock.now())
  }, clock)
  advance(1000) // long after the last one
  return { timer, reports, advance }
}

describe('the timer of reports', () => {
  it('lets urgent news out at once, and a flood of them every 10 ms', () => {
    const { timer, reports, advance } = stage()
    for (let ms = 0; ms < 25; ms++) {
      timer.askUrgently(10)
      advance(1)
    }
    expect(reports).to.deep.equal([1000, 1010, 1020])
  })

  it('waits longer between urgent news where there are thousands of claims', () => {
    const { timer, reports, advance } = stage()
    for (let ms = 0; ms < 150; ms++) {
      timer.askUrgently(10_000)
      advance(1)
    }
    expect(reports).to.deep.equal([1000, 1100])
  })

  it('puts what can wait together, for a tenth of a second after the last report', () => {
    const { timer, reports, advance } = stage()
    timer.reported()
    for (let ms = 0; ms < 250; ms++) {
      timer.ask()
      advance(1)
    }
    expect(reports).to.deep.equal([1100, 1200])
  })

  it('does not keep urgent news waiting for what can wait', () => {
    const { timer, reports, advance } = stage()
    timer.reported()
    timer.ask()
    advance(20)
    timer.askUrgently(0)
    advance(200)
    expect(reports).to.deep.equal([1020])
  })

  it('is silent once it is closed', () => {
    const { timer, reports, advance } = stage()
    timer.askUrgently(0)
    timer.close()
    advance(1000)
    expect(reports).to.deep.equal([])
  })
})
