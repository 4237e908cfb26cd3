// A segment arrives (RFC 9293 §3.10.7, with the checks of RFC 5961).
import { synAcknowledged, takeAcknowledgment } from './acknowledge.ts'
import { andThen, closed, receiveWindow } from './connection.ts'
import type {
  Connection,
  InSegment,
  Millis,
  SendState,
  Stretch,
  TcpEffect,
  TcpState,
  TcpStep,
} from './connection.ts'
import { md5OptionLength } from './option.ts'
import { after, distance } from './sequence.ts'
import { acknowledge, segmentAt, synSegment, thenFlush, transmit } from './transmit.ts'

const challengesPerSecond = 10 // RFC 5961 §7
const defaultSegmentSize = 536 // RFC 9293 §3.7.1, MUST-15

export function receive(connection: Connection, segment: InSegment, now: Millis): TcpStep {
  const { state } = connection
  if (state === 'closed') return ignored(connection, 'the connection is closed')
  if (state === 'listen') return inListen(connection, segment, now)
  if (state === 'syn-sent') return inSynSent(connection, segment, now)
  return inOtherStates(heard(connection, now), segment, now)
}

function heard(connection: Connection, now: Millis): Connection {
  return { ...connection, timing: { ...connection.timing, heardAt: now, keepAlivesSent: 0 } }
}

function ignored(connection: Connection, reason: string): TcpStep {
  return { connection, effects: [{ type: 'ignored', reason }] }
}

function inListen(connection: Connection, segment: InSegment, now: Millis): TcpStep {
  if (!segment.flags.includes('SYN') || segment.flags.includes('ACK') || segment.flags.includes('RST'))
    return ignored(connection, 'not an opening segment')
  const opened = opening({ ...meet(connection, segment), state: 'syn-received' }, now)
  return { connection: opened, effects: [transmit(synSegment(opened))] }
}

/** Our SYN is out: it is answered, or asked again. */
export function opening(connection: Connection, now: Millis): Connection {
  const { send, timing, config } = connection
  const next = after(send.initial, 1)
  return {
    ...connection,
    send: { ...send, next, highest: next },
    timing: {
      ...timing,
      heardAt: now,
      sample: { sequence: next, sentAt: now },
      retransmitAt: now + timing.timeoutMs,
      stuckSince: undefined,
      closeAt: now + config.connectTimeoutMs,
    },
  }
}

/** Takes what the peer's SYN says. */
function meet(connection: Connection, segment: InSegment): Connection {
  const { config, send } = connection
  const theirs = segment.maximumSegmentSize ?? defaultSegmentSize
  // RFC 6691: the option does not count options, so each segment makes room for its own.
  const segmentSize = Math.min(theirs, config.pathSegmentSize) - (config.signed ? md5OptionLength : 0)
  return {
    ...connection,
    receive: { ...connection.receive, next: after(segment.sequence, 1) },
    send: {
      ...send,
      segmentSize,
      congestionWindow: Math.min(10 * segmentSize, Math.max(2 * segmentSize, 14600)), // RFC 6928
      window: segment.window,
      largestWindow: segment.window,
      windowSequence: segment.sequence,
      windowAcknowledgment: segment.acknowledgment,
    },
  }
}

/** RFC 9293 §3.10.7.3. */
function inSynSent(connection: Connection, segment: InSegment, now: Millis): TcpStep {
  const { flags } = segment
  const acceptable = flags.includes('ACK') && segment.acknowledgment === connection.send.next
  if (flags.includes('ACK') && !acceptable) {
    if (flags.includes('RST')) return ignored(connection, 'reset of another connection')
    const reset = {
      sequence: segment.acknowledgment,
      acknowledgment: 0,
      window: 0,
      payload: new Uint8Array(),
    }
    return { connection, effects: [transmit({ ...reset, flags: ['RST'] })] }
  }
  if (flags.includes('RST'))
    return acceptable
      ? closed(connection, 'connection refused')
      : ignored(connection, 'reset without acknowledgment')
  if (!flags.includes('SYN') || !acceptable) return ignored(connection, 'neither SYN nor a reset')
  const met = established(synAcknowledged(heard(meet(connection, segment), now), now))
  return thenFlush({ connection: met, effects: [{ type: 'connected' }, acknowledge(met)] }, now)
}

