// One connection's machine (RFC 4271 §8.2.2): what its transitions are made of.
import type { SessionConfig } from './config.ts'
import { anyContext } from './context.ts'
import type { LocalEnd } from './local-end.ts'
import { encodeMessage } from './message.ts'
import type { Message } from './message.ts'
import { openWords } from './message-text.ts'
import { formatNotification } from './notification.ts'
import type { Notification } from './notification.ts'
import { idleLane } from './session.ts'
import type { Connection, ConnectionId, Effect, Lane, State, Timers } from './session.ts'
import type { Millis } from './timing.ts'

/** What a transition may know beside its lane and its event. */
export type Surroundings = {
  readonly config: SessionConfig
  readonly now: Millis
  readonly random: number // in [0, 1)
  readonly restarting: boolean // for the OPEN
  readonly idleHoldMs: Millis // if this is a failure
  readonly dial: ConnectionId // the name of the next connection, if one is dialled
}

/** What an event made of a lane. */
export type Move = {
  readonly lane: Lane
  readonly effects: readonly Effect[]
  readonly reason?: string // for a change of state
  readonly ending?: Ending // the connection is gone
}

export type Ending = {
  readonly failed: boolean // counts in the row that lengthens the idle hold
  readonly keepsRoutes: boolean // where graceful restart was agreed on, RFC 4724 §4.2, RFC 8538 §4
}

/** No change. */
export function stay(lane: Lane, effects: readonly Effect[] = []): Move {
  return { lane, effects }
}

export function withTimers(lane: Lane, timers: Timers): Lane {
  return { ...lane, timers: { ...lane.timers, ...timers } }
}

/** Starts to dial: the lane is in Connect until the engine says how it went. */
export function dial(lane: Lane, { dial: id, now }: Surroundings, retryMs: Millis, reason: string): Move {
  return {
    lane: {
      state: 'Connect',
      timers: { connectRetry: now + retryMs },
      connection: { id, initiator: 'us', isBusy: false, keepaliveOwed: false },
    },
    effects: [...closing(lane), { type: 'dial', connection: id }],
    reason,
  }
}

/** Waits for the peer, or for the connect retry timer. */
export function listen({ now }: Surroundings, retryMs: Millis, reason: string): Move {
  return { lane: { state: 'Active', timers: { connectRetry: now + retryMs } }, effects: [], reason }
}

/** A connection is open on this lane. */
export function opened(lane: Lane, id: ConnectionId, local: LocalEnd, initiator: 'us' | 'peer'): Lane {
  const connection: Connection = { id, initiator, local, isBusy: false, keepaliveOwed: false }
  return { ...lane, connection }
}

export type Sent = { readonly lane: Lane; readonly effects: readonly Effect[] }

/** A message on the lane's connection; without one nothing. Its bytes are owed until the engine says 'drained'. */
export function send(lane: Lane, message: Message, now: Millis): Sent {
  const context = lane.agreement?.context ?? anyContext
  return sendBytes(lane, { bytes: encodeMessage(message, context), text: messageText(message) }, now)
}

export function sendBytes(
  lane: Lane,
  { bytes, text }: { readonly bytes: Uint8Array; readonly text: string },
  now: Millis,
): Sent {
  const { connection, agreement, timers } = lane
  if (connection === undefined) return { lane, effects: [] }
  // RFC 9687 §4.3 restarts its timer at every message, and has none at a hold time of zero. Ours runs only while
  // bytes wait for the peer, so that it cannot fire on a session that has nothing to say, and runs there as well.
  const holdMs = agreement === undefined ? undefined : now + agreement.sendHoldMs
  const sendHold = timers.sendHold ?? holdMs
  return {
    lane: { ...withTimers(lane, { sendHold }), connection: { ...connection, isBusy: true } },
    effects: [{ type: 'send', connection: connection.id, bytes, text }],
  }
}

function messageText(message: Message): string {
  switch (message.type) {
    case 'open':
      return openWords(message)
    case 'notification':
      return `NOTIFICATION ${formatNotification(message)}`
    case 'keepalive':
      return 'KEEPALIVE'
    case 'route-refresh':
      return `ROUTE-REFRESH ${message.afi}/${message.safi}`
    case 'update':
      return 'UPDATE'
  }
}

/** The end of the lane's connection: told why, where there is something to tell, and closed. */
export function end(
  lane: Lane,
  why: { readonly reason: string; readonly notification?: Notification | undefined } & Ending,
  { now, idleHoldMs }: Surroundings,
): Move {
  const { reason, notification, failed, keepsRoutes } = why
  const told = notification === undefined ? { lane, effects: [] } : send(lane, notification, now)
  return {
    lane: failed ? withTimers(idleLane, { idleHold: now + idleHoldMs }) : idleLane,
    effects: [...told.effects, ...closing(lane)],
    reason,
    ending: { failed, keepsRoutes },
  }
}

export function closing({ connection }: Lane): readonly Effect[] {
  return connection === undefined ? [] : [{ type: 'close', connection: connection.id }]
}

/** RFC 8538 §4: with its agreement a NOTIFICATION that is no hard reset, sent or received, keeps the routes. */
export function keepsAfterNotification({ agreement }: Lane): boolean {
  return agreement?.gracefulRestart?.notification === true
}

export function moved(lane: Lane, state: State): Lane {
  return { ...lane, state }
}
