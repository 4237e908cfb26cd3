// One BFD session in asynchronous mode (RFC 5880 §6): the state machine as a plain value.
//
//            +------+  UP, ADMIN DOWN, TIMER       ADMIN DOWN, TIMER
//            |      V                                   |
//   DOWN   +--------+            INIT               +--------+
//  +-------|  DOWN  |------------------------------>|   UP   |---+ INIT, UP
//  |       +--------+<------------------------------+--------+<--+
//  |  DOWN     ^           DOWN, ADMIN DOWN, TIMER       ^
//  |           | ADMIN DOWN, TIMER                       | INIT, UP
//  |       +--------+                                    |
//  +------>|  INIT  |------------------------------------+
//          +--------+
import { authenticationSection } from './authentication.ts'
import type { BfdConfig } from './config.ts'
import { Diagnostic } from './iana.ts'
import type { BfdState } from './iana.ts'
import type { BfdPacket } from './packet.ts'
import type { BfdSession, Intervals, Millis, Remote } from './state.ts'
import { acceptSequence, detectionTimeMs, jitteredMs, nextSequence, transmitIntervalMs } from './timing.ts'

export type BfdEvent =
  | { readonly type: 'start' }
  | { readonly type: 'received'; readonly packet: BfdPacket } // decoded, demultiplexed, its digest found right
  | { readonly type: 'wake' }
  | { readonly type: 'configured'; readonly config: BfdConfig }
  | { readonly type: 'admin-down' }
  | { readonly type: 'admin-up' }
  | { readonly type: 'stop' } // say AdminDown for a detection time of the peer, then close

export type BfdEffect =
  | { readonly type: 'send'; readonly packet: BfdPacket } // sign it, encode it
  | { readonly type: 'wake-at'; readonly at: Millis }
  | { readonly type: 'state'; readonly from: BfdState; readonly to: BfdState; readonly reason: string }
  | { readonly type: 'discard'; readonly reason: string }
  | { readonly type: 'close' }

export type BfdStep = { readonly session: BfdSession; readonly effects: readonly BfdEffect[] }

const unknownRemote: Remote = {
  state: 'down',
  discriminator: 0,
  requiredMinRxUs: 1, // RFC 5880 §6.8.1
  desiredMinTxUs: 0,
  detectMultiplier: 0,
  demand: false,
  diagnostic: Diagnostic.none,
}

/** RFC 5880 §6.8.3: no faster than once a second while the session is not up. */
const slowestAllowedUs = 1_000_000

/** `seed` is any random number; `localDiscriminator` is not 0 and unique on this node. */
export function newBfdSession(config: BfdConfig, localDiscriminator: number, seed: number): BfdSession {
  const intervals = intervalsOf(config, 'down')
  return {
    config,
    state: 'down',
    reason: 'no packet yet',
    diagnostic: Diagnostic.none,
    localDiscriminator,
    remote: unknownRemote,
    advertised: intervals,
    inForce: intervals,
    poll: 'none',
    sequence: seed >>> 0,
    seed,
    sendAt: undefined,
    detectAt: undefined,
    forgetAt: undefined,
    closeAt: undefined,
  }
}

export function stepBfd(session: BfdSession, event: BfdEvent, now: Millis): BfdStep {
  switch (event.type) {
    case 'start':
      return settle(session, session.config.passive ? session : { ...session, sendAt: now }, now)
    case 'received':
      return receive(session, event.packet, now)
    case 'wake':
      return settle(session, expire(session, now), now)
    case 'configured':
      return settle(session, retime({ ...session, config: event.config }), now)
    case 'admin-down':
      return settle(
        session,
        enter(session, 'adminDown', Diagnostic.administrativelyDown, 'taken down by us'),
        now,
      )
    case 'admin-up':
      if (session.state !== 'adminDown') return settle(session, session, now)
      return settle(session, enter(session, 'down', Diagnostic.none, 'enabled by us'), now)
    case 'stop':
      return settle(session, stop(session, now), now)
  }
}

/** The peer must hear AdminDown at least once within its detection time (RFC 5880 §6.8.16). */
function stop(session: BfdSession, now: Millis): BfdSession {
  const down = enter(session, 'adminDown', Diagnostic.administrativelyDown, 'taken down by us')
  return { ...down, closeAt: now + transmitIntervalMs(down) * down.config.detectMultiplier }
}

