// Who keeps an address that two speakers of ours announce while one of them, or both, cannot see the cluster.
//
// Heard since the own view was last proven fresh, a rival may know more; heard before that, the election knew of him.
//
//   own view          the rival was heard …
//   proven since      we own the address in the knowledge of all that he knew: say so (RFC 5227 §2.4), unless we have
//   frozen            whoever spoke last keeps the address, and the other yields it until his view is fresh again
//   neither           wait: the next proof, or its absence, tells
//
// Why one remains, and not both and not none, once each hears the other: all that a speaker says without new proof it
// says when it takes an address up, so that the last word is that of the one who was told last. Both know whose word
// that was, but for words that crossed on the wire. Those are told apart by the hash of the election, which needs no
// view at all: names of nodes and the address are the same in every one (preferences are not, and do not count here).
// The first of the two then repeats itself, so that he is heard last, by the other's clock as well; and the second
// yields a crossing of half the width, so that clocks that measure a little differently never make both yield.
// He whose view is fresh yields to nobody: he says so once he has proof, is the last to speak, and the frozen one goes.
// Where only one hears the other he yields to what comes after his own word: he who is deaf keeps the address.
import type { ObservedClaim, ObservedRival } from '../../protocols/l2/observed.ts'
import { electionKey } from '../../reconcilers/election.ts'

export type Hearing = {
  readonly now: number // wall clock, ms, as all times here
  readonly frozen: boolean // the own view is not proven fresh
  readonly confirmedAt: number // the view holds all that was written before then
  readonly deadAfterMs: number // not heard of for so long this speaker counts as dead with the others
  readonly claims: readonly ObservedClaim[]
  readonly own: string // node
  readonly nodeOfMac: (mac: string) => string | undefined
}

/** What is remembered from one look to the next. */
export type Stance = {
  readonly yielded: ReadonlyMap<string, string> // address → the node that announces it in place of this one
  readonly spokeAt: ReadonlyMap<string, number> // address → when we last had it announced anew
  readonly frozenFrom?: number // the last proof before the view froze
}

export type Judged = {
  readonly stance: Stance
  readonly anew: readonly string[] // addresses to be announced anew, where they are claimed
  readonly lookInMs?: number // something is undecided: look again then
}

export const noStance: Stance = { yielded: new Map(), spokeAt: new Map() }

/** Words so close to each other may have crossed: the longest that a frame waits to be read, with room. */
const crossingMs = 500

/** Configuration comes through other watches than the proof does, and may be so much later. */
const watchLagMs = 1_000

/** RFC 5227 §2.4: DEFEND_INTERVAL. A stranger who fights for the address is answered no more often. */
const defendIntervalMs = 10_000

/** The engine tells of our own words a little later than it was asked for them. */
const repeatMs = 1_000

/** While a proof is awaited, which nobody tells of. */
const patienceMs = 500

/** `yielded` is the same map while nothing changes. */
export function judgeRivals(before: Stance, hearing: Hearing): Judged {
  const { now, claims } = hearing
  const yielded = new Map(hearing.frozen ? before.yielded : [])
  const spokeAt = new Map<string, number>()
  const anew: string[] = []
  let lookAt = Number.POSITIVE_INFINITY
  for (const { address, rival } of claims) {
    if (rival === undefined) continue
    const last = before.spokeAt.get(address)
    if (last !== undefined) spokeAt.set(address, last)
    const standing = yielded.has(address) ? settled : standingOf(address, rival, hearing)
    if (standing.is === 'yielded') yielded.set(address, standing.to)
    if (standing.is !== 'open') continue
    const at = Math.max(standing.speakAt, (last ?? Number.NEGATIVE_INFINITY) + standing.restMs)
    lookAt = Math.min(lookAt, at > now ? at : lookAt)
    if (at > now) continue
    anew.push(address)
    spokeAt.set(address, now)
  }
  const same = yielded.size === before.yielded.size // it only grows, or is empty
  const stance = { yielded: same ? before.yielded : yielded, spokeAt, ...frozenFrom(before, hearing) }
  return {
    stance,
    anew: isBack(before, hearing) ? claims.map(({ address }) => address) : anew,
    ...(lookAt === Number.POSITIVE_INFINITY ? {} : { lookInMs: lookAt - now }),
  }
}

function frozenFrom(before: Stance, { frozen, confirmedAt }: Hearing): Pick<Stance, 'frozenFrom'> {
  return frozen ? { frozenFrom: before.frozenFrom ?? confirmedAt } : {}
}

/** The others may have taken everything over, and given it back without a word from here: claims did not change. */
function isBack({ frozenFrom: from }: Stance, { frozen, confirmedAt, deadAfterMs }: Hearing): boolean {
  return from !== undefined && !frozen && confirmedAt - from >= deadAfterMs
}

type Standing =
  | { readonly is: 'settled' }
  | { readonly is: 'yielded'; readonly to: string }
  | { readonly is: 'open'; readonly speakAt: number; readonly restMs: number } // ours, and to be said

const settled: Standing = { is: 'settled' }

function standingOf(address: string, rival: ObservedRival, hearing: Hearing): Standing {
  const { seenAt } = rival
  const lead = leadOf(rival)
  const isSaid = lead >= crossingMs
  const { now, frozen, confirmedAt, own, nodeOfMac } = hearing
  const speakAt = seenAt + crossingMs
  if (confirmedAt >= seenAt + watchLagMs)
    return isSaid ? settled : { is: 'open', speakAt, restMs: defendIntervalMs }
  if (!frozen) return isSaid ? settled : { is: 'open', speakAt: now + patienceMs, restMs: 0 }
  const node = nodeOfMac(rival.mac)
  if (node === undefined || node === own) return settled // a stranger: without proof nothing is said to him
  if (electionKey(own, address) > electionKey(node, address))
    return lead > crossingMs / 2 ? settled : { is: 'yielded', to: node }
  if (lead < -crossingMs) return { is: 'yielded', to: node }
  return isSaid ? settled : { is: 'open', speakAt, restMs: repeatMs }
}

/** By how much our last word is later than his, in ms. */
function leadOf({ seenAt, toldAt = Number.NEGATIVE_INFINITY }: ObservedRival): number {
  return toldAt - seenAt
}
