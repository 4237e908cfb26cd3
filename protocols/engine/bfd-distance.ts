// Who sends BFD to us with too low a TTL. The sockets of BFD drop such packets in the kernel (RFC 5881 §5, RFC 5883 §5),
// unseen; so that somebody hears why a session never comes up, one of them is looked at now and then while it is down.
//
// A packet socket of its own: a flood from afar fills its queue and no other, and it is closed after the first packet.
import { BfdPort } from '../bfd/iana.ts'
import { addressFromBytes, formatAddress, parseAddress } from '../net/address.ts'
import type { Family } from '../net/address.ts'
import { addressOf, close, errno, errnoOf, lastError, recvfrom, socket, whenReadable } from './libc.ts'
import { attachFilter, farPackets } from './socket-filter.ts'
import type { FarPeer } from './socket-filter.ts'

export type { FarPeer } from './socket-filter.ts'

export type FarPacket = { readonly source: string; readonly ttl: number; readonly multihop: boolean }

/** Until the first packet of one of them; the answer ends it. Throws in the kernel's words. */
export type WatchFar = (peers: readonly FarPeer[], onSeen: (packet: FarPacket) => void) => { close(): void }

const packetFamily = 17 // AF_PACKET
const networkLayerCloseOnExecNonblock = 2 | 0o2000000 | 0o4000 // SOCK_DGRAM: from the IP header on
const etherType = { IPv4: 0x0800, IPv6: 0x86dd } as const
const headerBytes = { IPv4: 20 + 8, IPv6: 40 + 8 } as const // and the UDP header; nobody has options here

export const watchFar: WatchFar = (peers, onSeen) => {
  const families = (['IPv4', 'IPv6'] as const).filter((family) =>
    peers.some((peer) => familyOf(peer) === family),
  )
  const open: { close(): void }[] = []
  const closeAll = () => {
    for (const each of open.splice(0)) each.close()
  }
  try {
    for (const family of families)
      open.push(
        watchFamily(
          peers.filter((peer) => familyOf(peer) === family),
          { family, onSeen: (packet) => (closeAll(), onSeen(packet)) },
        ),
      )
  } catch (error) {
    closeAll()
    throw error
  }
  return { close: closeAll }
}

function familyOf({ address }: FarPeer): Family | undefined {
  return parseAddress(address)?.family
}

type Watched = { readonly family: Family; readonly onSeen: (packet: FarPacket) => void }

function watchFamily(peers: readonly FarPeer[], { family, onSeen }: Watched): { close(): void } {
  const fd = socket(packetFamily, networkLayerCloseOnExecNonblock, swapped(etherType[family]))
  if (fd < 0) throw new Error(`packet socket: ${lastError()}`)
  const bytes = new Uint8Array(new ArrayBuffer(headerBytes.IPv6))
  let isOpen = true
  const end = () => {
    if (!isOpen) return
    isOpen = false
    poll.close() // before the descriptor, which the kernel may give to somebody else
    close(fd)
  }
  const look = () => {
    const length = recvfrom(fd, addressOf(bytes.buffer), bytes.length, 0, 0, 0)
    if (length < 0 && (errno() === errnoOf['EAGAIN'] || errno() === errnoOf['EINTR'])) return
    const packet = length < headerBytes[family] ? undefined : decodeFar(bytes, family)
    // Before the filter was there anything may have been queued.
    const isWatched = peers.some(
      ({ address, multihop, minimumTtl }) =>
        address === packet?.source && multihop === packet.multihop && packet.ttl < minimumTtl,
    )
    if (packet === undefined || !isWatched) return
    end()
    onSeen(packet)
  }
  const poll = whenReadable(fd, look, end)
  try {
    attachFilter(fd, farPackets(peers, family))
  } catch (error) {
    end()
    throw error
  }
  return { close: end }
}

/** In the byte order of the network, as packet(7) wants it. */
function swapped(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8)
}

/** The header of IP, and behind it that of UDP. */
function decodeFar(bytes: Uint8Array, family: Family): FarPacket | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [ttlAt, sourceAt, sourceBytes, udpAt] = family === 'IPv4' ? [8, 12, 4, 20] : [7, 8, 16, 40]
  const port = view.getUint16(udpAt + 2)
  if (port !== BfdPort.multihop && port !== BfdPort.singleHop) return undefined
  return {
    source: formatAddress(addressFromBytes(bytes.subarray(sourceAt, sourceAt + sourceBytes))),
    ttl: view.getUint8(ttlAt),
    multihop: port === BfdPort.multihop,
  }
}
