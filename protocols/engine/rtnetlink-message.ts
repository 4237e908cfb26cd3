// rtnetlink(7) messages about links and addresses: from bytes to plain data. Numbers are in the machine's byte order,
// little-endian on every machine that the image is built for. Pure: bytes that end too early are skipped, not read.
import { formatAddress, addressFromBytes } from '../net/address.ts'
import { formatMac } from '../net/ethernet.ts'
import type { Mac } from '../net/ethernet.ts'

export type LinkMessage = {
  readonly type: 'link'
  readonly removed: boolean
  readonly index: number
  readonly hardwareType: number // ARPHRD_*: 1 = Ethernet
  readonly flags: number // IFF_*: netdevice(7)
  readonly name?: string
  readonly mac?: Mac // only of six bytes
  readonly permanentMac?: Mac // that it was made with; of hardware
  readonly master?: number // index
}

export type AddressMessage = {
  readonly type: 'address'
  readonly removed: boolean
  readonly index: number // of the link
  readonly address: string // canonical text
  readonly prefixLength: number
  readonly flags: number // IFA_F_*
}

export type RtnetlinkMessage =
  | LinkMessage
  | AddressMessage
  | { readonly type: 'done' } // the end of a dump
  | { readonly type: 'error'; readonly code: number } // errno; a request was refused
  | { readonly type: 'interrupted' } // NLM_F_DUMP_INTR: the table changed under the dump: ask again

/** <linux/netlink.h>, <linux/rtnetlink.h>. */
const MessageType = {
  error: 2,
  done: 3,
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddr: 20,
  delAddr: 21,
  getAddr: 22,
}
const requestFlag = 0x1
const dumpFlag = 0x300
const dumpInterrupted = 0x10

/** <linux/if_link.h>: attributes of a link. */
const LinkAttribute = { address: 1, name: 3, master: 10, permanentAddress: 54 } as const
/** <linux/if_addr.h>: attributes of an address. */
const AddressAttribute = { address: 1, local: 2, flags: 8 } as const

/** netdevice(7). */
export const LinkFlag = { up: 0x1, broadcast: 0x2, loopback: 0x8, running: 0x40, noArp: 0x80 } as const
/** <linux/if_addr.h>. */
export const AddressFlag = { dadFailed: 0x08, tentative: 0x40 } as const

const headerLength = 16

//  0               16      24      32
// +-------------------------------+
// | length, with this header      |
// +---------------+---------------+
// | type          | flags         |
// +---------------+---------------+
// | sequence, port (4 bytes each) |
// +-------------------------------+
/** All messages of one datagram; of other types none. */
export function decodeRtnetlink(datagram: Uint8Array): readonly RtnetlinkMessage[] {
  const messages: RtnetlinkMessage[] = []
  let interrupted = false
  for (let offset = 0; offset + headerLength <= datagram.length; ) {
    const view = viewOf(datagram.subarray(offset))
    const length = view.getUint32(0, true)
    if (length < headerLength || offset + length > datagram.length) break
    const body = datagram.subarray(offset + headerLength, offset + length)
    const message = decodeMessage(view.getUint16(4, true), body)
    if (message !== undefined) messages.push(message)
    interrupted ||= (view.getUint16(6, true) & dumpInterrupted) !== 0
    offset += aligned(length)
  }
  return interrupted ? [...messages, { type: 'interrupted' }] : messages
}

function decodeMessage(type: number, body: Uint8Array): RtnetlinkMessage | undefined {
  switch (type) {
    case MessageType.newLink:
    case MessageType.delLink:
      return decodeLink(body, type === MessageType.delLink)
    case MessageType.newAddr:
    case MessageType.delAddr:
      return decodeAddress(body, type === MessageType.delAddr)
    case MessageType.done:
      return { type: 'done' }
    case MessageType.error:
      return body.length < 4 ? undefined : { type: 'error', code: -viewOf(body).getInt32(0, true) }
    default:
      return undefined
  }
}

//  0       8       16              32
// +-------+-------+---------------+
// |family | pad   | hardware type |   struct ifinfomsg
// +-------+-------+---------------+
// | index                         |
// | flags                         |
// | change                        |
// +-------------------------------+
// | attributes …
function decodeLink(body: Uint8Array, removed: boolean): LinkMessage | undefined {
  if (body.length < 16) return undefined
  const view = viewOf(body)
  if (view.getUint8(0) !== 0) return undefined // AF_BRIDGE tells of a port that left its bridge, not of the link
  const attributes = attributesOf(body.subarray(16))
  const name = attributes.get(LinkAttribute.name)
  const mac = attributes.get(LinkAttribute.address)
  const permanent = attributes.get(LinkAttribute.permanentAddress) // since Linux 5.6
  const master = attributes.get(LinkAttribute.master)
  return {
    type: 'link',
    removed,
    index: view.getInt32(4, true),
    hardwareType: view.getUint16(2, true),
    flags: view.getUint32(8, true),
    ...(name === undefined ? {} : { name: textOf(name) }),
    ...(mac?.length === 6 ? { mac: formatMac(mac) } : {}),
    ...(permanent?.length === 6 ? { permanentMac: formatMac(permanent) } : {}),
    ...(master?.length === 4 ? { master: viewOf(master).getUint32(0, true) } : {}),
  }
}

//  0       8       16      24      32
// +-------+-------+-------+-------+
// |family |prefix | flags | scope |   struct ifaddrmsg
// +-------+-------+-------+-------+
// | index of the link             |
// +-------------------------------+
// | attributes …
function decodeAddress(body: Uint8Array, removed: boolean): AddressMessage | undefined {
  if (body.length < 8) return undefined
  const view = viewOf(body)
  const attributes = attributesOf(body.subarray(8))
  // Of a point-to-point link `address` is the peer's, and `local` the own one; elsewhere they are the same.
  const bytes = attributes.get(AddressAttribute.local) ?? attributes.get(AddressAttribute.address)
  if (bytes === undefined || (bytes.length !== 4 && bytes.length !== 16)) return undefined
  const flags = attributes.get(AddressAttribute.flags)
  return {
    type: 'address',
    removed,
    index: view.getUint32(4, true),
    address: formatAddress(addressFromBytes(bytes)),
    prefixLength: view.getUint8(1),
    flags: flags?.length === 4 ? viewOf(flags).getUint32(0, true) : view.getUint8(2),
  }
}

/** struct rtattr: length with its four bytes of header, type, data; aligned to four. */
export function attributesOf(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>()
  for (let offset = 0; offset + 4 <= bytes.length; ) {
    const view = viewOf(bytes.subarray(offset))
    const length = view.getUint16(0, true)
    if (length < 4 || offset + length > bytes.length) break
    attributes.set(view.getUint16(2, true) & 0x3fff, bytes.subarray(offset + 4, offset + length))
    offset += aligned(length)
  }
  return attributes
}

/** Asks for all links, or all addresses. */
export function dumpRequest(what: 'links' | 'addresses', sequence: number): Uint8Array {
  const bytes = new Uint8Array(headerLength + 16) // struct ifinfomsg; longer than ifaddrmsg, which may be
  const view = viewOf(bytes)
  view.setUint32(0, bytes.length, true)
  view.setUint16(4, what === 'links' ? MessageType.getLink : MessageType.getAddr, true)
  view.setUint16(6, requestFlag | dumpFlag, true)
  view.setUint32(8, sequence, true)
  return bytes
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function textOf(cString: Uint8Array): string {
  const end = cString.indexOf(0)
  return new TextDecoder().decode(end < 0 ? cString : cString.subarray(0, end))
}

function aligned(length: number): number {
  return (length + 3) & ~3
}
