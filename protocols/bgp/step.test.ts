// Two sessions and a wire: what the machine does over time.
import { expect } from 'chai'
import fc from 'fast-check'
import {
  allRoutes,
  established,
  pairOf,
  reasons,
  routesOf,
  startBoth,
  states,
} from '../../test/support/pair.ts'
import type { Side } from '../../test/support/pair.ts'
import { messageInContext } from '../../test/support/bgp-arbitraries.ts'
import type { SessionConfig } from './config.ts'
import { anyContext } from './context.ts'
import { decodeMessage } from './message.ts'
import type { Message } from './message.ts'
import { newSession, stateOf } from './session.ts'
import type { Event } from './session.ts'
import { step } from './step.ts'
import { formatEvent, parseEvent } from './trace.ts'

const local = { address: '192.0.2.1', nextHops: { IPv4: ['192.0.2.1'] } }

function configOf(change: Partial<SessionConfig>): SessionConfig {
  const names = {
    localAs: 65001,
    peerAs: 65002,
    identifier: '192.0.2.1',
    families: ['IPv4', 'IPv6'],
  } as const
  return { ...names, holdTimeS: 90, passive: false, connectRetryMs: 5000, delayOpenMs: 0, ...change }
}

describe('two sessions', () => {
  it('that dial each other at once end up with one connection, that of the higher identifier', () => {
    const pair = established()
    for (const side of ['a', 'b'] as const) {
      expect(pair.session(side).lanes).to.have.length(1)
      expect(pair.session(side).failures).to.equal(0)
    }
    expect(pair.session('a').lanes[0].connection?.initiator).to.equal('peer')
    expect(pair.session('b').lanes[0].connection?.initiator).to.equal('us')
  })

  it('find each other over any wire, whoever may dial', () => {
    fc.assert(
      fc.property(
        fc.record({
          latencyMs: fc.integer({ min: 0, max: 400 }),
          loss: fc.double({ min: 0, max: 0.3, noNaN: true }),
          reorder: fc.double({ min: 0, max: 0.5, noNaN: true }),
          seed: fc.nat(),
          passive: fc.constantFrom<Side | undefined>('a', 'b', undefined),
          delayOpenMs: fc.constantFrom(0, 0, 500),
          apartMs: fc.nat(3000),
        }),
        ({ passive, delayOpenMs, apartMs, ...wire }) => {
          const a = { passive: passive === 'a', delayOpenMs }
          const pair = pairOf({ ...wire, a, b: { passive: passive === 'b' } })
          pair.tell('a', allRoutes(routesOf(3)))
          pair.tell('b', allRoutes([]))
          pair.tell('a', { type: 'start', by: 'operator' })
          pair.advance(apartMs)
          pair.tell('b', { type: 'start', by: 'operator' })
          pair.advance(60_000)
          expect(states(pair)).to.deep.equal(['Established', 'Established'])
          expect(pair.ribIn('b').IPv4.size).to.equal(3)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('hold for a day with nothing but keepalives', () => {
    const pair = established({ a: { holdTimeS: 30 } })
    pair.advance(24 * 3600_000)
    expect(states(pair)).to.deep.equal(['Established', 'Established'])
    expect(pair.session('a').since).to.be.below(1000)
  })

  it('hold for ever without keepalives when the hold time is zero', () => {
    const pair = established({ a: { holdTimeS: 0 } })
    const sent = pair.sent('a').length
    pair.advance(24 * 3600_000)
    expect(states(pair)).to.deep.equal(['Established', 'Established'])
    expect(pair.sent('a')).to.have.length(sent)
  })

  it('notice a silent wire when the hold time is over, and find each other again when it is mended', () => {
    const pair = established({ a: { holdTimeS: 9 } })
    pair.wire('silent')
    pair.advance(9_000)
    expect(stateOf(pair.session('a'))).to.not.equal('Established')
    expect(reasons(pair, 'a')).to.include('Idle: no message for the hold time of 9 s (RFC 4271 §6.5)')
    pair.advance(600_000)
    pair.wire('up')
    pair.advance(400_000)
    expect(states(pair)).to.deep.equal(['Established', 'Established'])
  })

  for (const holdTimeS of [90, 0])
    it(`give up a peer that lives and reads nothing, at a hold time of ${holdTimeS} s, with one flight queued`, () => {
      const pair = established({ a: { holdTimeS } })
      const connection = pair.session('a').lanes[0].connection?.id ?? ''
      pair.freeze('b')
      pair.tell('a', allRoutes(routesOf(50_000)))
      const flight = pair.sent('a').length
      for (let second = 0; second < 480; second += 30) {
        expect(stateOf(pair.session('a'))).to.equal('Established')
        pair.tell('a', { type: 'received', connection, message: { type: 'keepalive' } })
        pair.advance(30_000)
      }
      expect(pair.sent('a').slice(flight)).to.deep.equal(['NOTIFICATION Send hold timer expired/0'])
      expect(reasons(pair, 'a')).to.include('Idle: the peer has not read for the send hold time (RFC 9687)')
    })

  it('back off from a peer that accepts and drops, however often', () => {
    const pair = pairOf({ b: { passive: true, peerAs: 65009 } })
    pair.tell('b', { type: 'start', by: 'operator' })
    pair.tell('a', { type: 'start', by: 'operator' })
    const dials: number[] = []
    for (let hour = 0; hour < 2; hour++) {
      const before = pair.session('a').dials
      pair.advance(3600_000)
      dials.push(pair.session('a').dials - before)
    }
    expect(dials[0]).to.be.within(20, 80)
    expect(dials[1]).to.be.within(15, 60)
    expect(pair.session('a').lastFailure?.reason).to.include('bad peer AS')
  })

  it('back off from a peer that takes the session and drops it at once', () => {
    const pair = startBoth()
    let drops = 0
    for (let second = 0; second < 3600; second++) {
      pair.advance(1000)
      if (stateOf(pair.session('a')) !== 'Established') continue
      pair.wire('reset')
      drops++
    }
    expect(drops).to.be.within(20, 60)
  })

  it('are not disturbed by a peer that opens 10,000 connections and says nothing on them', () => {
    const pair = established()
    pair.freeze('b')
    const { length } = pair.session('a').lanes
    for (let count = 0; count < 10_000; count++)
      pair.tell('a', { type: 'accepted', connection: `flood-${count}`, local })
    expect(stateOf(pair.session('a'))).to.equal('Established')
    expect(pair.session('a').lanes.length).to.be.at.most(length + 1)
  })

  it('that held for a minute start again after a second', () => {
    const pair = established()
    pair.advance(120_000)
    pair.wire('reset')
    pair.advance(3_000)
    expect(states(pair)).to.deep.equal(['Established', 'Established'])
  })
})

const anyConnection = fc.constantFrom('dial-1', 'dial-2', 'dial-3', 'accept-1', 'accept-2')

/** Any event, whether it has a meaning or not; those that lead on come often. */
function anyEvent(): fc.Arbitrary<Event> {
  const open = fc.constantFrom('192.0.2.2', '192.0.2.0').map(
    (identifier): Message => ({
      type: 'open',
      asNumber: 65002,
      holdTimeS: 9,
      identifier,
      capabilities: [
        { name: 'four-octet-as', asNumber: 65002 },
        {
          name: 'graceful-restart',
          restarting: false,
          notification: true,
          restartTimeS: 5,
          families: [{ afi: 1, safi: 1, forwardingPreserved: true }],
        },
      ],
    }),
  )
  const message = fc.oneof(
    { arbitrary: open, weight: 4 },
    { arbitrary: fc.constant<Message>({ type: 'keepalive' }), weight: 4 },
    { arbitrary: messageInContext.map(([any]) => any), weight: 2 },
  )
  const violation = fc.record({
    code: fc.constantFrom(1, 2, 3, 7),
    subcode: fc.nat(11),
    data: fc.constant(''),
    message: fc.constant('broken'),
  })
  return fc.oneof(
    fc.constantFrom<Event>(
      { type: 'start', by: 'operator' },
      { type: 'start', by: 'itself' },
      { type: 'stop', how: 'restart' },
      { type: 'stop', how: 'shutdown', text: 'bye' },
      { type: 'drain', on: true },
      { type: 'routes-known' },
      { type: 'bfd-down', why: 'time' },
      { type: 'prefix-limit', family: 'IPv4', count: 2, limit: 1 },
      { type: 'knocked' },
      { type: 'turned-away', why: 'TTL' },
      allRoutes(routesOf(2)),
      allRoutes([]),
    ),
    { arbitrary: fc.constant<Event>({ type: 'wake' }), weight: 3 },
    {
      arbitrary: anyConnection.map((connection): Event => ({ type: 'connected', connection, local })),
      weight: 3,
    },
    {
      arbitrary: anyConnection.map((connection): Event => ({ type: 'accepted', connection, local })),
      weight: 2,
    },
    anyConnection.map((connection): Event => ({ type: 'closed', connection, why: 'reset' })),
    anyConnection.map((connection): Event => ({ type: 'drained', connection })),
    {
      arbitrary: fc
        .tuple(anyConnection, message)
        .map(([connection, said]): Event => ({ type: 'received', connection, message: said })),
      weight: 8,
    },
    fc
      .tuple(anyConnection, violation)
      .map(([connection, broken]): Event => ({ type: 'violation', connection, violation: broken })),
  )
}

describe('a session in any state', () => {
  const history = fc.array(fc.tuple(anyEvent(), fc.nat(4000)), { minLength: 1, maxLength: 60 })

  it('accepts any event, keeps its lanes in order, and never forgets to wake', () => {
    fc.assert(
      fc.property(history, fc.boolean(), fc.constantFrom(0, 1000), (events, passive, delayOpenMs) => {
        const config = { ...configOf({ passive, delayOpenMs }), gracefulRestart: { restartTimeS: 5 } }
        let session = newSession(config, { seed: 1, now: 0 })
        let now = 0
        for (const [event, pause] of events) {
          now += pause
          session = step(session, event, now).session
          expect(session.lanes.length).to.be.within(1, 3)
          const [first, ...others] = session.lanes
          expect(others.every(({ connection }) => connection !== undefined)).to.equal(true)
          if (first.state === 'Established')
            expect(others.every(({ state }) => state !== 'Established')).to.equal(true)
          if (event.type === 'wake') expect(session.wakeAt ?? Infinity).to.be.above(now)
        }
      }),
      { numRuns: 1500 },
    )
  })

  it('makes the same of the same events: nothing is hidden', () => {
    fc.assert(
      fc.property(history, (events) => {
        const run = () => {
          let session = newSession(configOf({}), { seed: 7, now: 0 })
          return events.map(([event], index) => {
            const stepped = step(session, event, index * 500)
            session = stepped.session
            return stepped
          })
        }
        expect(run()).to.deep.equal(run())
      }),
      { numRuns: 100 },
    )
  })

  it('says every event in a line of the journal, and reads it back', () => {
    fc.assert(
      fc.property(anyEvent(), (event) => {
        expect(parseEvent(formatEvent(event))).to.deep.equal(event)
      }),
      { numRuns: 500 },
    )
  })

  it('whatever its peer sends, it sends only messages that decode', () => {
    fc.assert(
      fc.property(history, (events) => {
        let session = newSession(configOf({}), { seed: 7, now: 0 })
        for (const [event, pause] of events) {
          const stepped = step(session, event, pause)
          session = stepped.session
          for (const effect of stepped.effects)
            if (effect.type === 'send')
              expect(decodeMessage(effect.bytes, { ...anyContext, extendedMessage: true })).to.be.an('object')
        }
      }),
      { numRuns: 300 },
    )
  })
})
