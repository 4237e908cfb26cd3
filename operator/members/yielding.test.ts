// Who keeps an address that two speakers of ours announce: never both, never none, once each has heard the other.
import { expect } from 'chai'
import fc from 'fast-check'
import type { ObservedClaim, ObservedRival } from '../../protocols/l2/observed.ts'
import { electionKey } from '../../reconcilers/election.ts'
import { judgeRivals, noStance } from './yielding.ts'
import type { Hearing, Judged, Stance } from './yielding.ts'

const address = '192.0.2.1'
const stranger = '66:66:66:66:66:66'

/** In the order of the election for that address. */
const [first = '', second = ''] = ['node-a', 'node-b'].toSorted((a, b) =>
  electionKey(a, address) < electionKey(b, address) ? -1 : 1,
)

const macOf = (node: string) => `mac-of-${node}`
const nodeOfMac = (mac: string) => [first, second].find((node) => macOf(node) === mac)

function claim(rival?: ObservedRival): ObservedClaim {
  const counters = { requestsReceived: 0, responsesSent: 0, gratuitousSent: 0 }
  return { address, interfaces: ['eth0'], ...counters, ...(rival === undefined ? {} : { rival }) }
}

const now = 100_000

/** The first one of the two, unless said otherwise; frozen, and its last proof is ten seconds old. */
function look(
  rival: ObservedRival | undefined,
  more: Partial<Hearing> = {},
  before: Stance = noStance,
): Judged {
  return judgeRivals(before, {
    now,
    frozen: true,
    confirmedAt: now - 10_000,
    deadAfterMs: 4_000,
    claims: [claim(rival)],
    own: first,
    nodeOfMac,
    ...more,
  })
}

const yieldedTo = ({ stance }: Judged) => stance.yielded.get(address)
const other = (more: Omit<ObservedRival, 'mac'>): ObservedRival => ({ mac: macOf(second), ...more })
const longAgo = now - 3_600_000

describe('a speaker whose view is frozen', () => {
  it('yields to the one of ours that was heard after its own last word', () => {
    expect(yieldedTo(look(other({ seenAt: now - 100, toldAt: longAgo })))).to.equal(second)
  })

  it('yields to what it heard before its view froze, and after the last proof', () => {
    expect(yieldedTo(look(other({ seenAt: now - 9_900, toldAt: longAgo })))).to.equal(second)
  })

  it('does not yield to what was heard before the last proof', () => {
    expect(yieldedTo(look(other({ seenAt: now - 12_000, toldAt: longAgo })))).to.equal(undefined)
  })

  it('does not yield to a stranger, nor say anything to him', () => {
    const judged = look({ mac: stranger, seenAt: now - 2_000, toldAt: longAgo })
    expect(yieldedTo(judged)).to.equal(undefined)
    expect(judged.anew).to.deep.equal([])
  })

  it('keeps the address when it had the last word', () => {
    const judged = look(other({ seenAt: now - 5_000, toldAt: now - 1_000 }), { own: second, nodeOfMac: macs })
    expect(yieldedTo(judged)).to.equal(undefined)
  })

  it('keeps it when words crossed and it comes first in the election, and then says so once', () => {
    const rival = other({ seenAt: now - 600, toldAt: now - 700 })
    const judged = look(rival)
    expect(yieldedTo(judged)).to.equal(undefined)
    expect(judged.anew).to.deep.equal([address])
    expect(look(rival, { now: now + 100 }, judged.stance).anew).to.deep.equal([])
  })

  it('yields it when words crossed and it comes second', () => {
    const rival = { mac: macOf(first), seenAt: now - 600, toldAt: now - 500 }
    expect(yieldedTo(look(rival, { own: second }))).to.equal(first)
  })

  it('goes on yielding though it hears nothing more, and takes the address up when the view is fresh', () => {
    const { stance } = look(other({ seenAt: now - 100, toldAt: longAgo }))
    const later = look(undefined, { claims: [] }, stance).stance
    expect(later.yielded).to.equal(stance.yielded)
    expect(look(undefined, { claims: [], frozen: false }, later).stance.yielded.size).to.equal(0)
  })
})

function macs(mac: string): string | undefined {
  return mac === macOf(second) ? first : undefined
}

describe('a speaker whose view is fresh', () => {
  const rival = other({ seenAt: now - 2_000, toldAt: longAgo })
  const proven = { frozen: false, confirmedAt: now - 500 }

  it('yields to nobody, and waits for a proof that is newer than what it heard', () => {
    const judged = look(rival, { frozen: false, confirmedAt: now - 1_500 })
    expect(yieldedTo(judged)).to.equal(undefined)
    expect(judged.anew).to.deep.equal([])
    expect(judged.lookInMs).to.be.above(0)
  })

  it('with such a proof announces the address anew, and is quiet once that is out', () => {
    expect(look(rival, proven).anew).to.deep.equal([address])
    const said = look({ ...rival, toldAt: now }, proven)
    expect(said.anew).to.deep.equal([])
    expect(said).not.to.have.property('lookInMs')
  })

  it('answers a stranger who fights for it once in ten seconds', () => {
    let stance = noStance
    let defences = 0
    for (let ms = 0; ms < 60_000; ms += 100) {
      const at = now + ms
      const fighting = { mac: stranger, seenAt: at - 1_100, toldAt: at - 2_000 }
      const judged = look(fighting, { frozen: false, now: at, confirmedAt: at }, stance)
      stance = judged.stance
      defences += judged.anew.length
    }
    expect(defences).to.equal(6)
  })

  it('announces everything anew when it was gone for so long that others may have taken it over', () => {
    const { stance } = look(undefined)
    expect(look(undefined, proven, stance).anew).to.deep.equal([address])
    expect(look(undefined, { ...proven, deadAfterMs: 20_000 }, stance).anew).to.deep.equal([])
  })

  it('and is quiet after that', () => {
    const back = look(undefined, proven, look(undefined).stance)
    expect(look(undefined, proven, back.stance).anew).to.deep.equal([])
  })
})

