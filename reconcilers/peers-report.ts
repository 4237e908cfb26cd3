// What a speaker tells of its BGP sessions, in its own ConfigurationState: one entry per BGPPeer that is meant for the
// node. Only what lasts: the steps on the way to a session would be a write each.
import type { SessionState } from '../crds/configuration-state.ts'
import type { BgpObserved, PeerReport } from '../protocols/bgp/observed.ts'
import type { BfdObserved } from '../protocols/bfd/observed.ts'
import type { BgpPlan } from './plan.ts'
import { shorten } from './text.ts'
import type { Verdict } from './verdict.ts'

/** What the bgp engine of the node sees; `bfd` by name of the peer. */
export type BgpSeen = BgpObserved & {
  readonly bfd?: Readonly<Record<string, Pick<BfdObserved, 'state' | 'reason' | 'problem'>>>
}

const longestMessage = 512

/** By name. A peer that is not meant for the node is not in it. */
export function sessionStates(plan: BgpPlan, seen: BgpSeen | undefined): readonly SessionState[] {
  const kept = plan.peers.map(({ name }) => keptState(name, seen))
  const refused = [...plan.peerVerdicts]
    .filter(([, { reason }]) => reason !== 'NodeNotSelected')
    .map(([peer, verdict]) => ({ peer, state: 'Refused' as const, ...short(verdict) }))
  return [...kept, ...refused].toSorted((a, b) => (a.peer < b.peer ? -1 : 1))
}

function keptState(peer: string, seen: BgpSeen | undefined): SessionState {
  const report = seen?.peers[peer]
  const bfd = seen?.bfd?.[peer]
  const established = report?.session.state === 'Established'
  return {
    peer,
    state: established ? 'Established' : 'Connecting',
    ...short(established ? establishedVerdict(report) : connectingVerdict(report)),
    ...(bfd === undefined ? {} : { bfd: `${bfd.state.charAt(0).toUpperCase()}${bfd.state.slice(1)}` }),
  }
}

function short({ reason, message }: Verdict): Verdict {
  return { reason, message: shorten(message, longestMessage) }
}

/** Counts of routes would change with every Service: only that some are not told, and why. */
function establishedVerdict({ session: { peer, withheld } }: PeerReport): Verdict {
  const who = peer === undefined ? '' : `AS ${peer.asNumber}, identifier ${peer.identifier}`
  const why = [...new Set(withheld.map(({ reason }) => reason))].toSorted()
  if (why.length === 0) return { reason: 'SessionEstablished', message: who }
  return { reason: 'RoutesWithheld', message: `${who}; some routes are not told: ${why.join('; ')}` }
}

function connectingVerdict(report: PeerReport | undefined): Verdict {
  const message =
    report?.session.lastFailure?.reason ?? report?.objection ?? 'no connection has been made yet'
  return { reason: 'SessionDown', message }
}
