// The routes that a peer told us (Adj-RIB-In, RFC 4271 §3.2): counted, limited and shown, never used. The table
// belongs to its session's keeper and changes in place: copied at every UPDATE, 100,000 routes would cost seconds. Where the
// config sets no limit, what goes beyond `keptRoutes` is counted only: nobody can fill our memory.
import type { Family } from '../net/address.ts'
import type { PathAttributes } from './attribute.ts'
import { keptRoutes } from './config.ts'
import type { SessionConfig } from './config.ts'
import type { Context } from './context.ts'
import type { Prefix } from './nlri.ts'
import type { Event, RibInChange } from './session.ts'
import { routeChanges } from './update.ts'
import type { Update } from './update.ts'

/** fresh: said in this session. The others outlive the session that said them, RFC 4724 §4.2, RFC 9494 §4.2. */
export type Freshness = 'fresh' | 'stale' | 'long-lived'

export type ReceivedRoute = {
  readonly attributes: PathAttributes // without the MP attributes; shared by all routes of the UPDATE
  readonly freshness: Freshness
  readonly shares: number // of what may be kept
}

export type RibIn = Readonly<Record<Family, Map<Prefix, ReceivedRoute>>> & {
  readonly use: Readonly<Record<Family, Use>>
}

type Use = {
  shares: number // of all routes in the table
  beyond: number // routes that are not in it; one that was told twice, or by several changes, counts each time
  isBeyond: boolean // there were such since the session began: does not come and go with every route
}

/** A route with longer attributes takes a share of `keptRoutes` for each so many characters. */
const shareLength = 256

/** RFC 9494 §4.2: the route must not live on beyond a plain graceful restart. */
const noLongLived = '65535:7'

export function newRibIn(): RibIn {
  return { IPv4: new Map(), IPv6: new Map(), use: { IPv4: unused(), IPv6: unused() } }
}

function unused(): Use {
  return { shares: 0, beyond: 0, isBeyond: false }
}

/** All that stand, kept or not. */
export function receivedCount(ribIn: RibIn, family: Family): number {
  return ribIn[family].size + ribIn.use[family].beyond
}

/** Carries out a 'rib-in' effect. Answers with the event for the session when the peer has said too much. */
export function changeRibIn(
  ribIn: RibIn,
  change: RibInChange,
  { context, limits = {} }: { readonly context: Context; readonly limits?: SessionConfig['prefixLimits'] },
): Event | undefined {
  if (change.type === 'update') {
    applyUpdate(ribIn, change.update, { context, limits })
    return limitExceeded(ribIn, limits)
  }
  for (const family of change.families) changeAll(ribIn, family, change.type)
  return undefined
}

type Limits = NonNullable<SessionConfig['prefixLimits']>

function applyUpdate(
  ribIn: RibIn,
  update: Update,
  { context, limits }: { readonly context: Context; readonly limits: Limits },
): void {
  const { mpReach: _reach, mpUnreach: _unreach, ...attributes } = update.attributes
  const changes = routeChanges(update, context)
  const shares = changes.some(({ announced }) => announced.length > 0) ? sharesOf(attributes) : 1
  const route: ReceivedRoute = { attributes, freshness: 'fresh', shares }
  for (const { family, announced, withdrawn } of changes) {
    const atMost = limits[family] === undefined ? keptRoutes : Number.POSITIVE_INFINITY
    for (const prefix of withdrawn) withdraw(ribIn, family, prefix)
    for (const prefix of announced) announce(ribIn, { family, prefix, route, atMost })
  }
}

function sharesOf(attributes: PathAttributes): number {
  return Math.max(1, Math.ceil(JSON.stringify(attributes).length / shareLength))
}

function withdraw(ribIn: RibIn, family: Family, prefix: Prefix): void {
  const use = ribIn.use[family]
  const known = ribIn[family].get(prefix)
  if (known === undefined) use.beyond = Math.max(0, use.beyond - 1)
  else use.shares -= known.shares
  ribIn[family].delete(prefix)
}

type Announced = {
  readonly family: Family
  readonly prefix: Prefix
  readonly route: ReceivedRoute
  readonly atMost: number // shares
}

function announce(ribIn: RibIn, { family, prefix, route, atMost }: Announced): void {
  const use = ribIn.use[family]
  const before = ribIn[family].get(prefix)?.shares ?? 0
  if (use.shares - before + route.shares <= atMost) {
    ribIn[family].set(prefix, route)
    use.shares += route.shares - before
    return
  }
  ribIn[family].delete(prefix) // what it said before is true no longer
  use.shares -= before
  use.beyond += 1
  use.isBeyond = true
}

/** What is stale already when its session falls once more is older than one restart: it goes. */
function changeAll(ribIn: RibIn, family: Family, type: Exclude<RibInChange['type'], 'update'>): void {
  const [table, use] = [ribIn[family], ribIn.use[family]]
  for (const [prefix, route] of table) {
    const next = changed(route, type)
    if (next === undefined) {
      table.delete(prefix)
      use.shares -= route.shares
    } else if (next !== route) table.set(prefix, next)
  }
  if (type !== 'clear' && type !== 'stale') return
  use.beyond = 0 // nothing is known of them that could be kept
  use.isBeyond = false
}

function changed(
  route: ReceivedRoute,
  type: Exclude<RibInChange['type'], 'update'>,
): ReceivedRoute | undefined {
  const isFresh = route.freshness === 'fresh'
  switch (type) {
    case 'clear':
      return undefined
    case 'stale':
      return isFresh ? { ...route, freshness: 'stale' } : undefined
    case 'long-lived':
      if (isFresh) return route
      return route.attributes.communities?.includes(noLongLived) === true
        ? undefined
        : { ...route, freshness: 'long-lived' }
    case 'sweep':
      return isFresh ? route : undefined
  }
}

function limitExceeded(ribIn: RibIn, limits: Limits): Event | undefined {
  for (const family of ['IPv4', 'IPv6'] as const) {
    const limit = limits[family]
    const count = ribIn[family].size
    if (limit !== undefined && count > limit) return { type: 'prefix-limit', family, count, limit }
  }
  return undefined
}
