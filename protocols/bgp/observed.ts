// What the bgp worker reports of each session. Plain data: it crosses to the main thread as it is, and becomes
// status, metrics and what the CLI prints.
import type { Family } from '../net/address.ts'
import type { Withheld } from './advertise.ts'
import { agreementOf, stateOf } from './session.ts'
import type { Failure, Millis, Session, State } from './session.ts'
import type { RibIn } from './rib-in.ts'

export type SessionObserved = {
  readonly state: State
  readonly reason: string // of the last change of state
  readonly since: Millis // of the last change of state, on the worker's clock
  readonly lastFailure?: Failure
  readonly failures: number // in a row
  readonly peer?: PeerObserved // from OpenConfirm on
  readonly told: Readonly<Record<Family, number>> // routes that the peer holds of us once all is sent
  readonly isTelling: boolean // some are still on their way
  readonly withheld: readonly Withheld[]
  readonly received: Readonly<Record<Family, number>>
  readonly keptFor: readonly Family[] // routes of the peer's that outlive its session
  readonly draining: boolean
}

/** What the peer's OPEN said and both agreed on. */
export type PeerObserved = {
  readonly asNumber: number
  readonly identifier: string
  readonly families: readonly Family[]
  readonly holdTimeS: number
  readonly gracefulRestart: boolean
  readonly hostname?: string
  readonly softwareVersion?: string
}

export function observe(session: Session, ribIn: RibIn): SessionObserved {
  const { reason, since, lastFailure, failures, ribOut, withheld, keeping, draining } = session
  const peer = peerOf(session)
  const { queue, told } = ribOut
  const waiting = queue.withdrawals.length + queue.announcements.length + queue.end.length
  return {
    state: stateOf(session),
    reason,
    since,
    ...(lastFailure === undefined ? {} : { lastFailure }),
    failures,
    ...(peer === undefined ? {} : { peer }),
    told: countByFamily(told.values()),
    isTelling: waiting > 0,
    withheld,
    received: { IPv4: ribIn.IPv4.size, IPv6: ribIn.IPv6.size },
    keptFor: (['IPv4', 'IPv6'] as const).filter((family) => keeping[family] !== undefined),
    draining,
  }
}

function peerOf(session: Session): PeerObserved | undefined {
  const agreement = agreementOf(session)
  if (agreement === undefined) return undefined
  const { peerAs, identifier, families, holdTimeS, gracefulRestart, hostname, softwareVersion } = agreement
  return {
    asNumber: peerAs,
    identifier,
    families,
    holdTimeS,
    gracefulRestart: gracefulRestart !== undefined,
    ...(hostname === undefined ? {} : { hostname }),
    ...(softwareVersion === undefined ? {} : { softwareVersion }),
  }
}

function countByFamily(routes: Iterable<{ readonly family: Family }>): Record<Family, number> {
  const counts = { IPv4: 0, IPv6: 0 }
  for (const { family } of routes) counts[family]++
  return counts
}
