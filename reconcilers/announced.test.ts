// When a Service with an address is called silent, and when it is too early for that.
import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Service } from '../crds/core.ts'
import type { ServiceL2Status } from '../crds/service-l2-status.ts'
import { lanPools } from '../test/support/l2-scene.ts'
import { anySnapshot, clusterNodes } from '../test/support/snapshot-arbitraries.ts'
import { advertisement, assigned, at, cluster, condition, service } from '../test/support/snapshots.ts'
import { announcementsIn, startAnnouncing, startTelling } from './announced.ts'
import { planController } from './plan.ts'
import { serviceStatuses, startStatuses } from './service-status.ts'
import type { Snapshot } from './snapshot.ts'

const announced = condition('metallb.io/Announced', { status: 'False' })

function snapshotAt(seconds: number, one: Service): Snapshot {
  const takenAt = Date.parse(at(seconds))
  return cluster(['node-a'], {
    takenAt,
    pools: lanPools,
    l2Advertisements: [advertisement('all')],
    services: [one],
  })
}

function toldOf(seconds: number, one: Service): string | undefined {
  const of = snapshotAt(seconds, one)
  const announcement = announcementsIn(of, planController(of), []).get(one.key)
  return announcement?.state === 'silent' ? announcement.verdict.reason : announcement?.state
}

/** Its address was written so many seconds after the epoch. */
function assignedAt(seconds: number): Service {
  const lastTransitionTime = at(seconds)
  const one = assigned(service('web'), ['192.0.2.0'], 'a')
  return { ...one, conditions: [condition('metallb.io/Allocated', { lastTransitionTime })] }
}

describe('what is told of an announcement', () => {
  it('is nothing while the address is planned and not written, however old the Service is', () => {
    expect(toldOf(3_600, service('web'))).to.equal('untold')
  })

  it('is nothing for three seconds after the address was written', () => {
    expect(toldOf(3_602, assignedAt(3_600))).to.equal('untold')
    expect(toldOf(3_604, assignedAt(3_600))).to.equal('AwaitingSpeaker')
    expect(planController(snapshotAt(3_602, assignedAt(3_600))).wakeAt).to.equal(Date.parse(at(3_603)))
  })

  it('is about the Services of this snapshot, whatever was asked before', () => {
    const keysOf = (of: Snapshot) => [...announcementsIn(of, planController(of), []).keys()]
    const [one, other] = ['one', 'other'].map((name) => assigned(service(name), ['192.0.2.0'], 'a'))
    if (one === undefined || other === undefined) throw new Error('two were made')
    expect(keysOf(snapshotAt(0, one))).to.deep.equal(['default/one'])
    expect(keysOf(snapshotAt(0, other))).to.deep.equal(['default/other'])
    expect(keysOf(snapshotAt(0, { ...other, type: 'ClusterIP' }))).to.deep.equal([])
  })

  it('goes on being told while the address becomes another one, and blames nobody', () => {
    const moving = { ...assigned(service('web'), ['203.0.113.1'], 'gone'), conditions: [announced] }
    expect(toldOf(3_600, moving)).to.equal('AwaitingSpeaker')
  })
})

type Step = {
  readonly next: Snapshot
  readonly keeps: readonly boolean[] // of each Service: the object of before, or its absence
  readonly keepsPools: boolean
  readonly keepsOthers: boolean // advertisements, nodes and speakers
  readonly keepsEndpoints: boolean
  readonly reports: readonly (string | undefined)[] // the node that announces each Service
  readonly ms: number // the clock may be set back
}

const names = ['s', 't', 'u', 'v', 'w', 'x', 'y']
const seven = { minLength: 7, maxLength: 7 }
const anyStep: fc.Arbitrary<Step> = fc.record({
  next: anySnapshot,
  keeps: fc.array(fc.constantFrom(true, true, true, false), seven),
  keepsPools: fc.constantFrom(true, true, true, false),
  keepsOthers: fc.constantFrom(true, true, true, false),
  keepsEndpoints: fc.boolean(),
  reports: fc.array(fc.constantFrom(undefined, undefined, ...clusterNodes), seven),
  ms: fc.integer({ min: -2_000, max: 4_000 }),
})

function follow(
  before: Snapshot,
  { next, keeps, keepsPools, keepsOthers, keepsEndpoints, ms }: Step,
): Snapshot {
  const services = names.flatMap((name, position) =>
    (keeps[position] === true ? before : next).services.filter((one) => one.name === name),
  )
  const { l2Advertisements, nodes, speakers } = keepsOthers ? before : next
  return {
    ...next,
    l2Advertisements,
    nodes,
    speakers,
    services,
    settings: before.settings,
    pools: keepsPools ? before.pools : next.pools,
    endpoints: keepsEndpoints ? before.endpoints : next.endpoints,
    takenAt: before.takenAt + ms,
  }
}

const reportOf = rememberedReports()

/** The same object for the same report, as a table of the controller has it. */
function rememberedReports(): (one: Service, node: string) => ServiceL2Status {
  const known = new Map<string, ServiceL2Status>()
  return ({ namespace, name }, node) => {
    const key = `${namespace}/${name} ${node}`
    const report = known.get(key) ?? {
      name: key,
      namespace: 'metallb-system',
      node,
      serviceName: name,
      serviceNamespace: namespace,
      interfaces: [],
    }
    known.set(key, report)
    return report
  }
}

describe('announcements and statuses', () => {
  it('kept over any sequence of snapshots are those worked out afresh', () => {
    fc.assert(
      fc.property(anySnapshot, fc.array(anyStep, { minLength: 1, maxLength: 8 }), (first, steps) => {
        const [kept, keptStatuses, nextTelling] = [startAnnouncing(), startStatuses(), startTelling()]
        let of = first
        for (const step of steps) {
          of = follow(of, step)
          const { services } = of
          const reports = step.reports.flatMap((node, position) => {
            const one = services.find(({ name }) => name === names[position])
            return one === undefined || node === undefined ? [] : [reportOf(one, node)]
          })
          const plan = planController(of)
          expect(nextTelling(of)).to.equal(startTelling()(of))
          const announcements = kept(of, plan, reports)
          const fresh = startAnnouncing()(of, plan, reports)
          expect(new Map(announcements)).to.deep.equal(new Map(fresh))
          const statuses = keptStatuses(of, plan, announcements)
          expect(statuses).to.deep.equal(startStatuses()(of, plan, fresh))
          expect(serviceStatuses(of, plan, announcements)).to.deep.equal(statuses)
        }
      }),
      { numRuns: 100 },
    )
  })
})
