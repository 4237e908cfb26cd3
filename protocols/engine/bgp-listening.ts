// The listening sockets of all peers that may connect to us: one for each family and VRF, and what keeps one from listening.
import type { PeerConfig } from '../bgp/config.ts'
import type { ListeningObserved } from '../bgp/observed.ts'
import type { Incoming } from './byte-stream.ts'
import { KernelListener } from './kernel-listener.ts'
import type { Place } from './kernel-listener.ts'
import type { LogLine } from './l2-messages.ts'
import { isLinkLocal } from '../net/ipv6.ts'
import { familyOf } from './tcp-socket.ts'

export type ListeningEvents = {
  readonly onIncoming: (peer: string, incoming: Incoming) => void
  readonly onChanged: (observed: readonly ListeningObserved[]) => void
  readonly onLog: (line: LogLine) => void
}

/** What could not listen is tried again: the other process may be gone. */
const retryMs = 10_000

type Socket = { readonly place: Place; readonly peers: readonly PeerConfig[] }

export class Listening {
  private readonly port: number
  private readonly events: ListeningEvents
  private readonly listeners = new Map<string, KernelListener>() // by what formatPlace says
  private problems = new Map<string, string>()
  private wanted = new Map<string, Socket>()
  private told = '[]'
  private timer: NodeJS.Timeout | undefined

  constructor(port: number, events: ListeningEvents) {
    this.port = port
    this.events = events
  }

  configure(peers: readonly PeerConfig[]): void {
    this.wanted = placesOf(peers, this.port)
    for (const [name, listener] of this.listeners)
      if (!this.wanted.has(name)) {
        listener.close()
        this.listeners.delete(name)
      }
    this.listenAll()
  }

  close(): void {
    clearTimeout(this.timer)
    for (const listener of this.listeners.values()) listener.close()
    this.listeners.clear()
    this.wanted.clear()
  }

  private listenAll(): void {
    clearTimeout(this.timer)
    const problems = new Map<string, string>()
    for (const [name, socket] of this.wanted) {
      const problem = this.listenOn(name, socket)
      if (problem !== undefined) problems.set(name, problem)
    }
    this.problems = problems
    if (problems.size > 0) this.timer = setTimeout(() => this.listenAll(), retryMs)
    this.tell()
  }

  /** Answers with what is wrong. */
  private listenOn(name: string, { place, peers }: Socket): string | undefined {
    const { onIncoming, onLog } = this.events
    const log = (message: string, fields: LogLine['fields']) => onLog({ level: 'warn', message, fields })
    try {
      const listener = this.listeners.get(name)
      if (listener !== undefined) listener.configure(peers)
      else
        this.listeners.set(
          name,
          new KernelListener(place, peers, {
            onIncoming,
            onRefused: (peer, why) => log('peer may not connect to us', { peer, why }),
            onError: (error) =>
              log('no connections are accepted any more', { address: name, error: String(error) }),
          }),
        )
      return undefined
    } catch (error) {
      const problem = inWords(error instanceof Error ? error.message : String(error), place)
      if (this.problems.get(name) !== problem) log('peers cannot connect to us', { address: name, problem })
      return problem
    }
  }

  private tell(): void {
    const observed = [...this.wanted.keys()].map((address): ListeningObserved => {
      const problem = this.problems.get(address)
      return { address, ...(problem === undefined ? {} : { problem }) }
    })
    const text = JSON.stringify(observed)
    if (text === this.told) return
    this.told = text
    this.events.onChanged(observed)
  }
}

function placesOf(peers: readonly PeerConfig[], port: number): Map<string, Socket> {
  const places = new Map<string, { readonly place: Place; readonly peers: PeerConfig[] }>()
  for (const peer of peers) {
    const { remote, device, listen, transport } = peer.endpoint
    if (!listen || transport !== 'Kernel' || 'interface' in remote) continue
    const vrf = isLinkLocal(remote.address) ? undefined : device
    const place: Place = {
      family: familyOf(remote.address),
      port,
      ...(vrf === undefined ? {} : { device: vrf }),
    }
    const known = places.get(formatPlace(place))
    if (known === undefined) places.set(formatPlace(place), { place, peers: [peer] })
    else known.peers.push(peer)
  }
  return places
}

function formatPlace({ family, port, device }: Place): string {
  return `${family === 'IPv4' ? '0.0.0.0' : '[::]'}:${port}${device === undefined ? '' : `%${device}`}`
}

/** The two that a user meets, with what to do about them. */
function inWords(problem: string, { port }: Place): string {
  if (problem.includes('EACCES')) return `port ${port} needs the capability NET_BIND_SERVICE (${problem})`
  if (problem.includes('EADDRINUSE'))
    return `another process of this node listens on port ${port} (${problem})`
  return problem
}
