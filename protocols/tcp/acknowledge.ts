// What an acknowledgment does: room, round-trip time, congestion window (RFC 9293 §3.10.7.4, RFC 6298, RFC 5681, RFC 6582).
import { bytesInFlight } from './connection.ts'
import type { Connection, InSegment, Millis, SendState, TcpEffect, TcpStep, Timing } from './connection.ts'
import { after, distance } from './sequence.ts'
import { retransmitFirst } from './transmit.ts'

const shortestTimeoutMs = 200 // RFC 6298 asks for 1 s; every stack in use goes lower, and so do our peers
const longestTimeoutMs = 60_000

/** The acknowledgment of a segment that was found acceptable. */
export function takeAcknowledgment(connection: Connection, segment: InSegment, now: Millis): TcpStep {
  const updated = { ...connection, send: updateWindow(connection.send, segment) }
  const news = distance(segment.acknowledgment, connection.send.unacknowledged)
  if (news > 0) return advance(updated, segment.acknowledgment, now)
  return isDuplicate(connection, segment) ? duplicate(updated) : { connection: updated, effects: [] }
}

/** The SYN has a number and no byte: it is acknowledged apart from the data behind it. */
export function synAcknowledged(connection: Connection, now: Millis): Connection {
  const { send } = connection
  const unacknowledged = after(send.initial, 1)
  const timing = timed(connection.timing, unacknowledged, now)
  return {
    ...connection,
    send: { ...send, unacknowledged },
    timing: restartTimer(timing, { ...send, unacknowledged }, now),
  }
}

/** RFC 9293 §3.10.7.4: only a segment newer than the one that told the window last. */
function updateWindow(send: SendState, segment: InSegment): SendState {
  const newer = distance(segment.sequence, send.windowSequence)
  const isNewer =
    newer > 0 || (newer === 0 && distance(segment.acknowledgment, send.windowAcknowledgment) >= 0)
  if (!isNewer) return send
  return {
    ...send,
    window: segment.window,
    windowSequence: segment.sequence,
    windowAcknowledgment: segment.acknowledgment,
    largestWindow: Math.max(send.largestWindow, segment.window),
  }
}

function advance(connection: Connection, acknowledgment: number, now: Millis): TcpStep {
  const { send } = connection
  const count = distance(acknowledgment, send.unacknowledged)
  const bytes = Math.min(count, send.queue.length) // SYN and FIN have numbers and no bytes
  const next = distance(acknowledgment, send.next) > 0 ? acknowledgment : send.next
  const recovering = send.duplicates >= 3
  const partial = recovering && distance(acknowledgment, send.recover) < 0
  const moved: SendState = {
    ...send,
    unacknowledged: acknowledgment,
    next,
    queue: send.queue.subarray(bytes),
    duplicates: partial ? send.duplicates : 0,
    congestionWindow: recovering ? send.slowStartThreshold : grow(send, count),
  }
  const timing = restartTimer(timed(connection.timing, acknowledgment, now), moved, now)
  const further = { ...connection, send: moved, timing }
  const effects: TcpEffect[] = bytes > 0 ? [{ type: 'acknowledged', count: bytes }] : []
  if (partial) effects.push(retransmitFirst(further)) // RFC 6582 §3.2, step 5
  return { connection: further, effects }
}

/** RFC 5681 §3.1: slow start, then a segment a round trip. */
function grow(send: SendState, count: number): number {
  const { congestionWindow: window, segmentSize } = send
  if (window < send.slowStartThreshold) return window + Math.min(count, segmentSize)
  return window + Math.max(1, Math.floor((segmentSize * segmentSize) / window))
}

/** RFC 6298 §2: one sample a round trip. */
function timed(timing: Timing, acknowledgment: number, now: Millis): Timing {
  const { sample } = timing
  if (sample === undefined || distance(acknowledgment, sample.sequence) < 0) return timing
  const measured = now - sample.sentAt
  const smoothedMs = timing.smoothedMs === undefined ? measured : (7 * timing.smoothedMs + measured) / 8
  const variationMs =
    timing.smoothedMs === undefined
      ? measured / 2
      : (3 * timing.variationMs + Math.abs(timing.smoothedMs - measured)) / 4
  const timeoutMs = Math.min(Math.max(smoothedMs + 4 * variationMs, shortestTimeoutMs), longestTimeoutMs)
  return { ...timing, sample: undefined, smoothedMs, variationMs, timeoutMs }
}

function restartTimer(timing: Timing, send: SendState, now: Millis): Timing {
  const isIdle = send.highest === send.unacknowledged
  const retransmitAt = isIdle ? undefined : now + timing.timeoutMs
  return { ...timing, retransmitAt, stuckSince: isIdle ? undefined : now, probeAt: undefined }
}

/** RFC 5681 §2: data is out, and the segment says nothing new. */
function isDuplicate(connection: Connection, segment: InSegment): boolean {
  const { send } = connection
  return (
    segment.acknowledgment === send.unacknowledged &&
    segment.payload.length === 0 &&
    segment.window === send.window &&
    !segment.flags.includes('FIN') &&
    bytesInFlight(send) > 0
  )
}

/** RFC 5681 §3.2: the third in a row means a loss; each later one means that a segment has left the network. */
function duplicate(connection: Connection): TcpStep {
  const { send } = connection
  const duplicates = send.duplicates + 1
  if (duplicates !== 3) {
    const inflated = duplicates > 3 ? send.congestionWindow + send.segmentSize : send.congestionWindow
    return {
      connection: { ...connection, send: { ...send, duplicates, congestionWindow: inflated } },
      effects: [],
    }
  }
  const slowStartThreshold = Math.max(Math.floor(bytesInFlight(send) / 2), 2 * send.segmentSize)
  const congestionWindow = slowStartThreshold + 3 * send.segmentSize
  const lost = {
    ...connection,
    timing: { ...connection.timing, sample: undefined },
    send: { ...send, duplicates, slowStartThreshold, congestionWindow, recover: send.highest },
  }
  return { connection: lost, effects: [retransmitFirst(lost)] }
}
