// A connection that carries BGP, whoever does its TCP: the kernel (kernel-stream.ts), or ours (packet transport).
import type { PeerEndpoint } from '../bgp/config.ts'

export type ByteStream = {
  /** Queued, in order. `onDrained` follows when all that was sent has been taken. */
  send(bytes: Uint8Array): void
  /** After what was sent. Nothing is told any more. Resolves when the connection is gone. */
  close(): Promise<void>
  /** The peer is not read, and soon can send no more, until `resume`. */
  pause(): void
  resume(): void
}

export type StreamEvents = {
  readonly onOpen: (local: StreamEnd) => void // of a stream that was dialled; of no other
  readonly onBytes: (bytes: Uint8Array) => void
  readonly onDrained: () => void // all that was sent has been taken
  readonly onEnd: (reason: string) => void // once, unless it was closed by us
}

/** Our end of it: an address without zone. */
export type StreamEnd = { readonly address: string; readonly remote: string; readonly interface?: number }

/** Never calls back before it has returned. */
export type Dial = (endpoint: PeerEndpoint, events: StreamEvents) => ByteStream

/** A connection that a peer opened. Its events come once somebody takes it. */
export type Incoming = {
  readonly local: StreamEnd
  take(events: StreamEvents): ByteStream
  refuse(): void
}
