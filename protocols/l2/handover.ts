// Planned hand-over: an address goes on being answered until its next owner has been heard on the wire, so that no
// request is lost in between and none is answered twice. And: others that announce what we hold.
import type { Mac } from '../net/ethernet.ts'
import { isOnHold } from './check.ts'
import { place } from './configure.ts'
import type { Effect, HeldClaim, Millis, Post, Rival, Session, Step, WallMicros } from './session.ts'
import { wakeNoLaterThan } from './session.ts'
import { itemAt, itemsOf, withItems } from './vector.ts'

/**
 * A successor may have announced just before we were told to yield: what was heard this recently counts.
 * Longer ago it was somebody else's, and the successor is still to come.
 */
const recentlyMs = 2000

/** Thousands are handed over within moments: their groups are left together, not one by one. */
const tidyMs = 100

type Yielding = { readonly addresses: readonly string[]; readonly deadline: Millis; readonly now: Millis }

/** These addresses are announced no more, and answered for until a successor is heard or the deadline has come. */
export function beginYield(session: Session, { addresses, deadline, now }: Yielding): Step {
  const wanted = new Set(addresses)
  const over: Effect[] = []
  const claims = [...itemsOf(session.claims)].map((claim) => {
    if (!wanted.delete(claim.address)) return claim
    const rival =
      claim.rival !== undefined && now - claim.rival.heardAt <= recentlyMs ? claim.rival : undefined
    const isOver =
      claim.yielded || claim.posts.length === 0 || isOnHold(claim) || rival !== undefined || deadline <= now
    if (!isOver) return leaving(claim, deadline)
    over.push(yieldedEffect(claim.address, rival?.mac))
    return handedOver(claim)
  })
  const unknown = [...wanted].map((address) => yieldedEffect(address, undefined)) // not held: nothing to wait for
  const step = place(session, claims, now)
  return { session: step.session, effects: [...step.effects, ...over, ...unknown, report] }
}

const report: Effect = { type: 'report', why: 'yield' }

function leaving(claim: HeldClaim, deadline: Millis): HeldClaim {
  const posts = claim.posts.map(withoutRounds)
  const { check: _, ...rest } = claim
  return { ...rest, posts, yieldBy: Math.min(deadline, claim.yieldBy ?? deadline) }
}

function withoutRounds(post: Post): Post {
  const { dueAt: _, ...rest } = post
  return rest
}

/** Silent from now on; `place` forgets it when no config lists it. */
function handedOver(claim: HeldClaim): HeldClaim {
  const { yieldBy: _, check: __, ...rest } = claim
  return { ...rest, posts: [], yielded: true }
}

function yieldedEffect(address: string, to: Mac | undefined): Effect {
  return to === undefined ? { type: 'yielded', address } : { type: 'yielded', address, to }
}

/** Where the successor did not come: stop all the same. Then what hand-overs left behind is put in order. */
export function endOverdueYields(session: Session, now: Millis): Step {
  const over: Effect[] = []
  if (!session.isUntidy && !hasOverdueYield(session, now)) return { session, effects: over }
  const claims = [...itemsOf(session.claims)].map((claim) => {
    if (claim.yieldBy === undefined || claim.yieldBy > now) return claim
    over.push(yieldedEffect(claim.address, undefined))
    return handedOver(claim)
  })
  const step = place(session, claims, now)
  return { session: step.session, effects: [...step.effects, ...over, report] }
}

function hasOverdueYield(session: Session, now: Millis): boolean {
  for (const { yieldBy } of itemsOf(session.claims)) if (yieldBy !== undefined && yieldBy <= now) return true
  return false
}

export type ForeignAnnouncement = {
  readonly place: number // of the claim
  readonly mac: Mac
  readonly seenAt: WallMicros
  readonly now: Millis
}

/** Another machine says that the address is his: our successor, when we are leaving; otherwise a rival. */
export function hearAnnouncement(session: Session, heard: ForeignAnnouncement): Step {
  const { mac, seenAt, now } = heard
  const claim = itemAt(session.claims, heard.place)
  const ignored: Effect = { type: 'ignore', reason: 'foreign-announcement' }
  if (claim === undefined || claim.yielded) return { session, effects: [ignored] }
  const rival: Rival = { mac, seenAt, heardAt: now }
  if (claim.yieldBy !== undefined) {
    const claims = withItems(session.claims, new Map([[heard.place, handedOver({ ...claim, rival })]]))
    const effects = [ignored, yieldedEffect(claim.address, mac), report]
    return wakeNoLaterThan({ session: { ...session, claims, isUntidy: true }, effects }, now + tidyMs)
  }
  const isKnown = claim.rival?.mac === mac && now - claim.rival.heardAt < 1000 // a flood is not told frame by frame
  const claims = withItems(session.claims, new Map([[heard.place, { ...claim, rival }]]))
  const effects: readonly Effect[] = isKnown ? [ignored] : [ignored, { type: 'report', why: 'rival' }]
  return { session: { ...session, claims }, effects }
}
