// Whom a datagram is for: the session that it belongs to, or why it counts for none. RFC 5880 §6.8.6.
import { demultiplex } from '../bfd/demultiplex.ts'
import { decodeBfd } from '../bfd/packet.ts'
import type { BfdPacket } from '../bfd/packet.ts'
import { DecodeError } from '../net/bytes.ts'
import type { addresseeOf, HeldSession } from './bfd-session.ts'
import type { BfdDoor, ReceivedDatagram } from './bfd-sockets.ts'

export type Arrival = { readonly held: HeldSession; readonly packet: BfdPacket } | 'malformed' | 'unknown' // no session has that peer, or that discriminator

export function arrivalOf(
  { bytes, source, interface: scope }: ReceivedDatagram,
  door: BfdDoor,
  addressees: readonly ReturnType<typeof addresseeOf>[],
): Arrival {
  const packet = decodedOf(bytes)
  if (packet === undefined) return 'malformed'
  const way = {
    sourceAddress: source,
    interface: scope === undefined ? undefined : String(scope),
    multihop: door.multihop,
  }
  const held = demultiplex(addressees, packet, way)?.held
  return held === undefined ? 'unknown' : { held, packet }
}

function decodedOf(bytes: Uint8Array): BfdPacket | undefined {
  try {
    return decodeBfd(bytes)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
