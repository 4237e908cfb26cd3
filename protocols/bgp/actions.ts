// What the events of the state machine do, RFC 4271 §8.2.2; the table of who does what when is transitions.ts.
import type { FsmEvent } from './fsm-event.ts'
import { eventNumbers } from './fsm-event.ts'
import { CeaseSubcode, ErrorCode, FsmSubcode } from './iana.ts'
import {
  closing,
  dial,
  end,
  keepsAfterNotification,
  listen,
  moved,
  opened,
  send,
  stay,
  withTimers,
} from './lane.ts'
import type { Move, Surroundings } from './lane.ts'
import { agree, ourOpen } from './negotiate.ts'
import type { Agreement } from './negotiate.ts'
import { ceaseNotification, formatNotification } from './notification.ts'
import type { Notification } from './notification.ts'
import type { Open } from './open.ts'
import type { Lane, State } from './session.ts'
import { jittered, keepaliveMs, openHoldMs } from './timing.ts'

type Around = Surroundings

export function ignore(lane: Lane): Move {
  return stay(lane)
}

/** A connection that may not be: closed without a word, for no OPEN was sent on it. */
export function refuse(lane: Lane, { connection }: FsmEvent<'tcp-acked' | 'tcp-confirmed'>): Move {
  return stay(lane, [{ type: 'close', connection }])
}

/** "starts the ConnectRetryTimer …, initiates a TCP connection …, changes its state to Connect" */
export function start(lane: Lane, _event: object, around: Around): Move {
  return dial(lane, around, retryMs(around), 'dialling')
}

export function startPassive(_lane: Lane, _event: object, around: Around): Move {
  return listen(around, retryMs(around), 'waiting for the peer to connect')
}

function retryMs({ config, random }: Around): number {
  return jittered(config.connectRetryMs, random)
}

/** "drops the TCP connection, restarts the ConnectRetryTimer, … initiates a TCP connection" */
export function redial(lane: Lane, _event: object, around: Around): Move {
  return dial(lane, around, retryMs(around), 'dialling again: no answer')
}

/** A passive speaker goes on waiting: the RFC would have it dial, which is what passive forbids. */
export function dialFromActive(lane: Lane, _event: object, around: Around): Move {
  if (!around.config.passive) return dial(lane, around, retryMs(around), 'dialling')
  return stay(withTimers(lane, { connectRetry: around.now + retryMs(around) }))
}

/** The lane gives up what it had: beside a connection worth keeping another one gets a lane of its own. */
export function openedByUs(lane: Lane, event: FsmEvent<'tcp-acked'>, around: Around): Move {
  return takeOver(lane, opened(lane, event.connection, event.local, 'us'), around)
}

export function openedByPeer(lane: Lane, event: FsmEvent<'tcp-confirmed'>, around: Around): Move {
  return takeOver(lane, opened(lane, event.connection, event.local, 'peer'), around)
}

function takeOver(before: Lane, after: Lane, around: Around): Move {
  const isOther = before.connection?.id !== after.connection?.id
  const move = afterTcp(after, around)
  return { ...move, effects: [...(isOther ? closing(before) : []), ...move.effects] }
}

/** With DelayOpen "sets the DelayOpenTimer to the initial value, and stays"; else the OPEN goes out. */
function afterTcp(lane: Lane, around: Around): Move {
  const { delayOpenMs } = around.config
  if (delayOpenMs === 0) return openNow(lane, {}, around)
  return stay({ ...lane, timers: { delayOpen: around.now + delayOpenMs } })
}

/** "sends an OPEN message …, sets the HoldTimer to a large value, and changes its state to OpenSent" */
export function openNow(lane: Lane, _event: object, around: Around): Move {
  const { connection } = lane
  if (connection === undefined) return stay(lane)
  const sent = sendOpen(lane, around)
  const timers = { hold: around.now + openHoldMs, sendHold: sent.lane.timers.sendHold }
  const by = connection.initiator === 'us' ? 'we' : 'the peer'
  return {
    lane: { ...moved(sent.lane, 'OpenSent'), timers },
    effects: sent.effects,
    reason: `${by} connected`,
  }
}

function sendOpen(lane: Lane, { config, restarting, now }: Around) {
  const open = ourOpen(config, restarting)
  const { connection } = lane
  const marked = connection === undefined ? lane : { ...lane, connection: { ...connection, ourOpen: open } }
  return send(marked, open, now)
}

/**
 * The RFC goes to Idle here unless DelayOpen runs, to be started again at once; as all routers do we go to
 * Active in both cases: a peer that does not answer yet has done nothing that an idle hold should damp, and
 * in Idle it could not connect to us.
 */
