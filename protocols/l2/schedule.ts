// When a claim is announced, how often, and how fast all claims together (RFC 5227 §2.3, RFC 4861 §7.2.6).
import { gratuitousReply, gratuitousRequest } from '../arp/frame.ts'
import type { Family } from '../net/address.ts'
import type { Mac } from '../net/ethernet.ts'
import { unsolicitedAdvertisement } from '../ndp/frame.ts'

/** One round: how long after the round before, and the frames. */
export type Round = {
  readonly restMs: number
  readonly frames: readonly ((mac: Mac, address: string) => Uint8Array)[]
}

/**
 * The request form goes first: every receiver that was tried takes it at once, whatever its state. The reply form
 * follows as a round of its own, for routers that look at replies only: when thousands of claims are taken over
 * together, each gets its first frame before any gets its second.
 *
 * After 100 ms comes a repeat against a frame lost while a switch still learns. The rounds at 1.1 s and 2.2 s reach
 * receivers that ignore what comes within a second of the last update (Linux' locktime), and the first and the last
 * are the two announcements at least 2 s apart that RFC 5227 §2.3 asks for (ANNOUNCE_NUM, ANNOUNCE_INTERVAL).
 */
const arpRounds: readonly Round[] = [
  { restMs: 0, frames: [gratuitousRequest] },
  { restMs: 0, frames: [gratuitousReply] },
  { restMs: 100, frames: [gratuitousRequest, gratuitousReply] },
  { restMs: 1000, frames: [gratuitousRequest, gratuitousReply] },
  { restMs: 1100, frames: [gratuitousRequest, gratuitousReply] },
]

/**
 * RFC 4861 §7.2.6: 'MUST NOT send more than MAX_NEIGHBOR_ADVERTISEMENT' (3), 'separated by at least RetransTimer'
 * (1 s). So there is no quick repeat here; MetalLB sends five.
 */
const ndpRounds: readonly Round[] = [
  { restMs: 0, frames: [unsolicitedAdvertisement] },
  { restMs: 1100, frames: [unsolicitedAdvertisement] },
  { restMs: 1100, frames: [unsolicitedAdvertisement] },
]

const rounds = { IPv4: arpRounds, IPv6: ndpRounds } as const
const refreshFrames = {
  IPv4: [gratuitousRequest, gratuitousReply],
  IPv6: [unsolicitedAdvertisement],
} as const

/** The rounds that a take-over has; also the count at which a claim is done. */
export function roundCount(family: Family): number {
  return rounds[family].length
}

/** The frames of round number `sent`; past the last one those of a periodic refresh. */
export function roundFrames(family: Family, sent: number): Round['frames'] {
  return rounds[family][sent]?.frames ?? refreshFrames[family]
}

/** How long to rest once `sent` rounds have been sent; undefined = for good. */
export function restAfter(family: Family, sent: number, refreshMs: number): number | undefined {
  const next = rounds[family][sent]
  if (next !== undefined) return next.restMs
  return refreshMs > 0 ? refreshMs : undefined
}

/** A token bucket, one an interface: announcements only; answers are as many as there are requests. */
export type Budget = { readonly tokens: number; readonly at: number }

/**
 * 5,000 frames/s are 3.4 Mbit/s with all that Ethernet adds, a third of a percent of a gigabit link, and 200 µs between
 * two for a router that handles them in software. 1,000 claims are announced within 0.2 s, 10,000 within 2 s,
 * and whoever asks for one that still waits makes it jump the queue (receive.ts).
 */
export const framesPerSecond = 5000
export const burstFrames = 100

/** How long to wait for tokens when there is more to send: 50 frames' worth. */
export const paceMs = 10

export const fullBudget: Budget = { tokens: burstFrames, at: 0 }

export function refill(budget: Budget, now: number): Budget {
  const earned = (Math.max(0, now - budget.at) * framesPerSecond) / 1000
  return { tokens: Math.min(burstFrames, budget.tokens + earned), at: now }
}
