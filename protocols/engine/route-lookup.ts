// Asks the kernel which way it would send: rtnetlink(7), answered before the call that asks returns.
import { close, lastError, recv, send, socket } from './libc.ts'
import { decodeLinkFacts, decodeRoute, linkRequest, routeRequest } from './route-message.ts'
import type { LinkFacts, Way, WayWish } from './route-message.ts'

const netlink = 16
const rawCloseOnExecNonblock = 3 | 0o2000000 | 0o4000
const unreachable = new Map([
  [101, 'there is no route to the peer (ENETUNREACH)'],
  [113, 'the peer cannot be reached (EHOSTUNREACH)'],
  [19, 'there is no such interface (ENODEV)'],
])

/** Throws in words. */
export function wayTo(wish: WayWish): Way {
  return ask(routeRequest(wish), decodeRoute)
}

/** Throws in words. */
export function linkFacts(index: number): LinkFacts {
  return ask(linkRequest(index), decodeLinkFacts)
}

function ask<T>(request: Uint8Array, decode: (datagram: Uint8Array) => T | number | undefined): T {
  const fd = socket(netlink, rawCloseOnExecNonblock, 0)
  if (fd < 0) throw new Error(`netlink socket: ${lastError()}`)
  try {
    if (send(fd, request, request.length, 0) < 0) throw new Error(`netlink: ${lastError()}`)
    const buffer = new Uint8Array(32 * 1024)
    const length = recv(fd, buffer, buffer.length, 0)
    if (length < 0) throw new Error(`netlink: ${lastError()}`)
    const answer = decode(buffer.subarray(0, length))
    if (answer === undefined) throw new Error('netlink: an answer that is none')
    if (typeof answer === 'number')
      throw new Error(unreachable.get(answer) ?? `the kernel's route table: errno ${answer}`)
    return answer
  } finally {
    close(fd)
  }
}