export function lostInConnect(_lane: Lane, { why }: FsmEvent<'tcp-fails'>, around: Around): Move {
  return listen(around, retryMs(around), why)
}

/** A connection that the peer opened, and dropped while our OPEN was delayed. */
export function lostInActive(lane: Lane, { why }: FsmEvent<'tcp-fails'>, around: Around): Move {
  return end(lane, { reason: why, failed: true, keepsRoutes: false }, around)
}

/**
 * "closes the BGP connection, restarts the ConnectRetryTimer, … changes its state to Active". A peer that
 * accepts and drops must not be dialled without end: what restarts the timer is no less than the idle hold.
 */
export function lostInOpenSent(_lane: Lane, { why }: FsmEvent<'tcp-fails'>, around: Around): Move {
  const pause = Math.max(retryMs(around), around.idleHoldMs)
  const reason = `${why}, before its OPEN`
  return { ...listen(around, pause, reason), ending: { failed: true, keepsRoutes: false } }
}

/** A TCP connection that ends without a NOTIFICATION is what graceful restart is for. */
export function lostSession(lane: Lane, { why }: FsmEvent<'tcp-fails'>, around: Around): Move {
  return end(lane, { reason: why, failed: true, keepsRoutes: true }, around)
}

/** "sends a KEEPALIVE message, … sets the HoldTimer according to the negotiated value, … OpenConfirm" */
export function acceptOpen(lane: Lane, { open }: FsmEvent<'open'>, around: Around): Move {
  const ours = lane.connection?.ourOpen ?? ourOpen(around.config, around.restarting)
  return confirmOpen(lane, { open, ours }, around)
}

export function acceptDelayedOpen(
  lane: Lane,
  { open }: FsmEvent<'open-while-delayed'>,
  around: Around,
): Move {
  if (lane.connection === undefined) return failUnexpected(lane, { type: 'open-while-delayed', open }, around)
  const sent = sendOpen(lane, around)
  const ours = ourOpen(around.config, around.restarting)
  const move = confirmOpen(sent.lane, { open, ours }, around)
  return { ...move, effects: [...sent.effects, ...move.effects] }
}

function confirmOpen(
  lane: Lane,
  { open, ours }: { readonly open: Open; readonly ours: Open },
  around: Around,
): Move {
  const agreement = agree(around.config, ours, open)
  const agreed: Lane = { ...lane, agreement, timers: agreedTimers(agreement, around) }
  const sent = send(agreed, { type: 'keepalive' }, around.now)
  const reason = `OPEN accepted from AS ${agreement.peerAs}, hold time ${agreement.holdTimeS} s`
  return { lane: moved(sent.lane, 'OpenConfirm'), effects: sent.effects, reason }
}

/** "If the negotiated hold time value is zero, then the HoldTimer and KeepaliveTimer are not started." */
function agreedTimers({ holdTimeS }: Agreement, { config, now, random }: Around) {
  if (holdTimeS === 0) return {}
  const keepalive = now + jittered(keepaliveMs(config, holdTimeS), random)
  return { hold: now + 1000 * holdTimeS, keepalive }
}

export function establish(lane: Lane, _event: object, around: Around): Move {
  return {
    lane: moved(heard(lane, around), 'Established'),
    effects: [],
    reason: 'the peer confirmed our OPEN',
  }
}

/** "restarts its HoldTimer, if the negotiated HoldTime value is non-zero" */
export function hear(lane: Lane, _event: object, around: Around): Move {
  return stay(heard(lane, around))
}

function heard(lane: Lane, { now }: Around): Lane {
  const holdTimeS = lane.agreement?.holdTimeS ?? 0
  return holdTimeS === 0 ? lane : withTimers(lane, { hold: now + 1000 * holdTimeS })
}

/** While older bytes wait for the peer a further KEEPALIVE says nothing; it follows when they are gone. */
export function sayKeepalive(lane: Lane, _event: object, { config, now, random }: Around): Move {
  const { connection, agreement } = lane
  const next = now + jittered(keepaliveMs(config, agreement?.holdTimeS ?? 0), random)
  const timed = withTimers(lane, { keepalive: next })
  if (connection?.isBusy === true)
    return stay({ ...timed, connection: { ...connection, keepaliveOwed: true } })
  const sent = send(timed, { type: 'keepalive' }, now)
  return stay(sent.lane, sent.effects)
}

