// The books: what stands on all Services, address by address. They are kept from plan to plan (bookkeeping.ts), so that
// one more Service costs one more entry. Whatever the order in which entries came and went, equal entries are equal books.
import type { Service } from '../crds/core.ts'
import { compareAge } from './age.ts'
import type { StoodAddresses } from './free-addresses.ts'
import { markStanding, unmarkStanding } from './free-addresses.ts'
import type { ServicePlan } from './plan.ts'
import type { Named } from './request.ts'
import { sharingKeyOf, sharingVerdict } from './sharing.ts'
import type { Held, Place, Standing } from './standing.ts'
import { longerAssigned } from './standing.ts'
import type { Tallies } from './tally.ts'
import { count } from './tally.ts'
import type { Usage } from './usage.ts'
import { countUse } from './usage.ts'
import type { Verdict } from './verdict.ts'

/** One of our Services, with what may stay of what stands on it. */
export type Draft = {
  readonly service: Service
  readonly standing: Standing
  readonly flaw?: Verdict // a field of it cannot be read: it gets nothing new
}

/** An address of our pools in the status of an object that is not ours to plan. */
export type Stranger = { readonly key: string; readonly address: Named; readonly place: Place }

export type Entry = {
  readonly key: string
  readonly draft?: Draft
  readonly decided?: ServicePlan // it is another's, or it has all that it asks for
  readonly strangers: readonly Stranger[]
}

export type Books = {
  edition: number // another one with all that is entered or struck
  readonly decisions: Map<string, ServicePlan | undefined> // by key: of what was entered or struck since they were taken
  readonly waiting: Set<Entry> // who wants something
  readonly holders: Map<string, Entry[]> // by address
  readonly contests: Map<string, Contest | undefined> // of addresses that two or more have; undefined: not settled yet
  readonly sharers: Map<string, Set<Entry>> // by sharing key
  readonly strangers: Map<string, Stranger[]> // by address
  readonly stood: StoodAddresses
  readonly tallies: Tallies // of addresses that one Service has
  readonly usage: Usage // of pools with a quota
}

/** Who may not stay on an address that several have, and what it counts as. */
export type Contest = { readonly refused: ReadonlyMap<Entry, Verdict>; readonly counted: Held | undefined }

export function newBooks(): Books {
  return {
    edition: 0,
    decisions: new Map(),
    waiting: new Set(),
    holders: new Map(),
    contests: new Map(),
    sharers: new Map(),
    strangers: new Map(),
    stood: new Map(),
    tallies: new Map(),
    usage: new Map(),
  }
}

export function enter(books: Books, entry: Entry): void {
  const { draft, decided } = entry
  books.edition++
  if (decided !== undefined) books.decisions.set(entry.key, decided)
  for (const stranger of entry.strangers) enterStranger(books, stranger)
  if (draft === undefined) return
  if (decided === undefined) books.waiting.add(entry)
  for (const held of draft.standing.held) {
    const { text } = held.address
    if (held.place !== undefined) markStanding(books.stood, held.place.segment, held.place.offset)
    countUse(books.usage, { namespace: draft.service.namespace, held }, 1)
    changeHolders(books, text, [...(books.holders.get(text) ?? []), entry])
  }
  const sharingKey = sharingKeyOf(draft.service)
  if (sharingKey === '' || draft.standing.held.length === 0) return
  books.sharers.set(sharingKey, (books.sharers.get(sharingKey) ?? new Set<Entry>()).add(entry))
}

export function strike(books: Books, entry: Entry): void {
  const { draft, decided } = entry
  books.edition++
  if (draft !== undefined || decided !== undefined) books.decisions.set(entry.key, undefined)
  for (const stranger of entry.strangers) strikeStranger(books, stranger)
  if (draft === undefined) return
  books.waiting.delete(entry)
  for (const held of draft.standing.held) {
    const { text } = held.address
    if (held.place !== undefined) unmarkStanding(books.stood, held.place.segment, held.place.offset)
    countUse(books.usage, { namespace: draft.service.namespace, held }, -1)
    const others = (books.holders.get(text) ?? []).filter((one) => one !== entry)
    changeHolders(books, text, others)
  }
  const sharingKey = sharingKeyOf(draft.service)
  const sharers = books.sharers.get(sharingKey)
  sharers?.delete(entry)
  if (sharers?.size === 0) books.sharers.delete(sharingKey)
}