/** RFC 5880 §6.8.6, from "bfd.RemoteDiscr" on; what comes before is decodeBfd's and the digest's. */
function receive(session: BfdSession, packet: BfdPacket, now: Millis): BfdStep {
  const objection = receiveObjection(session, packet)
  if (objection !== undefined) {
    const { session: settled, effects } = settle(session, session, now)
    return { session: settled, effects: [{ type: 'discard', reason: objection }, ...effects] }
  }
  const heard = finishPoll({ ...session, remote: remoteOf(packet) }, packet)
  const next = heard.state === 'adminDown' ? heard : transition(heard, packet)
  const time = detectionTimeMs(next)
  const detected = { ...next, forgetAt: undefined, detectAt: time === undefined ? undefined : now + time }
  const settled = settle(session, detected, now)
  if (!packet.poll || detected.state === 'adminDown') return settled
  const final = { ...packetOf(settled.session), poll: false, final: true }
  const signed = withSequence(settled.session, final)
  return { session: signed.session, effects: [...settled.effects, { type: 'send', packet: signed.packet }] }
}

function receiveObjection(session: BfdSession, packet: BfdPacket): string | undefined {
  if (packet.yourDiscriminator !== 0 && packet.yourDiscriminator !== session.localDiscriminator)
    return `your discriminator ${packet.yourDiscriminator} is not ours`
  if (session.config.authentication === undefined || packet.authentication === undefined) return undefined
  return acceptSequence(session, packet.authentication)
}

function remoteOf(packet: BfdPacket): Remote {
  const section = packet.authentication
  return {
    state: packet.state,
    discriminator: packet.myDiscriminator,
    requiredMinRxUs: packet.requiredMinRxUs,
    desiredMinTxUs: packet.desiredMinTxUs,
    detectMultiplier: packet.detectMultiplier,
    demand: packet.demand,
    diagnostic: packet.diagnostic,
    ...(section !== undefined && section.type !== 'simplePassword' && { sequence: section.sequence }),
  }
}

/** RFC 5880 §6.5: the answer to our poll brings the new intervals into force. */
function finishPoll(session: BfdSession, packet: BfdPacket): BfdSession {
  if (!packet.final || session.poll === 'none') return session
  if (session.poll === 'out, and again') return { ...session, poll: 'out' }
  return { ...session, poll: 'none', inForce: session.advertised }
}

/** The table of RFC 5880 §6.8.6. */
function transition(session: BfdSession, packet: BfdPacket): BfdSession {
  const { state } = session
  const signaled = Diagnostic.neighborSignaledDown
  if (packet.state === 'adminDown')
    return state === 'down' ? session : enter(session, 'down', signaled, 'peer is administratively down')
  if (state === 'down') {
    if (packet.state === 'down') return enter(session, 'init', Diagnostic.none, 'peer is down, as we are')
    return packet.state === 'init' ? enter(session, 'up', Diagnostic.none, 'peer hears us') : session
  }
  if (state === 'init')
    return packet.state === 'down' ? session : enter(session, 'up', Diagnostic.none, 'peer hears us')
  return packet.state === 'down'
    ? enter(session, 'down', signaled, `peer signalled down, diagnostic ${packet.diagnostic}`)
    : session
}

function enter(session: BfdSession, state: BfdState, diagnostic: number, reason: string): BfdSession {
  if (session.state === state) return session
  // The diagnostic says why it last went down; coming up again does not wipe it (RFC 5880 §6.8.1).
  const kept = state === 'up' || state === 'init' ? session.diagnostic : diagnostic
  return retime({ ...session, state, reason, diagnostic: kept })
}

/** RFC 5880 §6.8.3: changed intervals while up take a poll; the slower of old and new holds until it is answered. */
function retime(session: BfdSession): BfdSession {
  const wish = intervalsOf(session.config, session.state)
  const { advertised, inForce } = session
  if (session.state !== 'up') return { ...session, advertised: wish, inForce: wish, poll: 'none' }
  if (
    wish.desiredMinTxUs === advertised.desiredMinTxUs &&
    wish.requiredMinRxUs === advertised.requiredMinRxUs
  )
    return session
  return {
    ...session,
    advertised: wish,
    inForce: {
      desiredMinTxUs: Math.min(inForce.desiredMinTxUs, wish.desiredMinTxUs),
      requiredMinRxUs: Math.max(inForce.requiredMinRxUs, wish.requiredMinRxUs),
    },
    poll: session.poll === 'none' ? 'out' : 'out, and again',
  }
}

function intervalsOf(config: BfdConfig, state: BfdState): Intervals {
  const { desiredMinTxUs, requiredMinRxUs } = config
  return {
    desiredMinTxUs: state === 'up' ? desiredMinTxUs : Math.max(desiredMinTxUs, slowestAllowedUs),
    requiredMinRxUs,
  }
}