export function holdExpired(lane: Lane, _event: object, around: Around): Move {
  const seconds = lane.agreement?.holdTimeS ?? openHoldMs / 1000
  const what = lane.state === 'OpenSent' ? 'no OPEN' : 'no message'
  const reason = `${what} for the hold time of ${seconds} s (RFC 4271 §6.5)`
  return failWith(lane, notification(ErrorCode.holdTimerExpired, 0), reason, around)
}

/** RFC 9687 §4.3: the peer takes nothing any more. The NOTIFICATION will hardly reach it. */
export function sendHoldExpired(lane: Lane, _event: object, around: Around): Move {
  const reason = 'the peer has not read for the send hold time (RFC 9687)'
  return failWith(lane, notification(ErrorCode.sendHoldTimerExpired, 0), reason, around)
}

export function violated(
  lane: Lane,
  { violation }: FsmEvent<'header-error' | 'open-error' | 'update-error'>,
  around: Around,
): Move {
  const { code, subcode, data, message } = violation
  return failWith(lane, { type: 'notification', code, subcode, data }, message, around)
}

/** Tells the peer. RFC 8538 §4: where both agreed on it, even an error keeps the routes. */
function failWith(lane: Lane, told: Notification, reason: string, around: Around): Move {
  const keepsRoutes = keepsAfterNotification(lane)
  return end(lane, { reason, notification: told, failed: true, keepsRoutes }, around)
}

function notification(code: number, subcode: number): Notification {
  return { type: 'notification', code, subcode, data: '' }
}

const fsmSubcodes: Readonly<Partial<Record<State, number>>> = {
  OpenSent: FsmSubcode.unexpectedInOpenSent,
  OpenConfirm: FsmSubcode.unexpectedInOpenConfirm,
  Established: FsmSubcode.unexpectedInEstablished,
}

/** "sends the NOTIFICATION with the Error Code Finite State Machine Error"; the subcode by RFC 6608 §3. */
export function unexpected(lane: Lane, { type }: FsmEvent, around: Around): Move {
  const told = notification(ErrorCode.finiteStateMachine, fsmSubcodes[lane.state] ?? 0)
  return failWith(lane, told, unexpectedText(lane, type), around)
}

/** "Any other events": before an OPEN was sent there is nobody to tell. */
export function failUnexpected(lane: Lane, event: FsmEvent, around: Around): Move {
  const reason = ownReason(event) ?? unexpectedText(lane, event.type)
  return end(lane, { reason, failed: true, keepsRoutes: false }, around)
}

function ownReason(event: FsmEvent): string | undefined {
  if (event.type === 'automatic-stop') return event.reason
  return event.type === 'notification' ? saidText(event.notification) : undefined
}

function saidText(said: Notification): string {
  return `the peer said ${formatNotification(said)}`
}

function unexpectedText({ state }: Lane, type: FsmEvent['type']): string {
  return `${type} in ${state} (event ${eventNumbers[type]} of RFC 4271 §8.1)`
}

/** Stops of the operator, and our own. Before the OPEN was sent the connection just closes. */
export function ceaseAndIdle(
  lane: Lane,
  event: FsmEvent<'manual-stop' | 'automatic-stop'>,
  around: Around,
): Move {
  const wasOpened = lane.connection?.ourOpen !== undefined
  const told = wasOpened ? event.notification : undefined
  const failed = event.type === 'automatic-stop'
  return end(lane, { reason: event.reason, notification: told, failed, keepsRoutes: false }, around)
}

/** RFC 4271 §6.8. */
export function dumpForCollision(lane: Lane, _event: object, around: Around): Move {
  const told = ceaseNotification(CeaseSubcode.connectionCollision)
  const reason = 'the other connection stays (RFC 4271 §6.8)'
  return end(lane, { reason, notification: told, failed: true, keepsRoutes: false }, around)
}

/**
 * In OpenSent the RFC answers a NOTIFICATION with one about the state machine; as all routers do we close: to a
 * NOTIFICATION there is no answer (§6.4).
 */
export function notified(lane: Lane, { notification: said }: FsmEvent<'notification'>, around: Around): Move {
  const isHard = said.code === ErrorCode.cease && said.subcode === CeaseSubcode.hardReset
  const keepsRoutes = keepsAfterNotification(lane) && !isHard
  return end(lane, { reason: saidText(said), failed: true, keepsRoutes }, around)
}

/** "NotifMsgVerErr": no increment of ConnectRetryCounter, but the version will not change by asking faster. */
export function versionRefused(
  lane: Lane,
  { notification: said }: FsmEvent<'notification-version-error'>,
  around: Around,
): Move {
  const reason = saidText(said)
  return end(lane, { reason, failed: true, keepsRoutes: false }, around)
}