function established(connection: Connection): Connection {
  return { ...connection, state: 'established', timing: { ...connection.timing, closeAt: undefined } }
}

/** RFC 9293 §3.10.7.4, in its order: sequence, RST, SYN, ACK, payload, FIN. */
function inOtherStates(connection: Connection, segment: InSegment, now: Millis): TcpStep {
  const { flags } = segment
  if (!isInWindow(connection, segment)) {
    if (flags.includes('RST')) return ignored(connection, 'reset outside the window')
    return { connection, effects: [acknowledge(connection)] }
  }
  if (flags.includes('RST'))
    return segment.sequence === connection.receive.next
      ? closed(connection, 'reset by the peer')
      : challenge(connection, 'reset within the window (RFC 5961 §3.2)', now)
  if (flags.includes('SYN')) return challenge(connection, 'SYN on an open connection (RFC 5961 §4.2)', now)
  if (!flags.includes('ACK')) return ignored(connection, 'no acknowledgment')
  if (!isPlausible(connection.send, segment.acknowledgment))
    return challenge(connection, `acknowledgment ${segment.acknowledgment} out of range (RFC 5961 §5.2)`, now)
  return withAcknowledgment(connection, segment, now)
}

function withAcknowledgment(connection: Connection, segment: InSegment, now: Millis): TcpStep {
  const opened = connection.state === 'syn-received'
  const open = opened ? established(synAcknowledged(connection, now)) : connection
  const known = takeAcknowledgment(open, segment, now)
  const step: TcpStep = opened ? { ...known, effects: [{ type: 'connected' }, ...known.effects] } : known
  const moved = andThen(step, (next) => finAcknowledged(next, now))
  if (moved.connection.state === 'closed') return moved
  return thenFlush(
    andThen(moved, (next) => takePayload(next, segment, now)),
    now,
  )
}

/** RFC 9293 §3.4, table of the acceptance test. */
function isInWindow(connection: Connection, segment: InSegment): boolean {
  const window = receiveWindow(connection)
  const length = segment.payload.length + (segment.flags.includes('FIN') ? 1 : 0)
  const start = distance(segment.sequence, connection.receive.next)
  if (length === 0) return window === 0 ? start === 0 : start >= 0 && start < window
  if (window === 0) return false
  const end = start + length - 1
  return (start >= 0 && start < window) || (end >= 0 && end < window)
}

/** RFC 5961 §5.2: not older than the largest window that the peer has had, not newer than what was sent. */
function isPlausible(send: SendState, acknowledgment: number): boolean {
  const ahead = distance(acknowledgment, send.unacknowledged)
  return ahead >= -send.largestWindow && distance(acknowledgment, send.highest) <= 0
}

function challenge(connection: Connection, reason: string, now: Millis): TcpStep {
  const fresh = now - connection.challenges.since >= 1000
  const challenges = fresh
    ? { since: now, count: 1 }
    : { ...connection.challenges, count: connection.challenges.count + 1 }
  const noted = { ...connection, challenges }
  const effects: TcpEffect[] = [{ type: 'ignored', reason }]
  if (challenges.count <= challengesPerSecond) effects.push(acknowledge(noted))
  return { connection: noted, effects }
}

/** Our FIN is acknowledged: on to the next state. */
function finAcknowledged(connection: Connection, now: Millis): TcpStep {
  const { send } = connection
  const isDone = send.finished && send.queue.length === 0 && send.unacknowledged === send.highest
  if (!isDone) return { connection, effects: [] }
  if (connection.state === 'fin-wait-1')
    return { connection: { ...connection, state: 'fin-wait-2' }, effects: [] }
  if (connection.state === 'closing') return { connection: waitOut(connection, now), effects: [] }
  if (connection.state === 'last-ack') return closed(connection, 'closed by both')
  return { connection, effects: [] }
}

