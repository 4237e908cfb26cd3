// Telling the neighbours: the rounds that are due, first ones first, within the budget of each link.
import { isOnHold } from './check.ts'
import { earliestDue } from './configure.ts'
import { endOverdueYields } from './handover.ts'
import { runChecks } from './probe.ts'
import { burstFrames, fullBudget, paceMs, refill, restAfter, roundCount, roundFrames } from './schedule.ts'
import type { Budget } from './schedule.ts'
import type { Effect, HeldClaim, Millis, Post, Session, Step, WallMicros } from './session.ts'
import { wakeNoLaterThan } from './session.ts'
import { itemAt, itemsOf, withItems } from './vector.ts'

/** All that is due now; what the budget does not allow comes at the next wake-up. */
export function wake(session: Session, now: Millis): Step {
  const { wakeAt: _, ...rest } = session
  const ended = endOverdueYields(rest, now)
  const sent = sendDue(ended.session, now)
  const asked = runChecks(sent.session, now) // with what the announcements leave of the budget
  const effects = [...ended.effects, ...sent.effects, ...asked.effects]
  const at = sent.isMore || asked.isMore ? now + paceMs : earliestDue(itemsOf(asked.session.claims))
  return wakeNoLaterThan({ session: asked.session, effects }, at)
}

type Due = { readonly place: number; readonly link: number }

function sendDue(session: Session, now: Millis): Step & { readonly isMore: boolean } {
  const budgets = refilled(session, now)
  const { due, isMore } = dueInOrder(session, budgets, now)
  const changes = new Map<number, HeldClaim>()
  const effects: Effect[] = []
  let left = isMore
  for (const { place, link } of due) {
    const claim = changes.get(place) ?? itemAt(session.claims, place)
    const budget = budgets.get(link)
    if (claim === undefined || budget === undefined) continue
    const sent = budget.tokens < 1 ? undefined : announceOn(session, { claim, link, now })
    left ||= sent === undefined
    if (sent === undefined) continue
    budgets.set(link, spend(budget, sent.effects.length))
    changes.set(place, sent.claim)
    effects.push(...sent.effects)
  }
  const next: Session = { ...session, claims: withItems(session.claims, changes), budgets }
  return { session: next, effects, isMore: left }
}

function refilled(session: Session, now: Millis): Map<number, Budget> {
  const budgets = new Map<number, Budget>()
  for (const link of session.stations.keys())
    budgets.set(link, refill(session.budgets.get(link) ?? fullBudget, now))
  return budgets
}

/** A round goes out whole, so the budget may run into debt by a frame. */
export function spend(budget: Budget, frames: number): Budget {
  return { ...budget, tokens: Math.max(-burstFrames, budget.tokens - frames) }
}

/**
 * By the number of their round: nobody's repeat before somebody's first. Rounds that follow at once come in turn.
 * Of each round and link no more are gathered than the budget could pay for: the rest is only known to be more.
 */
function dueInOrder(
  session: Session,
  budgets: ReadonlyMap<number, Budget>,
  now: Millis,
): { readonly due: readonly Due[]; readonly isMore: boolean } {
  const queues = new Map<number, Due[][]>([...budgets.keys()].map((link) => [link, []]))
  let isMore = false
  let place = 0
  for (const claim of itemsOf(session.claims)) {
    for (const post of claim.posts) {
      if (post.dueAt === undefined || post.dueAt > now) continue
      const queue = queues.get(post.link)
      const affordable = budgets.get(post.link)?.tokens ?? 0
      for (let round = post.roundsSent; queue !== undefined; round++) {
        const ofRound = (queue[round] ??= [])
        if (ofRound.length < affordable) ofRound.push({ place, link: post.link })
        else isMore = true
        if (restAfter(claim.family, round + 1, 0) !== 0) break
      }
    }
    place += 1
  }
  return { due: [...queues.values()].flatMap((queue) => queue.flat()), isMore }
}

type Announcing = { readonly claim: HeldClaim; readonly link: number; readonly now: Millis }

/** One round of one claim on one link. Undefined when the claim is not there. */
export function announceOn(
  session: Session,
  { claim, link, now }: Announcing,
): { readonly claim: HeldClaim; readonly effects: readonly Effect[] } | undefined {
  const post = claim.posts.find((each) => each.link === link)
  if (post === undefined) return undefined
  const { address, family } = claim
  const { dueAt: _, ...rest } = post
  const roundsSent = Math.min(post.roundsSent + 1, roundCount(family)) // a refresh counts no further
  const restMs = restAfter(family, roundsSent, session.config.gratuitousIntervalMs)
  const next: Post = { ...rest, roundsSent, ...(restMs === undefined ? {} : { dueAt: now + restMs }) }
  const effects = roundFrames(family, post.roundsSent).map(
    (frameOf): Effect => ({
      type: 'announce',
      link,
      address,
      first: post.announced === undefined,
      frame: frameOf(post.mac, address),
    }),
  )
  const posts = claim.posts.map((each) => (each === post ? next : each))
  return { claim: { ...claim, posts, toldAt: now }, effects }
}

export function withPost(claim: HeldClaim, post: Post): HeldClaim {
  return { ...claim, posts: claim.posts.map((each) => (each.link === post.link ? post : each)) }
}

/**
 * Every round again, wherever these claims stand: neighbours may have been told of another machine meanwhile. What was
 * announced before goes on being answered; what is being handed over is announced no more.
 */
export function announceAnew(session: Session, addresses: readonly string[], now: Millis): Step {
  const changes = new Map<number, HeldClaim>()
  for (const address of addresses) {
    const place = session.index.byAddress.get(address)
    const claim = place === undefined ? undefined : itemAt(session.claims, place)
    if (place === undefined || claim === undefined || claim.posts.length === 0) continue
    if (claim.yieldBy !== undefined || isOnHold(claim)) continue
    changes.set(place, {
      ...claim,
      posts: claim.posts.map((post) => ({ ...post, roundsSent: 0, dueAt: now })),
    })
  }
  if (changes.size === 0) return { session, effects: [] }
  return wakeNoLaterThan(
    { session: { ...session, claims: withItems(session.claims, changes) }, effects: [] },
    now,
  )
}

export type OnTheWire = {
  readonly link: number
  readonly addresses: readonly string[]
  readonly at: WallMicros
  readonly now: Millis
}

/** From here on requests are answered one by one. */
export function noteAnnounced(session: Session, { link, addresses, at, now }: OnTheWire): Step {
  const changes = new Map<number, HeldClaim>()
  for (const address of addresses) {
    const place = session.index.byAddress.get(address)
    const claim = place === undefined ? undefined : (changes.get(place) ?? itemAt(session.claims, place))
    const post = claim?.posts.find((each) => each.link === link)
    if (place === undefined || claim === undefined || post === undefined) continue
    if (post.announced !== undefined || isOnHold(claim)) continue // it came on hold after the frame had gone out
    const next = withPost(claim, { ...post, announced: { at, noted: now } })
    changes.set(place, { ...next, announcedAt: claim.announcedAt ?? at })
  }
  if (changes.size === 0) return { session, effects: [] }
  const claims = withItems(session.claims, changes)
  return { session: { ...session, claims }, effects: [{ type: 'report', why: 'announced' }] }
}
