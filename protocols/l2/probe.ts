// What a check asks, and when it is over: probes for the address, and questions about addresses that nobody has. What the
// announcements leave of the budget pays for them.
import { arpProbe, arpQuestion } from '../arp/frame.ts'
import { dadProbe, solicitation } from '../ndp/frame.ts'
import { broadcastMac } from '../net/ethernet.ts'
import type { Mac } from '../net/ethernet.ts'
import { isLinkLocal } from '../net/ipv6.ts'
import { askAgainAfter, hashOf, restAfterProbe, restAfterQuestion, withCheck } from './check.ts'
import type { Check } from './check.ts'
import { controlsFor, controlsOf } from './control.ts'
import type { Link } from './link.ts'
import type { Budget } from './schedule.ts'
import { fullBudget, refill } from './schedule.ts'
import type { Effect, HeldClaim, Millis, Post, Session, Step } from './session.ts'
import { itemsOf, withItems } from './vector.ts'

/** All that is due now and can be paid for. */
export function runChecks(session: Session, now: Millis): Step & { readonly isMore: boolean } {
  const budgets = new Map(session.budgets)
  const changes = new Map<number, HeldClaim>()
  const effects: Effect[] = []
  let isMore = false
  let place = -1
  for (const claim of itemsOf(session.claims)) {
    place += 1
    if (claim.check?.dueAt === undefined || claim.check.dueAt > now) continue
    const turn = takeTurn(session, claim, now)
    if (!pay(budgets, turn.effects, now)) {
      isMore = true
      continue
    }
    changes.set(place, turn.claim)
    effects.push(...turn.effects)
  }
  if (changes.size === 0) return { session, effects, isMore }
  if (endsAny(changes)) effects.push({ type: 'report', why: 'checked' })
  const next: Session = { ...session, claims: withItems(session.claims, changes), budgets }
  return { session: { ...next, controls: controlsOf(next) }, effects, isMore }
}

function endsAny(changes: ReadonlyMap<number, HeldClaim>): boolean {
  return [...changes.values()].some(({ check }) => check?.state === 'over' || check?.state === 'in-use')
}

function pay(budgets: Map<number, Budget>, effects: readonly Effect[], now: Millis): boolean {
  const costs = new Map<number, number>()
  for (const effect of effects)
    if (effect.type === 'probe') costs.set(effect.link, (costs.get(effect.link) ?? 0) + 1)
  const paid = [...costs].map(([link, cost]) => {
    const budget = refill(budgets.get(link) ?? fullBudget, now)
    return [link, { ...budget, tokens: budget.tokens - cost }] as const
  })
  if (paid.some(([, { tokens }]) => tokens < 0)) return false
  for (const [link, budget] of paid) budgets.set(link, budget)
  return true
}

type Turn = { readonly claim: HeldClaim; readonly effects: readonly Effect[] }

function takeTurn(session: Session, claim: HeldClaim, now: Millis): Turn {
  const { check } = claim
  if (check === undefined) return { claim, effects: [] }
  switch (check.state) {
    case 'asking':
      return ask(claim, check, now)
    case 'suspecting':
      return question(session, claim, { check, now })
    case 'in-use':
      return ask(claim, { ...check, state: 'asking', sent: 0 }, now)
    case 'over':
      return { claim, effects: [] }
  }
}

function ask(claim: HeldClaim, check: Check, now: Millis): Turn {
  const asking: HeldClaim = { ...claim, check }
  const sent = check.sent + 1
  const rest = restAfterProbe(asking, sent)
  if (rest === undefined) return { claim: withCheck(claim, foundFree(check), now), effects: [] }
  const effects = claim.posts.map((post): Effect => probe(claim, post, now))
  return { claim: withCheck(claim, { ...check, sent, dueAt: now + rest }, now), effects }
}

function foundFree({ kind, sent, proxy }: Check): Check {
  return { kind, state: 'over', sent, ...(proxy === undefined ? {} : { proxy }) }
}

function probe({ family, address }: HeldClaim, { link, mac }: Post, now: Millis): Effect {
  const frame =
    family === 'IPv4' ? arpProbe(mac, address) : dadProbe(mac, address, nonce(`${mac}${address}${now}`))
  return { type: 'probe', link, address, frame }
}

/** RFC 7527 §4.1: other for each probe; six bytes. */
function nonce(text: string): string {
  const hex = [hashOf(text), hashOf(`${text}+`)].map((hash) => hash.toString(16).padStart(8, '0')).join('')
  return hex.slice(0, 12)
}

type Questioning = { readonly check: Check; readonly now: Millis }

/** Does who answers for the address answer for what nobody has, too? If not the address is in use. */
function question(session: Session, claim: HeldClaim, { check, now }: Questioning): Turn {
  const { suspect } = check
  if (suspect === undefined) return { claim, effects: [] }
  const asked = suspect.asked + 1
  const rest = restAfterQuestion(asked)
  if (rest === undefined) return { claim: withCheck(claim, foundInUse(claim, check, now), now), effects: [] }
  const next: Check = { ...check, suspect: { ...suspect, asked }, dueAt: now + rest }
  return { claim: withCheck(claim, next, now), effects: questions(session, claim, next) }
}

function foundInUse(claim: HeldClaim, { kind, proxy, suspect, usedBy }: Check, now: Millis): Check {
  const { mac, link, seenAt } = suspect ?? { mac: '', link: 0, seenAt: 0 }
  return {
    kind: kind === 'only' ? 'only' : 'before',
    state: 'in-use',
    sent: 0,
    dueAt: now + askAgainAfter(claim),
    usedBy: suspect === undefined && usedBy !== undefined ? usedBy : { mac, link, seenAt },
    ...(proxy === undefined ? {} : { proxy }),
  }
}

/**
 * To that machine: Linux answers at once for others what it is asked alone, and after up to 0.8 s what everybody is
 * asked (proxy_delay). A probe it answers for itself only, so the question names the address of the interface, if it has
 * one. The first question goes to everybody, too, for proxies that listen to nothing else.
 */
function questions(session: Session, claim: HeldClaim, { suspect }: Check): readonly Effect[] {
  const post = claim.posts.find(({ link }) => link === suspect?.link)
  const link = session.links.get(post?.link ?? -1)
  if (suspect === undefined || post === undefined || link === undefined) return []
  const { mac } = post
  const destinations = suspect.asked === 1 ? [suspect.mac, undefined] : [suspect.mac]
  const questioning = { family: claim.family, mac, sender: senderOn(link, claim) }
  return controlsFor(claim, link).flatMap((target) =>
    destinations.flatMap((to): readonly Effect[] => {
      const frame = questionFrame({ ...questioning, target }, to)
      return frame === undefined ? [] : [{ type: 'probe', link: post.link, address: claim.address, frame }]
    }),
  )
}

function senderOn({ addresses }: Link, { family }: HeldClaim): string | undefined {
  const own = addresses.find(({ address }) =>
    family === 'IPv4' ? !address.includes(':') : address.includes(':') && isLinkLocal(address),
  )
  return own?.address
}

type Question = {
  readonly family: HeldClaim['family']
  readonly mac: Mac
  readonly sender: string | undefined
  readonly target: string
}

/** To everybody where no machine is named. */
function questionFrame(
  { family, mac, sender, target }: Question,
  to: Mac | undefined,
): Uint8Array | undefined {
  if (family === 'IPv4') return arpQuestion({ mac, sender: sender ?? '0.0.0.0', target }, to ?? broadcastMac)
  return sender === undefined ? undefined : solicitation({ mac, source: sender, target }, to)
}
