import { expect } from 'chai'
import fc from 'fast-check'
import type { RouteAttributes } from './config.ts'
import { anyContext } from './context.ts'
import { decodeMessage } from './message.ts'
import { unicast } from './nlri.ts'
import type { Prefix } from './nlri.ts'
import { nextMessage } from './outgoing.ts'
import type { Resolve } from './outgoing.ts'
import {
  changeRoutes,
  emptyRibOut,
  isIdle,
  queueInitial,
  refresh,
  refreshAgain,
  replaceRoutes,
} from './rib-out.ts'
import type { RibOut } from './rib-out.ts'
import { routeChanges } from './update.ts'

/** A MED above 100 cannot be told to this peer. */
const resolve: Resolve = (family, { med = 0 }) => {
  if (med > 100) return 'too much'
  const attributes = { origin: 'igp', asPath: [], multiExitDisc: med } as const
  return {
    family,
    nextHops: [family === 'IPv4' ? '192.0.2.1' : '2001:db8::1'],
    attributes,
    key: `${family} ${med}`,
  }
}

/** A router at the other end: what it holds, and all that it was told. */
type Peer = { readonly held: Map<Prefix, number>; readonly told: string[]; readonly withheld: string[] }

function newPeer(): Peer {
  return { held: new Map(), told: [], withheld: [] }
}

function sendOne(ribOut: RibOut, peer: Peer, context = anyContext): RibOut {
  const next = nextMessage(ribOut, context, resolve)
  if (next === undefined) return refreshAgain(ribOut) ?? ribOut
  for (const { reason, count } of next.withheld ?? []) peer.withheld.push(`${count} ${reason}`)
  if (next.message === undefined) return sendOne(next.ribOut, peer, context)
  peer.told.push(next.message.text)
  const message = decodeMessage(next.message.bytes, context)
  if (message.type !== 'update') return next.ribOut
  for (const { announced, withdrawn } of routeChanges(message, context)) {
    for (const prefix of withdrawn) peer.held.delete(prefix)
    for (const prefix of announced) peer.held.set(prefix, message.attributes.multiExitDisc ?? -1)
  }
  return next.ribOut
}

function sendAll(ribOut: RibOut, peer: Peer, context = anyContext): RibOut {
  let rest = ribOut
  while (!isIdle(rest)) rest = sendOne(rest, peer, context)
  return rest
}

type Table = Readonly<Record<Prefix, number>>

function routes(table: Table): { prefix: Prefix; attributes: RouteAttributes }[] {
  return Object.entries(table).map(([prefix, med]) => ({ prefix, attributes: { med } }))
}

function initial(table: Table): RibOut {
  return queueInitial(replaceRoutes(emptyRibOut, routes(table)), ['IPv4'])
}

function many(count: number, med: number): Table {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`10.0.${index >> 8}.${index & 255}/32`, med]),
  )
}

const prefix = fc.oneof(
  fc.nat(12).map((octet) => `192.0.2.${octet}/32`),
  fc.nat(5).map((group) => `2001:db8:${group + 1}::/48`),
)
const med = fc.oneof(fc.nat(3), fc.constant(200))
const table = fc.dictionary(prefix, med, { maxKeys: 12 })
const change = fc.oneof(
  table.map((all) => ({ all })),
  fc.record({ set: fc.dictionary(prefix, med, { maxKeys: 3 }), unset: fc.array(prefix, { maxLength: 3 }) }),
)

