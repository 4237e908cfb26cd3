// A frame as one line of text and back: in words where these words say every byte of it, otherwise in hexadecimal,
// with the words as a comment behind '#'. `size` is said when it is not the length that the words have by themselves.
//
//   arp request from 02:00:00:00:00:50 192.0.2.50 for 00:00:00:00:00:00 192.0.2.10 to ff:ff:ff:ff:ff:ff
//   ns from 02:00:00:00:00:50 fe80::50 to 33:33:ff:00:00:10 ff02::1:ff00:10 target 2001:db8::10 source-mac 02:00:00:00:00:50
//   na from … to … target 2001:db8::10 flags SO target-mac 02:00:00:00:00:01
import { arpFrame } from '../arp/frame.ts'
import { decodeArp } from '../arp/packet.ts'
import { bytesEqual, DecodeError, formatHex, parseHex } from '../net/bytes.ts'
import { decodeEthernet } from '../net/ethernet.ts'
import type { EthernetFrame } from '../net/ethernet.ts'
import { EtherType } from '../net/iana.ts'
import { decodeIpv6 } from '../net/ipv6.ts'
import { ndpFrame } from '../ndp/frame.ts'
import { decodeNdp } from '../ndp/message.ts'
import type { NdpMessage } from '../ndp/message.ts'
import type { NdpOption } from '../ndp/option.ts'

export function formatFrame(frame: Uint8Array): string {
  const words = wordsFor(frame)
  if (words === undefined) return formatHex(frame)
  const exact = [words, `${words} size ${frame.length}`].find((text) => {
    const again = parseFrame(text)
    return again !== undefined && bytesEqual(again, frame)
  })
  return exact ?? `${formatHex(frame)} # ${words}`
}

/** Undefined for text that is no frame. */
export function parseFrame(text: string): Uint8Array | undefined {
  const [said = ''] = text.split('#')
  const words = said.trim().split(/\s+/)
  const hasSize = words.at(-2) === 'size'
  try {
    const frame = parseWords(hasSize ? words.slice(0, -2) : words)
    return hasSize && frame !== undefined ? resized(frame, Number(words.at(-1))) : frame
  } catch (error) {
    if (error instanceof RangeError) return undefined // an address, a MAC or a size that is none
    throw error
  }
}

function parseWords(words: readonly string[]): Uint8Array | undefined {
  if (words[0] === 'arp') return parseArp(words)
  if (words[0] === 'ns' || words[0] === 'na') return parseNdp(words)
  return words.length === 1 ? parseHex(words[0] ?? '') : undefined
}

function resized(frame: Uint8Array, length: number): Uint8Array {
  const result = new Uint8Array(length)
  result.set(frame.subarray(0, length))
  return result
}

function wordsFor(frame: Uint8Array): string | undefined {
  try {
    const ethernet = decodeEthernet(frame)
    if (ethernet.etherType === EtherType.arp) return arpWords(ethernet)
    return ethernet.etherType === EtherType.ipv6 ? ndpWords(ethernet) : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function arpWords({ destination, payload }: EthernetFrame): string {
  const { operation, senderMac, senderAddress, targetMac, targetAddress } = decodeArp(payload)
  return `arp ${operation} from ${senderMac} ${senderAddress} for ${targetMac} ${targetAddress} to ${destination}`
}

function parseArp(words: readonly string[]): Uint8Array | undefined {
  const [, operation, from, senderMac, senderAddress, , targetMac, targetAddress, to, destination] = words
  if (operation !== 'request' && operation !== 'reply') return undefined
  if (from !== 'from' || to !== 'to' || words.length !== 10) return undefined
  if (senderMac === undefined || senderAddress === undefined || destination === undefined) return undefined
  if (targetMac === undefined || targetAddress === undefined) return undefined
  return arpFrame({ operation, senderMac, senderAddress, targetMac, targetAddress }, destination)
}

function ndpWords({ source, destination, payload }: EthernetFrame): string | undefined {
  const packet = decodeNdp(decodeIpv6(payload))
  const { message } = packet
  const options = message.options.map(optionWords)
  if (options.includes(undefined)) return undefined
  const flags = message.type === 'neighbor-advertisement' ? flagLetters(message) : ''
  return [
    message.type === 'neighbor-solicitation' ? 'ns' : 'na',
    `from ${source} ${packet.source} to ${destination} ${packet.destination} target ${message.target}`,
    ...(flags === '' ? [] : [`flags ${flags}`]),
    ...options,
  ].join(' ')
}

function flagLetters(message: { router: boolean; solicited: boolean; override: boolean }): string {
  return `${message.router ? 'R' : ''}${message.solicited ? 'S' : ''}${message.override ? 'O' : ''}`
}

function optionWords(option: NdpOption): string | undefined {
  switch (option.type) {
    case 'source-link-layer-address':
      return `source-mac ${option.mac}`
    case 'target-link-layer-address':
      return `target-mac ${option.mac}`
    case 'nonce':
      return `nonce ${option.nonce}`
    case 'unknown':
      return undefined
  }
}

function parseNdp(words: readonly string[]): Uint8Array | undefined {
  const [kind, from, frameSource, source, to, frameDestination, destination, , target] = words
  if (from !== 'from' || to !== 'to' || words.length % 2 === 0) return undefined
  if (frameSource === undefined || source === undefined || frameDestination === undefined) return undefined
  if (destination === undefined || target === undefined) return undefined
  const rest = words.slice(9)
  const pairs = rest.flatMap((name, index) =>
    index % 2 === 0 ? [{ name, value: rest[index + 1] ?? '' }] : [],
  )
  const options = pairs.map(optionOf).filter((option) => option !== undefined)
  const flags = pairs.find(({ name }) => name === 'flags')?.value ?? ''
  const message: NdpMessage =
    kind === 'ns'
      ? { type: 'neighbor-solicitation', target, options }
      : {
          type: 'neighbor-advertisement',
          router: flags.includes('R'),
          solicited: flags.includes('S'),
          override: flags.includes('O'),
          target,
          options,
        }
  return ndpFrame({ source, destination, message }, frameSource, frameDestination)
}

function optionOf({ name, value }: { name: string; value: string }): NdpOption | undefined {
  if (name === 'source-mac') return { type: 'source-link-layer-address', mac: value }
  if (name === 'target-mac') return { type: 'target-link-layer-address', mac: value }
  return name === 'nonce' ? { type: 'nonce', nonce: value } : undefined
}
