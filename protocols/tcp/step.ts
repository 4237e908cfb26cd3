// The TCP connection's one door: an event in, the next connection and its effects out (RFC 9293 §3.10).
import { concatBytes } from '../net/bytes.ts'
import { closed, receiveWindow } from './connection.ts'
import type { Connection, Millis, TcpEvent, TcpStep } from './connection.ts'
import { opening, receive, resetSegment } from './receive.ts'
import { acknowledge, flush, keepAlive, probeWindow, retransmit, synSegment, transmit } from './transmit.ts'

export function stepTcp(connection: Connection, event: TcpEvent, now: Millis): TcpStep {
  const step = react(connection, event, now)
  const at = nextDeadline(step.connection)
  if (at === undefined) return step
  return { ...step, effects: [...step.effects, { type: 'wake-at', at }] }
}

function react(connection: Connection, event: TcpEvent, now: Millis): TcpStep {
  switch (event.type) {
    case 'open':
      return open(connection, now)
    case 'listen':
      return { connection: { ...connection, state: 'listen' }, effects: [] }
    case 'segment':
      return receive(connection, event.segment, now)
    case 'write':
      return write(connection, event.bytes, now)
    case 'consumed':
      return consumed(connection, event.count)
    case 'close':
      return close(connection, now)
    case 'abort':
      return abort(connection)
    case 'wake':
      return wake(connection, now)
  }
}

function open(connection: Connection, now: Millis): TcpStep {
  if (connection.state !== 'closed') return { connection, effects: [] }
  const opened = opening({ ...connection, state: 'syn-sent' }, now)
  return { connection: opened, effects: [transmit(synSegment(opened))] }
}

/** Bytes written before the handshake wait for it; after close() they are refused. */
function write(connection: Connection, bytes: Uint8Array, now: Millis): TcpStep {
  const { send } = connection
  if (send.finished || connection.state === 'closed')
    return { connection, effects: [{ type: 'ignored', reason: 'written after close' }] }
  return flush({ ...connection, send: { ...send, queue: concatBytes(send.queue, bytes) } }, now)
}

/** A window that was shut is told to be open again (RFC 9293 §3.8.6.2.2: not for a few bytes). */
function consumed(connection: Connection, count: number): TcpStep {
  const unread = Math.max(0, connection.receive.unread - count)
  const next = { ...connection, receive: { ...connection.receive, unread } }
  const worth = Math.min(next.config.receiveBuffer / 2, next.config.pathSegmentSize)
  const opens = receiveWindow(connection) < worth && receiveWindow(next) >= worth
  return { connection: next, effects: opens && connection.state !== 'closed' ? [acknowledge(next)] : [] }
}

function close(connection: Connection, now: Millis): TcpStep {
  const { state, send } = connection
  if (state === 'listen' || state === 'syn-sent') return closed(connection, 'closed by us')
  if (state === 'established' || state === 'syn-received')
    return flush({ ...connection, state: 'fin-wait-1', send: { ...send, finished: true } }, now)
  if (state === 'close-wait')
    return flush({ ...connection, state: 'last-ack', send: { ...send, finished: true } }, now)
  return { connection, effects: [] }
}

function abort(connection: Connection): TcpStep {
  if (connection.state === 'closed') return { connection, effects: [] }
  const silent =
    connection.state === 'listen' || connection.state === 'syn-sent' || connection.state === 'time-wait'
  const step = closed(connection, 'aborted by us')
  return silent ? step : { ...step, effects: [resetSegment(connection), ...step.effects] }
}

function wake(connection: Connection, now: Millis): TcpStep {
  const { timing, state, config } = connection
  if (state === 'closed') return { connection, effects: [] }
  if (timing.closeAt !== undefined && now >= timing.closeAt)
    return closed(
      connection,
      state === 'time-wait' ? 'closed by both' : `no connection within ${config.connectTimeoutMs} ms`,
    )
  if (timing.retransmitAt !== undefined && now >= timing.retransmitAt) return retransmit(connection, now)
  if (timing.probeAt !== undefined && now >= timing.probeAt) return probeWindow(connection, now)
  const keepAliveAt = nextKeepAlive(connection)
  if (keepAliveAt !== undefined && now >= keepAliveAt) return keepAlive(connection)
  return { connection, effects: [] }
}

function nextKeepAlive(connection: Connection): Millis | undefined {
  const { config, timing, state } = connection
  const open = state === 'established' || state === 'close-wait'
  if (config.keepAliveMs === 0 || !open || timing.retransmitAt !== undefined) return undefined
  return timing.heardAt + config.keepAliveMs * (timing.keepAlivesSent + 1)
}

function nextDeadline(connection: Connection): Millis | undefined {
  if (connection.state === 'closed') return undefined
  const { retransmitAt, probeAt, closeAt } = connection.timing
  const times = [retransmitAt, probeAt, closeAt, nextKeepAlive(connection)].filter(
    (time) => time !== undefined,
  )
  return times.length === 0 ? undefined : Math.min(...times)
}