/** RFC 5880 §6.8.4: silence takes the session down and makes the peer unknown (§6.8.1, bfd.RemoteDiscr). */
function expire(session: BfdSession, now: Millis): BfdSession {
  if (session.forgetAt !== undefined && now >= session.forgetAt)
    return { ...session, forgetAt: undefined, remote: unknownRemote }
  if (session.detectAt === undefined || now < session.detectAt) return session
  const time = detectionTimeMs(session) ?? 0
  const { sequence } = session.remote
  // Replayed packets must not pass at once: the sequence number is kept for a second detection time.
  const remote = sequence === undefined ? unknownRemote : { ...unknownRemote, sequence }
  const silent = {
    ...session,
    detectAt: undefined,
    forgetAt: sequence === undefined ? undefined : now + time,
    remote,
  }
  if (session.state !== 'init' && session.state !== 'up') return silent
  const reason = `no packet for the detection time of ${Math.round(time)} ms (RFC 5880 §6.8.4)`
  return enter(silent, 'down', Diagnostic.detectionTimeExpired, reason)
}

/** Sends what is due, tells a change of state, and says when to come back. */
function settle(before: BfdSession, after: BfdSession, now: Millis): BfdStep {
  const effects: BfdEffect[] = []
  if (after.state !== before.state)
    effects.push({ type: 'state', from: before.state, to: after.state, reason: after.reason })
  if (after.closeAt !== undefined && now >= after.closeAt)
    return { session: after, effects: [...effects, { type: 'close' }] }
  const sent = transmit(before, after, now)
  if (sent.packet !== undefined) effects.push({ type: 'send', packet: sent.packet })
  const { sendAt, detectAt, forgetAt, closeAt } = sent.session
  const at = earliest(sendAt, detectAt, forgetAt, closeAt)
  if (at !== undefined) effects.push({ type: 'wake-at', at })
  return { session: sent.session, effects }
}

/** RFC 5880 §6.8.7: periodic, and at once when what we say has changed. */
function transmit(
  before: BfdSession,
  session: BfdSession,
  now: Millis,
): { session: BfdSession; packet?: BfdPacket } {
  if (!maySend(session)) return { session: { ...session, sendAt: undefined } }
  const changed = before.state !== session.state || before.advertised !== session.advertised
  const due = session.sendAt === undefined || session.sendAt <= now
  if (!due && !changed) return keepPace(before, session, now)
  const { delayMs, seed } = jitteredMs(session)
  const { session: counted, packet } = withSequence(session, packetOf(session))
  return { session: { ...counted, seed, sendAt: now + delayMs }, packet }
}

/** A shorter interval than the one that the next packet waits for takes effect at once (RFC 5880 §6.8.3). */
function keepPace(before: BfdSession, session: BfdSession, now: Millis): { session: BfdSession } {
  if (transmitIntervalMs(session) >= transmitIntervalMs(before)) return { session }
  const { delayMs, seed } = jitteredMs(session)
  return { session: { ...session, seed, sendAt: Math.min(session.sendAt ?? Infinity, now + delayMs) } }
}

/** RFC 5880 §6.8.7: who is passive waits; who is asked for silence is silent; demand mode of the peer is obeyed. */
function maySend(session: BfdSession): boolean {
  const { remote, config, state, poll } = session
  if (config.passive && remote.discriminator === 0) return false
  if (remote.requiredMinRxUs === 0) return false
  return !(remote.demand && state === 'up' && remote.state === 'up' && poll === 'none')
}

function packetOf(session: BfdSession): BfdPacket {
  return {
    diagnostic: session.diagnostic,
    state: session.state,
    poll: session.poll !== 'none',
    final: false,
    controlPlaneIndependent: false, // we share fate with the speaker
    demand: false,
    detectMultiplier: session.config.detectMultiplier,
    myDiscriminator: session.localDiscriminator,
    yourDiscriminator: session.remote.discriminator,
    desiredMinTxUs: session.advertised.desiredMinTxUs,
    requiredMinRxUs: session.advertised.requiredMinRxUs,
    requiredMinEchoRxUs: 0, // we loop no echo packets back (RFC 5880 §6.4)
  }
}

function withSequence(session: BfdSession, packet: BfdPacket): { session: BfdSession; packet: BfdPacket } {
  const { authentication } = session.config
  if (authentication === undefined) return { session, packet }
  const section = authenticationSection(authentication, session.sequence)
  return {
    session: { ...session, sequence: nextSequence(session.sequence) },
    packet: { ...packet, authentication: section },
  }
}

function earliest(...times: readonly (Millis | undefined)[]): Millis | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
