// The driver with streams that the test holds: what becomes of wishes, bytes and endings, without a network or a clock.
import { expect } from 'chai'
import type { PeerConfig, Route } from '../bgp/config.ts'
import { anyContext } from '../bgp/context.ts'
import { takeMessage } from '../bgp/inbound.ts'
import { encodeMessage } from '../bgp/message.ts'
import type { Message } from '../bgp/message.ts'
import { newSession } from '../bgp/session.ts'
import { unicast } from '../bgp/nlri.ts'
import { routerFrame } from '../ndp/frame.ts'
import { decodeRouter } from '../ndp/router.ts'
import type { RouterPacket } from '../ndp/router.ts'
import { concatBytes } from '../net/bytes.ts'
import { decodeEthernet } from '../net/ethernet.ts'
import { decodeIpv6 } from '../net/ipv6.ts'
import type { BfdChange } from './bfd-driver.ts'
import type { BfdSessionSpec } from './bfd-session.ts'
import { BgpDriver } from './bgp-driver.ts'
import type { BgpReport } from './bgp-messages.ts'
import type { ByteStream, StreamEvents } from './byte-stream.ts'
import type { DiscoveryPort, PortEvents } from './discovery-port.ts'
import { emptyTable, withNews } from './link-table.ts'
import type { LinkTable } from './link-table.ts'
import { LinkFlag } from './rtnetlink-message.ts'
import { packChunk } from './route-chunk.ts'
import { Slicer } from './slicer.ts'

