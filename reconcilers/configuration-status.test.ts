// The ConfigurationState of the controller.
import { expect } from 'chai'
import { pool, snapshot } from '../test/support/snapshots.ts'
import { lanPools } from '../test/support/l2-scene.ts'
import { conditionsOf, statusOf } from '../test/support/statuses.ts'

describe('the ConfigurationState of the controller', () => {
  it('is Valid without anything wrong, in MetalLB words', () => {
    expect(statusOf(snapshot({ pools: lanPools }), 'controller')).to.deep.include({
      labels: { 'metallb.io/component-type': 'controller' },
      part: 'object',
      status: { result: 'Valid', errorSummary: '' },
      conditions: [{ type: 'poolReconcilerValid', status: 'True', reason: 'Reconciled', message: '' }],
    })
  })

  it('is Invalid with a line for each thing that is wrong', () => {
    const status = statusOf(snapshot({ pools: [pool('a', ['x', 'y'])] }), 'controller')
    expect(status?.status['result']).to.equal('Invalid')
    expect(status?.status['errorSummary']).to.match(/^IPAddressPool a: .*\nIPAddressPool a: .*$/)
    expect(conditionsOf(status)).to.deep.equal(['poolReconcilerValid=False ConfigurationError'])
  })
})
