// A ByteStream over our own TCP (protocols/tcp): segments captured and injected by libpcap from the node's own address,
// for a kernel that cannot sign them, or whose port 179 belongs to somebody else.
import { randomInt } from 'node:crypto'
import { newConnection } from '../tcp/connection.ts'
import type { Connection, TcpConfig, TcpEffect, TcpEvent } from '../tcp/connection.ts'
import { stepTcp } from '../tcp/step.ts'
import type { ByteStream, Dial, StreamEvents } from './byte-stream.ts'
import { monotonicClock } from './clock.ts'
import { whenReadable } from './libc.ts'
import type { PollHandle } from './libc.ts'
import { openCapture } from './libpcap.ts'
import type { Capture } from './libpcap.ts'
import { NeighbourSearch } from './neighbour-search.ts'
import { holdPath } from './packet-path.ts'
import type { HeldPath } from './packet-path.ts'
import { decodeSegmentFrame, encodeSegmentFrame } from './packet-segment.ts'
import { refusedStream } from './refused-stream.ts'

/**
 * Segments that the kernel has joined (GRO) are as long as an IP packet may be, and each takes a slot of that size in the
 * ring: room for twice as many as a full window of ours can be cut into.
 */
const captureOptions = { snaplen: 65_535, bufferBytes: 8 * 1024 * 1024, allMulticast: false } as const
const framesPerTurn = 64

const receiveBuffer = 65_535
/** What is sent counts as taken while no more than this waits for the peer. */
const sendBuffer = 256 * 1024
const connectTimeoutMs = 20_000
/** RFC 9687: bytes that the peer has not taken by then end the connection, though its TCP lives. */
const userTimeoutMs = 480_000
/** After our FIN has been answered, the port stays silent for the peer's last words. */
const timeWaitMs = 500
const lingerMs = 1000
/** Data waits and nobody was heard for so long: the neighbour may have another link-layer address now. */
const doubtMs = 3000

export const dialPacket: Dial = (endpoint, events) => {
  try {
    return new PacketStream(holdPath(endpoint), events)
  } catch (error) {
    return refusedStream(error instanceof Error ? error.message : String(error), events)
  }
}

const open = new Set<PacketStream>()

/** At once, and without a word to any peer: for a thread that ends, in which nothing may be polled any more. */
export function releasePacketStreams(): void {
  for (const stream of open) stream.release()
}

class PacketStream implements ByteStream {
  private readonly path: HeldPath
  private readonly reader: StreamEvents
  private readonly events: TcpEvent[] = [] // the first is being carried out
  private readonly capture: Capture
  private readonly poll: PollHandle
  private readonly neighbour: NeighbourSearch
  private readonly gone = Promise.withResolvers<void>()
  private connection: Connection
  private cancelWake: (() => void) | undefined
  private cancelLinger: (() => void) | undefined
  private kept: Uint8Array[] = [] // received while paused
  private isPaused = false
  private endReason: string | undefined
  private isDraining = false // onDrained is owed
  private isOver = false // nothing is told any more
  private isReleased = false

  constructor(path: HeldPath, reader: StreamEvents) {
    this.path = path
    this.reader = reader
    this.connection = newConnection(configOf(path), randomInt(2 ** 32))
    try {
      this.capture = openCapture(path.interface.name, { ...captureOptions, filter: path.filter })
      this.poll = whenReadable(
        this.capture.fd,
        () => this.drain(),
        (error) => this.fail(wordsOf(error)),
      )
    } catch (error) {
      path.release()
      throw error
    }
    open.add(this)
    const { nextHop, interface: link, ends } = path
    this.neighbour = new NeighbourSearch({
      nextHop,
      asker: { mac: link.mac, address: ends.local },
      inject: (frame) => this.inject(frame),
      onFound: () => this.feed({ type: 'open' }),
      onNobody: () => this.fail(`nobody answers for ${nextHop} on ${link.name}`),
    })
    this.neighbour.start()
  }

  send(bytes: Uint8Array): void {
    this.feed({ type: 'write', bytes: bytes.slice() })
    this.isDraining = true
    setImmediate(() => this.tellDrained())
  }

  close(): Promise<void> {
    this.isOver = true
    this.kept = []
    if (!this.isReleased) this.finish()
    return this.gone.promise
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    setImmediate(() => this.handOver())
  }

  /** Nothing is captured, injected or held silent any more. */
  release(): void {
    if (this.isReleased) return
    this.isReleased = true
    open.delete(this)
    this.neighbour.stop()
    this.cancelWake?.()
    this.cancelLinger?.()
    this.poll.close() // before the descriptor, which the kernel may give to somebody else
    this.capture.close()
    this.path.release()
    this.gone.resolve()
  }

