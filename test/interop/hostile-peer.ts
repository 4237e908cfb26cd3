// A peer that does what it likes: it listens on a host of the LAN, or dials, and sends any bytes over a real TCP connection.
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { anyContext, viewerContext } from '../../protocols/bgp/context.ts'
import type { Context } from '../../protocols/bgp/context.ts'
import type { Capability } from '../../protocols/bgp/capability.ts'
import { decodeMessage, encodeMessage, frameLength } from '../../protocols/bgp/message.ts'
import type { Message } from '../../protocols/bgp/message.ts'
import type { Notification } from '../../protocols/bgp/notification.ts'
import { concatBytes } from '../../protocols/net/bytes.ts'
import type { Host } from '../net/lan.ts'
import { inNamespace } from '../support/namespace.ts'
import { until } from '../support/until.ts'

const patience = { timeoutMs: 30_000, everyMs: 2 }

/** One connection, seen from the other side. */
export class Wire {
  readonly messages: Message[] = []
  readonly acceptedAt = performance.now()
  octets = 0 // received
  hasEnded = false
  private readonly socket: Socket
  private rest: Uint8Array = new Uint8Array(0)

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => this.take(bytes))
    socket.on('close', () => {
      this.hasEnded = true
    })
    socket.on('error', () => undefined) // a reset is an end
    socket.on('end', () => socket.end())
  }

  send(...bytes: readonly Uint8Array[]): void {
    this.socket.write(concatBytes(...bytes))
  }

  /** No more of us; what was sent is still read there. */
  finish(): void {
    this.socket.end()
  }

  drop(): void {
    this.socket.destroy()
  }

  /** Once the session stands on the speaker's side. */
  takeAndDrop(): void {
    this.send(openBytes({}), keepaliveBytes)
    void this.message('update').then(
      () => this.drop(),
      () => this.drop(),
    )
  }

  /** Nothing is read any more, and the window closes. */
  stopReading(): void {
    this.socket.pause()
  }

  readOn(): void {
    this.socket.resume()
  }

  async message<Type extends Message['type']>(
    type: Type,
  ): Promise<Extract<Message, { readonly type: Type }>> {
    return until(`a message of type ${type}, not ${this.heard()}`, () => this.find(type), patience)
  }

  find<Type extends Message['type']>(type: Type): Extract<Message, { readonly type: Type }> | undefined {
    const isIt = (each: Message): each is Extract<Message, { readonly type: Type }> => each.type === type
    return this.messages.find(isIt)
  }

  /** What the speaker says before it closes; undefined: it closed without a word. */
  async ending(): Promise<Notification | undefined> {
    await until('the end of the connection', () => (this.hasEnded ? true : undefined), patience)
    return this.find('notification')
  }

  heard(): string {
    return this.messages.map(({ type }) => type).join(' ')
  }

  private take(bytes: Uint8Array): void {
    this.octets += bytes.length
    this.rest = concatBytes(this.rest, bytes)
    for (;;) {
      const length = frameLength(this.rest, viewerContext)
      if (length === undefined || length > this.rest.length) return
      this.messages.push(decodeMessage(this.rest.subarray(0, length), viewerContext))
      this.rest = this.rest.subarray(length)
    }
  }
}

export class HostilePeer {
  private readonly server: Server
  private readonly waiting: Wire[] = []
  private readonly all: Socket[] = []
  private play: ((wire: Wire) => void) | undefined // else they wait for next()

  constructor(host: Host) {
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      this.all.push(socket)
      const wire = new Wire(socket)
      if (this.play === undefined) this.waiting.push(wire)
      else this.play(wire)
    })
    inNamespace(host.namespace, () => this.server.listen(179))
  }

  /** With every connection from now on; undefined: they wait for next(). */
  playAll(play: ((wire: Wire) => void) | undefined): void {
    this.play = play
    for (const wire of this.waiting.splice(0)) wire.drop()
  }

  /** The next connection that the speaker opens and that still stands. */
  async next(): Promise<Wire> {
    const standing = () => {
      for (let wire = this.waiting.shift(); wire !== undefined; wire = this.waiting.shift())
        if (!wire.hasEnded) return wire
      return undefined
    }
    return until('the speaker dials', standing, patience)
  }

  /** A connection on which both have said OPEN and KEEPALIVE; one that ends before is passed over. */
  async established(opening: Opening = {}): Promise<Wire> {
    for (let tries = 0; tries < 20; tries++) {
      const wire = await this.next()
      wire.send(openBytes(opening), keepaliveBytes)
      const isUp = () => (wire.find('keepalive') !== undefined ? true : wire.hasEnded ? false : undefined)
      if (await until(`KEEPALIVE, not ${wire.heard()}`, isUp, patience)) return wire
    }
    throw new Error('no connection came to be established')
  }

  close(): void {
    for (const socket of this.all) socket.destroy()
    this.server.close()
  }
}

export type Opening = {
  readonly twoOctet?: boolean
  readonly ipv4Only?: boolean
  readonly holdTimeS?: number
  readonly identifier?: string
  readonly enhancedRefresh?: boolean
}

export const keepaliveBytes = encodeMessage({ type: 'keepalive' }, anyContext)

/** A proper OPEN of AS 65002. */
export function openBytes(opening: Opening): Uint8Array {
  const { twoOctet = false, ipv4Only = false, enhancedRefresh = false } = opening
  const { holdTimeS = 90, identifier = '192.0.2.3' } = opening
  const capabilities: readonly Capability[] = [
    { name: 'multiprotocol', afi: 1, safi: 1 },
    ...(ipv4Only ? [] : [{ name: 'multiprotocol', afi: 2, safi: 1 } as const]),
    ...(twoOctet ? [] : [{ name: 'four-octet-as', asNumber: 65002 } as const]),
    { name: 'route-refresh' },
    ...(enhancedRefresh ? [{ name: 'enhanced-route-refresh' } as const] : []),
  ]
  return encodeMessage({ type: 'open', asNumber: 65002, holdTimeS, identifier, capabilities }, anyContext)
}

/** How the speaker reads us after that OPEN. */
export function contextOf({ twoOctet = false, ipv4Only = false }: Opening): Context {
  return {
    ...anyContext,
    fourOctetAs: !twoOctet,
    families: [{ afi: 1, safi: 1 }, ...(ipv4Only ? [] : [{ afi: 2, safi: 1 }])],
  }
}