type Speaker = {
  readonly node: string
  readonly takesUpAt: number
  readonly proofs: readonly number[] // when its view was proven fresh; frozen 2 s after the last one
  readonly refreshMs: number // 0: none
  readonly deaf: boolean
  readonly hearsAfterMs: number
}

type State = {
  holds: boolean
  told?: number
  rival?: { mac: string; seenAt: number }
  rounds: number[]
  stance: Stance
}

const freshMs = 2_000
const roundsMs = [0, 100, 1_100, 2_200]

/** A minute on one LAN in steps of 10 ms; who holds the address then. */
function contest(speakers: readonly Speaker[]): readonly string[] {
  const states = new Map(
    speakers.map((one) => [one, { holds: false, rounds: [], stance: noStance } as State]),
  )
  const wire: { readonly from: Speaker; readonly at: number }[] = []
  for (let at = 0; at < 60_000; at += 10)
    for (const [speaker, state] of states) {
      if (at === speaker.takesUpAt)
        Object.assign(state, { holds: true, rounds: roundsMs.map((ms) => at + ms) })
      if (!state.holds) continue
      speak(speaker, state, at)
      for (const { from, at: sentAt } of wire)
        if (from !== speaker && !speaker.deaf && sentAt + speaker.hearsAfterMs === at)
          state.rival = { mac: macOf(from.node), seenAt: at }
      judge(speaker, state, at)
    }
  return speakers.filter((one) => states.get(one)?.holds).map(({ node }) => node)

  function speak(speaker: Speaker, state: State, at: number): void {
    if (!state.rounds.includes(at)) return
    wire.push({ from: speaker, at })
    state.told = at
    const isLast = state.rounds.at(-1) === at
    if (isLast && speaker.refreshMs > 0) state.rounds.push(at + speaker.refreshMs)
  }

  /** A speaker takes an address up only with a proof. */
  function judge({ node, takesUpAt, proofs }: Speaker, state: State, at: number): void {
    const confirmedAt = proofs.reduce(
      (last, proof) => (proof <= at && proof > last ? proof : last),
      takesUpAt,
    )
    const { rival, told } = state
    const judged = judgeRivals(state.stance, {
      now: at,
      frozen: at - confirmedAt > freshMs,
      confirmedAt,
      deadAfterMs: Number.POSITIVE_INFINITY,
      claims: [
        claim(
          rival === undefined ? undefined : { ...rival, ...(told === undefined ? {} : { toldAt: told }) },
        ),
      ],
      own: node,
      nodeOfMac,
    })
    state.stance = judged.stance
    if (judged.anew.length > 0) state.rounds = roundsMs.map((ms) => at + 10 + ms)
    if (judged.stance.yielded.has(address)) state.holds = false
  }
}

const tens = (min: number, max: number) =>
  fc.integer({ min: min / 10, max: max / 10 }).map((count) => count * 10)

function speakerOf(node: string, refreshMs: fc.Arbitrary<number>): fc.Arbitrary<Speaker> {
  return fc
    .record({
      takesUpAt: tens(0, 15_000),
      proofs: fc.array(tens(0, 20_000)),
      refreshMs,
      hearsAfterMs: tens(10, 50),
    })
    .map((record) => ({ node, deaf: false, ...record }))
}

describe('two frozen speakers that announce the same address', () => {
  it('and hear each other: one of them keeps it, whatever each knew before, and when', () => {
    const refresh = fc.constantFrom(0, 0, 1_000, 3_000, 7_010)
    const pair = fc.tuple(speakerOf(first, refresh), speakerOf(second, refresh))
    const property = fc.property(pair, (both) => {
      expect(contest(both)).to.have.length(1)
    })
    fc.assert(property, { numRuns: 150 })
  })

  it('at the same moment: one of them keeps it', () => {
    const pair = fc.tuple(
      speakerOf(first, fc.constant(0)),
      speakerOf(second, fc.constant(0)),
      tens(-700, 700),
    )
    const property = fc.property(pair, ([a, b, apart]) => {
      const together = [
        { ...a, takesUpAt: 5_000, proofs: [4_000] },
        { ...b, takesUpAt: 5_000 + apart, proofs: [4_000] },
      ]
      expect(contest(together)).to.have.length(1)
    })
    fc.assert(property, { numRuns: 75 })
  })

  it('and of whom one is deaf: he keeps it, when he took it up after the other had told everybody', () => {
    const pair = fc.tuple(speakerOf(first, fc.constant(0)), speakerOf(second, fc.constant(0)), fc.boolean())
    const property = fc.property(pair, ([a, b, swap]) => {
      const [old, successor] = swap ? [b, a] : [a, b]
      const deaf = { ...successor, takesUpAt: 10_000, deaf: true }
      const cutOff = { ...old, takesUpAt: 0, proofs: old.proofs.filter((proof) => proof < 10_000) }
      expect(contest([cutOff, deaf])).to.deep.equal([deaf.node])
    })
    fc.assert(property, { numRuns: 75 })
  })
})
