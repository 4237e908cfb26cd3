// The moment between two announcers of an address.
import { expect } from 'chai'
import type { Announcement } from './announced.ts'
import type { Told } from './succession.ts'
import { bridgeSuccessions } from './succession.ts'
import type { Reason } from './reasons.ts'

const key = 'default/web'
const byNodeA: Announcement = { state: 'announced', node: 'node-a', interfaces: [] }
const byNodeB: Announcement = { state: 'announced', node: 'node-b', interfaces: [] }

function silent(reason: Reason): Announcement {
  return { state: 'silent', verdict: { reason, message: '' } }
}

/** What is told at each moment, of what was found then. */
function story(...moments: readonly (readonly [number, Announcement])[]) {
  let told: Told | undefined
  return moments.map(([now, found]) => {
    told = bridgeSuccessions(new Map([[key, found]]), told, now)
    return told
  })
}

function statesOf(...moments: readonly (readonly [number, Announcement])[]): readonly (string | undefined)[] {
  return story(...moments).map(({ announcements }) => {
    const one = announcements.get(key)
    return one?.state === 'announced' ? one.node : one?.state
  })
}

const awaiting = silent('AwaitingSpeaker')

describe('an address that goes from one node to another', () => {
  it('is announced by the old one until the new one reports', () => {
    const states = statesOf([0, byNodeA], [1_000, awaiting], [3_000, awaiting], [3_100, byNodeB])
    expect(states).to.deep.equal(['node-a', 'node-a', 'node-a', 'node-b'])
  })

  it('is called silent when nobody has reported it for five seconds', () => {
    const moments = [
      [0, byNodeA],
      [1_000, awaiting],
      [5_999, awaiting],
      [6_000, awaiting],
    ] as const
    expect(statesOf(...moments)).to.deep.equal(['node-a', 'node-a', 'node-a', 'silent'])
    expect(story(...moments).map(({ wakeAt }) => wakeAt)).to.deep.equal([undefined, 6_000, 6_000, undefined])
  })

  it('stays silent once it is called so', () => {
    expect(statesOf([0, byNodeA], [1, awaiting], [6_000, awaiting], [6_001, awaiting])[3]).to.equal('silent')
  })

  it('has its full time again the next time', () => {
    const states = statesOf(
      [0, byNodeA],
      [1_000, awaiting],
      [4_000, byNodeB],
      [5_000, awaiting],
      [9_000, awaiting],
    )
    expect(states[4]).to.equal('node-b')
  })

  it('is called silent at once when there is no successor, or when nobody announced it before', () => {
    expect(statesOf([0, byNodeA], [1, silent('NoServingEndpoint')])[1]).to.equal('silent')
    expect(statesOf([0, awaiting])).to.deep.equal(['silent'])
  })
})
