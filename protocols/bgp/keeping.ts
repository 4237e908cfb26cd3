// Routes of a peer that outlive its session: we as the helper of its restart. RFC 4724 §4.2, RFC 8538 §4,
// RFC 9494 §4.2. None of them forwards anything here; they are what we show and count.
import type { Family } from '../net/address.ts'
import type { Effect, Keeping, Lane, RibInChange, Session, Step } from './session.ts'
import { staleMs } from './timing.ts'
import type { Millis } from './timing.ts'

const families = ['IPv4', 'IPv6'] as const

type Loss = { readonly keepsRoutes: boolean; readonly now: Millis }

/** The session is gone: what the peer said it keeps forwarding becomes stale, the rest goes. */
export function keepRoutes(session: Session, { agreement }: Lane, { keepsRoutes, now }: Loss): Step {
  const restart = keepsRoutes ? agreement?.gracefulRestart : undefined
  const kept = restart?.families ?? []
  const gone = families.filter((family) => !kept.includes(family))
  const keeping = Object.fromEntries(
    kept.map((family): [Family, Keeping] => [
      family,
      {
        stage: 'stale',
        until: now + 1000 * (restart?.restartTimeS ?? 0),
        longLivedMs: 1000 * (restart?.longLivedStaleTimesS[family] ?? 0),
      },
    ]),
  )
  return {
    session: { ...session, keeping },
    effects: [...change('stale', kept), ...change('clear', gone)],
  }
}

/** The peer is back: routes whose forwarding it did not preserve go, the others wait for its End-of-RIB. */
export function welcomeBack(session: Session, { agreement }: Lane, now: Millis): Step {
  const preserved = agreement?.gracefulRestart?.forwardingPreserved ?? []
  const kept = families.filter((family) => session.keeping[family] !== undefined)
  const stays = kept.filter((family) => preserved.includes(family))
  const goes = kept.filter((family) => !preserved.includes(family))
  const keeping = Object.fromEntries(
    stays.map((family): [Family, Keeping] => [
      family,
      { stage: 'stale', until: now + staleMs, longLivedMs: 0 },
    ]),
  )
  return { session: { ...session, keeping }, effects: change('clear', goes) }
}

/** Its initial routes are complete: what it has not said again it has no more. */
export function endOfStale(session: Session, family: Family): Step {
  if (session.keeping[family] === undefined) return { session, effects: [] }
  const { [family]: _, ...keeping } = session.keeping
  return { session: { ...session, keeping }, effects: change('sweep', [family]) }
}

/** What has been kept for long enough. */
export function expireKept(session: Session, now: Millis): Step {
  const due = families.filter((family) => (session.keeping[family]?.until ?? Infinity) <= now)
  if (due.length === 0) return { session, effects: [] }
  const stays = due.filter((family) => hasSecondStage(session.keeping[family]))
  const goes = due.filter((family) => !stays.includes(family))
  const entries = families.flatMap((family): [Family, Keeping][] => {
    const kept = session.keeping[family]
    if (kept === undefined || goes.includes(family)) return []
    if (!stays.includes(family)) return [[family, kept]]
    return [[family, { stage: 'long-lived', until: now + kept.longLivedMs, longLivedMs: 0 }]]
  })
  return {
    session: { ...session, keeping: Object.fromEntries(entries) },
    effects: [...change('long-lived', stays), ...change('sweep', goes)],
  }
}

function hasSecondStage(kept: Keeping | undefined): boolean {
  return kept?.stage === 'stale' && kept.longLivedMs > 0
}

export function forgetKept(session: Session): Step {
  const kept = families.filter((family) => session.keeping[family] !== undefined)
  return { session: { ...session, keeping: {} }, effects: change('clear', kept) }
}

function change(type: Exclude<RibInChange['type'], 'update'>, of: readonly Family[]): Effect[] {
  return of.length === 0 ? [] : [{ type: 'rib-in', change: { type, families: of } }]
}
