// When a Service with an address is called silent, and when it is too early for that.
import { expect } from 'chai'
import type { Service } from '../crds/core.ts'
import { lanPools } from '../test/support/l2-scene.ts'
import { advertisement, assigned, at, cluster, condition, service } from '../test/support/snapshots.ts'
import { announcementsIn } from './announced.ts'
import { planController } from './plan.ts'
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
