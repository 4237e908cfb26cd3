// The routes of a node from the offers of its Services, kept up to date: with 10,000 Services a change of one costs what
// that one comes to. A pure cache: what is in it never changes a result.
import type { Route } from '../protocols/bgp/config.ts'
import type { Dossier } from './l2-dossier.ts'
import type { LayeredMap } from './layered-map.ts'
import { layeredMap, withChanges } from './layered-map.ts'
import type { BgpOutcome, BgpPlan } from './plan.ts'
import type { Share } from './routes-attributes.ts'
import type { Offer } from './routes-offer.ts'
import type { RoutesView } from './routes-view.ts'
import { jointShare, toldBy } from './routes-view.ts'

/** One Service with what it comes to. */
export type Entry = { readonly dossier: Dossier; readonly offer: Offer }

export type RoutesPlan = Pick<BgpPlan, 'routes' | 'services'>

type Book = {
  readonly view: RoutesView
  readonly entries: readonly Entry[]
  readonly shares: Map<string, readonly Share[]> // by prefix; of each Service that has it
  readonly plan: RoutesPlan & { readonly services: LayeredMap<BgpOutcome> }
}

let last: Book | undefined

/** With more prefixes changed at once all is made anew. */
const mostChanged = 512

/** The same plan, and the same list of routes, while nothing of them changes. */
export function bookOffers(entries: readonly Entry[], view: RoutesView): RoutesPlan {
  if (last?.view !== view) return remember(view, entries, anew(entries, view))
  const difference = differenceOf(last.entries, entries)
  if (difference.removed.length + difference.added.length === 0) return last.plan
  if (difference.removed.length + difference.added.length > mostChanged)
    return remember(view, entries, anew(entries, view))
  const { shares, plan } = last
  const touched = moveShares(shares, difference)
  return remember(view, entries, {
    shares,
    plan: {
      routes: withPrefixes(plan.routes, touched, (prefix) => routesOf(prefix, shares, view)),
      services: withChanges(plan.services, outcomeChanges(difference)),
    },
  })
}

function remember(
  view: RoutesView,
  entries: readonly Entry[],
  made: Pick<Book, 'shares' | 'plan'>,
): RoutesPlan {
  last = { view, entries, ...made }
  return made.plan
}

function anew(entries: readonly Entry[], view: RoutesView): Pick<Book, 'shares' | 'plan'> {
  const shares = new Map<string, readonly Share[]>()
  const outcomes = new Map<string, BgpOutcome>()
  for (const { dossier, offer } of entries) {
    outcomes.set(dossier.service.key, offer.outcome)
    for (const { prefix, share } of offer.routes) addShare(shares, prefix, share)
  }
  const prefixes = [...shares.keys()].toSorted(compareTexts)
  return {
    shares,
    plan: {
      routes: prefixes.flatMap((prefix) => routesOf(prefix, shares, view)),
      services: layeredMap(outcomes),
    },
  }
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function routesOf(prefix: string, shares: Book['shares'], view: RoutesView): readonly Route[] {
  const share = jointShare(view, shares.get(prefix) ?? [])
  return share === undefined ? [] : toldBy(view, share).routes.map((route) => ({ prefix, ...route }))
}

type Difference = { readonly removed: readonly Entry[]; readonly added: readonly Entry[] }

/** Place by place, between what is the same at both ends. */
function differenceOf(before: readonly Entry[], now: readonly Entry[]): Difference {
  const shorter = Math.min(before.length, now.length)
  let start = 0
  while (start < shorter && sameEntry(before[start], now[start])) start++
  let end = 0
  while (end < shorter - start && sameEntry(before.at(-1 - end), now.at(-1 - end))) end++
  const [gone, come] = [before.slice(start, before.length - end), now.slice(start, now.length - end)]
  if (gone.length !== come.length) return { removed: gone, added: come }
  return {
    removed: gone.filter((entry, place) => !sameEntry(entry, come[place])),
    added: come.filter((entry, place) => !sameEntry(entry, gone[place])),
  }
}

function sameEntry(a: Entry | undefined, b: Entry | undefined): boolean {
  return a === b || (a?.offer === b?.offer && a?.dossier.service.key === b?.dossier.service.key)
}

/** Answers with the prefixes concerned. */
function moveShares(shares: Book['shares'], { removed, added }: Difference): ReadonlySet<string> {
  const touched = new Set<string>()
  for (const { offer } of removed)
    for (const { prefix, share } of offer.routes) {
      touched.add(prefix)
      removeShare(shares, prefix, share)
    }
  for (const { offer } of added)
    for (const { prefix, share } of offer.routes) {
      touched.add(prefix)
      addShare(shares, prefix, share)
    }
  return touched
}

function addShare(shares: Book['shares'], prefix: string, share: Share): void {
  const before = shares.get(prefix)
  shares.set(prefix, before === undefined ? alone(share) : [...before, share])
}

// Nearly every prefix has one share, and most of them the same one.
const singles = new WeakMap<Share, readonly Share[]>()

function alone(share: Share): readonly Share[] {
  const known = singles.get(share)
  if (known !== undefined) return known
  const list = [share]
  singles.set(share, list)
  return list
}

function removeShare(shares: Book['shares'], prefix: string, share: Share): void {
  const before = shares.get(prefix) ?? []
  const place = before.indexOf(share)
  const rest = before.filter((_, index) => index !== place)
  if (rest.length === 0) shares.delete(prefix)
  else shares.set(prefix, rest)
}

function outcomeChanges({ removed, added }: Difference): ReadonlyMap<string, BgpOutcome | undefined> {
  const changes = new Map<string, BgpOutcome | undefined>()
  for (const { dossier } of removed) changes.set(dossier.service.key, undefined)
  for (const { dossier, offer } of added) changes.set(dossier.service.key, offer.outcome)
  return changes
}

/** A copy in which these prefixes have the routes that they have now. */
function withPrefixes(
  routes: readonly Route[],
  prefixes: ReadonlySet<string>,
  routesNow: (prefix: string) => readonly Route[],
): readonly Route[] {
  const copy = [...routes]
  let changed = false
  for (const prefix of prefixes) {
    const start = firstPlace(copy, prefix)
    let end = start
    while (copy[end]?.prefix === prefix) end++
    const now = routesNow(prefix)
    if (sameRoutes(copy.slice(start, end), now)) continue
    copy.splice(start, end - start, ...now)
    changed = true
  }
  return changed ? copy : routes
}

function sameRoutes(before: readonly Route[], now: readonly Route[]): boolean {
  return (
    before.length === now.length &&
    before.every(
      ({ peers, attributes }, index) => peers === now[index]?.peers && attributes === now[index].attributes,
    )
  )
}

function firstPlace(routes: readonly Route[], prefix: string): number {
  let [low, high] = [0, routes.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((routes[middle]?.prefix ?? '') < prefix) low = middle + 1
    else high = middle
  }
  return low
}
