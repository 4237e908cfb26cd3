// The state machine of RFC 4271 §8.2.2 as a table: for each state what each of the 29 events does. The actions
// are in actions.ts, with the sentences of the RFC that they follow.
import {
  acceptDelayedOpen,
  acceptOpen,
  ceaseAndIdle,
  dialFromActive,
  dumpForCollision,
  establish,
  failUnexpected,
  hear,
  holdExpired,
  ignore,
  lostInActive,
  lostInConnect,
  lostInOpenSent,
  lostSession,
  notified,
  openNow,
  openedByPeer,
  openedByUs,
  redial,
  refuse,
  sayKeepalive,
  sendHoldExpired,
  start,
  startPassive,
  unexpected,
  versionRefused,
  violated,
} from './actions.ts'
import type { FsmEvent, FsmEventName } from './fsm-event.ts'
import type { Move, Surroundings } from './lane.ts'
import type { Lane, State } from './session.ts'

export type Action<Name extends FsmEventName> = (
  lane: Lane,
  event: FsmEvent<Name>,
  around: Surroundings,
) => Move

type Row = { readonly [Name in FsmEventName]: Action<Name> }

/** Starts in any state but Idle: "ignored". */
const alreadyStarted = {
  'manual-start': ignore,
  'automatic-start': ignore,
  'manual-start-passive': ignore,
  'automatic-start-passive': ignore,
  'automatic-start-damped': ignore,
  'automatic-start-damped-passive': ignore,
} as const

/** Tracked outside: a second connection has a lane of its own. */
const secondConnection = {
  'tcp-valid': ignore,
  'tcp-invalid': ignore,
  'tcp-acked': refuse,
  'tcp-confirmed': refuse,
} as const

const idle: Row = {
  'manual-start': start,
  'manual-stop': ignore,
  'automatic-start': start,
  'manual-start-passive': startPassive,
  'automatic-start-passive': startPassive,
  'automatic-start-damped': start,
  'automatic-start-damped-passive': startPassive,
  'automatic-stop': ignore,
  'connect-retry-expires': ignore,
  'hold-expires': ignore,
  'keepalive-expires': ignore,
  'delay-open-expires': ignore,
  'idle-hold-expires': ignore, // it is what lets an automatic start come: step.ts
  'tcp-valid': ignore,
  'tcp-invalid': ignore,
  'tcp-acked': refuse,
  'tcp-confirmed': refuse, // "refuses all incoming BGP connections"
  'tcp-fails': ignore,
  open: ignore,
  'open-while-delayed': ignore,
  'header-error': ignore,
  'open-error': ignore,
  'collision-dump': ignore,
  'notification-version-error': ignore,
  notification: ignore,
  keepalive: ignore,
  update: ignore,
  'update-error': ignore,
  'send-hold-expires': ignore,
}

const connect: Row = {
  ...alreadyStarted,
  'manual-stop': ceaseAndIdle,
  'automatic-stop': failUnexpected,
  'connect-retry-expires': redial,
  'hold-expires': failUnexpected,
  'keepalive-expires': failUnexpected,
  'delay-open-expires': openNow,
  'idle-hold-expires': failUnexpected,
  'tcp-valid': ignore,
  'tcp-invalid': ignore,
  'tcp-acked': openedByUs,
  'tcp-confirmed': openedByPeer,
  'tcp-fails': lostInConnect,
  open: failUnexpected,
  'open-while-delayed': acceptDelayedOpen,
  'header-error': violated,
  'open-error': violated,
  'collision-dump': failUnexpected,
  'notification-version-error': versionRefused,
  notification: failUnexpected,
  keepalive: failUnexpected,
  update: failUnexpected,
  'update-error': failUnexpected,
  'send-hold-expires': failUnexpected,
}

const active: Row = {
  ...connect,
  'connect-retry-expires': dialFromActive,
  'tcp-fails': lostInActive,
}

const openSent: Row = {
  ...alreadyStarted,
  ...secondConnection,
  'manual-stop': ceaseAndIdle,
  'automatic-stop': ceaseAndIdle,
  'connect-retry-expires': unexpected,
  'hold-expires': holdExpired,
  'keepalive-expires': unexpected,
  'delay-open-expires': unexpected,
  'idle-hold-expires': unexpected,
  'tcp-fails': lostInOpenSent,
  open: acceptOpen,
  'open-while-delayed': unexpected,
  'header-error': violated,
  'open-error': violated,
  'collision-dump': dumpForCollision,
  'notification-version-error': versionRefused,
  notification: notified,
  keepalive: unexpected,
  update: unexpected,
  'update-error': unexpected,
  'send-hold-expires': sendHoldExpired,
}

const openConfirm: Row = {
  ...openSent,
  'keepalive-expires': sayKeepalive,
  'tcp-fails': lostSession,
  open: unexpected,
  keepalive: establish,
}

/** The RFC lists event 21 among the unexpected ones here; §6.1 has it answered as what it is, and so do we. */
const established: Row = {
  ...openConfirm,
  keepalive: hear,
  update: hear,
  'open-error': unexpected,
  'update-error': violated,
}

export const transitions: { readonly [S in State]: Row } = {
  Idle: idle,
  Connect: connect,
  Active: active,
  OpenSent: openSent,
  OpenConfirm: openConfirm,
  Established: established,
}

export function stepLane<Name extends FsmEventName>(
  lane: Lane,
  event: FsmEvent<Name>,
  around: Surroundings,
): Move {
  const action: Action<Name> = transitions[lane.state][event.type]
  return action(lane, event, around)
}
