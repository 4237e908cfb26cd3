// Capture files: pcap and pcapng, told apart by their first four bytes.
import { readerOf, readUint32 } from './bytes.ts'
import type { CapturedPacket } from './captured-packet.ts'
import { pcapFaults, readPcap } from './pcap.ts'
import { readPcapng, sectionHeaderType } from './pcapng.ts'

/** Packet by packet; fails as DecodeError where the file breaks, after the packets before that. */
export function readCapture(file: Uint8Array): Iterable<CapturedPacket> {
  const first = readUint32(readerOf(file, pcapFaults.magic), 'magic')
  return first === sectionHeaderType ? readPcapng(file) : readPcap(file)
}
