// The driver of BGP sessions with streams, turns and a clock that the test holds.
import type { PeerConfig, Route } from '../../protocols/bgp/config.ts'
import type { BfdChange } from '../../protocols/engine/bfd-change.ts'
import type { BfdSessionSpec } from '../../protocols/engine/bfd-session.ts'
import { BgpDriver } from '../../protocols/engine/bgp-driver.ts'
import type { BgpReport } from '../../protocols/engine/bgp-messages.ts'
import type { DiscoveryPort, PortEvents } from '../../protocols/engine/discovery-port.ts'
import { packChunk } from '../../protocols/engine/route-chunk.ts'
import { Slicer } from '../../protocols/engine/slicer.ts'
import { decodeRouter } from '../../protocols/ndp/router.ts'
import { decodeEthernet } from '../../protocols/net/ethernet.ts'
import { decodeIpv6 } from '../../protocols/net/ipv6.ts'
import { FakeStream, keepalive, openOf } from './bgp-fake-stream.ts'

type FakePort = DiscoveryPort & {
  readonly device: string
  readonly events: PortEvents
  readonly sent: string[] // what kind of message
  isClosed: boolean
}

function openFakePort(ports: FakePort[], device: string, events: PortEvents): FakePort {
  const port: FakePort = {
    device,
    events,
    sent: [],
    isClosed: false,
    send: (frame) => {
      port.sent.push(decodeRouter(decodeIpv6(decodeEthernet(frame).payload)).message.type)
    },
    close: () => {
      port.isClosed = true
    },
  }
  ports.push(port)
  return port
}

export type Stage = ReturnType<typeof stage>

export function stage() {
  let now = 0
  const timers: { readonly at: number; readonly run: () => void }[] = []
  const turns: (() => void)[] = []
  const streams: FakeStream[] = []
  const reports: BgpReport[] = []
  const ports: FakePort[] = []
  const downs: string[] = []
  const changes: string[] = []
  const bfdSpecs: (readonly BfdSessionSpec[])[] = []
  const dialled: PeerConfig['endpoint'][] = []
  let bfdChanged: ((change: BfdChange) => void) | undefined
  let taken = 0
  const driver = new BgpDriver({
    seed: 1,
    onReport: (report) => reports.push(report),
    onTaken: () => {
      taken += 1
    },
    onLog: ({ message, fields }) => {
      if (message === 'BGP session changed')
        changes.push(`${fields['from']} ${fields['to']}: ${fields['reason']}`)
      if (message === 'bgp session down') downs.push(String(fields['reason']))
    },
    dial: (endpoint, events) => {
      dialled.push(endpoint)
      const stream = new FakeStream(events)
      streams.push(stream)
      return stream
    },
    openDiscovery: (device, events) => openFakePort(ports, device, events),
    bfd: (onChange) => {
      bfdChanged = onChange
      return {
        configure: (specs) => bfdSpecs.push(specs),
        observe: () => ({}),
        observeGeneral: () => ({ loopLagMs: 0, malformed: 0, unknown: 0 }),
        stop: () => Promise.resolve(),
        close: () => undefined,
      }
    },
    clock: {
      now: () => now,
      at: (at, run) => {
        const timer = { at, run }
        timers.push(timer)
        return () => {
          const index = timers.indexOf(timer)
          if (index >= 0) timers.splice(index, 1)
        }
      },
    },
    listenPort: 0,
    slicer: new Slicer({ now: () => now, nextTurn: (run) => void turns.push(run) }),
  })
  return {
    driver,
    streams,
    ports,
    downs,
    changes,
    bfdSpecs,
    dialled,
    taken: () => taken,
    bfdDown: (peers: readonly string[], isFailure: boolean) =>
      bfdChanged?.({ peers, remote: '192.0.2.2', from: 'up', to: 'down', reason: 'silence', isFailure }),
    turn: () => turns.splice(0).forEach((run) => run()),
    wait: (ms: number) => {
      now += ms
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers.splice(timers.indexOf(timer), 1)
        timer.run()
      }
    },
    peers: (...peers: readonly PeerConfig[]) => driver.take({ type: 'peers', peers, bfd: {} }),
    routes: (...routes: readonly Route[]) => {
      const prefixes = routes.map(({ prefix }) => prefix)
      const chunk = packChunk(prefixes, (prefix) => routes.filter((route) => route.prefix === prefix))
      driver.take({ type: 'routes', chunk, isLast: true, generation: 1 })
    },
    gone: (...prefixes: readonly string[]) =>
      driver.take({ type: 'routes', chunk: packChunk(prefixes, () => []), isLast: true, generation: 2 }),
    end: () => driver.close(),
  }
}

export function route(prefix: string, peers: Route['peers'] = 'all'): Route {
  return { prefix, peers, attributes: {} }
}

/** The session of the last stream is established. */
export function establish({ streams }: Stage): FakeStream {
  const stream = streams.at(-1)
  if (stream === undefined) throw new Error('nothing was dialled')
  stream.open()
  stream.say(openOf(), keepalive)
  return stream
}
