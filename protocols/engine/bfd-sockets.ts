// The sockets of BFD (RFC 5881 §4 and §5, RFC 5883 §5): one that hears all peers of a family and kind, and one for
// each session that speaks from a source port of its own. Who is unknown or too far away is dropped by the kernel.
import { randomInt } from 'node:crypto'
import { BfdPort, bfdSourcePorts } from '../bfd/iana.ts'
import type { Family } from '../net/address.ts'
import { isLinkLocal } from '../net/ipv6.ts'
import {
  addressOf,
  bind,
  close,
  errno,
  errnoOf,
  ifNameToIndex,
  lastError,
  recvfrom,
  sendto,
  socket,
  whenReadable,
} from './libc.ts'
import {
  decodeSocketAddress,
  encodeSocketAddress,
  longestSocketAddress,
  setOption,
  socketFamily,
  SocketOption,
} from './socket-address.ts'
import { admitOnly, attachFilter, dropAll } from './socket-filter.ts'
import type { AdmittedPeer } from './socket-filter.ts'

/** Where packets come in. */
export type BfdDoor = { readonly family: Family; readonly multihop: boolean }

export type ReceivedDatagram = {
  readonly bytes: Uint8Array // valid until the next read
  readonly source: string
  readonly interface?: number // index; of a link-local source only
}

export type BfdListener = {
  /** Nobody else is heard from now on. */
  admit(peers: readonly AdmittedPeer[]): void
  /** The next one that is queued; undefined when there is none. */
  read(): ReceivedDatagram | undefined
  close(): void
}

export type BfdListening = {
  readonly onReadable: () => void
  readonly onError: (error: unknown) => void // it is of no use any more
}

export type BfdPath = {
  readonly remote: string
  readonly local?: string
  readonly interface?: string // or a VRF
  readonly multihop: boolean
  readonly unfragmented: boolean // packets that are padded to try the path's MTU (RFC 9764 §3)
}

export type BfdSender = {
  /** What is wrong, in words, or nothing. */
  send(bytes: Uint8Array): string | undefined
  close(): void
}

/** All that the driver asks of the kernel. What is refused is thrown in the kernel's words. */
export type BfdNetwork = {
  listen(door: BfdDoor, listening: BfdListening): BfdListener
  open(path: BfdPath): BfdSender
  /** Index of an interface; 0 = there is none. */
  interfaceIndex(name: string): number
}

export const bfdNetwork: BfdNetwork = {
  listen: (door, listening) => new Listener(door, listening),
  open: (path) => new Sender(path),
  interfaceIndex: ifNameToIndex,
}

const datagramCloseOnExecNonblock = 2 | 0o2000000 | 0o4000
const anyAddress = { IPv4: '0.0.0.0', IPv6: '::' } as const
const longestPayload = 9216 // of a jumbo frame; more is cut off, and is no less of a BFD packet for it

const distance = 255 // RFC 5881 §5: the TTL that nobody behind a router can send
const internetworkControl = 0xc0 // CS6: routing traffic goes first
const socketPriority = 6 // the highest without CAP_NET_ADMIN

function openSocket(family: Family): number {
  const fd = socket(socketFamily[family], datagramCloseOnExecNonblock, 0)
  if (fd < 0) throw new Error(`socket: ${lastError()}`)
  return fd
}

/** Closes the socket when `prepare` throws. */
function prepared(fd: number, prepare: () => void): void {
  try {
    prepare()
  } catch (error) {
    close(fd)
    throw error
  }
}

class Listener implements BfdListener {
  private readonly fd: number
  private readonly family: Family
  private readonly poll: { close(): void }
  private readonly payload = new Uint8Array(new ArrayBuffer(longestPayload))
  private readonly payloadAt = addressOf(this.payload.buffer)
  private readonly from = new Uint8Array(new ArrayBuffer(longestSocketAddress))
  private readonly fromAt = addressOf(this.from.buffer)
  private readonly fromLength = new Uint32Array(new ArrayBuffer(4))
  private readonly fromLengthAt = addressOf(this.fromLength.buffer)

  constructor({ family, multihop }: BfdDoor, { onReadable, onError }: BfdListening) {
    this.family = family
    this.fd = openSocket(family)
    prepared(this.fd, () => {
      if (family === 'IPv6') setOption(this.fd, SocketOption.ipv6Only, 1)
      attachFilter(this.fd, dropAll) // before it is bound: nobody is admitted yet
      const port = multihop ? BfdPort.multihop : BfdPort.singleHop
      const address = encodeSocketAddress({ address: anyAddress[family], port })
      if (bind(this.fd, address, address.length) !== 0) throw new Error(`UDP port ${port}: ${lastError()}`)
    })
    this.poll = whenReadable(this.fd, onReadable, onError)
  }

