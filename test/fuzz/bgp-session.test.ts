// A peer that says anything: 100,000 mutated messages through the decoder and the machine, whatever state it is in.
import { expect } from 'chai'
import type { SessionConfig } from '../../protocols/bgp/config.ts'
import { anyContext } from '../../protocols/bgp/context.ts'
import { takeMessage } from '../../protocols/bgp/inbound.ts'
import { decodeMessage, encodeMessage } from '../../protocols/bgp/message.ts'
import { changeRibIn, newRibIn } from '../../protocols/bgp/rib-in.ts'
import type { RibIn } from '../../protocols/bgp/rib-in.ts'
import { agreementOf, newSession, stateOf } from '../../protocols/bgp/session.ts'
import type { Event, Session } from '../../protocols/bgp/session.ts'
import { step } from '../../protocols/bgp/step.ts'
import { formatEffect, formatEvent } from '../../protocols/bgp/trace.ts'
import { concatBytes, formatHex } from '../../protocols/net/bytes.ts'
import { replayHint, seed } from './budget.ts'
import { diceOf, mutantOf } from './mutant.ts'
import type { Dice } from './mutant.ts'

const messages = 100_000

const config: SessionConfig = {
  localAs: 65001,
  peerAs: 65002,
  identifier: '192.0.2.1',
  families: ['IPv4', 'IPv6'],
  holdTimeS: 90,
  passive: false,
  connectRetryMs: 5000,
  delayOpenMs: 0,
  idleHold: { firstMs: 0, longestMs: 0 },
  gracefulRestart: { restartTimeS: 120 },
  prefixLimits: { IPv4: 500, IPv6: 500 },
}

const local = { address: '192.0.2.1', nextHops: { IPv4: ['192.0.2.1'], IPv6: ['2001:db8::1'] } } as const

const opening = encodeMessage(
  {
    type: 'open',
    asNumber: 65002,
    holdTimeS: 90,
    identifier: '192.0.2.2',
    capabilities: [
      { name: 'multiprotocol', afi: 1, safi: 1 },
      { name: 'multiprotocol', afi: 2, safi: 1 },
      { name: 'four-octet-as', asNumber: 65002 },
      { name: 'route-refresh' },
    ],
  },
  anyContext,
)
const keepalive = encodeMessage({ type: 'keepalive' }, anyContext)

/** A session as the engine keeps it: its bytes, its table, a clock. */
class Party {
  session: Session
  readonly ribIn: RibIn = newRibIn()
  readonly dialled: string[] = []
  now = 0
  private received = 0 // octets of what is being read

  constructor(number: number) {
    this.session = newSession(config, { seed: number, now: 0 })
    this.feed({
      type: 'routes',
      complete: true,
      set: [{ prefix: '192.0.2.10/32', attributes: {} }],
      unset: [],
    })
  }

  get connection(): string | undefined {
    return this.session.lanes[0].connection?.id
  }

  feed(event: Event): void {
    formatEvent(event) // what the journal would write
    const { session, effects } = step(this.session, event, this.now)
    this.session = session
    for (const effect of effects) {
      formatEffect(effect)
      if (effect.type === 'dial') this.dialled.push(effect.connection)
      if (effect.type === 'send') this.sent(effect.bytes)
      if (effect.type === 'rib-in') {
        const limits = config.prefixLimits
        const context = agreementOf(session)?.context ?? anyContext
        const event = changeRibIn(this.ribIn, effect.change, {
          context,
          ...(limits === undefined ? {} : { limits }),
        })
        if (event !== undefined) this.feed(event)
      }
    }
  }

  private sent(bytes: Uint8Array): void {
    const message = decodeMessage(bytes, { ...anyContext, extendedMessage: true })
    // Beside what came: our version (RFC 4271 §6.2), or a family and its limit (RFC 4486 §4).
    if (message.type === 'notification' && message.data.length / 2 > Math.max(this.received, 7))
      throw new Error('a NOTIFICATION echoes more than came')
  }

  /** What came on the connection, message by message, to the end. */
  receive(bytes: Uint8Array): void {
    const { connection } = this
    if (connection === undefined) return
    let rest = bytes
    this.received = bytes.length
    for (let left = bytes.length + 1; left > 0; left--) {
      const taken = takeMessage(this.session, connection, rest)
      if (taken === undefined) return
      if (taken.rest.length >= rest.length) throw new Error('a message took no octets')
      rest = taken.rest
      this.feed(taken.event)
      this.feed({ type: 'drained', connection })
    }
    throw new Error('the loop neither consumed nor stopped')
  }

  /** Up to some state from where the peer then goes wrong. */
  advance(dice: Dice): void {
    this.now += dice(200)
    this.feed({ type: 'wake' })
    const state = stateOf(this.session)
    if (state === 'Idle') this.feed({ type: 'start', by: 'operator' })
    const { connection } = this
    if (connection === undefined) return
    if (stateOf(this.session) === 'Connect') this.feed({ type: 'connected', connection, local })
    if (dice(8) === 0) return
    if (stateOf(this.session) === 'OpenSent') this.receive(opening)
    if (dice(8) === 0) return
    if (stateOf(this.session) === 'OpenConfirm') this.receive(keepalive)
  }
}

describe(`fuzz of a BGP session (${replayHint})`, () => {
  it(`${messages} mutated messages: every one is taken or ends the connection, and nothing grows`, function () {
    this.timeout(170_000)
    const dice = diceOf(seed)
    const party = new Party(seed)
    const reached = new Map<string, number>()
    let before = new Uint8Array(0)
    const stackTraceLimit = Error.stackTraceLimit
    Error.stackTraceLimit = 0 // most messages end in an error, and its stack is half of the time
    try {
      for (let count = 0; count < messages; count++) {
        party.advance(dice)
        before = Uint8Array.from(mutantOf(dice))
        const state = stateOf(party.session)
        reached.set(state, (reached.get(state) ?? 0) + 1)
        // One in four comes with another behind it, as TCP would bring them.
        party.receive(dice(4) === 0 ? concatBytes(before, mutantOf(dice)) : before)
        if (party.session.lanes.length > 2) throw new Error(`${party.session.lanes.length} lanes`)
      }
    } catch (error) {
      throw new Error(`${replayHint}: after ${formatHex(before)} in ${stateOf(party.session)}`, {
        cause: error,
      })
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
    for (const state of ['OpenSent', 'OpenConfirm', 'Established'])
      expect(reached.get(state) ?? 0, `messages in ${state}`).to.be.above(messages / 100)
    expect(party.ribIn.IPv4.size).to.be.at.most(501)
    expect(party.ribIn.IPv6.size).to.be.at.most(501)
  })
})
