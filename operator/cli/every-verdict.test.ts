// Whatever is wrong in a cluster stands in what the commands print: no verdict of a plan is left out.
import { expect } from 'chai'
import * as fc from 'fast-check'
import { explainService } from '../../reconcilers/explain.ts'
import type { ControllerPlan, ObjectPlan } from '../../reconcilers/plan.ts'
import { planController } from '../../reconcilers/plan.ts'
import { reasons } from '../../reconcilers/reasons.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import type { Verdict } from '../../reconcilers/verdict.ts'
import { bgpAdvertisement } from '../../test/support/bgp-snapshots.ts'
import { anySnapshot } from '../../test/support/snapshot-arbitraries.ts'
import { pool, snapshot } from '../../test/support/snapshots.ts'
import { formatExplanation } from './explain.ts'
import { formatPools, formatStatus, statusReport } from './status.ts'
import type { StatusReport } from './status.ts'

function reportOf(of: Snapshot): StatusReport {
  const leases = { nowMs: of.takenAt, speakers: [] }
  return statusReport({ snapshot: of, reports: [], leases, configurations: [] })
}

function verdictsIn(plans: ReadonlyMap<string, ObjectPlan>): readonly Verdict[] {
  return [...plans.values()].flatMap(({ verdicts, warnings }) => [...verdicts, ...warnings])
}

function serviceVerdicts({ services }: ControllerPlan): readonly (readonly [string, Verdict])[] {
  return [...services].flatMap(([key, plan]): (readonly [string, Verdict])[] =>
    plan.state === 'not-ours' || plan.verdict === undefined ? [] : [[key, plan.verdict]],
  )
}

const sentence = ({ reason, message }: Verdict): string => `${reason}: ${message}`

describe('every verdict of a plan', () => {
  const all = Number.POSITIVE_INFINITY

  it('stands in herald status, those of pools in herald pools, those of a Service in herald explain, with the cure', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(anySnapshot, (of) => {
        const plan = planController(of)
        const report = reportOf(of)
        const [status, pools] = [formatStatus(report, all), formatPools(report, all)]
        for (const verdict of verdictsIn(plan.pools)) {
          expect(pools).to.include(sentence(verdict)).and.include(reasons[verdict.reason].cure)
          expect(status).to.include(sentence(verdict))
          seen.add(verdict.reason)
        }
        for (const verdict of verdictsIn(plan.l2Advertisements)) expect(status).to.include(sentence(verdict))
        for (const [key, verdict] of serviceVerdicts(plan)) {
          const explanation = explainService(of, key, [])
          const text = explanation === undefined ? '' : formatExplanation(explanation)
          expect(status).to.include(sentence(verdict))
          expect(text).to.include(`${verdict.reason}, ${verdict.message}`)
          expect(text).to.include(reasons[verdict.reason].cure)
          seen.add(verdict.reason)
        }
      }),
      { numRuns: 100, seed: 1 },
    )
    expect([...seen]).to.include.members(['SecondFamilyMissing', 'OverlappingPools', 'PoolInvalid'])
  })

  it('stands in herald status, if it is one of a BGPAdvertisement, a BFDProfile or a Community', () => {
    const of = snapshot({
      pools: [pool('lan', ['192.0.2.0/24'])],
      bgpAdvertisements: [bgpAdvertisement('far', { peers: ['nobody'], communities: ['unknown'] })],
    })
    const wrong = verdictsIn(planController(of).bgp.advertisements)
    expect(wrong.map(({ reason }) => reason)).to.include.members(['UnknownPeer', 'UnknownCommunity'])
    const status = formatStatus(reportOf(of))
    expect(status).to.include('BGPAdvertisement far')
    for (const verdict of wrong) expect(status).to.include(sentence(verdict))
  })
})
