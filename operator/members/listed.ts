// Which speakers are alive as one list of Leases tells: for a command that looks once and has no time to watch.
import type { Resource } from '../../crds/kind.ts'
import type { Speaker } from '../../reconcilers/snapshot.ts'
import { readSpeakerLease } from './speaker-lease.ts'
import type { SpeakerLease } from './speaker-lease.ts'

/** `missed` as in the settings of the speakers; `wallMs` is the clock of here. */
export type Judgement = { readonly missed: number; readonly wallMs: number }

/** Clocks of machines in one cluster may be so far apart. */
const skewMs = 30_000

/**
 * Judged against the latest renewal among all of them, which is now as the cluster sees it; the clock of here is asked
 * only whether that latest one is long past, too.
 */
export function listedSpeakers(
  leases: readonly Resource[],
  { missed, wallMs }: Judgement,
): readonly Speaker[] {
  const held = leases.flatMap((object): SpeakerLease[] => {
    const lease = readSpeakerLease(object)
    return lease === undefined || lease.released || Number.isNaN(lease.renewedAtMs) ? [] : [lease]
  })
  const latest = Math.max(...held.map(({ renewedAtMs }) => renewedAtMs))
  const now = wallMs - latest > skewMs ? wallMs : latest
  const alive = held.filter(({ renewedAtMs, intervalMs }) => now - renewedAtMs <= missed * intervalMs)
  return alive
    .map(({ node, interfaces }) => ({
      node,
      ...(interfaces === undefined ? {} : { interfaces: interfaces.map(({ name }) => name) }),
    }))
    .toSorted((a, b) => (a.node < b.node ? -1 : 1))
}
