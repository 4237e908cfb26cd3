// What a TCP connection sends: data as the windows allow, retransmissions, probes (RFC 9293 §3.8, RFC 5681, RFC 6298).
import type { TcpFlag } from '../net/tcp.ts'
import { andThen, bytesInFlight, closed, receiveWindow } from './connection.ts'
import type { Connection, Millis, OutSegment, TcpEffect, TcpStep } from './connection.ts'
import { after, distance } from './sequence.ts'

const longestTimeoutMs = 60_000 // RFC 6298 §2.5

/** States in which data of ours may be on the wire. */
const sending: readonly string[] = ['established', 'fin-wait-1', 'close-wait', 'closing', 'last-ack']

export function acknowledge(connection: Connection): TcpEffect {
  return transmit(segmentAt(connection, connection.send.next, []))
}

export function transmit(segment: OutSegment): TcpEffect {
  return { type: 'transmit', segment }
}

export function segmentAt(connection: Connection, sequence: number, flags: readonly TcpFlag[]): OutSegment {
  return {
    sequence,
    acknowledgment: connection.receive.next,
    flags: [...flags, 'ACK'],
    window: receiveWindow(connection),
    payload: new Uint8Array(),
  }
}

/** SYN, or SYN and ACK: what opens the connection, the first time and again. */
export function synSegment(connection: Connection): OutSegment {
  const { send, config, state } = connection
  const bare = {
    sequence: send.initial,
    window: receiveWindow(connection),
    maximumSegmentSize: config.pathSegmentSize,
    payload: new Uint8Array(),
  }
  return state === 'syn-received'
    ? { ...bare, acknowledgment: connection.receive.next, flags: ['SYN', 'ACK'] }
    : { ...bare, acknowledgment: 0, flags: ['SYN'] }
}

/** Sends all that the peer's window and the network's allow. */
export function flush(connection: Connection, now: Millis): TcpStep {
  if (!sending.includes(connection.state)) return { connection, effects: [] }
  const effects: TcpEffect[] = []
  let current = connection
  for (;;) {
    const segment = nextSegment(current)
    if (segment === undefined) break
    effects.push(transmit(segment))
    current = sent(current, segment, now)
  }
  return { connection: watchZeroWindow(current, now), effects }
}

/** The next stretch of the queue that may go, or the FIN behind it. */
function nextSegment(connection: Connection): OutSegment | undefined {
  const { send } = connection
  const offset = bytesInFlight(send)
  const left = send.queue.length - offset
  if (left < 0) return undefined // the FIN is out
  if (left === 0) return send.finished ? segmentAt(connection, send.next, ['FIN']) : undefined
  const room = Math.min(send.window, send.congestionWindow) - offset
  const length = Math.min(send.segmentSize, left, room)
  // A short segment only when it ends the queue: no silly windows (RFC 9293 §3.8.6.2.1).
  if (length <= 0 || (length < send.segmentSize && length < left && offset > 0)) return undefined
  const payload = send.queue.subarray(offset, offset + length)
  const ends = length === left
  const flags: readonly TcpFlag[] = ends ? (send.finished ? ['FIN', 'PSH'] : ['PSH']) : []
  return { ...segmentAt(connection, send.next, flags), payload }
}

function sent(connection: Connection, segment: OutSegment, now: Millis): Connection {
  const { send, timing } = connection
  const length = segment.payload.length + (segment.flags.includes('FIN') ? 1 : 0)
  const next = after(segment.sequence, length)
  const isNew = distance(next, send.highest) > 0
  const sample = timing.sample ?? (isNew ? { sequence: next, sentAt: now } : undefined)
  return {
    ...connection,
    send: { ...send, next, highest: isNew ? next : send.highest },
    timing: {
      ...timing,
      sample,
      retransmitAt: timing.retransmitAt ?? now + timing.timeoutMs,
      stuckSince: timing.stuckSince ?? now,
    },
  }
}

/** Data waits, nothing is out, and the window is shut: ask now and then (RFC 9293 §3.8.6.1). */
function watchZeroWindow(connection: Connection, now: Millis): Connection {
  const { send, timing } = connection
  const isShut = send.window === 0 && bytesInFlight(send) === 0 && send.queue.length > 0
  const probeAt = isShut ? (timing.probeAt ?? now + timing.timeoutMs) : undefined
  return probeAt === timing.probeAt ? connection : { ...connection, timing: { ...timing, probeAt } }
}

/** RFC 6298 §5.4 to §5.7: the oldest again, and twice as long until the next time. */
export function retransmit(connection: Connection, now: Millis): TcpStep {
  const { send, timing, config } = connection
  if (timing.stuckSince !== undefined && now - timing.stuckSince >= config.userTimeoutMs)
    return closed(connection, `nothing acknowledged for ${config.userTimeoutMs} ms (RFC 9293 §3.8.3)`)
  const timeoutMs = Math.min(timing.timeoutMs * 2, longestTimeoutMs)
  // Karn: no sample from a segment sent twice.
  const later = { ...timing, timeoutMs, sample: undefined, retransmitAt: now + timeoutMs }
  if (connection.state === 'syn-sent' || connection.state === 'syn-received')
    return { connection: { ...connection, timing: later }, effects: [transmit(synSegment(connection))] }
  const lost: Connection = {
    ...connection,
    timing: later,
    send: {
      ...send,
      next: send.unacknowledged,
      recover: send.highest,
      duplicates: 0,
      congestionWindow: send.segmentSize,
      slowStartThreshold: Math.max(Math.floor(bytesInFlight(send) / 2), 2 * send.segmentSize),
    },
  }
  return flush(lost, now)
}

/** The first unacknowledged segment at once, without waiting for the timer (RFC 5681 §3.2). */
export function retransmitFirst(connection: Connection): TcpEffect {
  const { send } = connection
  const payload = send.queue.subarray(0, Math.min(send.segmentSize, send.queue.length))
  const carriesFin =
    send.finished && payload.length === send.queue.length && bytesInFlight(send) > send.queue.length
  const segment = segmentAt(connection, send.unacknowledged, carriesFin ? ['FIN'] : [])
  return transmit({ ...segment, payload })
}

/** One byte beyond a shut window. */
export function probeWindow(connection: Connection, now: Millis): TcpStep {
  const { send, timing } = connection
  const timeoutMs = Math.min(timing.timeoutMs * 2, longestTimeoutMs)
  const probe = { ...segmentAt(connection, send.unacknowledged, []), payload: send.queue.subarray(0, 1) }
  return {
    connection: { ...connection, timing: { ...timing, timeoutMs, probeAt: now + timeoutMs } },
    effects: [transmit(probe)],
  }
}

/** RFC 9293 §3.8.4: a sequence number that is already acknowledged provokes an answer. */
export function keepAlive(connection: Connection): TcpStep {
  const { timing, send, config } = connection
  if (timing.keepAlivesSent >= config.keepAliveProbes)
    return closed(connection, `${timing.keepAlivesSent} keep-alive probes unanswered (RFC 9293 §3.8.4)`)
  return {
    connection: { ...connection, timing: { ...timing, keepAlivesSent: timing.keepAlivesSent + 1 } },
    effects: [transmit(segmentAt(connection, after(send.unacknowledged, -1), []))],
  }
}

export function thenFlush(step: TcpStep, now: Millis): TcpStep {
  return andThen(step, (connection) => flush(connection, now))
}
