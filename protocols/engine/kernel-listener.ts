// Where peers connect to us: one listening socket for each family and VRF. Who may is known to the kernel before it listens:
// a filter lets through the configured peers' addresses with the TTL that each must have (RFC 5082), and TCP-MD5 keys are
// set for each (RFC 2385). Nobody else's SYN is answered. Connections inherit both.
import type { PeerConfig } from '../bgp/config.ts'
import type { Family } from '../net/address.ts'
import type { ByteStream, Incoming, StreamEvents } from './byte-stream.ts'
import { endOf, streamOver } from './kernel-stream.ts'
import { accept4, close, errno, errnoOf, lastError, listen, whenReadable } from './libc.ts'
import type { PollHandle } from './libc.ts'
import { decodeSocketAddress, longestSocketAddress, setOption, SocketOption } from './socket-address.ts'
import type { SocketAddress } from './socket-address.ts'
import { admitOnly, attachFilter } from './socket-filter.ts'
import {
  bindAddress,
  bindToDevice,
  localAddress,
  prepareSocket,
  remoteAddress,
  setMd5Key,
  setTtl,
  withSocket,
} from './tcp-socket.ts'

export type Place = { readonly family: Family; readonly port: number; readonly device?: string }

export type ListenerEvents = {
  readonly onIncoming: (peer: string, incoming: Incoming) => void
  readonly onRefused: (peer: string, why: string) => void // nobody is let in from there
  readonly onError: (error: unknown) => void
}

const nonblockCloexec = 0o4000 | 0o2000000
const backlog = 128
/** So many connections are taken before others have their turn. */
const acceptsPerTurn = 16

/** Throws, in words, when it cannot listen. */
export class KernelListener {
  private readonly place: Place
  private readonly events: ListenerEvents
  private readonly fd: number
  private readonly poll: PollHandle
  private peers = new Map<string, PeerConfig>() // by address
  private keys = new Map<string, string>() // passwords by address, as the kernel has them

  constructor(place: Place, peers: readonly PeerConfig[], events: ListenerEvents) {
    this.place = place
    this.events = events
    this.fd = withSocket(place.family, (fd) => this.prepare(fd, peers))
    this.poll = whenReadable(
      this.fd,
      () => this.acceptAll(),
      (error) => events.onError(error),
    )
  }

  /** Other peers, or other passwords: connections that are open stay. */
  configure(peers: readonly PeerConfig[]): void {
    this.admit(this.fd, peers)
  }

  close(): void {
    this.poll.close()
    close(this.fd)
  }

  private prepare(fd: number, peers: readonly PeerConfig[]): void {
    const { family, port, device } = this.place
    setOption(fd, SocketOption.reuseAddress, 1)
    if (family === 'IPv6') setOption(fd, SocketOption.ipv6Only, 1)
    prepareSocket(fd, family)
    setTtl(fd, family, { type: 'hops', hops: 255 }) // of the SYN-ACK: who asks for GTSM must see 255
    if (device !== undefined) bindToDevice(fd, device)
    bindAddress(fd, { address: family === 'IPv4' ? '0.0.0.0' : '::', port })
    this.admit(fd, peers)
    if (listen(fd, backlog) !== 0) throw new Error(`listen: ${lastError()}`)
  }

  /** The filter last: a peer whose key could not be set is not let in without it. */
  private admit(fd: number, peers: readonly PeerConfig[]): void {
    const ready = peers.flatMap((peer) => this.withKey(fd, peer))
    this.peers = new Map(ready.map(({ address, peer }) => [address, peer]))
    for (const address of this.keys.keys())
      if (!this.peers.has(address)) this.setKey(fd, { address, port: 0 })
    const admitted = ready.map(({ address, peer: { endpoint } }) => ({
      address,
      minimumTtl: endpoint.ttl.type === 'security' ? endpoint.ttl.minimum : 0,
    }))
    attachFilter(fd, admitOnly(admitted, this.place.family))
  }

  private withKey(fd: number, peer: PeerConfig): { readonly address: string; readonly peer: PeerConfig }[] {
    try {
      const remote = remoteAddress(peer.endpoint)
      this.setKey(fd, remote, peer.endpoint.password)
      return [{ address: remote.address, peer }]
    } catch (error) {
      this.events.onRefused(peer.name, error instanceof Error ? error.message : String(error))
      return []
    }
  }

  private setKey(fd: number, peer: SocketAddress, password?: string): void {
    if (this.keys.get(peer.address) === password) return
    setMd5Key(fd, peer, password ?? '')
    if (password === undefined) this.keys.delete(peer.address)
    else this.keys.set(peer.address, password)
  }

  private acceptAll(): void {
    for (let count = 0; count < acceptsPerTurn; count++) {
      const bytes = new Uint8Array(longestSocketAddress)
      const fd = accept4(this.fd, bytes, Uint8Array.of(bytes.length, 0, 0, 0), nonblockCloexec)
      if (fd < 0) {
        const code = errno()
        if (code === errnoOf['EAGAIN']) return
        if (code === errnoOf['EBADF'] || code === errnoOf['EINVAL']) throw new Error(`accept: ${lastError()}`)
        continue // that connection is gone again, or there is no descriptor left for it
      }
      this.accepted(fd, decodeSocketAddress(bytes))
    }
  }

  private accepted(fd: number, remote: SocketAddress | undefined): void {
    const peer = remote === undefined ? undefined : this.peers.get(remote.address)
    const local = localAddress(fd)
    if (remote === undefined || peer === undefined || local === undefined) {
      close(fd)
      return
    }
    try {
      setTtl(fd, this.place.family, peer.endpoint.ttl)
    } catch {
      close(fd)
      return
    }
    this.events.onIncoming(peer.name, incomingOver(fd, endOf(local, remote)))
  }
}

function incomingOver(fd: number, local: Incoming['local']): Incoming {
  return {
    local,
    take: (events: StreamEvents): ByteStream => streamOver(fd, events),
    refuse: () => {
      close(fd)
    },
  }
}
