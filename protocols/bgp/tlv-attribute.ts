// Attributes that carry TLVs and that we only carry, never use: AIGP (RFC 7311 §3), Tunnel Encapsulation
// (RFC 9012 §2) and Prefix-SID (RFC 8669 §3). Their layout is checked, for their verdicts differ, and
// because daemons that trusted the lengths in them fell (CVE-2023-41359, CVE-2023-38802, CVE-2024-31948).
import { formatHex, readBytes, readerOf, readUint16, readUint8, remaining } from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import { BgpError } from './fault.ts'
import type { FaultName } from './fault.ts'

/** AIGP: type of 1 octet, length of 2 that counts type and length too; type 1 is 11 octets long. */
export function decodeAigp(reader: Reader): string {
  return checked(reader, 'AIGP', () => {
    const type = readUint8(reader, 'TLV type')
    const length = readUint16(reader, 'TLV length')
    if (length < 3 || (type === 1 && length !== 11))
      throw new BgpError('AIGP', `TLV ${type} of ${length} octets`)
    readBytes(reader, length - 3, 'TLV value')
  })
}

/** Tunnel Encapsulation: type of 2 octets, length of 2, in it sub-TLVs whose length has 2 octets from type 128 on. */
export function decodeTunnels(reader: Reader): string {
  return checked(reader, 'TUNNEL_ENCAPSULATION', () => {
    readUint16(reader, 'tunnel type')
    const length = readUint16(reader, 'tunnel length')
    const inner = readerOf(readBytes(reader, length, 'tunnel value'), reader.rfc)
    while (remaining(inner) > 0) {
      const type = readUint8(inner, 'sub-TLV type')
      const size = type < 128 ? readUint8(inner, 'sub-TLV length') : readUint16(inner, 'sub-TLV length')
      readBytes(inner, size, 'sub-TLV value')
    }
  })
}

/** Prefix-SID: type of 1 octet, length of 2; Label-Index (1) has 7 octets, Originator SRGB (3) 2 + 6 n. */
export function decodePrefixSid(reader: Reader): string {
  return checked(reader, 'PREFIX_SID', () => {
    const type = readUint8(reader, 'TLV type')
    const length = readUint16(reader, 'TLV length')
    const wrong =
      type === 0 || (type === 1 && length !== 7) || (type === 3 && (length < 8 || length % 6 !== 2))
    if (wrong) throw new BgpError('PREFIX_SID', `TLV ${type} of ${length} octets`)
    readBytes(reader, length, 'TLV value')
  })
}

/** Reads TLVs to the end; at least one. The value is the bytes as they are. */
function checked(reader: Reader, fault: FaultName, readTlv: () => void): string {
  if (remaining(reader) === 0) throw new BgpError(fault, 'empty')
  while (remaining(reader) > 0) readTlv()
  return formatHex(reader.bytes)
}