  admit(peers: readonly AdmittedPeer[]): void {
    attachFilter(this.fd, admitOnly(peers, this.family))
  }

  read(): ReceivedDatagram | undefined {
    for (;;) {
      this.fromLength[0] = longestSocketAddress
      const length = recvfrom(this.fd, this.payloadAt, longestPayload, 0, this.fromAt, this.fromLengthAt)
      if (length >= 0) {
        const from = decodeSocketAddress(this.from)
        if (from === undefined) continue
        const { address: source, scopeId } = from
        const bytes = this.payload.subarray(0, length)
        return { bytes, source, ...(scopeId === undefined ? {} : { interface: scopeId }) }
      }
      const code = errno()
      if (code === errnoOf['EAGAIN']) return undefined
      if (code !== errnoOf['EINTR']) throw new Error(`recvfrom: ${lastError()}`)
    }
  }

  close(): void {
    this.poll.close() // before the descriptor, which the kernel may give to somebody else
    close(this.fd)
  }
}

class Sender implements BfdSender {
  private readonly fd: number
  private readonly to: Uint8Array<ArrayBuffer>
  private readonly toAt: number
  private outgoing = new Uint8Array(new ArrayBuffer(64))
  private outgoingAt = addressOf(this.outgoing.buffer)

  constructor(path: BfdPath) {
    const family: Family = path.remote.includes(':') ? 'IPv6' : 'IPv4'
    const port = path.multihop ? BfdPort.multihop : BfdPort.singleHop
    this.to = new Uint8Array(
      encodeSocketAddress({ address: path.remote, port, ...scopeOf(path, path.remote) }),
    )
    this.toAt = addressOf(this.to.buffer)
    this.fd = openSocket(family)
    prepared(this.fd, () => {
      attachFilter(this.fd, dropAll) // it only speaks
      for (const [option, value] of optionsOf(path, family)) setOption(this.fd, option, value)
      if (path.interface !== undefined) setOption(this.fd, SocketOption.bindToDevice, path.interface)
      bindToSourcePort(this.fd, path, family)
    })
  }

  send(bytes: Uint8Array): string | undefined {
    this.place(bytes)
    for (;;) {
      if (sendto(this.fd, this.outgoingAt, bytes.length, 0, this.toAt, this.to.length) >= 0) return undefined
      if (errno() !== errnoOf['EINTR']) return lastError()
    }
  }

  close(): void {
    close(this.fd)
  }

  /** Into memory that lies still: what a small typed array would not do. */
  private place(bytes: Uint8Array): void {
    if (this.outgoing.length < bytes.length) {
      this.outgoing = new Uint8Array(new ArrayBuffer(bytes.length))
      this.outgoingAt = addressOf(this.outgoing.buffer)
    }
    this.outgoing.set(bytes)
  }
}

function scopeOf(path: BfdPath, address: string): { readonly scopeId?: number } {
  if (!isLinkLocal(address) || path.interface === undefined) return {}
  const scopeId = ifNameToIndex(path.interface)
  if (scopeId === 0) throw new Error(`there is no interface ${path.interface}`)
  return { scopeId }
}

function optionsOf(path: BfdPath, family: Family): readonly (readonly [SocketOption, number])[] {
  const isV4 = family === 'IPv4'
  const probe = 3 // IP_PMTUDISC_PROBE: never fragmented, whatever the kernel believes of the path
  return [
    [isV4 ? SocketOption.ipTtl : SocketOption.ipv6UnicastHops, distance],
    [isV4 ? SocketOption.ipTos : SocketOption.ipv6TrafficClass, internetworkControl],
    [SocketOption.priority, socketPriority],
    ...(path.unfragmented
      ? [[isV4 ? SocketOption.ipMtuDiscover : SocketOption.ipv6MtuDiscover, probe] as const]
      : []),
  ]
}

/** RFC 5881 §4: unique among the sessions of this system, which the kernel sees to. */
function bindToSourcePort(fd: number, path: BfdPath, family: Family): void {
  const local = path.local ?? anyAddress[family]
  const attempts = 32
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = randomInt(bfdSourcePorts.first, bfdSourcePorts.last + 1)
    const address = encodeSocketAddress({ address: local, port, ...scopeOf(path, local) })
    if (bind(fd, address, address.length) === 0) return
    if (errno() !== errnoOf['EADDRINUSE']) throw new Error(`source address ${local}: ${lastError()}`)
  }
  throw new Error(`no free source port of ${attempts} tried`)
}
