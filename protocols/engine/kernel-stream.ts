// A ByteStream over the kernel's TCP: the socket is made and connected through the C library, without blocking, and
// handed to node:net once it is open.
import { Socket } from 'node:net'
import type { PeerEndpoint } from '../bgp/config.ts'
import type { ByteStream, Dial, StreamEnd, StreamEvents } from './byte-stream.ts'
import { close, connect, errno, errnoOf, errorText, lastError, onceWritable, pendingError } from './libc.ts'
import type { PollHandle } from './libc.ts'
import { isLinkLocal } from '../net/ipv6.ts'
import { encodeSocketAddress } from './socket-address.ts'
import type { SocketAddress } from './socket-address.ts'
import {
  bindAddress,
  bindToDevice,
  familyOf,
  localAddress,
  prepareSocket,
  remoteAddress,
  setMd5Key,
  setTtl,
  withSocket,
} from './tcp-socket.ts'

/** What was sent last may still be on its way; a peer that does not end its side by then is left. */
const lingerMs = 1000

export const dialKernel: Dial = (endpoint, events) => new DialledStream(endpoint, events)

/** Over a descriptor that is connected. */
export function streamOver(fd: number, events: StreamEvents): ByteStream {
  return new OpenStream(new Socket({ fd, readable: true, writable: true }), events)
}

class OpenStream implements ByteStream {
  private readonly socket: Socket
  private readonly gone: Promise<void>
  private unsent = 0
  private isOver = false

  constructor(socket: Socket, events: StreamEvents) {
    this.socket = socket
    this.events = events
    this.gone = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('data', (bytes) => {
      if (!this.isOver) events.onBytes(bytes)
    })
    socket.on('end', () => this.end('the peer closed the connection'))
    socket.on('error', (error) => this.end(errorReason(error)))
    socket.on('close', () => this.end('the connection is gone'))
  }

  private readonly events: StreamEvents

  send(bytes: Uint8Array): void {
    this.unsent += 1
    this.socket.write(bytes, () => {
      this.unsent -= 1
      if (this.unsent === 0 && !this.isOver) this.events.onDrained()
    })
  }

  /** Reads on, for a connection closed with unread bytes is reset, and the peer would not see what was sent last. */
  close(): Promise<void> {
    this.isOver = true
    this.socket.resume()
    this.socket.end()
    const timer = setTimeout(() => this.socket.destroy(), lingerMs)
    void this.gone.then(() => clearTimeout(timer))
    return this.gone
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  private end(reason: string): void {
    if (this.isOver) return
    this.isOver = true
    this.socket.destroy()
    this.events.onEnd(reason)
  }
}

class DialledStream implements ByteStream {
  private readonly events: StreamEvents
  private fd = -1 // ours until it is connected
  private poll: PollHandle | undefined
  private open: ByteStream | undefined
  private isClosed = false

  constructor(endpoint: PeerEndpoint, events: StreamEvents) {
    this.events = events
    try {
      this.start(endpoint)
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error))
    }
  }

  send(bytes: Uint8Array): void {
    this.open?.send(bytes)
  }

  close(): Promise<void> {
    this.isClosed = true
    if (this.open !== undefined) return this.open.close()
    this.abandon()
    return Promise.resolve()
  }

  pause(): void {
    this.open?.pause()
  }

  resume(): void {
    this.open?.resume()
  }

  private start(endpoint: PeerEndpoint): void {
    const remote = remoteAddress(endpoint)
    this.fd = preparedFor(endpoint, remote)
    const bytes = encodeSocketAddress(remote)
    if (connect(this.fd, bytes, bytes.length) !== 0 && errno() !== errnoOf['EINPROGRESS'])
      return this.fail(connectReason(errno()))
    this.poll = onceWritable(this.fd, () => this.connected(remote))
  }

  private connected(remote: SocketAddress): void {
    this.poll = undefined
    const { fd } = this
    const error = pendingError(fd)
    if (error !== 0) return this.fail(connectReason(error))
    const local = localAddress(fd)
    if (local === undefined) return this.fail(`getsockname: ${lastError()}`)
    this.fd = -1
    this.open = streamOver(fd, this.events)
    this.events.onOpen(endOf(local, remote))
  }

  private fail(reason: string): void {
    this.abandon()
    setImmediate(() => {
      if (!this.isClosed) this.events.onEnd(reason)
    })
  }

  private abandon(): void {
    this.poll?.close()
    this.poll = undefined
    if (this.fd >= 0) close(this.fd)
    this.fd = -1
  }
}

export function endOf(local: SocketAddress, remote: SocketAddress): StreamEnd {
  const { address, scopeId } = local
  return { address, remote: remote.address, ...(scopeId === undefined ? {} : { interface: scopeId }) }
}

function preparedFor(endpoint: PeerEndpoint, remote: SocketAddress): number {
  const { sourceAddress, device, password, ttl } = endpoint
  const family = familyOf(remote.address)
  return withSocket(family, (fd) => {
    prepareSocket(fd, family)
    setTtl(fd, family, ttl)
    if (device !== undefined && !isLinkLocal(remote.address)) bindToDevice(fd, device)
    if (password !== undefined) setMd5Key(fd, remote, password)
    if (sourceAddress !== undefined) bindAddress(fd, sourceOf(sourceAddress, remote))
  })
}

function sourceOf(address: string, { scopeId }: SocketAddress): SocketAddress {
  return { address, port: 0, ...(isLinkLocal(address) && scopeId !== undefined ? { scopeId } : {}) }
}

/** In words, for they reach the user as they are. */
const reasons: readonly (readonly [code: string, reason: string])[] = [
  ['ECONNREFUSED', 'the peer refused the connection'],
  ['ECONNRESET', 'the peer reset the connection'],
  ['ETIMEDOUT', 'the peer does not answer'],
  ['EHOSTUNREACH', 'the peer cannot be reached'],
  ['ENETUNREACH', 'there is no route to the peer'],
  ['EPIPE', 'the peer closed the connection'],
]

function connectReason(code: number): string {
  const known = reasons.find(([name]) => errnoOf[name] === code)
  return known === undefined ? errorText(code) : `${known[1]} (${known[0]})`
}

function errorReason(error: NodeJS.ErrnoException): string {
  const known = reasons.find(([name]) => name === error.code)
  return known === undefined ? error.message : `${known[1]} (${known[0]})`
}
