// How a check goes on when links go, and when two machines check the same address at once (RFC 5227 §2.1.1).
import { expect } from 'chai'
import { config, eth0, eth1, L2Bench, link, macOfOther, sent } from '../../test/support/l2-session.ts'
import { gratuitousReply } from '../arp/frame.ts'
import type { CheckKind } from './claim.ts'
import type { Effect } from './session.ts'
import { itemAt } from './vector.ts'

const address = '192.0.2.200'

function claimsWith(check: CheckKind) {
  return [{ address, interfaces: 'all', check }] as const
}

function stateOf({ session }: L2Bench): string | undefined {
  return itemAt(session.claims, 0)?.check?.state
}

describe('a check whose answer came in on a link that is gone', () => {
  function heardOnEth1(): L2Bench {
    const bench = new L2Bench()
    bench.run({ type: 'interfaces', links: [eth0, eth1] })
    bench.run({ type: 'configured', config: config(claimsWith('before')) })
    bench.frame(gratuitousReply(macOfOther, address), { link: 2 })
    return bench
  }

  it('begins anew on the links that are left: nobody can tell any more whether it was a proxy', () => {
    const bench = heardOnEth1()
    expect(stateOf(bench)).to.equal('suspecting')
    bench.run({ type: 'interfaces', links: [eth0] })
    expect(stateOf(bench)).to.equal('asking')
    expect(sent(bench.advance(2000))).to.include(`announce eth0 ${address}`)
    expect(stateOf(bench)).to.equal('over')
  })

  it('stands once it is known to be another machine: the link may be back at once', () => {
    const bench = heardOnEth1()
    bench.advance(2000)
    bench.run({ type: 'interfaces', links: [eth0] })
    expect(stateOf(bench)).to.equal('in-use')
    expect(sent(bench.advance(200_000))).to.deep.equal([])
    expect(sent(bench.advance(105_000))).to.include(`announce eth0 ${address}`)
  })
})

describe('two machines that check the same address at once', () => {
  for (const kind of ['before', 'beside', 'full'] as const)
    it(`are not silent for good: one of them has it in the end (${kind})`, () => {
      const nodes = [1, 2].map((number) => {
        const bench = new L2Bench()
        bench.run({ type: 'interfaces', links: [link({ ...eth0, mac: `02:00:00:00:0a:0${number}` })] })
        return bench
      })
      const [a, b] = nodes
      if (a === undefined || b === undefined) throw new Error('no nodes')
      for (const bench of nodes) bench.feed({ type: 'configured', config: config(claimsWith(kind)) })
      passOnLan(a, b, 1_200_000)
      const silent = nodes.map(({ session }) => itemAt(session.claims, 0)?.announcedAt === undefined)
      expect(silent).to.have.members([false, true])
    })
})

/** What one says the other hears, at the same moment, until `ms` are over. */
function passOnLan(a: L2Bench, b: L2Bench, ms: number): void {
  const end = a.now + ms
  for (;;) {
    const at = Math.min(a.session.wakeAt ?? end, b.session.wakeAt ?? end)
    if (at >= end) return
    const said = [a, b].map((bench) => bench.advance(Math.max(0, at - bench.now)))
    exchange(said[0] ?? [], b, a)
    exchange(said[1] ?? [], a, b)
  }
}

/** Frames to the one, and what it answers back to the other. */
function exchange(effects: readonly Effect[], to: L2Bench, back: L2Bench): void {
  for (const effect of effects) if ('frame' in effect) exchange(to.frame(effect.frame), back, to)
}