function waitOut(connection: Connection, now: Millis): Connection {
  const closeAt = now + connection.config.timeWaitMs
  return { ...connection, state: 'time-wait', timing: { ...connection.timing, closeAt } }
}

/** Payload and FIN, in order or kept for later. */
function takePayload(connection: Connection, segment: InSegment, now: Millis): TcpStep {
  const hasFin = segment.flags.includes('FIN')
  if (segment.payload.length === 0 && !hasFin) return { connection, effects: [] }
  const end = after(segment.sequence, segment.payload.length)
  const finAt = hasFin ? end : connection.receive.finAt
  const ahead = insert(connection.receive.ahead, { sequence: segment.sequence, bytes: segment.payload })
  const { next, ready, rest } = inOrder(connection.receive.next, ahead, receiveWindow(connection))
  const unread = connection.receive.unread + ready.reduce((sum, bytes) => sum + bytes.length, 0)
  const taken = { ...connection, receive: { next, unread, ahead: rest, finAt } }
  const effects: TcpEffect[] = ready.map((bytes) => ({ type: 'received', bytes }))
  return andThen({ connection: taken, effects }, (then) => takeFin(then, now))
}

/** A copy: the segment's bytes belong to a capture buffer. Ascending; the same stretch is kept once. */
function insert(ahead: readonly Stretch[], stretch: Stretch): readonly Stretch[] {
  if (stretch.bytes.length === 0) return ahead
  const kept = ahead.reduce((sum, other) => sum + other.bytes.length, 0)
  if (kept + stretch.bytes.length > 2 * 65535) return ahead // overlaps beyond any window: an attack, or a bug of theirs
  const same = ahead.find((other) => other.sequence === stretch.sequence)
  if (same !== undefined && same.bytes.length >= stretch.bytes.length) return ahead
  const others = ahead.filter((other) => other !== same)
  return [...others, { ...stretch, bytes: stretch.bytes.slice() }].sort((a, b) =>
    distance(a.sequence, b.sequence),
  )
}

/** What can be given out from `from` on, and what still waits for a gap to be filled. */
function inOrder(
  from: number,
  ahead: readonly Stretch[],
  window: number,
): { readonly next: number; readonly ready: readonly Uint8Array[]; readonly rest: readonly Stretch[] } {
  let next = from
  let room = window
  const ready: Uint8Array[] = []
  const rest: Stretch[] = []
  for (const stretch of ahead) {
    const skip = distance(next, stretch.sequence)
    if (skip < 0) rest.push(stretch)
    else {
      const fresh = stretch.bytes.subarray(skip, skip + room)
      if (fresh.length === 0) continue
      ready.push(fresh)
      next = after(next, fresh.length)
      room -= fresh.length
    }
  }
  return { next, ready, rest }
}

const afterFin: Partial<Record<TcpState, TcpState>> = {
  established: 'close-wait',
  'fin-wait-1': 'closing',
  'fin-wait-2': 'time-wait',
}

/** RFC 9293 §3.10.7.4, eighth: the peer's FIN, once all before it has come. Acknowledges either way. */
function takeFin(connection: Connection, now: Millis): TcpStep {
  const { receive: state } = connection
  if (state.finAt === undefined || state.finAt !== state.next)
    return { connection, effects: [acknowledge(connection)] }
  const next = after(state.next, 1)
  const to = afterFin[connection.state] ?? connection.state
  const finished = { ...connection, state: to, receive: { ...state, next, finAt: undefined } }
  const moved = to === 'time-wait' ? waitOut(finished, now) : finished
  return { connection: moved, effects: [acknowledge(moved), { type: 'ended' }] }
}

export function resetSegment(connection: Connection): TcpEffect {
  return transmit(segmentAt(connection, connection.send.next, ['RST']))
}
