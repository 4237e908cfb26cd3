// The document of the benches: what a reader of it may rely on.
import { expect } from 'chai'
import { figureOf } from '../test/bench/figure.ts'
import { benchDocument } from './bench-document.ts'

const machine = { cores: '2' }
const fast = figureOf({ figure: 'a fast thing', unit: 'ms', goals: [{ of: 'p50', most: 5 }] }, [1, 2, 3])
const slow = figureOf({ figure: 'a slow thing', unit: 'ms', goals: [{ of: 'max', most: 5 }] }, [1, 2, 9])

function document(before: string, bench: string, figures: readonly (typeof fast)[]): string {
  const run = { bench, what: 'what it is', circumstances: ['commit 1234567'], figures }
  return benchDocument(before, { benches: ['first', 'second'], runs: [run], machine })
}

describe('the document of the benches', () => {
  it('shows a goal that is missed in its row and on top', () => {
    const text = document('', 'first', [fast, slow])
    expect(text).to.contain('- a slow thing: max ≤ 5: **missed**')
    expect(text).to.contain('| a fast thing | ms | 1 | 2 | 3 | 3 | p50 ≤ 5: reached |')
  })

  it('keeps the section of a bench that did not run, and its missed goals', () => {
    const before = document('', 'second', [slow])
    const text = document(before, 'first', [fast])
    expect(text.indexOf('## first')).to.be.lessThan(text.indexOf('## second'))
    expect(text).to.contain('- a slow thing: max ≤ 5: **missed**')
  })

  it('replaces the section of a bench that ran again', () => {
    const text = document(document('', 'first', [slow]), 'first', [fast])
    expect(text).not.to.contain('slow')
    expect(text).to.contain('No goal is missed.')
  })

  it('is the same when the same is measured again', () => {
    const once = document('', 'first', [fast, slow])
    expect(document(once, 'first', [fast, slow])).to.equal(once)
  })

  it('does not take nothing for a figure', () => {
    expect(() => figureOf({ figure: 'never seen', unit: 'ms' }, [])).to.throw('never seen: not measured')
    expect(() => figureOf({ figure: 'half seen', unit: 'ms' }, [1, Number.NaN])).to.throw('half seen')
  })
})
