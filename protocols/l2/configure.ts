// From what the config wishes and what the node has: where each claim stands. Only what differs changes.
import { gratuitousReply } from '../arp/frame.ts'
import { addressBytes, parseAddress } from '../net/address.ts'
import { uint32At } from '../net/bytes.ts'
import { macBytes, zeroMac } from '../net/ethernet.ts'
import { solicitedNodeAddress } from '../net/multicast.ts'
import { targetKey } from '../ndp/answer.ts'
import { unsolicitedAdvertisement } from '../ndp/frame.ts'
import { checkOnLinks, checkWished, withCheck } from './check.ts'
import type { Claim, L2Config } from './claim.ts'
import { exclusionOf, macKeyOf, objectionTo, objectionToIPv6 } from './link.ts'
import type { Link } from './link.ts'
import { restAfter, roundCount } from './schedule.ts'
import type { ClaimIndex, Effect, HeldClaim, Millis, Post, Session, Step } from './session.ts'
import { wakeNoLaterThan } from './session.ts'
import { withoutKnown } from './suspect.ts'
import { itemAt, itemsOf, vectorOf } from './vector.ts'

/** The config replaces the one before; the same one again changes nothing. */
export function configure(session: Session, config: L2Config, now: Millis): Step {
  const exclusion = sameTexts(config.interfacesToExclude, session.config.interfacesToExclude)
    ? session.exclusion
    : exclusionOf(config.interfacesToExclude)
  const nodeMacs = macsOf(config.nodeMacs, session.config.nodeMacs) ?? session.nodeMacs
  const proxyMacs = macsOf(config.proxyMacs, session.config.proxyMacs) ?? session.proxyMacs
  const claims = claimsOf(session, config, now)
  const isSame =
    claims === undefined &&
    exclusion === session.exclusion &&
    nodeMacs === session.nodeMacs &&
    proxyMacs === session.proxyMacs &&
    config.gratuitousIntervalMs === session.config.gratuitousIntervalMs
  const next: Session = { ...session, config, exclusion, nodeMacs, proxyMacs }
  if (isSame && config.generation === session.config.generation) return { session, effects: [] }
  const report: Effect = { type: 'report', why: 'configured' }
  if (isSame) return { session: next, effects: [report] }
  const held = claims ?? [...itemsOf(session.claims)]
  const isMoreKnown = nodeMacs !== session.nodeMacs || proxyMacs !== session.proxyMacs
  const placed = place(next, isMoreKnown ? withoutKnown(held, next, now) : held, now)
  return { session: placed.session, effects: [...placed.effects, report] }
}

/** Undefined: they are as before. */
function macsOf(now: readonly string[] = [], before: readonly string[] = []): Set<number> | undefined {
  return sameTexts(now, before) ? undefined : new Set(now.map(macKeyOf))
}

/** The links of the node, all of them, replace those before. */
export function connect(session: Session, links: readonly Link[], now: Millis): Step {
  const table = new Map(links.map((link) => [link.index, link]))
  // A port of a bond may answer with the address that it was made with, whatever it shows now (balance-alb).
  const macs = links
    .flatMap(({ mac, permanentMac = mac }) => [mac, permanentMac])
    .filter((mac) => mac !== zeroMac)
    .map(macKeyOf)
  const budgets = new Map([...session.budgets].filter(([index]) => table.has(index)))
  const next: Session = { ...session, links: table, ownMacs: new Set(macs), budgets }
  const placed = place(next, [...itemsOf(session.claims)], now)
  return { session: placed.session, effects: [...placed.effects, { type: 'report', why: 'interfaces' }] }
}

