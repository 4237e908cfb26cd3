// Messages of ARP, neighbour discovery, ICMP and TCP in words, for herald decode.
import { isArpProbe, isGratuitousArp } from '../../protocols/arp/packet.ts'
import type { ArpPacket } from '../../protocols/arp/packet.ts'
import type { NdpMessage, NeighborAdvertisement, NeighborSolicitation } from '../../protocols/ndp/message.ts'
import type { NdpOption } from '../../protocols/ndp/option.ts'
import { IcmpType, Icmpv6Type } from '../../protocols/net/iana.ts'
import { unspecified } from '../../protocols/net/multicast.ts'
import type { TcpSegment } from '../../protocols/net/tcp.ts'

export function describeArp(packet: ArpPacket): string {
  const { operation, senderMac, senderAddress, targetAddress } = packet
  const claim = `${senderAddress} is at ${senderMac}`
  if (isArpProbe(packet)) return `probe: is ${targetAddress} in use?`
  if (isGratuitousArp(packet))
    return operation === 'request' ? `announcement: ${claim}` : `gratuitous reply: ${claim}`
  if (operation === 'reply') return `reply: ${claim}`
  return `request: who has ${targetAddress}? tell ${senderAddress} at ${senderMac}`
}

export function describeNdp(source: string, message: NdpMessage): string {
  return message.type === 'neighbor-solicitation'
    ? describeSolicitation(source, message)
    : describeAdvertisement(message)
}

function describeSolicitation(source: string, { target, options }: NeighborSolicitation): string {
  const question = source === unspecified ? `probe: is ${target} in use?` : `solicitation: who has ${target}?`
  const named = options.find((option) => option.type === 'source-link-layer-address')
  const asker =
    source === unspecified ? '' : ` tell ${source}${named === undefined ? '' : ` at ${named.mac}`}`
  return `${question}${asker}${optionsInWords(options.filter((option) => option !== named))}`
}

function describeAdvertisement(message: NeighborAdvertisement): string {
  const { target, options, router, solicited, override } = message
  const flags = Object.entries({ router, solicited, override }).flatMap(([name, set]) => (set ? [name] : []))
  const named = options.find((option) => option.type === 'target-link-layer-address')
  const kind = solicited ? 'advertisement' : 'unsolicited advertisement'
  const claim = `${target} ${named === undefined ? 'is here' : `is at ${named.mac}`}`
  const rest = optionsInWords(options.filter((option) => option !== named))
  return `${kind}: ${claim}, ${flags.length === 0 ? 'no flags' : flags.join(' ')}${rest}`
}

/** Those that the sentence before has not used. */
function optionsInWords(options: readonly NdpOption[]): string {
  return options.length === 0 ? '' : ` (${options.map((option) => optionInWords(option)).join(', ')})`
}

/** `unknown`: what to say of one that the codec does not name. */
export function optionInWords(
  option: NdpOption,
  unknown: (code: number, data: string) => string | undefined = () => undefined,
): string {
  switch (option.type) {
    case 'source-link-layer-address':
      return `source at ${option.mac}`
    case 'target-link-layer-address':
      return `target at ${option.mac}`
    case 'nonce':
      return `nonce ${option.nonce}`
    case 'unknown':
      return unknown(option.code, option.data) ?? `option ${option.code}`
  }
}

export function describeIcmp(type: number, code: number): string {
  return typeInWords(IcmpType, type, code)
}

export function describeIcmpv6(type: number, code: number): string {
  return typeInWords(Icmpv6Type, type, code)
}

/** The registry's name with its humps as spaces. */
function typeInWords(types: Readonly<Record<string, number>>, type: number, code: number): string {
  const name = Object.keys(types).find((key) => types[key] === type)
  const suffix = code === 0 ? '' : `, code ${code}`
  if (name === undefined) return `type ${type}${suffix}`
  return `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}${suffix}`
}

export function describeTcp(segment: TcpSegment): string {
  const { flags, sequence, acknowledgment, window } = segment
  const acknowledges = flags.includes('ACK') ? ` ack ${acknowledgment}` : ''
  return `${flags.join(' ') || 'no flags'} seq ${sequence}${acknowledges} win ${window}`
}

export function bytesInWords(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`
}
