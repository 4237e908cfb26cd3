// Rows and checks that several attributes share.
import { concatBytes, formatHex, readBytes, readUint32, remaining, uint32Bytes } from '../net/bytes.ts'
import type { Reader } from '../net/bytes.ts'
import type { AttributeRow } from './attribute.ts'
import { formatExtendedCommunity, hexBytes } from './community.ts'
import { BgpError } from './fault.ts'
import type { FaultName } from './fault.ts'

export function exactly(reader: Reader, length: number, fault: FaultName): void {
  if (remaining(reader) !== length)
    throw new BgpError(fault, `${remaining(reader)} octets where ${length} stand`)
}

/** RFC 7606 §7: a list of at least one item, without a rest. */
export function items(reader: Reader, size: number, fault: FaultName): Uint8Array[] {
  const length = remaining(reader)
  if (length === 0 || length % size !== 0)
    throw new BgpError(fault, `${length} octets, which is not a positive multiple of ${size}`)
  const list: Uint8Array[] = []
  while (remaining(reader) > 0) list.push(readBytes(reader, size, fault))
  return list
}

export function number32(
  label: FaultName & ('MULTI_EXIT_DISC' | 'LOCAL_PREF' | 'ONLY_TO_CUSTOMER'),
  type: number,
  attributeClass: AttributeRow<number>['class'],
): AttributeRow<number> {
  return {
    type,
    label,
    class: attributeClass,
    fault: label,
    decode: (reader) => {
      exactly(reader, 4, label)
      return readUint32(reader, label)
    },
    encode: uint32Bytes,
    format: String,
  }
}

/** An attribute whose content we check but do not use; the table adds the check. */
export function hexadecimal(
  label: FaultName & ('TUNNEL_ENCAPSULATION' | 'AIGP' | 'PREFIX_SID'),
  type: number,
  attributeClass: AttributeRow<string>['class'],
): Omit<AttributeRow<string>, 'decode'> {
  return { type, label, class: attributeClass, fault: label, encode: hexBytes, format: (text) => `0x${text}` }
}

export function extendedCommunityList(
  size: 8 | 20,
  label: FaultName & ('EXTENDED COMMUNITIES' | 'IPv6 EXTENDED COMMUNITIES'),
  type: number,
): AttributeRow<readonly string[]> {
  return {
    type,
    label,
    class: 'optional-transitive',
    fault: label,
    decode: (reader) => items(reader, size, label).map(formatHex),
    encode: (list) => concatBytes(...list.map(hexBytes)),
    format: (list) => list.map(formatExtendedCommunity).join(' '),
  }
}
