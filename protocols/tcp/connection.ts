// One TCP connection as a plain value (RFC 9293, a subset for a BGP speaker that dials).
//
// Ours: three-way handshake (also passive, for tests), retransmission (RFC 6298), congestion control (RFC 5681),
// windows and zero-window probes, keep-alive, FIN and RST, the checks of RFC 5961.
// Not ours: window scaling, SACK, timestamps, urgent data, simultaneous open.
import type { TcpFlag } from '../net/tcp.ts'

export type Millis = number

export type TcpConfig = {
  readonly localPort: number
  readonly remotePort: number
  readonly pathSegmentSize: number // payload that fits the MTU without options: MTU − 40 (IPv4) or − 60 (IPv6)
  readonly signed: boolean // every segment carries an MD5 signature (RFC 2385)
  readonly receiveBuffer: number // bytes, at most 65535
  readonly connectTimeoutMs: number
  readonly userTimeoutMs: number // data not acknowledged for so long: given up (RFC 9293 §3.8.3)
  readonly keepAliveMs: number // silence after which the peer is asked; 0 = never (RFC 9293 §3.8.4)
  readonly keepAliveProbes: number // unanswered ones until the connection is given up
  readonly timeWaitMs: number // 2 × MSL
}

export type TcpState =
  | 'closed'
  | 'listen'
  | 'syn-sent'
  | 'syn-received'
  | 'established'
  | 'fin-wait-1'
  | 'fin-wait-2'
  | 'close-wait'
  | 'closing'
  | 'last-ack'
  | 'time-wait'

export type Connection = {
  readonly config: TcpConfig
  readonly state: TcpState
  readonly send: SendState
  readonly receive: ReceiveState
  readonly timing: Timing
  readonly challenges: { readonly since: Millis; readonly count: number } // RFC 5961 §7
}

/** RFC 9293 §3.3.1, Send Sequence Variables. */
export type SendState = {
  readonly initial: number
  readonly unacknowledged: number // SND.UNA
  readonly next: number // SND.NXT; goes back to UNA after a time-out
  readonly highest: number // one past the last number ever sent
  readonly window: number // SND.WND
  readonly windowSequence: number // SND.WL1
  readonly windowAcknowledgment: number // SND.WL2
  readonly largestWindow: number
  readonly segmentSize: number // payload bytes of a full segment, options deducted
  readonly queue: Uint8Array // from UNA on: sent and unsent
  readonly finished: boolean // nothing will be queued any more: FIN follows the queue
  readonly congestionWindow: number
  readonly slowStartThreshold: number
  readonly duplicates: number // acknowledgments in a row that acknowledged nothing
  readonly recover: number // fast recovery lasts until this is acknowledged (RFC 6582)
}

/** RFC 9293 §3.3.1, Receive Sequence Variables. */
export type ReceiveState = {
  readonly next: number // RCV.NXT
  readonly unread: number // bytes given out and not yet consumed
  readonly ahead: readonly Stretch[] // received out of order, ascending, not touching
  readonly finAt: number | undefined // the peer's FIN has this sequence number
}

export type Stretch = { readonly sequence: number; readonly bytes: Uint8Array }

export type Timing = {
  readonly smoothedMs: number | undefined // SRTT
  readonly variationMs: number // RTTVAR
  readonly timeoutMs: number // RTO
  readonly sample: { readonly sequence: number; readonly sentAt: Millis } | undefined // one segment timed at once (Karn)
  readonly retransmitAt: Millis | undefined
  readonly probeAt: Millis | undefined // zero window (RFC 9293 §3.8.6.1)
  readonly stuckSince: Millis | undefined // oldest unacknowledged since
  readonly heardAt: Millis
  readonly keepAlivesSent: number
  readonly closeAt: Millis | undefined // end of TIME-WAIT, or of the connect time-out
}

export type TcpEvent =
  | { readonly type: 'open' }
  | { readonly type: 'listen' }
  | { readonly type: 'segment'; readonly segment: InSegment } // decoded, for us, its signature found right
  | { readonly type: 'write'; readonly bytes: Uint8Array }
  | { readonly type: 'consumed'; readonly count: number }
  | { readonly type: 'close' } // send what is queued, then FIN
  | { readonly type: 'abort' } // RST
  | { readonly type: 'wake' }

export type InSegment = {
  readonly sequence: number
  readonly acknowledgment: number
  readonly flags: readonly TcpFlag[]
  readonly window: number
  readonly maximumSegmentSize?: number
  readonly payload: Uint8Array
}

export type OutSegment = InSegment

export type TcpEffect =
  | { readonly type: 'transmit'; readonly segment: OutSegment }
  | { readonly type: 'connected' }
  | { readonly type: 'received'; readonly bytes: Uint8Array } // in order; say 'consumed' when done with them
  | { readonly type: 'ended' } // the peer will send no more
  | { readonly type: 'acknowledged'; readonly count: number } // bytes of ours: room in the queue
  | { readonly type: 'closed'; readonly reason: string }
  | { readonly type: 'wake-at'; readonly at: Millis }
  | { readonly type: 'ignored'; readonly reason: string }

export type TcpStep = { readonly connection: Connection; readonly effects: readonly TcpEffect[] }

/** `initialSequence`: hard to guess (RFC 9293 §3.4.1); whoever does I/O chooses it. */
export function newConnection(config: TcpConfig, initialSequence: number): Connection {
  return {
    config,
    state: 'closed',
    send: {
      initial: initialSequence,
      unacknowledged: initialSequence,
      next: initialSequence,
      highest: initialSequence,
      window: 0,
      windowSequence: 0,
      windowAcknowledgment: 0,
      largestWindow: 0,
      segmentSize: 536,
      queue: new Uint8Array(),
      finished: false,
      congestionWindow: 0,
      slowStartThreshold: 65535,
      duplicates: 0,
      recover: initialSequence,
    },
    receive: { next: 0, unread: 0, ahead: [], finAt: undefined },
    timing: {
      smoothedMs: undefined,
      variationMs: 0,
      timeoutMs: 1000, // RFC 6298 §2.1
      sample: undefined,
      retransmitAt: undefined,
      probeAt: undefined,
      stuckSince: undefined,
      heardAt: 0,
      keepAlivesSent: 0,
      closeAt: undefined,
    },
    challenges: { since: 0, count: 0 },
  }
}

/** What may still be received: the buffer less what was given out and not consumed. */
export function receiveWindow(connection: Connection): number {
  return Math.max(0, connection.config.receiveBuffer - connection.receive.unread)
}

/** Sequence numbers sent and not acknowledged, SYN and FIN counted. */
export function bytesInFlight(send: SendState): number {
  return (send.next - send.unacknowledged) >>> 0
}

/** The same step, and then more. */
export function andThen(step: TcpStep, next: (connection: Connection) => TcpStep): TcpStep {
  const then = next(step.connection)
  return { connection: then.connection, effects: [...step.effects, ...then.effects] }
}

export function closed(connection: Connection, reason: string): TcpStep {
  return { connection: { ...connection, state: 'closed' }, effects: [{ type: 'closed', reason }] }
}