class FakeStream implements ByteStream {
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

function peerOf(name: string, more: Partial<PeerConfig['endpoint']> = {}): PeerConfig {
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

function openOf(asNumber = 65002): Message {
  return {
    type: 'open',
    asNumber,
    holdTimeS: 90,
    identifier: '192.0.2.2',
    capabilities: [{ name: 'multiprotocol', ...unicast.IPv4 }],
  }
}

const keepalive: Message = { type: 'keepalive' }

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

type Stage = ReturnType<typeof stage>

function stage() {
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

function route(prefix: string, peers: Route['peers'] = 'all'): Route {
  return { prefix, peers, attributes: {} }
}

/** The session of the last stream is established. */
function establish({ streams }: Stage): FakeStream {
  const stream = streams.at(-1)
  if (stream === undefined) throw new Error('nothing was dialled')
  stream.open()
  stream.say(openOf(), keepalive)
  return stream
}

describe('the driver of BGP sessions', () => {
  let on: Stage

  beforeEach(() => {
    on = stage()
  })

  afterEach(() => on.end())

  it('dials nobody before it knows the links of the node', () => {
    on.peers(peerOf('a'))
    expect(on.streams).to.have.length(0)
    on.driver.setLinks(emptyTable)
    expect(on.streams).to.have.length(1)
  })

  it('announces what is wished, then End-of-RIB, and what changes after it', () => {
    on.driver.setLinks(emptyTable)
    on.peers(peerOf('a'))
    on.routes(route('198.51.100.1/32'))
    const stream = establish(on)
    expect(stream.said()).to.deep.equal(['open', 'keepalive', 'update +198.51.100.1/32', 'update'])
    stream.events.onDrained()
    on.gone('198.51.100.1/32')
    expect(stream.said().at(-1)).to.equal('update -198.51.100.1/32')
    expect(on.taken()).to.equal(2)
  })

  it('tells the routes of a family whose next hop comes later, in the same session', () => {
    const { session, ...peer } = peerOf('a')
    const address = { type: 'address', removed: false, index: 2, flags: 0 } as const
    const ipv4 = { ...address, address: '192.0.2.1', prefixLength: 24 }
    on.driver.setLinks(withNews(emptyTable, [ipv4]))
    on.routes(route('2001:db8:100::3/128'))
    on.peers({ ...peer, session: { ...session, families: ['IPv4', 'IPv6'] } })
    const [stream] = on.streams
    if (stream === undefined) throw new Error('nothing was dialled')
    stream.open()
    const capabilities = [unicast.IPv4, unicast.IPv6].map(
      (family) => ({ name: 'multiprotocol', ...family }) as const,
    )
    stream.say(
      { type: 'open', asNumber: 65002, holdTimeS: 90, identifier: '192.0.2.2', capabilities },
      keepalive,
    )
    const endsOfRib = ['update', 'update']
    expect(stream.said()).to.deep.equal(['open', 'keepalive', ...endsOfRib])
    stream.events.onDrained()
    on.driver.setLinks(withNews(emptyTable, [ipv4, { ...address, address: '2001:db8::1', prefixLength: 64 }]))
    expect(stream.said().slice(4)).to.deep.equal(['update 2001:db8:100::3/128 by 2001:db8::1'])
  })

  it('says nothing of routes before it has been told them all', () => {
    on.driver.setLinks(emptyTable)
    on.peers(peerOf('a'))
    const stream = establish(on)
    expect(stream.said()).to.deep.equal(['open', 'keepalive'])
    on.routes(route('198.51.100.1/32'))
    expect(stream.said().slice(2)).to.deep.equal(['update +198.51.100.1/32', 'update'])
  })

  it('tells each peer its own routes', () => {
    on.driver.setLinks(emptyTable)
    on.routes(route('198.51.100.1/32', ['b']), route('198.51.100.2/32', ['a']), route('198.51.100.3/32'))
    on.peers(peerOf('a'))
    const stream = establish(on)
    expect(stream.said()[2]).to.equal('update +198.51.100.2/32 +198.51.100.3/32')
  })

  it('the same peers again change nothing; a new password of one resets that one alone', () => {
    const others = { remote: { address: '192.0.2.3', port: 179 } } as const
    on.driver.setLinks(emptyTable)
    on.routes()
    on.peers(peerOf('a'))
    const first = establish(on)
    on.peers(peerOf('a'), peerOf('b', others))
    const second = establish(on)
    on.peers(peerOf('a'), peerOf('b', others))
    expect([first.isClosed, second.isClosed]).to.deep.equal([false, false])
    on.peers(peerOf('a', { password: 'new' }), peerOf('b', others))
    expect([first.isClosed, second.isClosed]).to.deep.equal([true, false])
    expect(first.said().at(-1)).to.equal('notification 6/6')
    expect(on.streams).to.have.length(3)
  })

  it('a peer elsewhere is another peer: the old one hears that it is deconfigured', () => {
    on.driver.setLinks(emptyTable)
    on.routes()
    on.peers(peerOf('a'))
    const stream = establish(on)
    on.peers(peerOf('a', { remote: { address: '192.0.2.9', port: 179 } }))
    expect(stream.said().at(-1)).to.equal('notification 6/3')
    expect(on.streams).to.have.length(2)
  })

  it('each change of a session is logged with its reason and counted, however soon its state is left', () => {
    on.driver.setLinks(emptyTable)
    on.peers(peerOf('a'))
    establish(on)
    const from = on.changes.length
    on.peers(peerOf('a', { password: 'new' }))
    expect(on.changes.slice(from)).to.deep.equal([
      'Established Idle: configuration changed: password',
      'Idle Connect: dialling',
    ])
    const { transitions } = on.driver.report('a')?.counters ?? {}
    expect(transitions).to.deep.equal({ Connect: 2, OpenSent: 1, OpenConfirm: 1, Established: 1, Idle: 1 })
  })

  it('whether a peer may connect to us is no reason to reset its session', () => {
    on.driver.setLinks(emptyTable)
    on.routes()
    on.peers(peerOf('a'))
    const stream = establish(on)
    on.peers(peerOf('a', { listen: true }))
    expect(stream.isClosed).to.equal(false)
  })

  it('BFD down ends the session with Cease/10; AdminDown does not', () => {
    on.driver.setLinks(emptyTable)
    on.routes()
    on.peers(peerOf('a'))
    const stream = establish(on)
    on.bfdDown(['a'], false)
    expect(stream.isClosed).to.equal(false)
    on.bfdDown(['a'], true)
    expect(stream.said().at(-1)).to.equal('notification 6/10')
  })

  it('messages in pieces are put together, and several at once are taken in order', () => {
    on.driver.setLinks(emptyTable)
    on.routes()
    on.peers(peerOf('a'))
    const [stream] = on.streams
    stream?.open()
    const bytes = concatBytes(encodeMessage(openOf(), anyContext), encodeMessage(keepalive, anyContext))
    for (const byte of bytes) stream?.events.onBytes(Uint8Array.of(byte))
    expect(on.driver.show('a', 1)).to.not.equal(undefined)
    stream?.events.onDrained()
    expect(stream?.said()).to.deep.equal(['open', 'keepalive', 'update'])
  })

  it('what the peer said before its connection ended counts', () => {
    on.driver.setLinks(emptyTable)
    on.routes()
    on.peers(peerOf('a'))
    const stream = establish(on)
    stream.say({ type: 'notification', code: 6, subcode: 2, data: '' })
    stream.events.onEnd('reset')
    on.end()
    const failure = reasonOf(on, 'a')
    expect(failure).to.equal('the peer said Cease/2 administrative shutdown')
  })

  it('after a stall of our own the peer is heard before it is blamed', () => {
    on.driver.setLinks(emptyTable)
    on.routes()
    on.peers(peerOf('a'))
    const stream = establish(on)
    on.turn()
    on.wait(29_000)
    stream.events.onDrained()
    stream.say(keepalive)
    on.wait(89_000)
    expect(stream.isClosed).to.equal(false)
  })

  it('a peer that is not read is not read on: bytes beyond a turn wait in its own TCP', () => {
    on.driver.setLinks(emptyTable)
    on.routes()
    on.peers(peerOf('a'))
    const stream = establish(on)
    const many = Array.from({ length: 10_000 }, () => encodeMessage(keepalive, anyContext))
    on.wait(3) // this turn is over
    stream.events.onBytes(concatBytes(...many))
    stream.events.onBytes(concatBytes(...many))
    expect(stream.isPaused).to.equal(true)
    for (let turns = 0; turns < 50 && stream.isPaused; turns++) on.turn()
    expect(stream.isPaused).to.equal(false)
  })

  it('drains by name, and stops with what was wished for each', async () => {
    on.driver.setLinks(emptyTable)
    on.peers(peerOf('a'))
    on.routes(route('198.51.100.1/32'))
    const stream = establish(on)
    stream.events.onDrained()
    on.driver.take({ type: 'drain', peers: ['a'] })
    expect(stream.said().filter((word) => word === 'update +198.51.100.1/32')).to.have.length(2)
    await on.driver.stop({ keepRoutes: true, pauseMs: 0 }) // graceful restart was not agreed on
    expect(stream.said().at(-1)).to.equal('notification 6/2')
    expect(stream.isClosed).to.equal(true)
  })

  it('shows what a peer was told, and what it told', () => {
    on.driver.setLinks(emptyTable)
    on.peers(peerOf('a'))
    on.routes(route('198.51.100.1/32'), route('2001:db8::1/128'))
    const stream = establish(on)
    const attributes = { origin: 'igp', asPath: [], nextHop: '192.0.2.2' } as const
    stream.say({ type: 'update', withdrawn: [], attributes, nlri: ['203.0.113.0/24'] })
    const shown = on.driver.show('a', 10)
    expect(shown?.received.map(({ prefix }) => prefix)).to.deep.equal(['203.0.113.0/24'])
    expect(shown?.told.map(({ prefix, withheld }) => [prefix, withheld])).to.deep.equal([
      ['198.51.100.1/32', undefined],
      ['2001:db8::1/128', 'the session carries no IPv6 routes'],
    ])
    expect(on.driver.show('b', 10)).to.equal(undefined)
  })
})

describe('the driver of BGP sessions, with a peer that is named by its interface', () => {
  let on: Stage

  beforeEach(() => {
    on = stage()
    on.peers(peerOf('a', behindEth0))
    on.driver.setLinks(linksWith(LinkFlag.up | LinkFlag.running))
    on.routes()
  })

  afterEach(() => on.end())

  it('opens that interface and no other, and none when no peer names one', () => {
    expect(on.ports.map(({ device }) => device)).to.deep.equal(['eth0'])
    expect(on.ports[0]?.sent).to.deep.equal(['router-advertisement', 'router-solicitation'])
    on.peers(peerOf('a'))
    expect(on.ports.map(({ isClosed }) => isClosed)).to.deep.equal([true])
  })

  it('dials nobody before the router has advertised itself, then its address on that interface at once', () => {
    expect(on.dialled).to.deep.equal([])
    hear(on, 'fe80::2')
    expect(on.dialled[0]).to.deep.include({ remote: { address: 'fe80::2', port: 179 }, device: 'eth0' })
    hear(on, 'fe80::2')
    expect(on.dialled).to.have.length(1)
  })

  it('a router that changes its address ends the session with the reason, and is dialled there', () => {
    hear(on, 'fe80::2')
    const stream = establish(on)
    hear(on, 'fe80::3')
    expect(stream.said().at(-1)).to.equal('notification 6/3')
    expect(on.dialled[1]?.remote).to.deep.equal({ address: 'fe80::3', port: 179 })
    expect(on.downs.at(-1)).to.contain(
      'the router on interface eth0 is fe80::3: it has changed its address from fe80::2',
    )
  })

  it('an interface that goes down ends the session with the reason; when it is back the router is found anew', () => {
    hear(on, 'fe80::2')
    const stream = establish(on)
    on.driver.setLinks(linksWith(0))
    expect([stream.isClosed, on.ports[0]?.isClosed]).to.deep.equal([true, true])
    expect(on.downs.at(-1)).to.contain('the router on interface eth0 is gone: interface eth0 is down')
    on.driver.setLinks(linksWith(LinkFlag.up | LinkFlag.running))
    expect(on.dialled).to.have.length(1)
    hear(on, 'fe80::2')
    expect(on.dialled).to.have.length(2)
  })

  it('BFD watches the router that was found, and nobody before and after', () => {
    const config = {
      desiredMinTxUs: 300_000,
      requiredMinRxUs: 300_000,
      detectMultiplier: 3,
      passive: false,
      multihop: false,
      minimumTtl: 255,
    }
    on.driver.take({ type: 'peers', peers: [peerOf('a', behindEth0)], bfd: { a: config } })
    expect(on.bfdSpecs.at(-1)).to.deep.equal([])
    hear(on, 'fe80::2')
    expect(on.bfdSpecs.at(-1)).to.deep.equal([{ peer: 'a', remote: 'fe80::2', interface: 'eth0', config }])
    on.driver.setLinks(linksWith(0))
    expect(on.bfdSpecs.at(-1)).to.deep.equal([])
  })

  it('an interface that could not be read is opened again', () => {
    on.ports[0]?.events.onFailed('no permission')
    on.wait(10_000)
    expect(on.ports).to.have.length(2)
    expect(on.ports[1]?.sent).to.deep.equal(['router-advertisement', 'router-solicitation'])
  })

  it('frames that are cut off or of others are no advertisement', () => {
    const frame = routerFrame(advertisementOf('fe80::2'), routerMac)
    for (let length = 0; length < frame.length; length++)
      on.ports[0]?.events.onFrame(frame.subarray(0, length))
    on.ports[0]?.events.onFrame(frame.with(12, 0x08))
    expect(on.dialled).to.deep.equal([])
  })
})

const behindEth0 = { remote: { interface: 'eth0' } } as const
const routerMac = '02:00:00:00:00:02'

function linksWith(flags: number): LinkTable {
  const eth0 = { type: 'link', removed: false, index: 2, hardwareType: 1, name: 'eth0', flags } as const
  const own = { type: 'address', removed: false, index: 2, address: 'fe80::1', prefixLength: 64 } as const
  return withNews(emptyTable, [
    { ...eth0, mac: '02:00:00:00:00:01' },
    { ...own, flags: 0 },
  ])
}

function advertisementOf(source: string): RouterPacket {
  return {
    source,
    destination: 'ff02::1',
    message: {
      type: 'router-advertisement',
      hopLimit: 64,
      managed: false,
      otherConfig: false,
      lifetimeS: 0,
      reachableMs: 0,
      retransMs: 0,
      options: [],
    },
  }
}

function hear({ ports }: Stage, source: string): void {
  ports.at(-1)?.events.onFrame(routerFrame(advertisementOf(source), routerMac))
}

function reasonOf({ driver }: Stage, peer: string): string | undefined {
  return driver.report(peer)?.session.lastFailure?.reason
}
