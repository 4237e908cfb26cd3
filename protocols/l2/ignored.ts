// Why a frame was not answered: one word a reason, counted, never logged one by one.
import { uint16At, uint32At } from '../net/bytes.ts'
import { ethernetHeaderLength } from '../net/ethernet.ts'
import { EtherType } from '../net/iana.ts'

export type IgnoredReason =
  | 'interface-not-used' // no claim may stand on the link that it came in
  | 'own-frame' // it came back to us: a loop, or a mirror port
  | 'other-machine' // unicast to a MAC that is not ours
  | 'vlan-tagged' // belongs to the VLAN's own interface
  | 'cut-off' // shorter than its protocol needs, or than it says
  | 'not-ethernet-ipv4' // ARP of another hardware or protocol type
  | 'not-a-request' // ARP operation or ICMPv6 type that asks nothing
  | 'malformed' // breaks a rule of RFC 4861 §7.1, or names a group as its sender
  | 'not-ours' // asks for, or tells of, an address that is not claimed here
  | 'not-on-this-interface' // claimed, but not here
  | 'spoofed' // whoever asks says that our address is his
  | 'handed-over' // was ours until a moment ago
  | 'before-announcement' // captured before we had told that the address is ours: the announcement cures it
  | 'too-late' // asked while we stood still: whoever asked has asked again, and perhaps another answers by now
  | 'in-use-check' // whether another machine uses the address is being asked, or it does
  | 'foreign-announcement' // another machine says that our address is his

/** Of a frame that is neither a request nor an announcement that we could read. Cheap: floods come here. */
export function unreadableReason(frame: Uint8Array): IgnoredReason {
  if (frame.length < ethernetHeaderLength) return 'cut-off'
  const etherType = uint16At(frame, 12)
  if (etherType === EtherType.vlan || etherType === EtherType.serviceVlan) return 'vlan-tagged'
  if (etherType === EtherType.arp) return unreadableArp(frame)
  if (etherType === EtherType.ipv6) return unreadableNdp(frame)
  return 'not-a-request'
}

function unreadableArp(frame: Uint8Array): IgnoredReason {
  if (frame.length < ethernetHeaderLength + 28) return 'cut-off'
  if (uint32At(frame, 14) !== 0x00010800 || uint16At(frame, 18) !== 0x0604) return 'not-ethernet-ipv4'
  const operation = uint16At(frame, 20)
  return operation === 1 ? 'malformed' : 'not-a-request'
}

function unreadableNdp(frame: Uint8Array): IgnoredReason {
  const message = ethernetHeaderLength + 40
  if (frame.length < message + 24 || frame.length < message + uint16At(frame, 18)) return 'cut-off'
  const type = frame[message]
  return type === 135 || type === 136 ? 'malformed' : 'not-a-request'
}
