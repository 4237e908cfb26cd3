// Which speakers are alive, in the view of this process. A pure machine: step(membership, event, now), now monotonic.
//
//   a renewal was SEEN ──4 intervals of its own without another──▶ dead ──a renewal is seen──▶ alive
//
// A Lease is judged only while the own view is proven fresh. The proof is the own Lease: when its renewal comes back
// through the watch, then this process can write, the API server can store, and the watch delivers, all at once.
// Without that proof for two own intervals the membership is frozen: nobody leaves it, so that this process claims
// nothing new. When the proof comes back, those who left meanwhile are out, and everyone else gets a full grace, so
// that nobody is declared dead for the time that we were blind.
// The clocks of other machines decide nothing, but for a Lease seen for the first time (see forgottenAfterMs).

export type MembershipRules = {
  readonly missed: number // dead after so many renewals not seen; 3 or more
  readonly ownIntervalMs: number
}

/** What a Lease says, as it came through the watch. */
export type LeaseSeen = {
  readonly node: string
  readonly renewal: string // spec.renewTime as text: another text is another renewal
  readonly intervalMs: number // the interval that its owner renews by
  readonly released: boolean // the owner went in good order
  readonly ageMs: number // wall clock of here minus renewTime; matters at first sight only
}

export type MembershipEvent =
  | { readonly type: 'seen'; readonly lease: LeaseSeen }
  | { readonly type: 'gone'; readonly node: string } // the Lease was deleted
  | { readonly type: 'confirmed'; readonly asOf: number } // the own renewal, sent then, came back through the watch
  | { readonly type: 'tick'; readonly ownIntervalMs: number }

type Member = {
  readonly renewal: string
  readonly intervalMs: number
  readonly seenAt: number // monotonic
  readonly alive: boolean
  readonly left: 'no' | 'released' | 'gone' // in good order, or its Lease was deleted
}

export type Membership = {
  readonly rules: MembershipRules
  readonly members: ReadonlyMap<string, Member>
  readonly confirmedAt: number
  readonly frozen: boolean
}

/** A Lease that nobody has renewed for so long, beyond its own term, belongs to a speaker that is no more. */
const forgottenAfterMs = 60_000

/** Frozen until the first proof: a process that has not seen its own Lease has no view. */
export function newMembership(rules: MembershipRules): Membership {
  return { rules, members: new Map(), confirmedAt: Number.NEGATIVE_INFINITY, frozen: true }
}

export function step(membership: Membership, event: MembershipEvent, now: number): Membership {
  switch (event.type) {
    case 'seen':
      return judge(see(membership, event.lease, now), now)
    case 'gone':
      return judge(forget(membership, event.node), now)
    case 'confirmed':
      return judge(confirm(membership, event.asOf, now), now)
    case 'tick':
      return judge({ ...membership, rules: { ...membership.rules, ownIntervalMs: event.ownIntervalMs } }, now)
  }
}

/** The nodes whose speakers are alive, sorted. While frozen: as last known. */
export function aliveNodes(membership: Membership): readonly string[] {
  return [...membership.members].flatMap(([node, member]) => (member.alive ? [node] : [])).toSorted()
}

/** When the next verdict is due if nothing comes, in ms from now. */
export function nextVerdictIn(membership: Membership, now: number): number {
  const { rules, members, confirmedAt, frozen } = membership
  if (frozen) return rules.ownIntervalMs
  const deadlines = [...members.values()].flatMap((member) => (member.alive ? [deadline(member, rules)] : []))
  const due = [confirmedAt + freshForMs(rules) + 1, ...deadlines].filter((at) => at > now)
  return Math.min(...due.map((at) => at - now), rules.ownIntervalMs)
}

function see(membership: Membership, lease: LeaseSeen, now: number): Membership {
  const known = membership.members.get(lease.node)
  const renewed = known === undefined || known.renewal !== lease.renewal
  if (!renewed && !lease.released) return membership
  const term = membership.rules.missed * lease.intervalMs
  const forgotten = known === undefined && lease.ageMs > term + forgottenAfterMs
  const member = {
    renewal: lease.renewal,
    intervalMs: lease.intervalMs,
    seenAt: now,
    alive: lease.released ? membership.frozen && known?.alive === true : !forgotten,
    left: lease.released ? ('released' as const) : ('no' as const),
  }
  return { ...membership, members: new Map(membership.members).set(lease.node, member) }
}

function forget(membership: Membership, node: string): Membership {
  const members = new Map(membership.members)
  const known = members.get(node)
  if (known !== undefined && membership.frozen) members.set(node, { ...known, left: 'gone' })
  else members.delete(node)
  return { ...membership, members }
}

function confirm(membership: Membership, asOf: number, now: number): Membership {
  const confirmedAt = Math.max(membership.confirmedAt, asOf)
  if (now - confirmedAt > freshForMs(membership.rules)) return membership // old news, read late
  const fresh = { ...membership, confirmedAt, frozen: false }
  if (!membership.frozen) return fresh
  const members = new Map<string, Member>()
  for (const [node, member] of membership.members) {
    if (member.left === 'gone') continue
    const alive = member.alive && member.left === 'no'
    members.set(node, { ...member, alive, seenAt: now })
  }
  return { ...fresh, members }
}

function judge(membership: Membership, now: number): Membership {
  const { rules, members, confirmedAt } = membership
  if (membership.frozen || now - confirmedAt > freshForMs(rules)) return { ...membership, frozen: true }
  const dead = [...members].filter(
    ([, member]) =>
      member.alive && now >= deadline(member, rules) && confirmedAt >= proofNeededAt(member, rules),
  )
  if (dead.length === 0) return membership
  const judged = new Map(members)
  for (const [node, member] of dead) judged.set(node, { ...member, alive: false })
  return { ...membership, members: judged }
}

function deadline(member: Member, rules: MembershipRules): number {
  return member.seenAt + rules.missed * member.intervalMs
}

/** The view must have been proven late in the term: a renewal that we could not have seen is not a missed one. */
function proofNeededAt(member: Member, rules: MembershipRules): number {
  return member.seenAt + (rules.missed - 1.5) * member.intervalMs
}

function freshForMs(rules: MembershipRules): number {
  return 2 * rules.ownIntervalMs
}
