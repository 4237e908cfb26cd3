// The routes that a peer told us (Adj-RIB-In, RFC 4271 §3.2): counted, limited and shown, never used. The table
// belongs to its session's keeper and changes in place: copied at every UPDATE, 100,000 routes would cost seconds.
import type { Family } from '../net/address.ts'
import type { PathAttributes } from './attribute.ts'
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
}

export type RibIn = Readonly<Record<Family, Map<Prefix, ReceivedRoute>>>

/** RFC 9494 §4.2: the route must not live on beyond a plain graceful restart. */
const noLongLived = '65535:7'

export function newRibIn(): RibIn {
  return { IPv4: new Map(), IPv6: new Map() }
}

/** Carries out a 'rib-in' effect. Answers with the event for the session when the peer has said too much. */
export function changeRibIn(
  ribIn: RibIn,
  change: RibInChange,
  { context, limits = {} }: { readonly context: Context; readonly limits?: SessionConfig['prefixLimits'] },
): Event | undefined {
  if (change.type === 'update') {
    applyUpdate(ribIn, change.update, context)
    return limitExceeded(ribIn, limits)
  }
  for (const family of change.families) changeAll(ribIn[family], change.type)
  return undefined
}

function applyUpdate(ribIn: RibIn, update: Update, context: Context): void {
  const { mpReach: _reach, mpUnreach: _unreach, ...attributes } = update.attributes
  const route: ReceivedRoute = { attributes, freshness: 'fresh' }
  for (const { family, announced, withdrawn } of routeChanges(update, context)) {
    for (const prefix of withdrawn) ribIn[family].delete(prefix)
    for (const prefix of announced) ribIn[family].set(prefix, route)
  }
}

/** What is stale already when its session falls once more is older than one restart: it goes. */
function changeAll(table: Map<Prefix, ReceivedRoute>, type: Exclude<RibInChange['type'], 'update'>): void {
  for (const [prefix, route] of table) {
    const next = changed(route, type)
    if (next === undefined) table.delete(prefix)
    else if (next !== route) table.set(prefix, next)
  }
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

function limitExceeded(ribIn: RibIn, limits: NonNullable<SessionConfig['prefixLimits']>): Event | undefined {
  for (const family of ['IPv4', 'IPv6'] as const) {
    const limit = limits[family]
    const count = ribIn[family].size
    if (limit !== undefined && count > limit) return { type: 'prefix-limit', family, count, limit }
  }
  return undefined
}
