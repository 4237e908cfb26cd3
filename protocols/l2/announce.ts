// Telling the neighbours: the rounds that are due, first ones first, within the budget of each link.
import { earliestDue } from './configure.ts'
import { endOverdueYields } from './handover.ts'
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
  const effects = [...ended.effects, ...sent.effects]
  const at = sent.isMore ? now + paceMs : earliestDue(itemsOf(sent.session.claims))
  return wakeNoLaterThan({ session: sent.session, effects }, at)
}

type Due = { readonly place: number; readonly link: number }

function sendDue(session: Session, now: Millis): Step & { readonly isMore: boolean } {
  const budgets = new Map<number, Budget>()
  const changes = new Map<number, HeldClaim>()
  const effects: Effect[] = []
  let isMore = false
  for (const { place, link } of dueInOrder(session, now)) {
    const claim = changes.get(place) ?? itemAt(session.claims, place)
    if (claim === undefined) continue
    const budget = budgets.get(link) ?? refill(session.budgets.get(link) ?? fullBudget, now)
    const sent = budget.tokens < 1 ? undefined : announceOn(session, { claim, link, now })
    budgets.set(link, sent === undefined ? budget : spend(budget, sent.effects.length))
    isMore ||= sent === undefined
    if (sent === undefined) continue
    changes.set(place, sent.claim)
    effects.push(...sent.effects)
  }
  const next: Session = {
    ...session,
    claims: withItems(session.claims, changes),
    budgets: new Map([...session.budgets, ...budgets]),
  }
  return { session: next, effects, isMore }
}

/** A round goes out whole, so the budget may run into debt by a frame. */
export function spend(budget: Budget, frames: number): Budget {
  return { ...budget, tokens: Math.max(-burstFrames, budget.tokens - frames) }
}

/** By the number of their round: nobody's repeat before somebody's first. Rounds that follow at once come in turn. */
function dueInOrder(session: Session, now: Millis): readonly Due[] {
  const byRound: Due[][] = []
  let place = 0
  for (const claim of itemsOf(session.claims)) {
    for (const post of claim.posts)
      if (post.dueAt !== undefined && post.dueAt <= now)
        for (const round of roundsDueNow(claim, post))
          (byRound[round] ??= []).push({ place, link: post.link })
    place += 1
  }
  return byRound.flat()
}

/** The round that is due, and those that follow it without a rest. */
function roundsDueNow(claim: HeldClaim, post: Post): readonly number[] {
  const due = [post.roundsSent]
  for (let next = post.roundsSent + 1; restAfter(claim.family, next, 0) === 0; next++) due.push(next)
  return due
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
  return { claim: withPost(claim, next), effects }
}

export function withPost(claim: HeldClaim, post: Post): HeldClaim {
  return { ...claim, posts: claim.posts.map((each) => (each.link === post.link ? post : each)) }
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
    if (place === undefined || claim === undefined || post === undefined || post.announced !== undefined)
      continue
    const next = withPost(claim, { ...post, announced: { at, noted: now } })
    changes.set(place, { ...next, announcedAt: claim.announcedAt ?? at })
  }
  if (changes.size === 0) return { session, effects: [] }
  const claims = withItems(session.claims, changes)
  return { session: { ...session, claims }, effects: [{ type: 'report', why: 'announced' }] }
}
