// Yielding: only while frozen, only to a speaker of ours, until the view is fresh again.
import { expect } from 'chai'
import type { ObservedClaim } from '../../protocols/l2/observed.ts'
import { yieldedAddresses } from './yielding.ts'

const macs: Readonly<Record<string, string>> = {
  '02:00:00:00:00:0a': 'node-a',
  '02:00:00:00:00:0b': 'node-b',
}

function claim(address: string, rivalMac?: string): ObservedClaim {
  const counters = { requestsReceived: 0, responsesSent: 0, gratuitousSent: 0 }
  const rival = rivalMac === undefined ? {} : { rival: { mac: rivalMac, seenAt: 5_000 } }
  return { address, interfaces: ['eth0'], ...counters, ...rival }
}

function hear(before: ReadonlyMap<string, string>, frozen: boolean, ...claims: readonly ObservedClaim[]) {
  return yieldedAddresses(before, {
    frozenSince: frozen ? 4_000 : undefined,
    claims,
    own: 'node-a',
    nodeOfMac: (mac) => macs[mac],
  })
}

const none: ReadonlyMap<string, string> = new Map()

describe('a speaker whose view is frozen', () => {
  it('yields the address that another speaker of ours announces, and keeps the others', () => {
    const yielded = hear(none, true, claim('192.0.2.1', '02:00:00:00:00:0b'), claim('192.0.2.2'))
    expect([...yielded]).to.deep.equal([['192.0.2.1', 'node-b']])
  })

  it('does not yield to what was announced before its view froze', () => {
    const claims = [claim('192.0.2.1', '02:00:00:00:00:0b')]
    const hearing = { frozenSince: 6_000, claims, own: 'node-a', nodeOfMac: (mac: string) => macs[mac] }
    expect(yieldedAddresses(none, hearing)).to.equal(none)
  })

  it('does not yield to a stranger, nor to itself', () => {
    const claims = [claim('192.0.2.1', '66:66:66:66:66:66'), claim('192.0.2.2', '02:00:00:00:00:0a')]
    expect(hear(none, true, ...claims)).to.equal(none)
  })

  it('goes on yielding though it hears nothing more', () => {
    const yielded = hear(none, true, claim('192.0.2.1', '02:00:00:00:00:0b'))
    expect(hear(yielded, true)).to.equal(yielded)
  })

  it('takes its addresses up again when the view is fresh', () => {
    const yielded = hear(none, true, claim('192.0.2.1', '02:00:00:00:00:0b'))
    expect(hear(yielded, false).size).to.equal(0)
  })
})

describe('a speaker whose view is fresh', () => {
  it('yields to nobody', () => {
    expect(hear(none, false, claim('192.0.2.1', '02:00:00:00:00:0b'))).to.equal(none)
  })
})
