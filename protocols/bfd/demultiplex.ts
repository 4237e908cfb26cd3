// Which session a received packet belongs to (RFC 5880 §6.3, §6.8.6; RFC 5881 §3).
import type { BfdPacket } from './packet.ts'

/** What is known of a session when a packet has to find it. */
export type BfdAddressee = {
  readonly localDiscriminator: number
  readonly peerAddress: string
  readonly interface: string | undefined // undefined: any
  readonly multihop: boolean
}

/** Where a packet came in. */
export type BfdArrival = {
  readonly sourceAddress: string
  readonly interface: string | undefined
  readonly multihop: boolean
}

/**
 * By your discriminator when it is there, and then the source must still be the peer of that session;
 * by source address (and interface) when it is zero.
 */
export function demultiplex<Addressee extends BfdAddressee>(
  sessions: readonly Addressee[],
  packet: BfdPacket,
  arrival: BfdArrival,
): Addressee | undefined {
  return sessions.find(
    (session) =>
      (packet.yourDiscriminator === 0 || packet.yourDiscriminator === session.localDiscriminator) &&
      session.peerAddress === arrival.sourceAddress &&
      session.multihop === arrival.multihop &&
      (session.interface === undefined || session.interface === arrival.interface),
  )
}
