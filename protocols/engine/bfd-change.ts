// What a change of a BFD session means to those who wished for the session.
import type { BfdState } from '../bfd/iana.ts'
import type { BfdEffect } from '../bfd/session.ts'
import type { HeldSession } from './bfd-session.ts'

export type BfdChange = {
  readonly peers: readonly string[] // by name: all that wished for this session
  readonly remote: string
  readonly from: BfdState
  readonly to: BfdState
  readonly reason: string
  /** The path is broken: a BGP session over it ends (RFC 5882 §4.2). Not so when either side took BFD down by will (§3.2). */
  readonly isFailure: boolean
}

/** Written down in the session, too. */
export function noteChange(
  held: HeldSession,
  { from, to, reason }: Extract<BfdEffect, { type: 'state' }>,
): BfdChange {
  held.changedAt = Date.now()
  if (to === 'up') held.counters.upEvents += 1
  if (from === 'up') held.counters.downEvents += 1
  if (to === 'up') delete held.tooFar
  const { peers, remote, session } = held
  const isFailure = from === 'up' && to === 'down' && session.remote.state !== 'adminDown'
  return { peers, remote, from, to, reason, isFailure }
}
