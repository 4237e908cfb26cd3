// Layer 2 and BGP put together: a Service is announced if one of the two does it.
import type { Announcement } from './announced.ts'
import type { Reach } from './routes-reach.ts'
import type { Verdict } from './verdict.ts'

/** By ARP and NDP, as far as the routers are not asked. */
export type Layer2 = Exclude<Announcement, { readonly state: 'routed' }>

/**
 * `needsLayer2`: an L2Advertisement covers the Service. One that is for routers only is announced as soon as they are
 * told. What comes out is the same object for the same two that go in.
 */
export function announcedBy(
  layer2: Layer2,
  reach: Reach | undefined,
  needsLayer2: () => boolean,
): Announcement {
  if (reach === undefined) return layer2
  switch (layer2.state) {
    case 'announced':
      return withRouters(layer2, reach)
    case 'untold':
      return reach.state === 'routed' && !needsLayer2() ? routed : layer2
    case 'silent':
      if (reach.state === 'routed') return notByLayer2(layer2)
      return layer2.verdict.reason === 'NoAdvertisement' ? unreached(reach) : layer2
  }
}

const routed: Announcement = { state: 'routed' }

type Announced = Announcement & { readonly state: 'announced' }

const joined = new WeakMap<Announced, WeakMap<Reach, Announcement>>()

function withRouters(layer2: Announced, reach: Reach): Announcement {
  const known = joined.get(layer2) ?? new WeakMap<Reach, Announcement>()
  joined.set(layer2, known)
  const before = known.get(reach)
  if (before !== undefined) return before
  const both: Announcement = { ...layer2, routers: reach }
  known.set(reach, both)
  return both
}

const refused = new WeakMap<Verdict, Announcement>()

function notByLayer2({ verdict }: Layer2 & { readonly state: 'silent' }): Announcement {
  if (verdict.reason === 'NoAdvertisement') return routed
  const before = refused.get(verdict)
  if (before !== undefined) return before
  const announcement: Announcement = { state: 'routed', verdict }
  refused.set(verdict, announcement)
  return announcement
}

const unreachedBy = new WeakMap<Reach, Announcement>()

function unreached(reach: Reach & { readonly state: 'unreached' }): Announcement {
  const before = unreachedBy.get(reach)
  if (before !== undefined) return before
  const announcement: Announcement = { state: 'silent', verdict: reach.verdict }
  unreachedBy.set(reach, announcement)
  return announcement
}