/** What is held once the config counts; undefined when that is what is held now. */
function claimsOf(session: Session, config: L2Config, now: Millis): readonly HeldClaim[] | undefined {
  let changed = false
  const claims: HeldClaim[] = []
  const listed = new Set<string>()
  for (const claim of config.claims) {
    if (listed.has(claim.address)) continue
    const held = heldAt(session, claim.address)
    const next = held?.listed === true ? listedStill(held, claim, now) : newClaim(claim)
    if (next === undefined) continue
    listed.add(claim.address)
    changed ||= next !== held
    claims.push(next)
  }
  for (const held of itemsOf(session.claims)) {
    if (listed.has(held.address)) continue
    if (held.yieldBy !== undefined) claims.push(held.listed ? { ...held, listed: false } : held)
    changed ||= held.yieldBy === undefined || held.listed
  }
  return changed ? claims : undefined
}

function heldAt(session: Session, address: string): HeldClaim | undefined {
  const place = session.index.byAddress.get(address)
  return place === undefined ? undefined : itemAt(session.claims, place)
}

/**
 * Also of one that is being handed over, or was, when a config had dropped it in between: it is ours again, and everybody
 * is told. Undefined for what is no address: the reconcilers send none, and a wrong one must not stop the rest. */
function newClaim(claim: Claim): HeldClaim | undefined {
  const address = parseAddress(claim.address)
  if (address === undefined) return undefined
  return {
    address: claim.address,
    family: address.family,
    bytes: addressBytes(address),
    wish: claim.interfaces,
    listed: true,
    posts: [],
    yielded: false,
    ...(claim.controls === undefined ? {} : { controls: claim.controls }),
    ...(claim.check === undefined ? {} : { check: { kind: claim.check, state: 'asking', sent: 0 } }),
  }
}

function listedStill(held: HeldClaim, claim: Claim, now: Millis): HeldClaim {
  const check = held.yielded || held.yieldBy !== undefined ? undefined : checkWished(held.check, claim.check)
  const asked = withControls(held, claim.controls)
  const checked = check === held.check ? asked : withCheck(asked, check, now)
  return sameWish(held.wish, claim.interfaces) ? checked : { ...checked, wish: claim.interfaces }
}

function withControls(held: HeldClaim, wished: readonly string[] | undefined): HeldClaim {
  if (wished === undefined || sameTexts(wished, held.controls ?? [])) return held
  return { ...held, controls: wished }
}

function sameWish(a: HeldClaim['wish'], b: HeldClaim['wish']): boolean {
  return a === 'all' || b === 'all' ? a === b : sameTexts(a, b)
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index])
}

/** Puts every claim on its links, and asks for the groups that go with it. */
export function place(session: Session, claims: readonly HeldClaim[], now: Millis): Step {
  const sites = sitesOf(session)
  const placed = claims
    .map((claim) => withPosts(claim, { session, sites, now }))
    .filter((claim) => claim.listed || claim.yieldBy !== undefined)
  const groups = groupsOf(placed)
  const next: Session = {
    ...session,
    claims: vectorOf(placed),
    index: indexOf(session, placed),
    groups,
    stations: new Map(sites.IPv4.map(({ index, mac }) => [index, macBytes(mac)])),
    isUntidy: false,
  }
  const effects = groupEffects(session.groups, groups)
  return wakeNoLaterThan({ session: next, effects }, earliestDue(placed))
}

/** The links that may carry claims, by family. */
type Sites = { readonly IPv4: readonly Link[]; readonly IPv6: readonly Link[] }

function sitesOf(session: Session): Sites {
  const candidates = [...session.links.values()].filter(
    (link) => objectionTo(link, session.exclusion) === undefined,
  )
  return { IPv4: candidates, IPv6: candidates.filter((link) => objectionToIPv6(link) === undefined) }
}

type Placing = { readonly session: Session; readonly sites: Sites; readonly now: Millis }

function withPosts(claim: HeldClaim, placing: Placing): HeldClaim {
  const { wish, yielded, family } = claim
  const links = yielded
    ? []
    : placing.sites[family].filter(({ name }) => wish === 'all' || wish.includes(name))
  const posts = links.map((link) => postOn(link, claim, placing))
  const isSame =
    posts.length === claim.posts.length && posts.every((post, index) => post === claim.posts[index])
  const next = isSame ? claim : { ...claim, posts }
  const check = checkOnLinks(next, placing.now)
  if (check === claim.check && (isSame || check === undefined)) return next
  return withCheck(next, check, placing.now)
}

