// The connections of one BGP session: what is said on each, a message at a time, becomes events. There are two while both
// sides have opened one (RFC 4271 §6.8).
import { takeMessage, takeSplit } from '../bgp/inbound.ts'
import type { LocalEnd } from '../bgp/local-end.ts'
import type { Message } from '../bgp/message.ts'
import type { ConnectionId, Event, Session } from '../bgp/session.ts'
import { concatBytes } from '../net/bytes.ts'
import type { ByteStream, StreamEnd, StreamEvents } from './byte-stream.ts'
import type { Slicer, Task } from './slicer.ts'

export type ConnectionSurroundings = {
  readonly slicer: Slicer
  readonly localEnd: (end: StreamEnd) => LocalEnd
  readonly session: () => Session // as it is now: what a message means depends on it
  readonly feed: (event: Event) => void
  readonly onReceived: (type: Message['type'], length: number) => void
}

type Connection = {
  readonly stream: ByteStream
  bytes: Uint8Array // received, and not yet taken
  parts: readonly Uint8Array[] // of one long message, not yet taken either
  isPumping: boolean // a task will take more of it
  at?: { readonly end: StreamEnd; readonly local: LocalEnd } // once it is open
  ended?: string // after those bytes
}

const noBytes = new Uint8Array(0)
/** A peer that says more than is taken in a turn is not read for a while. */
const backlogBytes = 128 * 1024

export class BgpConnections {
  private readonly around: ConnectionSurroundings
  private readonly connections = new Map<ConnectionId, Connection>()
  private readonly closing = new Set<Promise<void>>()
  private refusal: string | undefined

  constructor(around: ConnectionSurroundings) {
    this.around = around
  }

  /** Why the last one that we dialled did not come about; undefined once one has. */
  get objection(): string | undefined {
    return this.refusal
  }

  dial(id: ConnectionId, dial: (events: StreamEvents) => ByteStream): void {
    this.connections.set(id, connectionOver(dial(this.streamEvents(id))))
  }

  /** One that the peer has opened. */
  accept(id: ConnectionId, end: StreamEnd, take: (events: StreamEvents) => ByteStream): void {
    const stream = take(this.streamEvents(id))
    const local = this.around.localEnd(end)
    this.connections.set(id, { ...connectionOver(stream), at: { end, local } })
    this.around.feed({ type: 'accepted', connection: id, local })
  }

  /** Whether it is there to take them. */
  send(id: ConnectionId, bytes: Uint8Array): boolean {
    const connection = this.connections.get(id)
    connection?.stream.send(bytes)
    return connection !== undefined
  }

  close(id: ConnectionId): void {
    const connection = this.connections.get(id)
    if (connection === undefined) return
    this.connections.delete(id)
    const gone = connection.stream.close()
    this.closing.add(gone)
    void gone.then(() => this.closing.delete(gone))
  }

  /** Resolves when all are gone. */
  async closeAll(): Promise<void> {
    for (const id of this.connections.keys()) this.close(id)
    await Promise.all(this.closing)
  }

  /** Addresses of this machine came or went: next hops of connections that stand may be others now. */
  addressesChanged(): void {
    for (const [id, connection] of this.connections) {
      if (connection.at === undefined) continue
      const { end, local: before } = connection.at
      const local = this.around.localEnd(end)
      if (JSON.stringify(local) === JSON.stringify(before)) continue
      connection.at = { end, local }
      this.around.feed({ type: 'next-hops', connection: id, local })
    }
  }

  /** A message of each that has said more than was taken yet. */
  catchUp(): void {
    for (const [id, connection] of this.connections) if (connection.isPumping) this.takeOne(id, connection)
  }

  private streamEvents(id: ConnectionId): StreamEvents {
    return {
      onOpen: (end) => this.opened(id, end),
      onBytes: (bytes) => this.receive(id, bytes),
      onDrained: () => this.drained(id),
      onEnd: (reason) => this.ended(id, reason),
    }
  }

  private opened(id: ConnectionId, end: StreamEnd): void {
    const connection = this.connections.get(id)
    if (connection === undefined) return
    this.refusal = undefined
    const local = this.around.localEnd(end)
    connection.at = { end, local }
    this.around.feed({ type: 'connected', connection: id, local })
  }

  private receive(id: ConnectionId, bytes: Uint8Array): void {
    const connection = this.connections.get(id)
    if (connection === undefined) return
    connection.bytes = connection.bytes.length === 0 ? bytes : concatBytes(connection.bytes, bytes)
    if (connection.isPumping && connection.bytes.length > backlogBytes) connection.stream.pause()
    else this.pump(id, connection)
  }

  /** Room for more of our routes: some milliseconds of work, so with as many peers as there are, one after the other. */
  private drained(id: ConnectionId): void {
    this.around.slicer.add(() => {
      if (this.connections.has(id)) this.around.feed({ type: 'drained', connection: id })
      return undefined
    })
  }

  private ended(id: ConnectionId, reason: string): void {
    const connection = this.connections.get(id)
    if (connection === undefined) return
    connection.ended = reason
    if (connection.at === undefined) this.refusal = reason
    this.pump(id, connection)
  }

  /** What the peer has said, a message at a time. */
  private pump(id: ConnectionId, connection: Connection): void {
    if (connection.isPumping) return
    connection.isPumping = true
    const task: Task = () => {
      if (this.takeOne(id, connection)) return task
      connection.isPumping = false
      connection.stream.resume()
      return undefined
    }
    this.around.slicer.add(task)
  }

  /** Whether there may be more. */
  private takeOne(id: ConnectionId, connection: Connection): boolean {
    if (this.connections.get(id) !== connection) return false
    if (this.takePart(id, connection)) return true
    const taken = takeMessage(this.around.session(), id, connection.bytes)
    if (taken !== undefined) {
      if (taken.event.type === 'received')
        this.around.onReceived(taken.event.message.type, connection.bytes.length - taken.rest.length)
      connection.bytes = taken.rest
      this.around.feed(taken.event)
      return true
    }
    if (connection.ended === undefined) return false
    this.connections.delete(id)
    this.around.feed({ type: 'closed', connection: id, why: connection.ended })
    return false
  }

  /** Of a long message only a part at a time. */
  private takePart(id: ConnectionId, connection: Connection): boolean {
    if (connection.parts.length === 0) {
      const split = takeSplit(this.around.session(), id, connection.bytes)
      if (split === undefined) return false
      this.around.onReceived('update', connection.bytes.length - split.rest.length)
      connection.parts = split.parts
      connection.bytes = split.rest
    }
    const [part = noBytes, ...rest] = connection.parts
    connection.parts = rest
    const taken = takeMessage(this.around.session(), id, part)
    if (taken !== undefined) this.around.feed(taken.event)
    return true
  }
}

function connectionOver(stream: ByteStream): Connection {
  return { stream, bytes: noBytes, parts: [], isPumping: false }
}
