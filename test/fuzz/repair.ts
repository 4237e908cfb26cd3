// Checksums put right in place, so that damage meets the checks behind them. Sums are taken modulo 0xffff,
// not folded as those of protocols/net: a second way to the same number.

/** Of an ICMPv6 message in an IPv6 packet without extension headers. */
export function repairIcmpv6(packet: Uint8Array): Uint8Array {
  if (packet.length < 44) return packet
  const length = (packet[4] ?? 0) * 256 + (packet[5] ?? 0)
  const end = Math.min(packet.length, 40 + length)
  writeChecksum(packet, 42, length + 58 + sumBut(42, packet.subarray(0, end), 8))
  return packet
}

/** Of an IPv4 header. */
export function repairIpv4(packet: Uint8Array): Uint8Array {
  const length = 4 * ((packet[0] ?? 0) & 0xf)
  if (packet.length >= 20) writeChecksum(packet, 10, sumBut(10, packet.subarray(0, length), 0))
  return packet
}

function sumBut(checksumAt: number, bytes: Uint8Array, start: number): number {
  let sum = 0
  for (let index = start; index < bytes.length; index++) {
    if (index !== checksumAt && index !== checksumAt + 1)
      sum += (bytes[index] ?? 0) * (index % 2 === 0 ? 256 : 1)
  }
  return sum
}

function writeChecksum(packet: Uint8Array, at: number, sum: number): void {
  const checksum = 0xffff - (sum % 0xffff)
  packet[at] = checksum >>> 8
  packet[at + 1] = checksum & 0xff
}
