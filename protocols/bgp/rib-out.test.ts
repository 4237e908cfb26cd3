import { expect } from 'chai'
import fc from 'fast-check'
import type { OutRoute } from './advertise.ts'
import { anyContext } from './context.ts'
import { decodeMessage } from './message.ts'
import type { Prefix } from './nlri.ts'
import { emptyRibOut, isIdle, nextMessage, queueEndOfRib, refresh, wish } from './rib-out.ts'
import type { RibOut } from './rib-out.ts'
import { endOfRib, routeChanges } from './update.ts'

function routeOf(med: number): OutRoute {
  const attributes = { origin: 'igp', asPath: [], multiExitDisc: med } as const
  return { family: 'IPv4', nextHops: ['192.0.2.1'], attributes, key: String(med) }
}

/** A router at the other end: what it holds, and all that it was told. */
type Peer = { readonly held: Map<Prefix, number>; readonly told: string[] }

function newPeer(): Peer {
  return { held: new Map(), told: [] }
}

function sendOne(ribOut: RibOut, peer: Peer): RibOut {
  const next = nextMessage(ribOut, anyContext)
  if (next === undefined) return ribOut
  peer.told.push(next.text)
  const message = decodeMessage(next.bytes, anyContext)
  if (message.type !== 'update') return next.ribOut
  for (const { announced, withdrawn } of routeChanges(message, anyContext)) {
    for (const prefix of withdrawn) peer.held.delete(prefix)
    for (const prefix of announced) peer.held.set(prefix, message.attributes.multiExitDisc ?? -1)
  }
  return next.ribOut
}

function sendAll(ribOut: RibOut, peer: Peer): RibOut {
  let rest = ribOut
  while (!isIdle(rest)) rest = sendOne(rest, peer)
  return rest
}

const wishes = fc.array(
  fc.dictionary(
    fc.nat(12).map((octet) => `192.0.2.${octet}/32`),
    fc.nat(3),
    { maxKeys: 10 },
  ),
  { minLength: 1, maxLength: 8 },
)

function tableOf(wanted: Readonly<Record<string, number>>): Map<Prefix, OutRoute> {
  return new Map(Object.entries(wanted).map(([prefix, med]) => [prefix, routeOf(med)]))
}

describe('what is told to a peer', () => {
  it('in the end the peer holds what was wished last, whatever was sent in between', () => {
    fc.assert(
      fc.property(wishes, fc.array(fc.nat(3), { minLength: 8, maxLength: 8 }), (list, pauses) => {
        const peer = newPeer()
        let ribOut = emptyRibOut
        for (const [index, wanted] of list.entries()) {
          ribOut = wish(ribOut, tableOf(wanted))
          for (let count = pauses[index] ?? 0; count > 0; count--) ribOut = sendOne(ribOut, peer)
        }
        sendAll(ribOut, peer)
        expect(Object.fromEntries(peer.held)).to.deep.equal(list.at(-1))
      }),
      { numRuns: 500 },
    )
  })

  it('the same wish again tells nothing', () => {
    fc.assert(
      fc.property(wishes, ([wanted = {}]) => {
        const told = sendAll(wish(emptyRibOut, tableOf(wanted)), newPeer())
        return isIdle(wish(told, tableOf(wanted)))
      }),
    )
  })

  it('withdrawals go before announcements, and announcements before End-of-RIB', () => {
    const peer = newPeer()
    const first = sendAll(wish(emptyRibOut, tableOf({ '192.0.2.1/32': 1 })), peer)
    sendAll(queueEndOfRib(wish(first, tableOf({ '192.0.2.2/32': 1 })), ['IPv4']), peer)
    expect(peer.told).to.deep.equal([
      'UPDATE +192.0.2.1/32',
      'UPDATE -192.0.2.1/32',
      'UPDATE +192.0.2.2/32',
      'UPDATE end of RIB IPv4',
    ])
  })

  it('routes with the same attributes share messages', () => {
    const peer = newPeer()
    sendAll(wish(emptyRibOut, tableOf({ '192.0.2.1/32': 1, '192.0.2.2/32': 2, '192.0.2.3/32': 1 })), peer)
    expect(peer.told).to.deep.equal(['UPDATE +2 from 192.0.2.1/32 on', 'UPDATE +192.0.2.2/32'])
  })

  it('a refresh that is asked for while one is under way does not start a second one', () => {
    const peer = newPeer()
    const told = sendAll(wish(emptyRibOut, tableOf({ '192.0.2.1/32': 1 })), peer)
    const begun = sendOne(refresh(told, 'IPv4', true), peer)
    sendAll(refresh(begun, 'IPv4', true), peer)
    expect(peer.told.filter((text) => text.startsWith('ROUTE-REFRESH'))).to.deep.equal([
      'ROUTE-REFRESH begin IPv4',
      'ROUTE-REFRESH end IPv4',
    ])
  })

  it('End-of-RIB of IPv6 is an UPDATE of its own', () => {
    const next = nextMessage(queueEndOfRib(emptyRibOut, ['IPv6']), anyContext)
    const message = next === undefined ? undefined : decodeMessage(next.bytes, anyContext)
    expect(message?.type === 'update' && endOfRib(message)).to.equal('IPv6')
  })
})
