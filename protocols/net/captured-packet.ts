// One packet of a capture file, whichever its format.

export type CapturedPacket = {
  readonly timeNs?: bigint // since 1970-01-01T00:00Z; a simple packet block has none
  readonly linkType: number
  readonly originalLength: number // on the wire; the capture may hold less
  readonly bytes: Uint8Array
}
