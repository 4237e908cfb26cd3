// Membership on a simulated cluster: Leases in an API server, a watch to each speaker, links that can be cut, one clock.
import { expect } from 'chai'
import fc from 'fast-check'
import { leaseFigures, renewIntervalMs } from './figures.ts'
import { aliveNodes, newMembership, nextVerdictIn, step } from './membership.ts'
import type { Membership, MembershipEvent } from './membership.ts'

const interval = 1_000

type Speaker = {
  readonly node: string
  membership: Membership
  running: boolean
  reachesApi: boolean
  nextRenewal: number
  nextTick: number
  renewals: number
}

/** `start` staggers the renewals, as in life. */
function cluster(...nodes: readonly string[]) {
  let now = 0
  let apiUp = true
  const stored = new Map<string, { renewal: string; released: boolean }>()
  const speakers = nodes.map(
    (node, index): Speaker => ({
      node,
      membership: newMembership({ missed: 4, ownIntervalMs: interval }),
      running: true,
      reachesApi: true,
      nextRenewal: index * 137,
      nextTick: 0,
      renewals: 0,
    }),
  )

  const tell = (speaker: Speaker, event: MembershipEvent) => {
    speaker.membership = step(speaker.membership, event, now)
  }
  const seen = (node: string): MembershipEvent => {
    const lease = stored.get(node) ?? { renewal: '', released: false }
    return { type: 'seen', lease: { node, ...lease, intervalMs: interval, ageMs: 0 } }
  }
  const connected = (speaker: Speaker) => speaker.running && speaker.reachesApi && apiUp

  function write(node: string, lease: { renewal: string; released: boolean }): void {
    stored.set(node, lease)
    for (const speaker of speakers.filter(connected)) {
      tell(speaker, seen(node))
      if (speaker.node === node && !lease.released) tell(speaker, { type: 'confirmed', asOf: now })
    }
  }

  function turn(speaker: Speaker): void {
    if (!speaker.running) return
    if (now >= speaker.nextRenewal) {
      speaker.nextRenewal = now + interval
      if (connected(speaker))
        write(speaker.node, { renewal: `${speaker.node}-${speaker.renewals++}`, released: false })
    }
    if (now >= speaker.nextTick) {
      tell(speaker, { type: 'tick', ownIntervalMs: interval })
      speaker.nextTick = now + nextVerdictIn(speaker.membership, now)
    }
  }

  function advance(ms: number): void {
    for (const end = now + ms; now < end; now++) for (const speaker of speakers) turn(speaker)
  }

  /** A watch that comes back lists what is stored. */
  function relist(speaker: Speaker): void {
    if (connected(speaker)) for (const node of stored.keys()) tell(speaker, seen(node))
  }

  const find = (node: string): Speaker => {
    const speaker = speakers.find((candidate) => candidate.node === node)
    if (speaker === undefined) throw new Error(`no speaker ${node}`)
    return speaker
  }
  const world = {
    advance,
    view: (node: string) => aliveNodes(find(node).membership).join(' '),
    frozen: (node: string) => find(node).membership.frozen,
    kill: (node: string) => void (find(node).running = false),
    release: (node: string) => {
      write(node, { renewal: 'released', released: true })
      find(node).running = false
    },
    cut: (node: string) => void (find(node).reachesApi = false),
    mend: (node: string) => {
      find(node).reachesApi = true
      relist(find(node))
    },
    apiDown: () => void (apiUp = false),
    apiBack: () => {
      apiUp = true
      for (const speaker of speakers) relist(speaker)
    },
    stall: (node: string, ms: number) => {
      const speaker = find(node)
      speaker.reachesApi = false
      speaker.nextRenewal = speaker.nextTick = now + ms
    },
    now: () => now,
  }
  for (const speaker of speakers) speaker.nextTick = 0
  advance(3_000)
  return world
}

