// A LAN in memory: each node's real layer 2 machine on one simulated Ethernet, and a client that asks by ARP and NDP.
// Frames arrive at once; cables can be pulled. Time is the clock of the test.
import { arpClaimedAddress, arpRequestTarget, arpSenderMac, noTarget } from '../../protocols/arp/answer.ts'
import { arpFrame, arpReply } from '../../protocols/arp/frame.ts'
import { decodeArp } from '../../protocols/arp/packet.ts'
import type { L2Engine } from '../../protocols/engine/l2-engine.ts'
import { ndpFrame } from '../../protocols/ndp/frame.ts'
import { formatAddress, parseAddress } from '../../protocols/net/address.ts'
import {
  broadcastMac,
  decodeEthernet,
  formatMac,
  frameIsFor,
  macBytes,
  zeroMac,
} from '../../protocols/net/ethernet.ts'
import { multicastMac, solicitedNodeAddress } from '../../protocols/net/multicast.ts'
import { startFakeEngine } from './fake-engine.ts'
import type { EngineClock } from './fake-engine.ts'

type Station = { readonly mac: string; readonly receive: (frame: Uint8Array) => void }

export type FakeLan = {
  readonly attach: (node: string, clock: EngineClock) => L2Engine
  readonly answersFor: (address: string) => readonly string[] // the nodes that answer a client's request, sorted
  readonly reachedAt: (address: string) => string // the node to which a neighbour sends that only listens; IPv4
  readonly detach: (node: string) => void // power gone
  readonly unplug: (node: string) => void
  readonly plug: (node: string) => void
  readonly squat: (addresses: readonly string[]) => void // these are another machine's: it answers for them by ARP
}

const squatterMac = '02:00:00:00:00:99'

const client = { mac: '02:00:00:00:01:00', ipv4: '192.0.2.254', ipv6: 'fe80::100' }

/** The MAC of a node's only interface. */
export function macOfNode(node: string): string {
  const last = node.charCodeAt(node.length - 1) & 0xff
  return `02:00:00:00:00:${last.toString(16).padStart(2, '0')}`
}

export function createLan(): FakeLan {
  const stations = new Map<string, Station>()
  const unplugged = new Set<string>()
  const neighbours = new Map<string, string>() // address → MAC, as all were told last

  /** To every plugged station but the sender. */
  function send(from: string, frame: Uint8Array): void {
    if (unplugged.has(from)) return
    if (frame[0] === 0xff) learn(frame)
    for (const [node, station] of stations) {
      if (node === from || unplugged.has(node) || !frameIsFor(frame, macBytes(station.mac))) continue
      station.receive(frame.slice())
    }
  }

  function learn(frame: Uint8Array): void {
    const address = arpClaimedAddress(frame)
    if (address === noTarget) return
    const text = formatAddress({ family: 'IPv4', value: BigInt(address) })
    neighbours.set(text, formatMac(arpSenderMac(frame)))
  }

  function reachedAt(address: string): string {
    const mac = neighbours.get(address)
    return [...stations.keys()].find((node) => macOfNode(node) === mac) ?? 'nobody'
  }

  function attach(node: string, clock: EngineClock): L2Engine {
    const { engine, receive } = startFakeEngine({
      mac: macOfNode(node),
      clock,
      send: (frame) => send(node, frame),
    })
    stations.set(node, { mac: macOfNode(node), receive })
    const stop = async () => {
      stations.delete(node)
      await engine.stop()
    }
    return { ...engine, stop }
  }

  function squat(addresses: readonly string[]): void {
    stations.delete('squatter')
    const own = new Set(addresses)
    const receive = (frame: Uint8Array) => {
      const target = arpRequestTarget(frame)
      const address = formatAddress({ family: 'IPv4', value: BigInt(Math.max(0, target)) })
      if (target === noTarget || !own.has(address)) return
      send('squatter', arpReply(decodeArp(decodeEthernet(frame).payload), squatterMac))
    }
    if (own.size > 0) stations.set('squatter', { mac: squatterMac, receive })
  }

  function answersFor(address: string): readonly string[] {
    const answers = new Set<string>()
    const receive = (frame: Uint8Array) => void answers.add(decodeEthernet(frame).source)
    stations.set('client', { mac: client.mac, receive })
    send('client', request(address))
    stations.delete('client')
    const macOf = (node: string) => (node === 'squatter' ? squatterMac : macOfNode(node))
    return [...stations.keys()].filter((node) => answers.has(macOf(node))).toSorted()
  }

  return {
    attach,
    answersFor,
    reachedAt,
    detach: (node) => void stations.delete(node),
    unplug: (node) => void unplugged.add(node),
    plug: (node) => void unplugged.delete(node),
    squat,
  }
}

function request(address: string): Uint8Array {
  if (parseAddress(address)?.family === 'IPv6') return solicitation(address)
  const packet = {
    operation: 'request' as const,
    senderMac: client.mac,
    senderAddress: client.ipv4,
    targetMac: zeroMac,
    targetAddress: address,
  }
  return arpFrame(packet, broadcastMac)
}

function solicitation(target: string): Uint8Array {
  const group = solicitedNodeAddress(target)
  const options = [{ type: 'source-link-layer-address' as const, mac: client.mac }]
  const message = { type: 'neighbor-solicitation' as const, target, options }
  return ndpFrame({ source: client.ipv6, destination: group, message }, client.mac, multicastMac(group))
}
