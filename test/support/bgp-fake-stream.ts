// One end of a BGP connection that the test holds: what the peer says, and what was said to it, in words.
import type { PeerConfig } from '../../protocols/bgp/config.ts'
import { anyContext } from '../../protocols/bgp/context.ts'
import { takeMessage } from '../../protocols/bgp/inbound.ts'
import { encodeMessage } from '../../protocols/bgp/message.ts'
import type { Message } from '../../protocols/bgp/message.ts'
import { unicast } from '../../protocols/bgp/nlri.ts'
import { newSession } from '../../protocols/bgp/session.ts'
import type { ByteStream, StreamEvents } from '../../protocols/engine/byte-stream.ts'
import { concatBytes } from '../../protocols/net/bytes.ts'

export class FakeStream implements ByteStream {
  readonly events: StreamEvents
  sent: Uint8Array = new Uint8Array(0)
  isClosed = false
  isPaused = false

  constructor(events: StreamEvents) {
    this.events = events
  }

  send(bytes: Uint8Array): void {
    this.sent = concatBytes(this.sent, bytes)
  }

  close(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  open(): void {
    this.events.onOpen({ address: '192.0.2.1', remote: '192.0.2.2' })
    this.events.onDrained()
  }

  say(...messages: readonly Message[]): void {
    this.events.onBytes(concatBytes(...messages.map((message) => encodeMessage(message, anyContext))))
    this.events.onDrained()
  }

  /** Everything that we said, in words. */
  said(): readonly string[] {
    const words: string[] = []
    let rest: Uint8Array = this.sent
    const reader = newSession(peerOf('reader').session, { seed: 1, now: 0 })
    for (;;) {
      const taken = takeMessage(reader, 'none', rest)
      if (taken === undefined || taken.event.type !== 'received') return words
      rest = taken.rest
      words.push(wordsOf(taken.event.message))
    }
  }
}

function wordsOf(message: Message): string {
  if (message.type === 'notification') return `notification ${message.code}/${message.subcode}`
  if (message.type !== 'update') return message.type
  const { nlri, withdrawn } = message
  const { mpReach } = message.attributes
  if (mpReach !== undefined && 'nextHops' in mpReach)
    return `update ${mpReach.prefixes.join(' ')} by ${mpReach.nextHops.join(' ')}`
  return ['update', ...nlri.map((prefix) => `+${prefix}`), ...withdrawn.map((prefix) => `-${prefix}`)].join(
    ' ',
  )
}

export function peerOf(name: string, more: Partial<PeerConfig['endpoint']> = {}): PeerConfig {
  return {
    name,
    endpoint: {
      remote: { address: '192.0.2.2', port: 179 },
      transport: 'Kernel',
      ttl: { type: 'hops', hops: 1 },
      listen: false,
      ...more,
    },
    session: {
      localAs: 65001,
      peerAs: 65002,
      identifier: '192.0.2.1',
      families: ['IPv4'],
      holdTimeS: 90,
      passive: false,
      connectRetryMs: 1000,
      delayOpenMs: 0,
    },
  }
}

export function openOf(asNumber = 65002): Message {
  return {
    type: 'open',
    asNumber,
    holdTimeS: 90,
    identifier: '192.0.2.2',
    capabilities: [{ name: 'multiprotocol', ...unicast.IPv4 }],
  }
}

export const keepalive: Message = { type: 'keepalive' }
