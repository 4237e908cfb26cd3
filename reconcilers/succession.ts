// While an address goes from one node to another nobody reports it for a moment. That is no news for whoever watches the
// condition: it stays what it was until the successor reports, or until he has been awaited for too long.
import type { Announcement } from './announced.ts'
import { keysToCompare, layeredMap, withChanges } from './layered-map.ts'
import type { Millis } from './snapshot.ts'

/** What is told of the announcements, and what is remembered of it for the next time. */
export type Told = {
  readonly announcements: ReadonlyMap<string, Announcement> // by Service key
  readonly awaitedSince: ReadonlyMap<string, Millis> // those that stay as they were for now
  readonly wakeAt?: Millis // wall clock: tell anew then, though nothing has changed
}

/** A successor takes over within milliseconds once he knows; this is for his first report to come through. */
export const successionMs = 5_000

/** `found` as announcementsIn() finds it; `before` = nothing was told yet by this process. */
export function bridgeSuccessions(
  found: ReadonlyMap<string, Announcement>,
  before: Pick<Told, 'announcements' | 'awaitedSince'> | undefined,
  now: Millis,
): Told {
  const awaitedSince = new Map<string, Millis>()
  const bridged = new Map<string, Announcement>()
  // What is as it was told is nobody's succession.
  for (const key of before === undefined ? [] : keysToCompare(before.announcements, found)) {
    const announcement = found.get(key)
    if (announcement === undefined || !isAwaited(announcement)) continue
    const last = before?.announcements.get(key)
    if (last?.state !== 'announced') continue
    const since = before?.awaitedSince.get(key) ?? now
    if (now >= since + successionMs) continue
    awaitedSince.set(key, since)
    bridged.set(key, last)
  }
  if (bridged.size === 0) return { announcements: found, awaitedSince }
  const wakeAt = Math.min(...awaitedSince.values()) + successionMs
  return { announcements: withChanges(layeredMap(found), bridged), awaitedSince, wakeAt }
}

/** By ARP and NDP, whether routers are told or not. */
function isAwaited(announcement: Announcement): boolean {
  const waits = announcement.state === 'silent' || announcement.state === 'routed'
  return waits && announcement.verdict?.reason === 'AwaitingSpeaker'
}
