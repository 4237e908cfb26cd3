// Membership in solicited-node groups (RFC 4291 §2.7.1): a join makes the kernel send MLD reports, without which
// a switch that snoops them would keep solicitations from us.
import { ipv6Bytes } from '../net/ipv6.ts'
import { close, errno, errnoOf, lastError, setsockopt, socket } from './libc.ts'

const inet6 = 10
const datagramCloseOnExec = 2 | 0o2000000
const ipprotoIpv6 = 41
const joinGroup = 20 // IPV6_JOIN_GROUP
const leaveGroup = 21 // IPV6_LEAVE_GROUP

/**
 * Sockets that do nothing but belong to groups: never bound, so no port is open. They name the interface by index,
 * which a rename does not change. net.core.optmem_max bounds the memberships of one socket (2,340 at 128 kB),
 * so a full one is followed by another.
 */
export class GroupMemberships {
  private readonly sockets: number[] = []
  private readonly heldBy = new Map<string, number>() // 'link group' → socket

  /** Throws what the kernel objects to: ENODEV where IPv6 is off. Joining twice is once. */
  join(link: number, group: string): void {
    const key = keyOf(link, group)
    if (this.heldBy.has(key)) return
    const request = requestOf(link, group)
    const last = this.sockets.at(-1)
    if (last !== undefined && this.tryJoin(last, key, request)) return
    const fresh = socket(inet6, datagramCloseOnExec, 0)
    if (fresh < 0) throw new Error(`socket for group memberships: ${lastError()}`)
    this.sockets.push(fresh)
    if (!this.tryJoin(fresh, key, request)) throw new Error(`join ${group}: ${lastError()}`)
  }

  /** Of a link that is gone the kernel has forgotten the membership already. */
  leave(link: number, group: string): void {
    const key = keyOf(link, group)
    const fd = this.heldBy.get(key)
    if (fd === undefined) return
    const request = requestOf(link, group)
    setsockopt(fd, ipprotoIpv6, leaveGroup, request, request.length)
    this.heldBy.delete(key)
  }

  get size(): number {
    return this.heldBy.size
  }

  close(): void {
    for (const fd of this.sockets) close(fd)
    this.sockets.length = 0
    this.heldBy.clear()
  }

  /** False when this socket is full. */
  private tryJoin(fd: number, key: string, request: Uint8Array): boolean {
    if (setsockopt(fd, ipprotoIpv6, joinGroup, request, request.length) !== 0) {
      const code = errno()
      if (code === errnoOf['ENOMEM'] || code === errnoOf['ENOBUFS']) return false
      if (code !== errnoOf['EADDRINUSE']) throw new Error(`join ${key}: ${lastError()}`)
    }
    this.heldBy.set(key, fd)
    return true
  }
}

function keyOf(link: number, group: string): string {
  return `${link} ${group}`
}

/** struct ipv6_mreq { in6_addr group; int ifindex } */
function requestOf(link: number, group: string): Uint8Array {
  const request = new Uint8Array(20)
  request.set(ipv6Bytes(group))
  new DataView(request.buffer).setUint32(16, link, true)
  return request
}
