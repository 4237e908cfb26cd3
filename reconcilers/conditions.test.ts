// The form of conditions.
import { expect } from 'chai'
import { condition, joinVerdicts, objectConditions } from './conditions.ts'

const wrong = { reason: 'InvalidSpec', message: 'spec.x is wrong' } as const
const waits = { reason: 'NoPoolSelected', message: 'no pool' } as const
const warning = { reason: 'PoolFull', message: 'full' } as const

function told(verdicts: Parameters<typeof objectConditions>[0]['verdicts'], warnings: typeof verdicts = []) {
  return objectConditions({ verdicts, warnings, generation: 7 }).map(
    ({ type, status, reason, observedGeneration }) =>
      `${type}=${status} ${reason} ${observedGeneration ?? ''}`,
  )
}

describe('conditions', () => {
  it('Ready comes first, Stalled and Reconciling only while they are so', () => {
    expect(told([])).to.deep.equal(['Ready=True Valid 7'])
    expect(told([], [warning])).to.deep.equal(['Ready=True PoolFull 7'])
    expect(told([wrong], [warning])).to.deep.equal([
      'Ready=False InvalidSpec 7',
      'Stalled=True InvalidSpec 7',
    ])
    expect(told([waits])).to.deep.equal(['Ready=False NoPoolSelected 7', 'Reconciling=True NoPoolSelected 7'])
    expect(told([waits, wrong])[1]).to.equal('Stalled=True NoPoolSelected 7')
  })

  it('the first verdict names the reason, the message has all of them', () => {
    expect(joinVerdicts([wrong, waits])).to.deep.equal({
      reason: 'InvalidSpec',
      message: 'spec.x is wrong; no pool',
    })
    expect(joinVerdicts([])).to.equal(undefined)
  })

  it('a message is never longer than the API takes', () => {
    expect(
      condition('Ready', 'True', { reason: 'Valid', message: 'x'.repeat(40_000) }).message,
    ).to.have.length(32_768)
  })
})