/** An address that one Service has is counted here; one that several have, when it is settled whose it is. */
function changeHolders(books: Books, text: string, now: Entry[]): void {
  const [only, ...rivals] = books.holders.get(text) ?? []
  if (only !== undefined && rivals.length === 0) countFor(books, only, text, -1)
  books.contests.delete(text)
  const [first] = now
  if (first === undefined) {
    books.holders.delete(text)
    return
  }
  books.holders.set(text, now)
  if (now.length === 1) countFor(books, first, text, 1)
  else books.contests.set(text, undefined)
}

function countFor(books: Books, entry: Entry, text: string, by: 1 | -1): void {
  const held = heldBy(entry, text)
  if (held !== undefined) count(books.tallies, held, by)
}

function heldBy({ draft }: Entry, text: string): Held | undefined {
  return draft?.standing.held.find(({ address }) => address.text === text)
}

function enterStranger({ strangers, stood }: Books, stranger: Stranger): void {
  const { address, place } = stranger
  strangers.set(address.text, [...(strangers.get(address.text) ?? []), stranger])
  markStanding(stood, place.segment, place.offset)
}

function strikeStranger({ strangers, stood }: Books, stranger: Stranger): void {
  const { address, place } = stranger
  const others = (strangers.get(address.text) ?? []).filter((one) => one !== stranger)
  if (others.length === 0) strangers.delete(address.text)
  else strangers.set(address.text, others)
  unmarkStanding(stood, place.segment, place.offset)
}

/**
 * Services that stand on one address and may not share it: a leader that lost its Lease while it wrote, or an edit by
 * hand. The one that had it first keeps it. Answers with what is left of those that may not.
 */
export function settleContests(books: Books): ReadonlyMap<Entry, Draft> {
  const left = new Map<Entry, Draft>()
  for (const text of [...books.contests.keys()].toSorted(familyThenText)) {
    for (const [entry, verdict] of contestOf(books, text)?.refused ?? []) {
      const draft = left.get(entry) ?? entry.draft
      if (draft !== undefined) left.set(entry, without(draft, text, verdict))
    }
  }
  return left
}

function familyThenText(a: string, b: string): number {
  return Number(a.includes(':')) - Number(b.includes(':')) || (a < b ? -1 : 1)
}

/** Nothing: at most one Service has the address. */
export function contestOf(books: Books, text: string): Contest | undefined {
  if (!books.contests.has(text)) return undefined
  const known = books.contests.get(text)
  if (known !== undefined) return known
  const contest = settleContest(books.holders.get(text) ?? [], text)
  books.contests.set(text, contest)
  return contest
}

function settleContest(rivals: readonly Entry[], text: string): Contest {
  const admitted: Entry[] = []
  const refused = new Map<Entry, Verdict>()
  for (const entry of rivals.toSorted(by(longerAssigned))) {
    const verdict = againstSharing(entry, admitted, text)
    if (verdict === undefined) admitted.push(entry)
    else refused.set(entry, verdict)
  }
  const [oldest] = admitted.toSorted(by(compareAge))
  return { refused, counted: oldest === undefined ? undefined : heldBy(oldest, text) }
}

/** Entries in an order of their Services. */
export function by(compare: (a: Service, b: Service) => number): (a: Entry, b: Entry) => number {
  return ({ draft: a }, { draft: b }) =>
    a === undefined || b === undefined ? 0 : compare(a.service, b.service)
}

function againstSharing(newcomer: Entry, admitted: readonly Entry[], address: string): Verdict | undefined {
  for (const { draft: holder } of admitted) {
    if (holder === undefined || newcomer.draft === undefined) continue
    const sharing = { newcomer: newcomer.draft.service, holder: holder.service, address }
    const verdict = sharingVerdict(sharing)
    if (verdict !== undefined) return verdict
  }
  return undefined
}

function without(draft: Draft, address: string, verdict: Verdict): Draft {
  const held = draft.standing.held.filter((one) => one.address.text !== address)
  const standing = {
    held,
    addresses: held.map((one) => one.address),
    lost: [...draft.standing.lost, { address, verdict }],
  }
  return { ...draft, standing }
}

/** Who has the address and may keep it, oldest first. */
export function holdersIn(books: Books, text: string): readonly Entry[] {
  const all = books.holders.get(text) ?? []
  const contest = contestOf(books, text)
  if (contest === undefined) return all
  return all.filter((entry) => !contest.refused.has(entry)).toSorted(by(compareAge))
}
