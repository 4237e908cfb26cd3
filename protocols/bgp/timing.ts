// Times of a session: jitter (RFC 4271 §10), the idle hold that grows (§8.1.1, DampPeerOscillations), and the
// default values.
import type { IdleHold, SessionConfig } from './config.ts'

/** Of a clock that never jumps. */
export type Millis = number

/** RFC 4271 §8.2.2: "A HoldTimer value of 4 minutes is suggested" while the peer's OPEN is awaited. */
export const openHoldMs = 240_000

/**
 * RFC 9687 §6: "the greater of 8 minutes or 2 times the negotiated HoldTime". No field of a BGPPeer sets it: a shorter hold
 * time finds a peer that is dead, and one that lives and does not read is not known sooner without ending slow ones.
 */
export function sendHoldMs(config: SessionConfig, holdTimeS: number): Millis {
  return config.sendHoldMs ?? Math.max(480_000, 2000 * holdTimeS)
}

/** RFC 4271 §10: so that routers do not march in step. `random` lies in [0, 1). */
export function jittered(ms: Millis, random: number): Millis {
  return Math.round(ms * (0.75 + 0.25 * random))
}

/** A third of the hold time, or what the config says where that is less. */
export function keepaliveMs(config: SessionConfig, holdTimeS: number): Millis {
  return 1000 * Math.min(config.keepaliveS ?? holdTimeS / 3, holdTimeS / 3)
}

const defaultIdleHold: IdleHold = { firstMs: 1_000, longestMs: 120_000 }

/** After that many failures in a row. */
export function idleHoldMs(
  { idleHold = defaultIdleHold }: SessionConfig,
  failures: number,
  random: number,
): Millis {
  const doublings = Math.min(failures - 1, 16)
  return jittered(Math.min(idleHold.longestMs, idleHold.firstMs * 2 ** doublings), random)
}

export function isDamped({ idleHold = defaultIdleHold }: SessionConfig): boolean {
  return idleHold.firstMs > 0
}

/**
 * A session that held this long ends the row of failures. Being Established is not enough: a peer that takes
 * the session and drops it would be dialled without a pause for ever.
 */
export const stableMs = 60_000

/** How long routes of a peer that is back may stay stale until its End-of-RIB, RFC 4724 §4.2. */
export const staleMs = 360_000

/** One draw of a small generator (mulberry32): a number in [0, 1) and the seed of the next draw. */
export function draw(seed: number): { readonly random: number; readonly seed: number } {
  const next = (seed + 0x6d2b79f5) >>> 0
  let mixed = Math.imul(next ^ (next >>> 15), next | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return { random: ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32, seed: next }
}