describe('membership', () => {
  it('sees every speaker that renews', () => {
    const world = cluster('a', 'b', 'c')
    expect(world.view('a')).to.equal('a b c')
    expect(world.frozen('a')).to.equal(false)
  })

  it('drops a speaker that was killed after four renewals not seen, within 4.1 s', () => {
    const world = cluster('a', 'b', 'c')
    world.kill('b')
    world.advance(2_900)
    expect(world.view('a')).to.equal('a b c')
    world.advance(1_200)
    expect(world.view('a')).to.equal('a c')
    expect(world.view('c')).to.equal('a c')
  })

  it('drops a speaker that released its Lease at once', () => {
    const world = cluster('a', 'b')
    world.release('b')
    expect(world.view('a')).to.equal('a')
  })

  it('stays as last known without the API server, for as long as it takes', () => {
    const world = cluster('a', 'b', 'c')
    world.apiDown()
    world.advance(600_000)
    expect(['a', 'b', 'c'].map(world.view)).to.deep.equal(['a b c', 'a b c', 'a b c'])
    expect(['a', 'b', 'c'].map(world.frozen)).to.deep.equal([true, true, true])
  })

  it('declares nobody dead for the time that the API server was away', () => {
    const world = cluster('a', 'b', 'c')
    world.apiDown()
    world.advance(60_000)
    world.apiBack()
    for (let ms = 0; ms < 8_000; ms += 100) {
      world.advance(100)
      expect(['a', 'b', 'c'].map(world.view)).to.deep.equal(['a b c', 'a b c', 'a b c'])
    }
    expect(world.frozen('a')).to.equal(false)
  })

  it('drops a speaker that died while the API server was away, after a full grace', () => {
    const world = cluster('a', 'b')
    world.apiDown()
    world.advance(10_000)
    world.kill('b')
    world.advance(10_000)
    world.apiBack()
    world.advance(3_900)
    expect(world.view('a')).to.equal('a b')
    world.advance(2_000)
    expect(world.view('a')).to.equal('a')
  })

  it('drops one that is cut off from the API server, and that one keeps all as last known', () => {
    const world = cluster('a', 'b', 'c')
    world.cut('a')
    world.advance(4_200)
    expect(world.view('b')).to.equal('b c')
    expect(world.view('a')).to.equal('a b c')
    expect(world.frozen('a')).to.equal(true)
  })

  it('is one view again when the one cut off comes back', () => {
    const world = cluster('a', 'b', 'c')
    world.cut('a')
    world.advance(30_000)
    world.mend('a')
    world.advance(1_100)
    expect(['a', 'b', 'c'].map(world.view)).to.deep.equal(['a b c', 'a b c', 'a b c'])
    expect(world.frozen('a')).to.equal(false)
  })

  it('freezes when the API server goes while one was cut off, and mends when both are back', () => {
    const world = cluster('a', 'b', 'c')
    world.cut('a')
    world.advance(10_000)
    world.apiDown()
    world.advance(30_000)
    expect(['a', 'b', 'c'].map(world.view)).to.deep.equal(['a b c', 'b c', 'b c'])
    world.mend('a')
    world.apiBack()
    world.advance(1_100)
    expect(['a', 'b', 'c'].map(world.view)).to.deep.equal(['a b c', 'a b c', 'a b c'])
  })

  it('declares nobody dead after the own process stood still', () => {
    const world = cluster('a', 'b', 'c')
    world.stall('a', 20_000)
    world.advance(20_000)
    world.mend('a')
    for (let ms = 0; ms < 6_000; ms += 100) {
      world.advance(100)
      expect(world.view('a')).to.equal('a b c')
    }
  })

  it('does not take up what a departed one leaves while the own view is stale', () => {
    const a = (membership: Membership, event: MembershipEvent, now: number) => step(membership, event, now)
    const lease = { node: 'b', renewal: '1', intervalMs: interval, released: false, ageMs: 0 }
    let membership = newMembership({ missed: 4, ownIntervalMs: interval })
    membership = a(membership, { type: 'seen', lease }, 0)
    membership = a(membership, { type: 'confirmed', asOf: 0 }, 0)
    membership = a(membership, { type: 'tick', ownIntervalMs: interval }, 2_500)
    membership = a(membership, { type: 'seen', lease: { ...lease, renewal: '2', released: true } }, 2_600)
    expect(aliveNodes(membership)).to.deep.equal(['b'])
    membership = a(membership, { type: 'confirmed', asOf: 2_700 }, 2_700)
    expect(aliveNodes(membership)).to.deep.equal([])
  })

  it('does not count the Lease of a speaker that is no more when it starts', () => {
    const lease = { node: 'old', renewal: '1', intervalMs: interval, released: false, ageMs: 3_600_000 }
    let membership = newMembership({ missed: 4, ownIntervalMs: interval })
    membership = step(membership, { type: 'seen', lease }, 0)
    membership = step(membership, { type: 'confirmed', asOf: 1 }, 1)
    expect(aliveNodes(membership)).to.deep.equal([])
    membership = step(membership, { type: 'seen', lease: { ...lease, renewal: '2' } }, 2)
    expect(aliveNodes(membership)).to.deep.equal(['old'])
  })

  it('comes to one view of who is alive whatever happened before', () => {
    const nodes = ['a', 'b', 'c']
    const action = fc.record({
      what: fc.constantFrom(
        'cut' as const,
        'mend' as const,
        'apiDown' as const,
        'apiBack' as const,
        'nothing' as const,
      ),
      node: fc.constantFrom(...nodes),
      lastsMs: fc.integer({ min: 1, max: 7_000 }),
    })
    const property = fc.property(fc.array(action, { maxLength: 8 }), (actions) => {
      const world = cluster(...nodes)
      for (const { what, node, lastsMs } of actions) {
        if (what === 'cut' || what === 'mend') world[what](node)
        else if (what !== 'nothing') world[what]()
        world.advance(lastsMs)
      }
      world.apiBack()
      for (const node of nodes) world.mend(node)
      world.advance(1_200)
      for (const node of nodes) expect(world.view(node)).to.equal('a b c')
    })
    fc.assert(property, { numRuns: 30 })
  })
})

describe('the interval of renewals', () => {
  it('keeps all watch events together under 10,000 a second', () => {
    for (let speakers = 1; speakers <= 5_000; speakers += 7)
      expect(leaseFigures(speakers, 4).watchEventsPerSecond).to.be.at.most(10_000)
  })

  it('is a second up to a hundred speakers', () => {
    expect([1, 3, 100, 1_000].map(renewIntervalMs)).to.deep.equal([1_000, 1_000, 1_000, 100_000])
  })

  it('costs these writes and watch events per second', () => {
    const figures = [3, 100, 1_000].map((speakers) => {
      const { writesPerSecond, watchEventsPerSecond } = leaseFigures(speakers, 4)
      return { speakers, writesPerSecond, watchEventsPerSecond }
    })
    expect(figures).to.deep.equal([
      { speakers: 3, writesPerSecond: 3, watchEventsPerSecond: 9 },
      { speakers: 100, writesPerSecond: 100, watchEventsPerSecond: 10_000 },
      { speakers: 1_000, writesPerSecond: 10, watchEventsPerSecond: 10_000 },
    ])
  })
})