/** The post that stands there already, or a new one; a claim that is being handed over announces no more. */
function postOn(link: Link, claim: HeldClaim, { session, now }: Placing): Post {
  const refreshMs = session.config.gratuitousIntervalMs
  const isLeaving = claim.yieldBy !== undefined
  const standing = claim.posts.find((post) => post.link === link.index && post.mac === link.mac)
  if (standing === undefined) {
    const post: Post = {
      link: link.index,
      mac: link.mac,
      answer: answerFrame(claim, link.mac),
      roundsSent: 0,
    }
    return isLeaving ? post : { ...post, dueAt: now }
  }
  if (isLeaving || standing.roundsSent < roundCount(claim.family)) return standing
  return withRefresh(standing, restAfter(claim.family, standing.roundsSent, refreshMs), now)
}

/** Follows a periodic refresh that was switched on, off, or made shorter. */
function withRefresh(post: Post, restMs: number | undefined, now: Millis): Post {
  const { dueAt, ...silent } = post
  if (restMs === undefined) return dueAt === undefined ? post : silent
  return dueAt !== undefined && dueAt <= now + restMs ? post : { ...post, dueAt: now + restMs }
}

function answerFrame(claim: HeldClaim, mac: string): Uint8Array {
  return claim.family === 'IPv4'
    ? gratuitousReply(mac, claim.address)
    : unsolicitedAdvertisement(mac, claim.address)
}

/** The index before, when the addresses are the same in the same places. */
function indexOf(session: Session, claims: readonly HeldClaim[]): ClaimIndex {
  const { index } = session
  if (
    claims.length === session.claims.length &&
    claims.every(({ address }, place) => index.byAddress.get(address) === place)
  )
    return index
  const byAddress = new Map<string, number>()
  const byIPv4 = new Map<number, number>()
  const byIPv6 = new Map<number, number[]>()
  for (const [place, { address, family, bytes }] of claims.entries()) {
    byAddress.set(address, place)
    if (family === 'IPv4') {
      byIPv4.set(uint32At(bytes, 0), place)
      continue
    }
    const places = byIPv6.get(targetKey(bytes))
    if (places === undefined) byIPv6.set(targetKey(bytes), [place])
    else places.push(place)
  }
  return { byAddress, byIPv4, byIPv6 }
}

/** RFC 4291 §2.7.1: addresses that end alike share a group. */
function groupsOf(claims: readonly HeldClaim[]): Session['groups'] {
  const groups = new Map<number, Set<string>>()
  for (const { family, address, posts } of claims) {
    if (family === 'IPv4' || posts.length === 0) continue
    const group = solicitedNodeAddress(address)
    for (const { link } of posts) {
      const ofLink = groups.get(link) ?? new Set()
      groups.set(link, ofLink.add(group))
    }
  }
  return groups
}

function groupEffects(before: Session['groups'], after: Session['groups']): Effect[] {
  const effects: Effect[] = []
  for (const [link, groups] of after)
    for (const group of groups)
      if (before.get(link)?.has(group) !== true) effects.push({ type: 'join', link, group })
  for (const [link, groups] of before)
    for (const group of groups)
      if (after.get(link)?.has(group) !== true) effects.push({ type: 'leave', link, group })
  return effects
}

/** When the next round or the end of a hand-over is due. */
export function earliestDue(claims: Iterable<HeldClaim>): Millis | undefined {
  let earliest = Number.POSITIVE_INFINITY
  for (const { posts, yieldBy, check } of claims) {
    earliest = Math.min(earliest, yieldBy ?? earliest, check?.dueAt ?? earliest)
    for (const { dueAt } of posts) earliest = Math.min(earliest, dueAt ?? earliest)
  }
  return Number.isFinite(earliest) ? earliest : undefined
}
