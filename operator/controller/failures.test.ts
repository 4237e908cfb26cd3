// Which failures are counted: each Service once for each reason for which it waits.
import { expect } from 'chai'
import type { ControllerPlan, ServicePlan } from '../../reconcilers/plan.ts'
import type { Reason } from '../../reconcilers/reasons.ts'
import { noBgpObjects } from '../../test/support/snapshots.ts'
import { startFailures } from './failures.ts'

const waiting = (reason: Reason): ServicePlan => ({ state: 'pending', verdict: { reason, message: '' } })
const assigned: ServicePlan = { state: 'assigned', addresses: ['192.0.2.1'], pool: 'lan' }

function counted(plans: readonly Readonly<Record<string, ServicePlan>>[]): readonly Reason[] {
  const told: Reason[] = []
  const planned = startFailures((reason) => told.push(reason))
  for (const services of plans) planned(planOf(services))
  return told
}

function planOf(services: Readonly<Record<string, ServicePlan>>): ControllerPlan {
  return {
    services: new Map(Object.entries(services)),
    pools: new Map(),
    l2Advertisements: new Map(),
    bgp: noBgpObjects,
  }
}

describe('failures of allocation', () => {
  it('count a Service once, however often it is planned', () => {
    const full = { 'default/a': waiting('PoolExhausted') }
    expect(counted([full, full, { ...full }])).to.deep.equal(['PoolExhausted'])
  })

  it('count it again for another reason, and when it had an address in between', () => {
    const plans = [waiting('PoolExhausted'), waiting('PoolPaused'), assigned, waiting('PoolPaused')]
    expect(counted(plans.map((plan) => ({ 'default/a': plan })))).to.deep.equal([
      'PoolExhausted',
      'PoolPaused',
      'PoolPaused',
    ])
  })

  it('count no Service that has an address', () => {
    expect(counted([{ 'default/a': assigned }, {}])).to.deep.equal([])
  })
})
