// What a speaker tells of its BGP sessions, in its own ConfigurationState: one entry per BGPPeer that is meant for the
// node. Only what lasts: the steps on the way to a session would be a write each.
import type { SessionState } from '../crds/configuration-state.ts'
import { keptRoutes, noSuchDevice } from '../protocols/bgp/config.ts'
import type { PeerConfig } from '../protocols/bgp/config.ts'
import type { BgpObserved, PeerReport } from '../protocols/bgp/observed.ts'
import type { BfdObserved } from '../protocols/bfd/observed.ts'
import { joinVerdicts } from './conditions.ts'
import type { BgpPlan } from './plan.ts'
import { shorten } from './text.ts'
import type { Verdict } from './verdict.ts'

/** What the bgp engine of the node sees; `bfd` by name of the peer. */
export type BgpSeen = BgpObserved & { readonly bfd?: Readonly<Record<string, BfdSeen>> }

type BfdSeen = Pick<BfdObserved, 'state' | 'reason' | 'problem' | 'tooFar'>

type PendingField = NonNullable<PeerReport['session']['pending']>[number]

const longestMessage = 512

/** By name. A peer that is not meant for the node is not in it. */
export function sessionStates(plan: BgpPlan, seen: BgpSeen | undefined): readonly SessionState[] {
  const kept = plan.peers.map((config) => keptState(config, plan, seen))
  const refused = [...plan.peerVerdicts]
    .filter(([, { reason }]) => reason !== 'NodeNotSelected')
    .map(([peer, verdict]) => ({ peer, state: 'Refused' as const, ...short(verdict) }))
  return [...kept, ...refused].toSorted((a, b) => (a.peer < b.peer ? -1 : 1))
}

function keptState(
  { name: peer, endpoint: { device } }: PeerConfig,
  plan: BgpPlan,
  seen: BgpSeen | undefined,
): SessionState {
  const report = seen?.peers[peer]
  const bfd = seen?.bfd?.[peer]
  const established = report?.session.state === 'Established'
  return {
    peer,
    state: established ? 'Established' : 'Connecting',
    ...short(
      established
        ? establishedVerdict(report, notesOn(report, plan.peerWarnings.get(peer), bfd))
        : connectingVerdict(report, device),
    ),
    ...(bfd === undefined ? {} : { bfd: `${bfd.state.charAt(0).toUpperCase()}${bfd.state.slice(1)}` }),
  }
}

function short({ reason, message }: Verdict): Verdict {
  return { reason, message: shorten(message, longestMessage) }
}

function establishedVerdict({ session: { peer } }: PeerReport, notes: readonly Verdict[]): Verdict {
  const who = peer === undefined ? '' : `AS ${peer.asNumber}, identifier ${peer.identifier}`
  const note = joinVerdicts(notes)
  if (note === undefined) return { reason: 'SessionEstablished', message: who }
  return { reason: note.reason, message: `${who}; ${note.message}` }
}

/** It is established, but. */
function notesOn(
  { session: { withheld, pending, notKept } }: PeerReport,
  warnings: readonly Verdict[] = [],
  bfd: BfdSeen | undefined,
): readonly Verdict[] {
  return [
    ...withheldNotes(withheld),
    ...warnings,
    ...bfdNotes(bfd),
    ...notKeptNotes(notKept),
    ...pendingNotes(pending),
  ]
}

function notKeptNotes(families: PeerReport['session']['notKept'] = []): readonly Verdict[] {
  if (families.length === 0) return []
  const which = families.join(' and ')
  const message = `the router tells more ${which} routes than are kept (${keptRoutes}, fewer with long attributes): the rest is counted only`
  return [{ reason: 'ReceivedRoutesNotKept', message }]
}

/** Counts of routes would change with every Service: only that some are not told, and why. */
function withheldNotes(withheld: PeerReport['session']['withheld']): readonly Verdict[] {
  const why = [...new Set(withheld.map(({ reason }) => reason))].toSorted()
  if (why.length === 0) return []
  return [{ reason: 'RoutesWithheld', message: `some routes are not told: ${why.join('; ')}` }]
}

function bfdNotes(bfd: BfdSeen | undefined): readonly Verdict[] {
  if (bfd === undefined || bfd.state === 'up') return []
  return [{ reason: 'BFDNotUp', message: `BFD is ${bfd.state}: ${bfdReason(bfd)}` }]
}

function bfdReason({ problem, tooFar, reason }: BfdSeen): string {
  if (problem !== undefined) return problem
  if (tooFar === undefined) return reason
  const { ttl, minimumTtl } = tooFar
  return minimumTtl === 255
    ? `packets of the router come with TTL ${ttl} and are dropped: over one hop it must be 255, the router is farther away or takes it for so`
    : `packets of the router come with TTL ${ttl} and are dropped: minimumTtl of the BFDProfile is ${minimumTtl}`
}

function pendingNotes(pending: readonly PendingField[] = []): readonly Verdict[] {
  if (pending.length === 0) return []
  const words = pending.map((field) => pendingWords[field]).join(', ')
  return [{ reason: 'ChangedAtNextOpen', message: `changed, and in effect from the next OPEN on: ${words}` }]
}

/** As they are called in a BGPPeer. */
const pendingWords = {
  holdTimeS: 'holdTime',
  gracefulRestart: 'enableGracefulRestart and its times',
  hostname: 'the name of the node',
  softwareVersion: 'the version of the speaker',
} as const satisfies Readonly<Record<PendingField, string>>

function connectingVerdict(report: PeerReport | undefined, device: string | undefined): Verdict {
  const told = [report?.session.lastFailure?.reason, report?.objection]
  const missing = device === undefined ? undefined : noSuchDevice(device)
  if (missing !== undefined && told.some((text) => text?.includes(missing)))
    return { reason: 'VRFNotFound', message: missing }
  return {
    reason: 'SessionDown',
    message: told.find((text) => text !== undefined) ?? 'no connection has been made yet',
  }
}
