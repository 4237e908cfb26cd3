// Ethernet II frames (RFC 894, RFC 2464) with IEEE 802.1Q and 802.1ad tags; MAC addresses.
import { concatBytes, formatHex, readBytes, readerOf, readRest, readUint16, uint16Bytes } from './bytes.ts'
import type { Reader } from './bytes.ts'
import { EtherType } from './iana.ts'

/** 'aa:bb:cc:dd:ee:ff', lower case. */
export type Mac = string

export const broadcastMac: Mac = 'ff:ff:ff:ff:ff:ff'
export const zeroMac: Mac = '00:00:00:00:00:00'

export const ethernetHeaderLength = 14

/** IEEE 802.3 §4A.2: 64 bytes with the check sequence that the interface appends. */
const minimumFrameLength = 60

/** Lower case text of 'AA-BB-…' or 'aa:bb:…'; undefined for anything else. */
export function parseMac(text: string): Mac | undefined {
  if (!/^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$/.test(text)) return undefined
  return text.toLowerCase().replaceAll('-', ':')
}

/** The six bytes at `offset`. */
export function formatMac(bytes: Uint8Array, offset = 0): Mac {
  const hex = formatHex(bytes.subarray(offset, offset + 6))
  return hex.replace(/(..)(?=.)/g, '$1:')
}

/** Throws RangeError for what is not a MAC: a bug of the caller. */
export function macBytes(mac: Mac): Uint8Array {
  const text = parseMac(mac)
  if (text === undefined) throw new RangeError(`not a MAC address: ${mac}`)
  return Uint8Array.from(text.split(':'), (part) => Number.parseInt(part, 16))
}

/** The group bit: broadcast and multicast. No machine may be reached under, or send from, such an address. */
export function isGroupMacAt(bytes: Uint8Array, offset: number): boolean {
  return ((bytes[offset] ?? 1) & 1) === 1
}

/** Sent to all, to a group, or to this MAC (bytes). */
export function frameIsFor(frame: Uint8Array, mac: Uint8Array): boolean {
  if (isGroupMacAt(frame, 0)) return frame.length > 0
  for (let index = 0; index < 6; index++) if (frame[index] !== mac[index]) return false
  return true
}

export type VlanTag = {
  readonly type: number // EtherType.vlan or EtherType.serviceVlan
  readonly priority: number
  readonly dropEligible: boolean
  readonly id: number
}

export type EthernetFrame = {
  readonly destination: Mac
  readonly source: Mac
  readonly tags: readonly VlanTag[] // outermost first
  readonly etherType: number // up to 1500: the length of an IEEE 802.3 frame, which carries no type
  readonly payload: Uint8Array // with its padding, if any: a frame does not say where that begins
}

//  0                   6                   12             14
// +-------------------+-------------------+- - - - - - - -+-----------+---------
// | destination       | source            | tag (4) …     | type      | payload
// +-------------------+-------------------+- - - - - - - -+-----------+---------
/** Fails as DecodeError only when cut off. */
export function decodeEthernet(bytes: Uint8Array): EthernetFrame {
  const reader = readerOf(bytes, 'RFC 894')
  const destination = formatMac(readBytes(reader, 6, 'destination'))
  const source = formatMac(readBytes(reader, 6, 'source'))
  const { tags, etherType } = readTags(reader)
  return { destination, source, tags, etherType, payload: readRest(reader) }
}

/** The tags that stand before the type; each takes four bytes, so their number is bounded by the frame. */
export function readTags(reader: Reader): { tags: readonly VlanTag[]; etherType: number } {
  const tags: VlanTag[] = []
  let etherType = readUint16(reader, 'etherType')
  while (etherType === EtherType.vlan || etherType === EtherType.serviceVlan) {
    const control = readUint16(reader, 'vlanTag')
    tags.push({
      type: etherType,
      priority: control >>> 13,
      dropEligible: (control & 0x1000) !== 0,
      id: control & 0xfff,
    })
    etherType = readUint16(reader, 'etherType')
  }
  return { tags, etherType }
}

/** As long as its parts: padding is a matter of padFrame. */
export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const tags = frame.tags.map((tag) => {
    const control = (tag.priority << 13) | (tag.dropEligible ? 0x1000 : 0) | tag.id
    return concatBytes(uint16Bytes(tag.type), uint16Bytes(control))
  })
  return concatBytes(
    macBytes(frame.destination),
    macBytes(frame.source),
    ...tags,
    uint16Bytes(frame.etherType),
    frame.payload,
  )
}

/**
 * Zeros up to the minimum of 60 bytes. Drivers would pad as well, but not every driver pads with zeros
 * (CVE-2003-0001), and virtual links deliver a short frame as it is.
 */
export function padFrame(frame: Uint8Array): Uint8Array {
  if (frame.length >= minimumFrameLength) return frame
  const padded = new Uint8Array(minimumFrameLength)
  padded.set(frame)
  return padded
}
