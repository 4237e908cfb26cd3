// Where the frames of one Packet connection go: the way, the interface, both addresses, and a local port at which the
// kernel keeps silent.
import { randomBytes } from 'node:crypto'
import type { PeerEndpoint } from '../bgp/config.ts'
import type { Mac } from '../net/ethernet.ts'
import { close, ifNameToIndex, lastError, listen } from './libc.ts'
import { neighbourFilter } from './packet-neighbour.ts'
import type { PacketEnds } from './packet-segment.ts'
import { linkFacts, wayTo } from './route-lookup.ts'
import { isLinkLocal } from '../net/ipv6.ts'
import { setOption, SocketOption } from './socket-address.ts'
import type { SocketAddress } from './socket-address.ts'
import { attachFilter, dropAll } from './socket-filter.ts'
import { bindAddress, familyOf, localAddress, remoteAddress, setMd5Key, withSocket } from './tcp-socket.ts'

export type PacketPath = {
  readonly ends: PacketEnds
  readonly interface: { readonly index: number; readonly name: string; readonly mac: Mac }
  readonly nextHop: string // the peer, or the gateway before it
  readonly segmentSize: number // payload of a full segment without options
  readonly filter: string // pcap-filter(7): all that concerns this connection
}

/** A held port; closed, the kernel answers there again. */
export type HeldPath = PacketPath & { release(): void }

const headers = { IPv4: 40, IPv6: 60 } as const // of IP and TCP
/** RFC 8200 §5: of a path that we cannot probe, and on which nobody may cut our packets up. */
const safeMtu = 1280
/** Of frames that libpcap.ts injects; a longer link is used as an ordinary one. */
const longestMtu = 1500

/** Throws in words. */
export function holdPath(endpoint: PeerEndpoint): HeldPath {
  const peer = remoteAddress(endpoint)
  const { address: remote, port: remotePort, scopeId } = peer
  const family = familyOf(remote)
  const device = scopeId ?? deviceIndex(endpoint.device)
  const way = wayTo({
    destination: remote,
    ...(endpoint.sourceAddress === undefined ? {} : { source: endpoint.sourceAddress }),
    ...(device === undefined ? {} : { interface: device }),
  })
  if (way.isLocal) throw new Error(`${remote} is an address of this node: there is no wire to it`)
  const local = endpoint.sourceAddress ?? way.source
  if (local === undefined) throw new Error(`there is no address of this node to reach ${remote} from`)
  const link = linkFacts(way.interface)
  if (link.mac === undefined) throw new Error(`${link.name} is no Ethernet: the Packet transport needs one`)
  const held = silentPort({ local, peer, scopeId: isLinkLocal(local) ? way.interface : undefined })
  const { ttl, password } = endpoint
  const mtu = Math.min(way.mtu ?? link.mtu, link.mtu, longestMtu)
  const pathMtu = family === 'IPv6' && way.gateway !== undefined ? Math.min(mtu, safeMtu) : mtu
  return {
    ends: {
      local,
      remote,
      localPort: held.port,
      remotePort,
      hops: ttl.type === 'security' ? 255 : ttl.hops,
      minimumTtl: ttl.type === 'security' ? ttl.minimum : 0,
      ...(password === undefined ? {} : { password }),
    },
    interface: { index: way.interface, name: link.name, mac: link.mac },
    nextHop: way.gateway ?? remote,
    segmentSize: pathMtu - headers[family],
    filter: `(tcp and src host ${remote} and dst host ${local} and src port ${remotePort} and dst port ${held.port}) or ${neighbourFilter}`,
    release: () => close(held.fd),
  }
}

function deviceIndex(name: string | undefined): number | undefined {
  if (name === undefined) return undefined
  const index = ifNameToIndex(name)
  if (index === 0) throw new Error(`there is no interface ${name}`)
  return index
}

type Silence = { readonly local: string; readonly peer: SocketAddress; readonly scopeId: number | undefined }

/**
 * A port of the kernel's choice on which it listens and hears nothing: a segment to it finds a socket, so that the kernel
 * resets nothing, and the socket drops it.
 */
function silentPort({ local, peer, scopeId }: Silence): { readonly fd: number; readonly port: number } {
  let port = 0
  const family = familyOf(local)
  const fd = withSocket(family, (socket) => {
    if (family === 'IPv6') setOption(socket, SocketOption.ipv6Only, 1)
    makeDeaf(socket, peer)
    bindAddress(socket, { address: local, port: 0, ...(scopeId === undefined ? {} : { scopeId }) })
    port = localAddress(socket)?.port ?? 0
    if (listen(socket, 1) !== 0) throw new Error(`listen on ${local}: ${lastError()}`)
  })
  return { fd, port }
}

/**
 * By a filter that drops everything. A newer kernel (seen: 6.18) lets only CAP_NET_ADMIN filter a TCP socket: then a
 * signature that nobody can make is asked of the peer, and without it the kernel drops in silence, too (RFC 2385 §2).
 */
function makeDeaf(fd: number, peer: SocketAddress): void {
  try {
    attachFilter(fd, dropAll)
  } catch (filterError) {
    try {
      setMd5Key(fd, peer, randomBytes(32).toString('hex'))
    } catch (cause) {
      const words = filterError instanceof Error ? filterError.message : String(filterError)
      throw new Error(
        `this kernel cannot be kept silent without the capability NET_ADMIN (${words}): it would reset the connection`,
        { cause },
      )
    }
  }
}
