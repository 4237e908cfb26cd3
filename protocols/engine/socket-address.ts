// struct sockaddr_in and sockaddr_in6, there and back: ip(7), ipv6(7). Families are in the machine's byte order.
import { addressBytes, addressFromBytes, formatAddress, parseAddress } from '../net/address.ts'
import { lastError, setsockopt } from './libc.ts'

export const socketFamily = { IPv4: 2, IPv6: 10 } as const

export type SocketAddress = {
  readonly address: string // canonical text, no zone
  readonly port: number
  readonly scopeId?: number // index of the interface, of a link-local address
}

export const longestSocketAddress = 28

//  0               2               4               8               16 / 24
// +---------------+---------------+---------------+------ … ------+
// | family 2      | port          | address       | zeros         |   IPv4, 16 bytes
// | family 10     | port          | flow label    | address (16)  | scope id    IPv6, 28 bytes
// +---------------+---------------+---------------+---------------+
/** Throws RangeError for what is no address: a bug of the caller. */
export function encodeSocketAddress({ address, port, scopeId = 0 }: SocketAddress): Uint8Array {
  const parsed = parseAddress(address)
  if (parsed === undefined) throw new RangeError(`not an address: ${address}`)
  const isV4 = parsed.family === 'IPv4'
  const bytes = new Uint8Array(isV4 ? 16 : longestSocketAddress)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, socketFamily[parsed.family], true)
  view.setUint16(2, port)
  bytes.set(addressBytes(parsed), isV4 ? 4 : 8)
  if (!isV4) view.setUint32(24, scopeId, true)
  return bytes
}

/** Undefined for any other family. */
export function decodeSocketAddress(bytes: Uint8Array): SocketAddress | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const family = view.getUint16(0, true)
  if (family !== socketFamily.IPv4 && family !== socketFamily.IPv6) return undefined
  const isV4 = family === socketFamily.IPv4
  const address = formatAddress(addressFromBytes(isV4 ? bytes.subarray(4, 8) : bytes.subarray(8, 24)))
  const scopeId = isV4 ? 0 : view.getUint32(24, true)
  return { address, port: view.getUint16(2), ...(scopeId === 0 ? {} : { scopeId }) }
}

export type SocketOption = { readonly level: number; readonly option: number }

/** socket(7), ip(7), ipv6(7), as Linux numbers them. */
export const SocketOption = {
  reuseAddress: { level: 1, option: 2 },
  sendBuffer: { level: 1, option: 7 },
  receiveBuffer: { level: 1, option: 8 },
  priority: { level: 1, option: 12 },
  bindToDevice: { level: 1, option: 25 },
  ipTos: { level: 0, option: 1 },
  ipTtl: { level: 0, option: 2 },
  ipMtuDiscover: { level: 0, option: 10 },
  ipv6UnicastHops: { level: 41, option: 16 },
  ipv6MtuDiscover: { level: 41, option: 23 },
  ipv6Only: { level: 41, option: 26 },
  ipv6TrafficClass: { level: 41, option: 67 },
} as const satisfies Record<string, SocketOption>

/** A number, or a name with its final zero. Throws the kernel's words. */
export function setOption(fd: number, { level, option }: SocketOption, value: number | string): void {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(`${value}\0`) : new Uint8Array(4)
  if (typeof value === 'number') new DataView(bytes.buffer).setInt32(0, value, true)
  if (setsockopt(fd, level, option, bytes, bytes.length) !== 0)
    throw new Error(`socket option ${level}/${option} = ${value}: ${lastError()}`)
}
