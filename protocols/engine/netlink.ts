// Follows links and addresses by rtnetlink(7): first all of them, then the news. Never polled.
import {
  bind,
  close,
  errno,
  errnoOf,
  lastError,
  recv,
  send,
  setsockopt,
  socket,
  whenReadable,
} from './libc.ts'
import type { PollHandle } from './libc.ts'
import { emptyTable, withNews } from './link-table.ts'
import type { LinkTable } from './link-table.ts'
import { decodeRtnetlink, dumpRequest } from './rtnetlink-message.ts'
import type { AddressMessage, LinkMessage, RtnetlinkMessage } from './rtnetlink-message.ts'

const family = { netlink: 16 } as const
const rawCloseOnExecNonblock = 3 | 0o2000000 | 0o4000
const netlinkRoute = 0
const groups = 0x1 | 0x10 | 0x100 // RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR
const solSocket = 1
const receiveBuffer = 8 // SO_RCVBUF
const datagramBytes = 64 * 1024 // the kernel sends 32 kB at most

export type LinkNews = {
  readonly onTable: (table: LinkTable) => void // complete, after each change
  readonly onError: (error: unknown) => void // the socket is of no use any more
}

/** One socket, and the table that it keeps. Dumps run one after the other, as the kernel wants it. */
export class LinkFollower {
  private readonly news: LinkNews
  private readonly fd: number
  private readonly buffer = new Uint8Array(datagramBytes)
  private readonly poll: PollHandle
  private table: LinkTable = emptyTable
  private dumping: 'links' | 'addresses' | undefined
  private stale = false // something was missed, or changed under the dump: dump again when this one is done
  private sequence = 0
  private isClosed = false

  constructor(news: LinkNews) {
    this.news = news
    this.fd = openSocket()
    this.poll = whenReadable(
      this.fd,
      () => this.drain(),
      (error) => this.news.onError(error),
    )
    this.startDump()
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.poll.close()
    close(this.fd)
  }

  private startDump(): void {
    this.table = emptyTable
    this.stale = false
    this.ask('links')
  }

  private ask(what: 'links' | 'addresses'): void {
    this.dumping = what
    this.sequence += 1
    const request = dumpRequest(what, this.sequence)
    if (send(this.fd, request, request.length, 0) < 0)
      throw new Error(`netlink dump of ${what}: ${lastError()}`)
  }

  /** Everything that is there; one table for all of it. */
  private drain(): void {
    let changed = false
    while (!this.isClosed) {
      const length = recv(this.fd, this.buffer, this.buffer.length, 0)
      if (length < 0) {
        const code = errno()
        if (code === errnoOf['EAGAIN'] || code === errnoOf['EINTR']) break
        if (code !== errnoOf['ENOBUFS']) throw new Error(`netlink: ${lastError()}`)
        this.missed()
        continue
      }
      changed = this.take(decodeRtnetlink(this.buffer.subarray(0, length))) || changed
    }
    if (changed && this.dumping === undefined) this.news.onTable(this.table)
  }

  /** ENOBUFS: the kernel had more news than we had room for. */
  private missed(): void {
    if (this.dumping === undefined) this.startDump()
    else this.stale = true
  }

  private take(messages: readonly RtnetlinkMessage[]): boolean {
    const news = messages.filter(isNews)
    if (news.length > 0) this.table = withNews(this.table, news)
    for (const message of messages) {
      if (message.type === 'interrupted') this.stale = true
      if (message.type === 'error' && message.code !== 0)
        throw new Error(`netlink dump was refused with errno ${message.code}`)
      if (message.type === 'done') this.dumpDone()
    }
    return news.length > 0
  }

  private dumpDone(): void {
    if (this.stale) this.startDump()
    else if (this.dumping === 'links') this.ask('addresses')
    else this.dumping = undefined
  }
}

function isNews(message: RtnetlinkMessage): message is LinkMessage | AddressMessage {
  return message.type === 'link' || message.type === 'address'
}

function openSocket(): number {
  const fd = socket(family.netlink, rawCloseOnExecNonblock, netlinkRoute)
  if (fd < 0) throw new Error(`netlink socket: ${lastError()}`)
  const size = new Uint8Array(4)
  new DataView(size.buffer).setInt32(0, 1 << 20, true)
  setsockopt(fd, solSocket, receiveBuffer, size, size.length) // as much as net.core.rmem_max allows
  const address = new Uint8Array(12) // struct sockaddr_nl
  const view = new DataView(address.buffer)
  view.setUint16(0, family.netlink, true)
  view.setUint32(8, groups, true)
  if (bind(fd, address, address.length) === 0) return fd
  const problem = lastError()
  close(fd)
  throw new Error(`netlink bind: ${problem}`)
}
