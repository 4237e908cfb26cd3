// herald decode's two outputs: a line of text a packet, or a JSON object a line.
import { decodeLines } from './decode.ts'
import type { DecodedPacket, PacketError } from './decode.ts'
import type { Endpoint } from './decode-layers.ts'
import { bytesInWords } from './decode-words.ts'

/** Line by line, without line ends. */
export function* printCapture(file: Uint8Array, output: 'text' | 'json'): Generator<string> {
  for (const packet of decodeLines(file)) yield output === 'json' ? formatJson(packet) : formatText(packet)
}

export function formatText(packet: DecodedPacket): string {
  const ends = [formatEndpoint(packet.source), formatEndpoint(packet.destination)]
  const parts = [
    String(packet.number),
    packet.timeNs === undefined ? '' : formatTime(packet.timeNs),
    ends.every((end) => end === '') ? '' : `${ends[0] || '?'} > ${ends[1] || '?'}`,
    packet.vlans.map((id) => `vlan ${id}`).join(' '),
    packet.protocol,
    packet.error === undefined ? packet.message : formatError(packet.error),
  ]
  return parts.filter((part) => part !== '').join(' ')
}

export function formatJson(packet: DecodedPacket): string {
  const { number, timeNs, ...rest } = packet
  return JSON.stringify({ number, ...(timeNs === undefined ? {} : { time: formatTime(timeNs) }), ...rest })
}

function formatError(error: PacketError): string {
  const { message, missingBytes } = error
  return missingBytes === 0 ? `! ${message}` : `! ${message}; ${bytesInWords(missingBytes)} not captured`
}

/** '02:00:00:00:00:0a [2001:db8::1]:179' as far as it is known. */
function formatEndpoint({ mac, address, port }: Endpoint): string {
  const bracketed = port !== undefined && address?.includes(':') === true ? `[${address}]` : address
  const socket = `${bracketed ?? ''}${port === undefined ? '' : `:${port}`}`
  return [mac ?? '', socket].filter((part) => part !== '').join(' ')
}

const secondNs = 1_000_000_000n
const afterYear9999 = 253_402_300_800n // seconds

/** RFC 3339 in UTC with nanoseconds; a time outside the years 1970 to 9999 as '@seconds'. */
export function formatTime(timeNs: bigint): string {
  const size = timeNs < 0n ? -timeNs : timeNs
  const seconds = size / secondNs
  const fraction = (size % secondNs).toString().padStart(9, '0')
  if (timeNs < 0n || seconds >= afterYear9999) return `@${timeNs < 0n ? '-' : ''}${seconds}.${fraction}`
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`
}
