// herald decode: what stands in a capture file, one entry a packet, by our own codecs.
import { DecodeError } from '../../protocols/net/bytes.ts'
import { readCapture } from '../../protocols/net/capture.ts'
import type { CapturedPacket } from '../../protocols/net/captured-packet.ts'
import { dissect } from './decode-layers.ts'
import type { Endpoint, Layer, Streams } from './decode-layers.ts'

export type DecodedPacket = {
  readonly number: number // from 1, as tcpdump and Wireshark count
  readonly timeNs?: bigint // since 1970-01-01T00:00Z
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly vlans: readonly number[] // outermost first
  readonly protocol: string // the innermost that we read, or the one that broke off
  readonly message: string // in words; empty when it broke off before it said anything
  readonly detail?: object // the message as its codec gives it
  readonly error?: PacketError
}

export type PacketError = {
  readonly field: string
  readonly rfc: string
  readonly message: string // with both
  readonly missingBytes: number // on the wire, but not in the capture
}

/** Where the file itself breaks, the last entry says so and stands for all that follows. */
export function* decodeLines(file: Uint8Array): Generator<DecodedPacket> {
  let number = 1
  const streams: Streams = new Map()
  try {
    for (const packet of readCapture(file)) yield decodePacket(packet, number++, streams)
  } catch (error) {
    const nowhere = { source: {}, destination: {}, vlans: [], message: '' }
    yield { ...nowhere, number, protocol: 'capture file', error: packetError(error, 0) }
  }
}

function decodePacket(packet: CapturedPacket, number: number, streams: Streams): DecodedPacket {
  const layers: Layer[] = []
  try {
    for (const layer of dissect(packet, streams)) layers.push(layer)
    return summaryOf(layers, packet, number)
  } catch (error) {
    const missingBytes = Math.max(0, packet.originalLength - packet.bytes.length)
    return { ...summaryOf(layers, packet, number), error: packetError(error, missingBytes) }
  }
}

/** Only bytes may be at fault here; anything else is a bug, and goes on. */
function packetError(error: unknown, missingBytes: number): PacketError {
  if (!(error instanceof DecodeError)) throw error
  const { field, rfc, message } = error
  return { field, rfc, message, missingBytes }
}

function summaryOf(layers: readonly Layer[], packet: CapturedPacket, number: number): DecodedPacket {
  const last = layers.at(-1)
  return {
    number,
    ...(packet.timeNs === undefined ? {} : { timeNs: packet.timeNs }),
    source: layers.reduce<Endpoint>((end, { source }) => ({ ...end, ...source }), {}),
    destination: layers.reduce<Endpoint>((end, { destination }) => ({ ...end, ...destination }), {}),
    vlans: layers.flatMap(({ vlans }) => vlans ?? []),
    protocol: last?.protocol ?? '',
    message: last?.message ?? '',
    ...(last?.detail === undefined ? {} : { detail: last.detail }),
  }
}
