// The times and sequence numbers of a BFD session (RFC 5880 §6.7.3, §6.8.2, §6.8.4, §6.8.7).
import type { AuthenticationSection } from './packet.ts'
import type { BfdSession } from './state.ts'

/** RFC 5880 §6.8.7: the slower of what we wish to send and what the peer wishes to receive; ms, without jitter. */
export function transmitIntervalMs(session: BfdSession): number {
  return Math.max(session.inForce.desiredMinTxUs, session.remote.requiredMinRxUs) / 1000
}

/** RFC 5880 §6.8.4, asynchronous mode; ms. Nothing while the peer is unknown or asked to be silent. */
export function detectionTimeMs(session: BfdSession): number | undefined {
  const { remote, inForce } = session
  if (remote.detectMultiplier === 0 || inForce.requiredMinRxUs === 0) return undefined
  return (remote.detectMultiplier * Math.max(inForce.requiredMinRxUs, remote.desiredMinTxUs)) / 1000
}

/** RFC 5880 §6.8.7: reduced by 0 to 25 %, by 10 to 25 % when one lost packet takes the session down. */
export function jitteredMs(session: BfdSession): { readonly delayMs: number; readonly seed: number } {
  const seed = (Math.imul(session.seed, 1664525) + 1013904223) >>> 0
  const most = session.config.detectMultiplier === 1 ? 0.9 : 1
  return { delayMs: transmitIntervalMs(session) * (0.75 + (most - 0.75) * (seed / 2 ** 32)), seed }
}

export function nextSequence(sequence: number): number {
  return (sequence + 1) >>> 0
}

/** RFC 5880 §6.7.3, §6.7.4: what is wrong with a received sequence number, in words, or nothing. */
export function acceptSequence(session: BfdSession, section: AuthenticationSection): string | undefined {
  const last = session.remote.sequence
  if (section.type === 'simplePassword' || last === undefined) return undefined
  const meticulous = section.type === 'meticulousKeyedMd5' || section.type === 'meticulousKeyedSha1'
  const ahead = (section.sequence - last) >>> 0
  const least = meticulous ? 1 : 0
  const most = 3 * session.config.detectMultiplier
  if (ahead >= least && ahead <= most) return undefined
  return `sequence number ${section.sequence} is not within ${least} to ${most} after ${last}`
}
