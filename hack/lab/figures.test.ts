import { expect } from 'chai'
import {
  alternations,
  answerersInTurn,
  doubleAnswers,
  isOneMove,
  lastFailureMs,
  longestHttpGapMs,
  longestSilenceMs,
  lostWithoutMove,
  lostWithoutNeed,
  percentile,
  unanswered,
  unansweredArp,
} from './figures.ts'

const a = '02:00:00:00:00:0a'
const b = '02:00:00:00:00:0b'

function asked(askedAt: number, ...macs: readonly string[]) {
  return { askedAt, answers: macs.map((mac) => ({ at: askedAt + 1, mac })) }
}

describe('figures of the lab', () => {
  it('tells who answered in turn, and not what may be answered yet', () => {
    const records = [
      asked(0, a),
      asked(10, a),
      asked(20, b, a),
      asked(30, b),
      asked(40),
      asked(50, b),
      asked(60),
    ]
    expect(answerersInTurn(records)).to.deep.equal([a, `${a} ${b}`, b, '', b])
  })

  it('takes for one move when both answer in between, and nothing else', () => {
    const both = [asked(10, a, b), asked(20, b, a)]
    expect(isOneMove([asked(0, a), asked(30, b)], a, b)).to.equal(true)
    expect(isOneMove([asked(0, a), ...both, asked(30, b), asked(40)], a, b)).to.equal(true)
    expect(isOneMove([asked(0, a), asked(20), asked(30, b)], a, b), 'nobody').to.equal(false)
    expect(isOneMove([asked(0, a), asked(20, b), asked(30, a), asked(40, b)], a, b), 'to and fro').to.equal(
      false,
    )
    expect(isOneMove([asked(0, a), ...both, asked(30, a), asked(40, b)], a, b), 'back').to.equal(false)
    expect(isOneMove([asked(0, a), ...both], a, b), 'both to the end').to.equal(false)
    expect(isOneMove([asked(0, b), asked(30, a)], a, b), 'the other way').to.equal(false)
    expect(isOneMove([asked(0, a)], a, b), 'none').to.equal(false)
  })

  it('finds the longest silence between two answers', () => {
    expect(longestSilenceMs([asked(0, a), asked(10, a), asked(20), asked(30), asked(40, b)])).to.equal(30)
  })

  it('counts a silence that had not ended when the asking ended', () => {
    expect(longestSilenceMs([asked(0, a), asked(10), asked(500)])).to.equal(499)
  })

  it('counts ARP requests without an answer, but not the last ones, which may be answered yet', () => {
    expect(unansweredArp([asked(0, a), asked(10), asked(20, b), asked(300, b), asked(310)])).to.equal(1)
  })

  it('counts a silence before the first answer', () => {
    expect(longestSilenceMs([asked(0), asked(100, a)])).to.equal(101)
  })

  it('orders HTTP answers by when they came, not by when they were asked for', () => {
    const records = [
      { askedAt: 0, answeredAt: 90 },
      { askedAt: 10, answeredAt: 20 },
      { askedAt: 20, error: 'no answer' },
    ]
    expect(longestHttpGapMs(records)).to.equal(70)
    expect(unanswered(records)).to.equal(1)
  })

  it('finds how long requests went to a node that is gone, among others that were answered', () => {
    const answered = (askedAt: number) => ({ askedAt, answeredAt: askedAt + 1 })
    const lost = (askedAt: number) => ({ askedAt, error: 'no answer in 1000 ms' })
    expect(lastFailureMs([answered(90), lost(110), answered(120), lost(350), answered(360)], 100)).to.equal(
      250,
    )
    expect(lastFailureMs([answered(90), answered(110)], 100)).to.equal(0)
  })

  it('tells a connection that the move of its address reset from a request that was lost without need', () => {
    const reset = 'read ECONNRESET'
    const underWay = { askedAt: 998, failedAt: 1_003, error: reset }
    const others = [
      { askedAt: 1_001, failedAt: 1_003, error: reset }, // asked when the new owner had announced
      { askedAt: 700, failedAt: 702, error: reset }, // long before
      { askedAt: 998, failedAt: 1_998, error: 'no answer in 1000 ms' },
    ]
    const answered = { askedAt: 999, answeredAt: 1_002 }
    expect(lostWithoutNeed([answered, underWay, ...others], 1_000)).to.deep.equal(others)
  })

  it('excuses what was under way when a route moved, and nothing before or after', () => {
    const failed = (askedAt: number) => ({ askedAt, error: 'no answer', failedAt: askedAt + 1_000 })
    const lost = [failed(700), failed(1_010), failed(4_000)]
    const records = [{ askedAt: 990, answeredAt: 995 }, failed(990), ...lost, failed(2_995)]
    expect(lostWithoutMove(records, [1_000, 3_000])).to.deep.equal(lost)
    expect(lostWithoutMove([failed(990)], [])).to.have.length(1)
  })

  it('tells a request that two nodes answered from one that a node answered twice', () => {
    expect(doubleAnswers([asked(0, a, b), asked(10, a, a), asked(20, b)])).to.equal(1)
  })

  it('counts how often the owner seemed to change', () => {
    expect(alternations([asked(0, a), asked(10, b), asked(20), asked(30, b), asked(40, a)])).to.equal(2)
  })

  it('takes percentiles by nearest rank', () => {
    expect(percentile([5, 1, 4, 2, 3], 50)).to.equal(3)
    expect(percentile([5, 1, 4, 2, 3], 99)).to.equal(5)
    expect(percentile([], 50)).to.be.NaN
  })
})
