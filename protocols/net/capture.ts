// Capture files: pcap and pcapng, told apart by their first four bytes.
import { readerOf, readUint32 } from './bytes.ts'
import { pcapFaults, readPcap } from './pcap.ts'
import { readPcapng, sectionHeaderType } from './pcapng.ts'

export type CapturedPacket = {
  readonly timeNs?: bigint // since 1970-01-01T00:00Z; a simple packet block has none
  readonly linkType: number
  readonly originalLength: number // on the wire; the capture may hold less
  readonly bytes: Uint8Array
}

/** Packet by packet; fails as DecodeError where the file breaks, after the packets before that. */
export function readCapture(file: Uint8Array): Iterable<CapturedPacket> {
  const first = readUint32(readerOf(file, pcapFaults.magic), 'magic')
  return first === sectionHeaderType ? readPcapng(file) : readPcap(file)
}
