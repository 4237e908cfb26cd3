// A TCP socket as a BGP session wants it, before it connects or listens: TCP-MD5 (RFC 2385), TTL and GTSM (RFC 5082), device,
// source address. Made by the C library, for Node sets none of these early enough.
import { noSuchDevice } from '../bgp/config.ts'
import type { PeerEndpoint, TtlRule } from '../bgp/config.ts'
import type { Family } from '../net/address.ts'
import { bind, close, getsockname, ifNameToIndex, lastError, setsockopt, socket } from './libc.ts'
import { isLinkLocal } from '../net/ipv6.ts'
import {
  decodeSocketAddress,
  encodeSocketAddress,
  longestSocketAddress,
  setOption,
  SocketOption,
  socketFamily,
} from './socket-address.ts'
import type { SocketAddress } from './socket-address.ts'

const streamNonblockCloexec = 1 | 0o4000 | 0o2000000

/** tcp(7), <linux/tcp.h>, <linux/in.h>, <linux/in6.h>. */
const TcpOption = {
  noDelay: { level: 6, option: 1 },
  md5: { level: 6, option: 14 },
  userTimeout: { level: 6, option: 18 },
  minimumTtl: { level: 0, option: 21 },
  minimumHops: { level: 41, option: 73 },
} as const

/** RFC 4271 appendix E: precedence Internetwork Control. */
const internetworkControl = 0xc0

/** RFC 9687: bytes that the peer has not taken by then end the connection, though its TCP lives. */
const userTimeoutMs = 480_000

/** What a peer that does not read may hold of the kernel's memory (twice that, as it counts); more than a flight. */
const sendBufferBytes = 128 * 1024

/** Non-blocking. Throws the kernel's words, as all of this file. */
function openTcpSocket(family: Family): number {
  const fd = socket(socketFamily[family], streamNonblockCloexec, 0)
  if (fd < 0) throw new Error(`socket: ${lastError()}`)
  return fd
}

/** Runs `prepare` on a socket that is closed again when it throws. */
export function withSocket(family: Family, prepare: (fd: number) => void): number {
  const fd = openTcpSocket(family)
  try {
    prepare(fd)
    return fd
  } catch (error) {
    close(fd)
    throw error
  }
}

export function familyOf(address: string): Family {
  return address.includes(':') ? 'IPv6' : 'IPv4'
}

/** Where the peer is. An address of the link has its interface's index with it. */
export function remoteAddress({ remote, device }: PeerEndpoint): SocketAddress {
  if ('interface' in remote) throw new Error(`the router on interface ${remote.interface} is not known`)
  const { address, port } = remote
  if (!isLinkLocal(address)) return { address, port }
  if (device === undefined) throw new Error(`${address} is a link-local address: its interface must be named`)
  const scopeId = ifNameToIndex(device)
  if (scopeId === 0) throw new Error(`there is no interface ${device}`)
  return { address, port, scopeId }
}

export function prepareSocket(fd: number, family: Family): void {
  setOption(fd, TcpOption.noDelay, 1)
  setOption(fd, TcpOption.userTimeout, userTimeoutMs)
  setOption(fd, SocketOption.sendBuffer, sendBufferBytes)
  if (family === 'IPv4') setOption(fd, SocketOption.ipTos, internetworkControl)
  else setOption(fd, SocketOption.ipv6TrafficClass, internetworkControl)
}

export function setTtl(fd: number, family: Family, rule: TtlRule): void {
  const hops = rule.type === 'security' ? 255 : rule.hops
  setOption(fd, family === 'IPv4' ? SocketOption.ipTtl : SocketOption.ipv6UnicastHops, hops)
  if (rule.type === 'security')
    setOption(fd, family === 'IPv4' ? TcpOption.minimumTtl : TcpOption.minimumHops, rule.minimum)
}

/** A device that is no interface of a link-local address: a VRF, or what the user wants the connection to use. */
export function bindToDevice(fd: number, device: string): void {
  if (ifNameToIndex(device) === 0) throw new Error(noSuchDevice(device))
  try {
    setOption(fd, SocketOption.bindToDevice, device)
  } catch (error) {
    throw new Error(`device ${device}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

export function bindAddress(fd: number, address: SocketAddress): void {
  const bytes = encodeSocketAddress(address)
  if (bind(fd, bytes, bytes.length) !== 0) throw new Error(`bind to ${address.address}: ${lastError()}`)
}

const md5KeyLimit = 80
const md5Length = 216

//  0                128     129            130        132       136
// +---------------+--------+--------------+----------+---------+----------+
// | sockaddr      | flags  | prefix length| key length| ifindex | key (80) |   struct tcp_md5sig
// +---------------+--------+--------------+----------+---------+----------+
/** Towards one peer; an empty key takes it away again. On a listening socket, of every connection from that address. */
export function setMd5Key(fd: number, peer: SocketAddress, password: string): void {
  const key = new TextEncoder().encode(password)
  if (key.length > md5KeyLimit)
    throw new Error(`a TCP-MD5 password has at most ${md5KeyLimit} bytes, this one has ${key.length}`)
  const bytes = new Uint8Array(md5Length)
  bytes.set(encodeSocketAddress({ ...peer, port: 0 }))
  new DataView(bytes.buffer).setUint16(130, key.length, true)
  bytes.set(key, 136)
  const { level, option } = TcpOption.md5
  if (setsockopt(fd, level, option, bytes, bytes.length) !== 0)
    throw new Error(`TCP-MD5 towards ${peer.address}: ${lastError()}`)
}

export function localAddress(fd: number): SocketAddress | undefined {
  const bytes = new Uint8Array(longestSocketAddress)
  if (getsockname(fd, bytes, Uint8Array.of(bytes.length, 0, 0, 0)) !== 0) return undefined
  return decodeSocketAddress(bytes)
}
