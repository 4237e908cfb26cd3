// The kernel's TCP on loopback: dialled, taken in, ended, refused. TCP-MD5, GTSM and devices need namespaces: test/interop.
import { expect } from 'chai'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { until, untilTrue } from '../../test/support/until.ts'
import type { PeerConfig, PeerEndpoint } from '../bgp/config.ts'
import { concatBytes } from '../net/bytes.ts'
import type { ByteStream, Incoming, StreamEvents } from './byte-stream.ts'
import { KernelListener } from './kernel-listener.ts'
import { dialKernel } from './kernel-stream.ts'

type Told = {
  opened: string[]
  bytes: Uint8Array
  drained: number
  ended: string[]
  readonly events: StreamEvents
}

function listenTo(): Told {
  const told: Told = {
    opened: [],
    bytes: new Uint8Array(0),
    drained: 0,
    ended: [],
    events: {
      onOpen: ({ address }) => told.opened.push(address),
      onBytes: (bytes) => {
        told.bytes = concatBytes(told.bytes, bytes)
      },
      onDrained: () => {
        told.drained += 1
      },
      onEnd: (reason) => told.ended.push(reason),
    },
  }
  return told
}

function endpoint(address: string, port: number, more: Partial<PeerEndpoint> = {}): PeerEndpoint {
  return {
    remote: { address, port },
    transport: 'Kernel',
    ttl: { type: 'hops', hops: 64 },
    listen: true,
    ...more,
  }
}

function peer(to: PeerEndpoint): PeerConfig {
  return {
    name: 'peer',
    endpoint: to,
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

/** A port that nobody listens on, now. */
async function freePort(): Promise<number> {
  const server = await serverOn('127.0.0.1')
  const { port } = addressOf(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function serverOn(host: string): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return server
}

function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address
}

describe('a stream of the kernel', () => {
  const ends: (() => unknown)[] = []

  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end()
  })

  function dial(to: PeerEndpoint): { stream: ByteStream; told: Told } {
    const told = listenTo()
    const stream = dialKernel(to, told.events)
    ends.push(() => stream.close())
    return { stream, told }
  }

  /** Both ends of a connection from 127.0.0.1, or ::1, to our listener. */
  async function pair(family: 'IPv4' | 'IPv6') {
    const address = family === 'IPv4' ? '127.0.0.1' : '::1'
    const port = await freePort()
    const came: Incoming[] = []
    const listener = new KernelListener({ family, port }, [peer(endpoint(address, 1))], {
      onIncoming: (_, incoming) => came.push(incoming),
      onRefused: (_, why) => {
        throw new Error(why)
      },
      onError: (error) => {
        throw error
      },
    })
    ends.push(() => listener.close())
    const ours = dial(endpoint(address, port))
    const incoming = await until('it comes in', () => came[0])
    const told = listenTo()
    const stream = incoming.take(told.events)
    ends.push(() => stream.close())
    await untilTrue('it is open', () => ours.told.opened.length === 1)
    return { ours, theirs: { stream, told }, incoming }
  }

  for (const family of ['IPv4', 'IPv6'] as const)
    it(`carries bytes both ways over ${family}, and tells when they are taken`, async () => {
      const { ours, theirs, incoming } = await pair(family)
      expect(ours.told.opened).to.deep.equal([incoming.local.remote])
      ours.stream.send(Uint8Array.of(1, 2))
      ours.stream.send(Uint8Array.of(3))
      theirs.stream.send(Uint8Array.of(9))
      await untilTrue('both have them', () => theirs.told.bytes.length === 3 && ours.told.bytes.length === 1)
      expect([...theirs.told.bytes]).to.deep.equal([1, 2, 3])
      await untilTrue('all is taken', () => ours.told.drained > 0)
    })

  it('by a VRF that is not there ends with its name', async () => {
    const told = listenTo()
    dialKernel(endpoint('127.0.0.1', 9, { device: 'no-such-vrf' }), told.events)
    await untilTrue('the end', () => told.ended.length > 0)
    expect(told.ended).to.deep.equal(['there is no VRF and no interface no-such-vrf on this node'])
  })

  it('what was sent last arrives before the end, though the other side was not read', async () => {
    const { ours, theirs } = await pair('IPv4')
    theirs.stream.send(new Uint8Array(1000))
    ours.stream.pause()
    ours.stream.send(Uint8Array.of(7))
    await ours.stream.close()
    await untilTrue('the other side has heard the end', () => theirs.told.ended.length === 1)
    expect([...theirs.told.bytes]).to.deep.equal([7])
    expect(theirs.told.ended).to.deep.equal(['the peer closed the connection'])
    expect(ours.told.ended).to.deep.equal([])
  })

  it('nobody listens: the reason is in words', async () => {
    const { told } = dial(endpoint('127.0.0.1', await freePort()))
    await untilTrue('it has ended', () => told.ended.length === 1)
    expect(told.ended).to.deep.equal(['the peer refused the connection (ECONNREFUSED)'])
  })

  it('what cannot even be tried is told after dial has returned', async () => {
    const cases: readonly (readonly [PeerEndpoint, RegExp])[] = [
      [endpoint('127.0.0.1', 9, { password: 'x'.repeat(81) }), /at most 80 bytes, this one has 81/],
      [endpoint('127.0.0.1', 9, { sourceAddress: '192.0.2.77' }), /bind to 192\.0\.2\.77: EADDRNOTAVAIL/],
      [endpoint('fe80::1', 9), /its interface must be named/],
      [endpoint('fe80::1', 9, { device: 'nosuch0' }), /no interface nosuch0/],
    ]
    for (const [to, reason] of cases) {
      const { told } = dial(to)
      expect(told.ended).to.deep.equal([])
      await untilTrue('it has ended', () => told.ended.length === 1)
      expect(told.ended[0]).to.match(reason)
    }
  })

  it('one that is closed while it is dialled tells nothing more', async () => {
    const server = await serverOn('127.0.0.1')
    ends.push(() => new Promise((resolve) => server.close(resolve)))
    const { stream, told } = dial(endpoint('127.0.0.1', addressOf(server).port))
    await stream.close()
    const later = dial(endpoint('127.0.0.1', addressOf(server).port))
    await untilTrue('a later one is open', () => later.told.opened.length === 1)
    expect([told.opened, told.ended]).to.deep.equal([[], []])
  })

  it('a port that is taken is an error', async () => {
    const server = await serverOn('0.0.0.0')
    ends.push(() => new Promise((resolve) => server.close(resolve)))
    const listen = () =>
      new KernelListener({ family: 'IPv4', port: addressOf(server).port }, [], {
        onIncoming: () => undefined,
        onRefused: () => undefined,
        onError: () => undefined,
      })
    expect(listen).to.throw(/EADDRINUSE/)
  })
})
