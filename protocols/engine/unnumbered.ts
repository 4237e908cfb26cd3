// The routers behind interfaces that peers are named by (unnumbered BGP): looked for on those interfaces and no other, by
// router advertisements there and back. Decides nothing: protocols/ndp/discovery.ts does.
import type { PeerEndpoint } from '../bgp/config.ts'
import { newDiscovery, stepDiscovery } from '../ndp/discovery.ts'
import type { Discovery, DiscoveryEffect, DiscoveryEvent, OwnEnd } from '../ndp/discovery.ts'
import { routerFrame } from '../ndp/frame.ts'
import { decodeRouter } from '../ndp/router.ts'
import type { RouterPacket } from '../ndp/router.ts'
import { DecodeError } from '../net/bytes.ts'
import { decodeEthernet } from '../net/ethernet.ts'
import type { Mac } from '../net/ethernet.ts'
import { EtherType, Port } from '../net/iana.ts'
import { decodeIpv6, isLinkLocal } from '../net/ipv6.ts'
import type { BgpClock } from './bgp-peer.ts'
import type { DiscoveryPort, OpenPort } from './discovery-port.ts'
import { linksOf } from './link-table.ts'
import type { LinkTable } from './link-table.ts'

export type UnnumberedSurroundings = {
  readonly clock: BgpClock
  readonly open: OpenPort
  readonly random: () => number
  readonly isInUse: (device: string) => boolean // a session stands with the router there
  readonly onRouter: (device: string, news: RouterNews) => void
}

/** Without an address it is gone. */
export type RouterNews = { readonly address?: string; readonly why: string }

/** An interface that cannot be opened is tried again after it, if rtnetlink says nothing before. */
const retryMs = 10_000

const nobodyYet = 'no router has advertised itself there'

type Watched = {
  readonly device: string
  index: number | undefined
  port: DiscoveryPort | undefined
  discovery: Discovery
  problem: string // why no router is known
  cancelWake: (() => void) | undefined
  cancelRetry: (() => void) | undefined
}

export class Unnumbered {
  private readonly around: UnnumberedSurroundings
  private readonly watched = new Map<string, Watched>()
  private links: LinkTable | undefined

  constructor(around: UnnumberedSurroundings) {
    this.around = around
  }

  /** Of all interfaces that peers name: what is new is opened, what is left out is closed and forgotten. */
  follow(devices: ReadonlySet<string>, links: LinkTable): void {
    this.links = links
    for (const [device, watched] of this.watched) if (!devices.has(device)) this.forget(watched)
    for (const device of devices) {
      if (!this.watched.has(device)) this.watched.set(device, newWatched(device))
    }
    for (const watched of this.watched.values()) this.look(watched)
  }

  /** With the router's address in place of the interface; or why there is none. */
  resolve(endpoint: PeerEndpoint): PeerEndpoint | string {
    const { remote } = endpoint
    if ('address' in remote) return endpoint
    const watched = this.watched.get(remote.interface)
    const address = watched?.discovery.router?.address
    if (address !== undefined)
      return { ...endpoint, remote: { address, port: Port.bgp }, device: remote.interface }
    return `the router on interface ${remote.interface} is not known: ${watched?.problem ?? nobodyYet}`
  }

  close(): void {
    for (const watched of this.watched.values()) this.forget(watched)
  }

  private forget(watched: Watched): void {
    this.watched.delete(watched.device)
    closePort(watched)
    watched.cancelRetry?.()
  }

  private look(watched: Watched): void {
    const found = ownEnd(watched.device, this.links)
    if (typeof found === 'string') return this.unusable(watched, found)
    if (watched.index !== undefined && watched.index !== found.index)
      this.unusable(watched, `interface ${watched.device} was made anew`)
    watched.index = found.index
    if (watched.port === undefined && !this.openPort(watched)) return
    this.step(watched, { type: 'link', own: found.own, why: '' })
  }

  private openPort(watched: Watched): boolean {
    watched.cancelRetry?.()
    watched.cancelRetry = undefined
    try {
      watched.port = this.around.open(watched.device, {
        onFrame: (frame) => this.receive(watched, frame),
        onFailed: (reason) => this.failed(watched, reason),
      })
      watched.problem = nobodyYet
      return true
    } catch (error) {
      this.failed(watched, error instanceof Error ? error.message : String(error))
      return false
    }
  }

  private failed(watched: Watched, reason: string): void {
    watched.port = undefined
    this.unusable(watched, reason)
    const { clock } = this.around
    watched.cancelRetry = clock.at(clock.now() + retryMs, () => this.look(watched))
  }

  private unusable(watched: Watched, why: string): void {
    closePort(watched)
    watched.index = undefined
    watched.problem = why
    this.step(watched, { type: 'link', why })
  }

  private receive(watched: Watched, frame: Uint8Array): void {
    const received = routerPacketIn(frame)
    if (received === undefined) return
    const inUse = this.around.isInUse(watched.device)
    this.step(watched, { type: 'received', ...received, inUse })
  }

  private step(watched: Watched, event: DiscoveryEvent): void {
    const { clock, random } = this.around
    const { discovery, effects } = stepDiscovery(watched.discovery, event, {
      now: clock.now(),
      random: random(),
    })
    watched.discovery = discovery
    for (const effect of effects) this.carryOut(watched, effect)
  }

  private carryOut(watched: Watched, effect: DiscoveryEffect): void {
    switch (effect.type) {
      case 'send': {
        const { own } = watched.discovery
        if (own !== undefined) watched.port?.send(routerFrame(effect.packet, own.mac))
        return
      }
      case 'wake-at':
        watched.cancelWake?.()
        watched.cancelWake = this.around.clock.at(effect.at, () => this.wake(watched))
        return
      case 'router': {
        const { address, why } = effect
        watched.problem = address === undefined ? why : nobodyYet
        this.around.onRouter(watched.device, { why, ...(address === undefined ? {} : { address }) })
      }
    }
  }

  private wake(watched: Watched): void {
    this.step(watched, { type: 'wake', inUse: this.around.isInUse(watched.device) })
  }
}

function newWatched(device: string): Watched {
  return {
    device,
    index: undefined,
    port: undefined,
    discovery: newDiscovery,
    problem: nobodyYet,
    cancelWake: undefined,
    cancelRetry: undefined,
  }
}

function closePort(watched: Watched): void {
  watched.cancelWake?.()
  watched.cancelWake = undefined
  watched.port?.close()
  watched.port = undefined
}

/** How this node speaks on an interface; or why it cannot. */
function ownEnd(
  device: string,
  links: LinkTable | undefined,
): { readonly own: OwnEnd; readonly index: number } | string {
  const link = links === undefined ? undefined : linksOf(links).find(({ name }) => name === device)
  if (link === undefined) return `there is no interface ${device}`
  if (!link.isEthernet) return `interface ${device} is no Ethernet`
  if (!link.up) return `interface ${device} is down`
  if (!link.running) return `interface ${device} has no carrier`
  const own = link.addresses.find(({ address, tentative }) => isLinkLocal(address) && !tentative)
  if (own === undefined) return `interface ${device} has no link-local IPv6 address`
  return { own: { mac: link.mac, address: own.address }, index: link.index }
}

/** Undefined: it is nothing of the kind, or not valid. */
function routerPacketIn(frame: Uint8Array): { readonly packet: RouterPacket; readonly mac: Mac } | undefined {
  try {
    const { etherType, payload, source, tags } = decodeEthernet(frame)
    if (etherType !== EtherType.ipv6 || tags.length > 0) return undefined
    return { packet: decodeRouter(decodeIpv6(payload)), mac: source }
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
