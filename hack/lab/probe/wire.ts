// The client's raw view of its LAN: a packet socket that hears ARP and Neighbour Advertisements and asks by itself,
// beside the kernel and its neighbour cache. packet(7); RFC 826; RFC 4861 §4.
import { readFileSync } from 'node:fs'
import { arpFrame } from '../../../protocols/arp/frame.ts'
import { bind, lastError, recv, send, socket, whenReadable } from '../../../protocols/engine/libc.ts'
import type { PollHandle } from '../../../protocols/engine/libc.ts'
import { broadcastMac, formatMac } from '../../../protocols/net/ethernet.ts'
import { formatIpv6 } from '../../../protocols/net/ipv6.ts'
import { multicastMac, solicitedNodeAddress } from '../../../protocols/net/multicast.ts'
import { ndpFrame } from '../../../protocols/ndp/frame.ts'
import { monotonicMs } from './records.ts'

/** An answer or an announcement: somebody says that he has the address. */
export type Heard = {
  readonly at: number
  readonly address: string
  readonly mac: string
  readonly to: string // ARP: the target protocol address; NDP: the IPv6 destination
  readonly form: 'arp-request' | 'arp-reply' | 'neighbor-advertisement'
  readonly solicited: boolean
}

export type Wire = {
  readonly askArp: (address: string, sender: string) => void
  readonly askNdp: (address: string, sender: string) => void
  readonly close: () => void
}

const afPacket = 17
const sockRawNonblocking = 3 | 0o4000
const etherType = { arp: 0x0806, ipv6: 0x86dd } as const

/** `mac`: whom answers go to; another one than the interface's keeps them from the kernel's cache. */
export function openWire(device: string, mac: string, onHeard: (heard: Heard) => void): Wire {
  const arp = openSocket(device, etherType.arp)
  const ndp = openSocket(device, etherType.ipv6)
  const polls = [listen(arp, readArp, onHeard), listen(ndp, readAdvertisement, onHeard)]
  return {
    askArp: (address, sender) => transmit(arp, arpRequest({ mac, address, sender })),
    askNdp: (address, sender) => transmit(ndp, solicitation({ mac, address, sender })),
    close: () => polls.forEach((poll) => poll.close()),
  }
}

function openSocket(device: string, type: number): number {
  const fd = socket(afPacket, sockRawNonblocking, swapped(type))
  if (fd < 0) throw new Error(`packet socket: ${lastError()}`)
  // struct sockaddr_ll: family, protocol in network order, interface index
  const address = new Uint8Array(20)
  const view = new DataView(address.buffer)
  view.setUint16(0, afPacket, true)
  view.setUint16(2, type, false)
  view.setInt32(4, indexOf(device), true)
  if (bind(fd, address, address.length) < 0) throw new Error(`bind to ${device}: ${lastError()}`)
  return fd
}

function swapped(value: number): number {
  return ((value & 0xff) << 8) | (value >> 8)
}

// /sys shows the namespace that mounted it, /proc/net the caller's own.
function indexOf(device: string): number {
  for (const line of readFileSync('/proc/net/if_inet6', 'utf8').split('\n')) {
    const [, index, , , , name] = line.split(/\s+/)
    if (name === device && index !== undefined) return Number.parseInt(index, 16)
  }
  throw new Error(`no interface ${device} with an IPv6 address`)
}

type ReadFrame = (frame: Uint8Array) => Omit<Heard, 'at'> | undefined

function listen(fd: number, read: ReadFrame, onHeard: (heard: Heard) => void): PollHandle {
  const buffer = new Uint8Array(2048)
  const onReady = (): void => {
    for (
      let length = recv(fd, buffer, buffer.length, 0);
      length > 0;
      length = recv(fd, buffer, buffer.length, 0)
    ) {
      const heard = read(buffer.subarray(0, length))
      if (heard !== undefined) onHeard({ at: monotonicMs(), ...heard })
    }
  }
  return whenReadable(fd, onReady, (error) => {
    throw error
  })
}

function transmit(fd: number, frame: Uint8Array): void {
  send(fd, frame, frame.length, 0)
}

function readArp(frame: Uint8Array): Omit<Heard, 'at'> | undefined {
  const operation = frame[21]
  const address = dotted(frame, 28)
  const to = dotted(frame, 38)
  const mac = formatMac(frame, 22)
  if (operation === 2) return { address, mac, to, form: 'arp-reply', solicited: to !== address }
  // A gratuitous request asks for the sender's own address.
  if (operation === 1 && address === to) return { address, mac, to, form: 'arp-request', solicited: false }
  return undefined
}

// Ethernet 14, IPv6 40, then type 136, flags at +4, target at +8, options from +24 (RFC 4861 §4.4).
function readAdvertisement(frame: Uint8Array): Omit<Heard, 'at'> | undefined {
  const icmp = 14 + 40
  if (frame[14 + 6] !== 58 || frame[icmp] !== 136 || frame.length < icmp + 32) return undefined
  const option = frame[icmp + 24]
  if (option !== 2) return undefined
  return {
    address: formatIpv6(frame.slice(icmp + 8, icmp + 24)),
    mac: formatMac(frame, icmp + 26),
    to: formatIpv6(frame.slice(14 + 24, 14 + 40)),
    form: 'neighbor-advertisement',
    solicited: ((frame[icmp + 4] ?? 0) & 0x40) !== 0,
  }
}

function dotted(frame: Uint8Array, offset: number): string {
  return frame.subarray(offset, offset + 4).join('.')
}

type Question = { readonly mac: string; readonly address: string; readonly sender: string }

function arpRequest({ mac, address, sender }: Question): Uint8Array {
  const targetMac = '00:00:00:00:00:00'
  const packet = {
    operation: 'request',
    senderMac: mac,
    senderAddress: sender,
    targetMac,
    targetAddress: address,
  } as const
  return arpFrame(packet, broadcastMac)
}

function solicitation({ mac, address, sender }: Question): Uint8Array {
  const destination = solicitedNodeAddress(address)
  const message = {
    type: 'neighbor-solicitation',
    target: address,
    options: [{ type: 'source-link-layer-address', mac }],
  } as const
  return ndpFrame({ source: sender, destination, message }, mac, multicastMac(destination))
}