describe('what is told to a peer', () => {
  it('in the end the peer holds what was wished last and can be told, whatever was sent in between', () => {
    const changes = fc.array(fc.tuple(change, fc.nat(3)), { minLength: 1, maxLength: 10 })
    const size = fc.constantFrom(0, 0, 0, 60, 60, 1500) // of the rest of the table, at first: a map, one that becomes a tree, several portions
    fc.assert(
      fc.property(table, size, changes, (some, more, list) => {
        const first = { ...many(more, 1), ...some }
        const peer = newPeer()
        const wished = new Map(Object.entries(first))
        let ribOut = initial(first)
        for (const [each, pause] of list) {
          if ('all' in each) wished.clear()
          else for (const gone of each.unset) if (each.set[gone] === undefined) wished.delete(gone)
          for (const [name, value] of Object.entries('all' in each ? each.all : each.set))
            wished.set(name, value)
          ribOut =
            'all' in each
              ? replaceRoutes(ribOut, routes(each.all))
              : changeRoutes(ribOut, {
                  set: routes(each.set),
                  unset: each.unset.filter((gone) => each.set[gone] === undefined),
                })
          if (pause === 2) ribOut = refresh(ribOut, 'IPv4', true)
          for (let count = pause; count > 0; count--) ribOut = sendOne(ribOut, peer)
        }
        ribOut = sendAll(ribOut, peer)
        const tellable = [...wished].filter(([, value]) => value <= 100)
        expect(peer.held).to.deep.equal(new Map(tellable))
        expect(ribOut.sizes.IPv4 + ribOut.sizes.IPv6).to.equal(wished.size)
        expect(ribOut.table.size).to.equal(wished.size)
      }),
      { numRuns: 250 },
    )
  })

  it('the same wish again tells nothing', () => {
    fc.assert(
      fc.property(table, (wanted) => {
        const told = sendAll(initial(wanted), newPeer())
        return isIdle(replaceRoutes(told, routes(wanted)))
      }),
    )
  })

  it('withdrawals go before announcements, and announcements before End-of-RIB', () => {
    const peer = newPeer()
    const first = changeRoutes(initial({ '192.0.2.1/32': 1 }), {
      set: routes({ '192.0.2.3/32': 1 }),
      unset: [],
    })
    const begun = sendOne(first, peer)
    sendAll(replaceRoutes(begun, routes({ '192.0.2.2/32': 1 })), peer)
    expect(peer.told).to.deep.equal([
      'UPDATE +2 from 192.0.2.1/32 on',
      'UPDATE -2 from 192.0.2.1/32 on',
      'UPDATE +192.0.2.2/32',
      'UPDATE end of RIB IPv4',
    ])
  })

  it('routes with the same attributes share messages', () => {
    const peer = newPeer()
    sendAll(initial({ '192.0.2.1/32': 1, '192.0.2.2/32': 2, '192.0.2.3/32': 1 }), peer)
    expect(peer.told.slice(0, 2)).to.deep.equal(['UPDATE +2 from 192.0.2.1/32 on', 'UPDATE +192.0.2.2/32'])
  })

  it('a prefix that changes while the peer is slow is said as it is in the end, and once', () => {
    const peer = newPeer()
    let ribOut = sendAll(initial({}), peer)
    for (let round = 1; round <= 50; round++)
      ribOut = changeRoutes(ribOut, { set: routes({ '192.0.2.1/32': round }), unset: [] })
    sendAll(ribOut, peer)
    expect(peer.told).to.deep.equal(['UPDATE end of RIB IPv4', 'UPDATE +192.0.2.1/32'])
    expect(peer.held.get('192.0.2.1/32')).to.equal(50)
  })

  it('a queue that nobody reads does not grow with the changes', () => {
    let ribOut = initial(many(5000, 1))
    for (let round = 0; round < 100; round++)
      ribOut = changeRoutes(ribOut, { set: routes(many(500, round + 2)), unset: [] })
    expect(ribOut.queue.announcements.size).to.be.at.most(20_000)
  })

  it('what cannot be told any longer is withdrawn; what never could be is not', () => {
    const peer = newPeer()
    const told = sendAll(initial({ '192.0.2.1/32': 1, '192.0.2.2/32': 200 }), peer)
    expect(peer.withheld).to.deep.equal(['1 too much'])
    expect(peer.told).to.deep.equal(['UPDATE +192.0.2.1/32', 'UPDATE end of RIB IPv4'])
    sendAll(changeRoutes(told, { set: routes({ '192.0.2.1/32': 200 }), unset: [] }), peer)
    expect(peer.told.at(-1)).to.equal('UPDATE -192.0.2.1/32')
  })

  it('nothing is withdrawn in a family that the session does not carry', () => {
    const context = { ...anyContext, families: [unicast.IPv4] }
    const peer = newPeer()
    const told = sendAll(initial({ '2001:db8:1::/48': 200, '192.0.2.1/32': 1 }), peer, context)
    sendAll(replaceRoutes(told, []), peer, context)
    expect(peer.told.at(-1)).to.equal('UPDATE -192.0.2.1/32')
  })

  it('a refresh that is asked for before End-of-RIB has no markers: none goes before it (RFC 7313 §4)', () => {
    const peer = newPeer()
    const begun = sendOne(initial(many(3000, 1)), peer)
    const told = sendAll(refresh(begun, 'IPv4', true), peer)
    expect(peer.held.size).to.equal(3000)
    expect(peer.told.filter((text) => !text.startsWith('UPDATE +'))).to.deep.equal([
      'UPDATE end of RIB IPv4',
      'ROUTE-REFRESH begin IPv4',
      'ROUTE-REFRESH end IPv4',
    ])
    sendAll(refresh(told, 'IPv4', true), peer)
    expect(peer.told.at(-1)).to.equal('ROUTE-REFRESH end IPv4')
  })

  it('a refresh that is asked for while one is under way does not start a second one', () => {
    const peer = newPeer()
    const told = sendAll(initial({ '192.0.2.1/32': 1 }), peer)
    const begun = sendOne(refresh(told, 'IPv4', true), peer)
    sendAll(refresh(begun, 'IPv4', true), peer)
    expect(peer.told.filter((text) => text.startsWith('ROUTE-REFRESH'))).to.deep.equal([
      'ROUTE-REFRESH begin IPv4',
      'ROUTE-REFRESH end IPv4',
    ])
  })
  it('a peer that asks without end hears the end: what is under way is finished, and said once more for all that asked', () => {
    const peer = newPeer()
    const table = many(5000, 1)
    let ribOut = sendAll(initial(table), peer)
    peer.told.length = 0
    let asked = 0
    const ends = () => peer.told.filter((text) => text === 'ROUTE-REFRESH end IPv4').length
    while (ends() < 3) {
      for (let time = 0; time < 3; time++) ribOut = refresh(ribOut, 'IPv4', true)
      asked += 3
      ribOut = sendOne(ribOut, peer)
      expect(peer.told.length, 'messages').to.be.below(1000)
    }
    expect(asked).to.be.above(30)
    expect(peer.told.filter((text) => text === 'ROUTE-REFRESH begin IPv4')).to.have.lengthOf(3)
    sendAll(ribOut, peer)
    expect(ends()).to.be.at.most(4)
  })

  it('a peer that asks in the middle hears all once more: it may have dropped what it had', () => {
    const peer = newPeer()
    const told = sendAll(initial(many(3000, 1)), peer)
    const begun = sendOne(sendOne(refresh(told, 'IPv4', false), peer), peer)
    peer.held.clear()
    sendAll(refresh(begun, 'IPv4', false), peer)
    expect(peer.held.size).to.equal(3000)
  })
})
