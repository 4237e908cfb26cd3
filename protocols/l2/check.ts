// Is an address that is newly ours in use by another machine? ARP probes in the manner of RFC 5227 §2.1, duplicate address
// detection in that of RFC 4862 §5.4. Here: how far the check of a claim is, and what the claim may do meanwhile.
//
//   asking ──nobody answers──────────────────────────────────────────────▶ over: announced
//     │ ▲                                                                    ▲
//     │ └──he answers for what nobody has, too: proxy ARP────┐               │
//     └──somebody answers──▶ suspecting (silent from here on)┴──▶ in-use ────┘ asked again after a while
import type { Mac } from '../net/ethernet.ts'
import type { CheckKind } from './claim.ts'
import type { HeldClaim, Millis, Post, WallMicros } from './session.ts'

export type Check = {
  readonly kind: CheckKind
  readonly state: 'asking' | 'suspecting' | 'in-use' | 'over'
  readonly sent: number // probes, since the asking began
  readonly dueAt?: Millis // of the next probe or question, or of the end of the state; absent: not on any link yet
  readonly suspect?: Suspect
  readonly usedBy?: Neighbour // found in use, until a check finds otherwise
  readonly proxy?: Mac // answers for what nobody has, so its answers say nothing
}

/** Who answered for the address. */
export type Neighbour = { readonly mac: Mac; readonly link: number; readonly seenAt: WallMicros }

export type Suspect = Neighbour & { readonly asked: number } // questions about addresses that nobody has

/**
 * Rests in milliseconds after each probe: the last one is the listening that ends the check. Beside the announcing it must
 * be short, and a machine on the link answers within a few milliseconds: three probes against loss, a second in all.
 */
const quickRests: readonly number[] = [200, 200, 600]

/** RFC 5227 §1.1: PROBE_NUM 3, PROBE_MIN 1 s to PROBE_MAX 2 s between them, ANNOUNCE_WAIT 2 s. */
const probeMinMs = 1000
const probeSpreadMs = 1000
const announceWaitMs = 2000

/** RFC 4862 §5.1: DupAddrDetectTransmits 1, RetransTimer 1 s. */
const dadRests: readonly number[] = [1000]

/** RFC 5227 §1.1 PROBE_WAIT, RFC 4861 §10 MAX_RTR_SOLICITATION_DELAY: the first probe of many hosts is spread over 1 s. */
const firstProbeSpreadMs = 1000

/** How long the machine that answered has to answer for what nobody has, and the questions are repeated. */
const questionRests: readonly number[] = [150, 150, 200]

/**
 * RFC 5227 §2.4 has hosts give up for good; here the address is asked for again, and taken when it is free. Not by all at
 * once: two machines that asked at the same moment, and took each other for its user, would do so for ever.
 */
const askAgainMs = 300_000
const askAgainSpreadMs = 60_000

export function askAgainAfter(claim: HeldClaim): number {
  return (
    askAgainMs - Math.round(spread(`${claim.posts[0]?.mac ?? ''} ${claim.address}`, 0) * askAgainSpreadMs)
  )
}

/** Nothing is said of the address, nor answered for it. */
export function isOnHold({ check }: HeldClaim): boolean {
  if (check === undefined) return false
  if (check.kind === 'only' || check.state === 'suspecting' || check.state === 'in-use') return true
  return check.kind !== 'beside' && check.state !== 'over'
}

/** Follows what the config wishes; a check that found the address free is done, whatever is wished after it. */
export function checkWished(held: Check | undefined, wish: CheckKind | undefined): Check | undefined {
  if (wish === undefined) return held?.state === 'over' && held.kind !== 'only' ? held : undefined
  if (held === undefined) return { kind: wish, state: 'asking', sent: 0 }
  if ((wish === 'only') === (held.kind === 'only')) return held
  return { ...held, kind: wish === 'only' ? 'only' : 'before' }
}

/** A check runs while the claim stands on some link; where it was asked on none, nothing is known. */
export function checkOnLinks(claim: HeldClaim, now: Millis): Check | undefined {
  const { check, posts } = claim
  if (check === undefined || check.state === 'over') return check
  const { dueAt, suspect, ...rest } = check
  if (posts.length === 0) return dueAt === undefined ? check : { ...rest, state: 'asking', sent: 0 }
  if (dueAt === undefined) return { ...check, dueAt: now + firstProbeAfter(claim, check.kind) }
  if (suspect === undefined || posts.some(({ link }) => link === suspect.link)) return check
  return { ...rest, state: 'asking', sent: 0, dueAt: now } // whether it answers for anything cannot be asked any more
}

function firstProbeAfter({ address }: HeldClaim, kind: CheckKind): number {
  return kind === 'full' ? spread(address, 0) * firstProbeSpreadMs : 0
}

/** How long to rest once `sent` probes are out; undefined: all has been asked and waited for. */
export function restAfterProbe({ address, family, check }: HeldClaim, sent: number): number | undefined {
  if (check?.kind !== 'full') return quickRests[sent - 1]
  return family === 'IPv4' ? fullRest(address, sent) : dadRests[sent - 1]
}

function fullRest(address: string, sent: number): number | undefined {
  if (sent === 3) return announceWaitMs
  return sent < 3 ? probeMinMs + spread(address, sent) * probeSpreadMs : undefined
}

export function restAfterQuestion(asked: number): number | undefined {
  return questionRests[asked - 1]
}

/** From 0 to 1, other for other addresses: FNV-1a. The RFCs want hosts that start together to differ. */
function spread(of: string, round: number): number {
  return hashOf(`${of} ${round}`) / 2 ** 32
}

/** FNV-1a, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0
  return hash
}

/** With this check, and its posts silent or speaking as it says. */
export function withCheck(claim: HeldClaim, check: Check | undefined, now: Millis): HeldClaim {
  const { check: _, ...rest } = claim
  const next: HeldClaim = check === undefined ? rest : { ...rest, check }
  return isOnHold(next) ? silenced(next) : speaking(next, now)
}

/** Whoever asks is told nothing, and everybody is told again when the hold ends. */
function silenced(claim: HeldClaim): HeldClaim {
  if (claim.announcedAt === undefined && claim.posts.every(isSilent)) return claim
  const { announcedAt: _, ...rest } = claim
  return { ...rest, posts: claim.posts.map(silentPost) }
}

function isSilent({ dueAt, announced, roundsSent }: Post): boolean {
  return dueAt === undefined && announced === undefined && roundsSent === 0
}

export function silentPost(post: Post): Post {
  if (isSilent(post)) return post
  const { dueAt: _, announced: __, ...rest } = post
  return { ...rest, roundsSent: 0 }
}

function speaking(claim: HeldClaim, now: Millis): HeldClaim {
  if (claim.yieldBy !== undefined || !claim.posts.some(isSilent)) return claim
  return { ...claim, posts: claim.posts.map((post) => (isSilent(post) ? { ...post, dueAt: now } : post)) }
}
