// Claims of the plan on their way to the engine: only when they differ, and what moves to another node is handed over.
import type { L2Engine } from '../../protocols/engine/l2-engine.ts'
import type { Claim } from '../../protocols/l2/claim.ts'
import type { SpeakerPlan } from '../../reconcilers/plan.ts'
import type { Snapshot } from '../../reconcilers/snapshot.ts'
import { sameValue } from '../equal.ts'
import type { Log } from '../log.ts'
import { movedElsewhere } from './handover.ts'

/** What is to be announced, and whose answers are no other's. */
export type Announcement = {
  readonly claims: readonly Claim[]
  readonly nodeMacs: readonly string[]
  readonly proxyMacs: readonly string[]
}

export type AnnouncerOptions = {
  readonly engine: L2Engine
  readonly log: Log
  readonly interfacesToExclude: readonly string[]
  readonly gratuitousIntervalMs: number
}

export type Announcer = {
  readonly announce: (plan: SpeakerPlan, snapshot: Snapshot, now: Announcement) => void
  readonly claims: () => readonly Claim[] // those that are to be announced
  /** Drops every claim; these are answered for until another machine announces them. */
  readonly handOver: (addresses: readonly string[]) => Promise<void>
}

/** An address that moves is answered for at most so long while its next owner is not heard. */
export const handoverMs = 2_000

/** More changes than this in one pass are told by their number: a cluster starts, or a node went. */
const fewClaims = 20

export function startAnnouncer({ engine, log, ...constant }: AnnouncerOptions): Announcer {
  let claims: readonly Claim[] = []
  let macs: Omit<Announcement, 'claims'> = { nodeMacs: [], proxyMacs: [] }
  let generation = 0
  apply([]) // the engine says which interfaces there are once it was told which to leave out

  function apply(next: readonly Claim[]): void {
    claims = next
    engine.apply({ generation: generation++, claims: next, ...macs, ...constant })
  }

  function announce(plan: SpeakerPlan, snapshot: Snapshot, { claims: now, ...known }: Announcement): void {
    if (sameValue(now, claims) && sameValue(known, macs)) return
    void engine.yield(movedElsewhere(announced(claims), plan, snapshot), handoverMs)
    logChanges(log, announced(claims), announced(now))
    macs = known
    apply(now)
  }

  async function handOver(addresses: readonly string[]): Promise<void> {
    const handedOver = engine.yield(addresses, handoverMs)
    apply([])
    await handedOver
  }

  return { announce, claims: () => announced(claims), handOver }
}

/** Without those that are only asked for. */
function announced(claims: readonly Claim[]): readonly Claim[] {
  return claims.filter(({ check }) => check !== 'only')
}

function logChanges(log: Log, before: readonly Claim[], after: readonly Claim[]): void {
  const had = new Set(before.map(({ address }) => address))
  const has = new Set(after.map(({ address }) => address))
  const gained = [...has].filter((address) => !had.has(address))
  const lost = [...had].filter((address) => !has.has(address))
  if (gained.length > fewClaims) log.info({ claims: gained.length }, 'claims gained')
  else for (const address of gained) log.info({ address }, 'claim gained')
  if (lost.length > fewClaims) log.info({ claims: lost.length }, 'claims lost')
  else for (const address of lost) log.info({ address }, 'claim lost')
}