  /** Our FIN follows what was sent; a peer that does not answer it is left. */
  private finish(): void {
    if (this.cancelLinger !== undefined) return
    this.cancelLinger = monotonicClock.after(lingerMs, () => this.feed({ type: 'abort' }))
    this.feed({ type: 'close' })
  }

  private drain(): void {
    for (let count = 0; count < framesPerTurn && !this.isReleased; count++) {
      const captured = this.capture.read()
      if (captured === undefined) return
      this.take(captured.frame)
    }
  }

  private take(frame: Uint8Array): void {
    if (this.neighbour.take(frame)) return
    const received = decodeSegmentFrame(frame, this.path.ends)
    if ('segment' in received) this.feed({ type: 'segment', segment: received.segment })
  }

  /** One event after the other: what an effect gives rise to waits until all effects are carried out. */
  private feed(event: TcpEvent): void {
    this.events.push(event)
    if (this.events.length > 1) return
    for (let next: TcpEvent | undefined = event; next !== undefined; next = this.events[0]) {
      this.step(next)
      this.events.shift()
    }
  }

  private step(event: TcpEvent): void {
    if (this.isReleased) return
    const { connection, effects } = stepTcp(this.connection, event, monotonicClock.now())
    this.connection = connection
    this.cancelWake?.()
    this.cancelWake = undefined
    for (const effect of effects) this.carryOut(effect)
  }

  private carryOut(effect: TcpEffect): void {
    switch (effect.type) {
      case 'transmit':
        return this.transmit(effect)
      case 'connected':
        return this.connected()
      case 'received':
        this.kept.push(effect.bytes)
        setImmediate(() => this.handOver())
        return
      case 'ended':
        return this.end('the peer closed the connection')
      case 'acknowledged':
        setImmediate(() => this.tellDrained())
        return
      case 'closed':
        this.end(effect.reason)
        return this.release()
      case 'wake-at':
        return this.wakeAt(effect.at)
      case 'ignored':
        return
    }
  }

  private transmit({ segment }: Extract<TcpEffect, { type: 'transmit' }>): void {
    const destination = this.neighbour.mac
    if (destination === undefined) return
    const { interface: link, ends } = this.path
    this.inject(encodeSegmentFrame(segment, ends, { source: link.mac, destination }))
  }

  /** Lost, when the interface has no room for it: it is sent again. */
  private inject(frame: Uint8Array): void {
    if (this.isReleased) return
    try {
      this.capture.inject(frame)
    } catch (error) {
      this.fail(wordsOf(error))
    }
  }

  private connected(): void {
    if (this.isOver) return
    const { ends, interface: link } = this.path
    this.reader.onOpen({ address: ends.local, remote: ends.remote, interface: link.index })
  }

  /** In order; nothing after the reader has said to pause. */
  private handOver(): void {
    while (!this.isPaused && !this.isOver) {
      const bytes = this.kept.shift()
      if (bytes === undefined) return this.tellEnd()
      this.feed({ type: 'consumed', count: bytes.length })
      this.reader.onBytes(bytes)
    }
  }

  private tellDrained(): void {
    if (!this.isDraining || this.isOver || this.connection.send.queue.length > sendBuffer) return
    this.isDraining = false
    this.reader.onDrained()
  }

  private wakeAt(at: number): void {
    this.cancelWake?.()
    const wait = Math.max(0, at - monotonicClock.now())
    this.cancelWake = monotonicClock.after(wait, () => this.wake())
  }

  private wake(): void {
    const { stuckSince } = this.connection.timing
    const now = monotonicClock.now()
    if (stuckSince !== undefined && now - Math.max(stuckSince, this.neighbour.askedAt) > doubtMs)
      this.neighbour.ask()
    this.feed({ type: 'wake' })
  }

  /** Told once all that came before it has been read. */
  private end(reason: string): void {
    this.endReason ??= reason
    setImmediate(() => this.handOver())
  }

  private tellEnd(): void {
    if (this.endReason === undefined || this.isOver) return
    this.isOver = true
    this.reader.onEnd(this.endReason)
    if (!this.isReleased) this.finish()
  }

  /** The connection is of no use any more, and nobody can be told so over the wire. */
  private fail(reason: string): void {
    this.end(reason)
    this.release()
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function configOf({ ends, segmentSize }: HeldPath): TcpConfig {
  return {
    localPort: ends.localPort,
    remotePort: ends.remotePort,
    pathSegmentSize: segmentSize,
    signed: ends.password !== undefined,
    receiveBuffer,
    connectTimeoutMs,
    userTimeoutMs,
    keepAliveMs: 0, // BGP keeps its session alive itself
    keepAliveProbes: 0,
    timeWaitMs,
  }
}
