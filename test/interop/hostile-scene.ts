// Where a hostile peer plays: our speaker, a router beside it whose session must not be disturbed, and the peer.
import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import type { BfdConfig } from '../../protocols/bfd/config.ts'
import type { PeerConfig, PeerEndpoint, SessionConfig } from '../../protocols/bgp/config.ts'
import { close, connect } from '../../protocols/engine/libc.ts'
import { encodeSocketAddress } from '../../protocols/engine/socket-address.ts'
import { bindAddress, withSocket } from '../../protocols/engine/tcp-socket.ts'
import { addHost, createLan, destroyLan, inside } from '../net/lan.ts'
import type { Host, Lan } from '../net/lan.ts'
import { inNamespace } from '../support/namespace.ts'
import { startBird } from './bird.ts'
import { HostilePeer } from './hostile-peer.ts'
import { onHost } from './place.ts'
import type { Router } from './router.ts'
import { peerOf, routerHas, routerWishOf, routes } from './scene.ts'
import { SpeakerProcess } from './speaker-process.ts'

export const hostileAddress = '192.0.2.3'
export const ourAddress = '192.0.2.1'
const honestRoutes = ['192.0.2.10/32', '192.0.2.11/32']

/** Whose sessions are played with: no pause between them, and whoever asks for one gets one. */
export function hostilePeer(
  session: Partial<SessionConfig> = {},
  endpoint: Partial<PeerEndpoint> = {},
): PeerConfig {
  return {
    ...peerOf({
      endpoint: { remote: { address: hostileAddress, port: 179 }, listen: true, ...endpoint },
      session: {
        idleHold: { firstMs: 10, longestMs: 10 },
        role: { role: 'customer', strict: false },
        ...session,
      },
    }),
    name: 'hostile',
  }
}

export class HostileScene {
  readonly lan: Lan = createLan()
  readonly us: Host = addHost(this.lan, 'us', 1)
  readonly them: Host = addHost(this.lan, 'them', 2)
  readonly evil: Host = addHost(this.lan, 'evil', 3)
  readonly speaker: SpeakerProcess = new SpeakerProcess(this.us)
  readonly hostile: HostilePeer = new HostilePeer(this.evil)
  private bird: Router | undefined

  /** The honest session stands, with BFD where a profile is given. */
  async begin(bfd?: BfdConfig): Promise<void> {
    this.bird = await startBird(onHost(this.them), routerWishOf({}))
    this.speaker.apply({
      peers: [peerOf({}), hostilePeer()],
      routes: routes(honestRoutes),
      bfd: bfd === undefined ? {} : { router: bfd, hostile: bfd },
    })
    await this.speaker.established('router')
    await routerHas(this.bird, honestRoutes)
  }

  /** The hostile peer meets other settings; the router sees nothing of it. */
  meet(session: Partial<SessionConfig> = {}, endpoint: Partial<PeerEndpoint> = {}): void {
    this.speaker.apply({ peers: [peerOf({}), hostilePeer(session, endpoint)] })
  }

  /** The same, as a peer that never failed before. */
  async meetAnew(session: Partial<SessionConfig>): Promise<void> {
    this.speaker.apply({ peers: [peerOf({})] })
    await this.speaker.sees('the hostile peer is no peer', ({ peers }) => peers['hostile'] === undefined)
    this.meet(session)
  }

  /** `count` routes more, each with attributes of its own that differ from round to round; for the hostile peer alone, or all. */
  burden(
    count: number,
    {
      peers = ['hostile'],
      round = 0,
    }: { readonly peers?: readonly string[] | 'all'; readonly round?: number } = {},
  ): void {
    const burden = Array.from({ length: count }, (_, index) => ({
      prefix: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32`,
      peers,
      attributes: { communities: [`65001:${index & 0xffff}`], med: round },
    }))
    this.speaker.apply({ routes: [...routes(honestRoutes), ...burden] })
  }

  /** Both sides' own view of the router's session: up once, since the beginning, with every route. */
  async honestStands(): Promise<void> {
    const { speaker, bird } = this
    if (bird === undefined) return
    expect(speaker.hasEnded, 'the speaker has ended').to.equal(false)
    const { peers, alive } = await speaker.now()
    expect(alive).to.equal(true)
    expect(peers['router']?.session.state).to.equal('Established')
    expect(peers['router']?.counters.established).to.equal(1)
    expect((await bird.session()).isEstablished).to.equal(true)
    await routerHas(bird, honestRoutes)
    expect(speaker.said.filter(({ log }) => log?.level === 'error')).to.deep.equal([])
  }

  async end(): Promise<void> {
    this.hostile.close()
    this.speaker.kill()
    await this.bird?.stop()
    destroyLan(this.lan)
  }

  get residentMiB(): number {
    const text = readFileSync(`/proc/${this.speaker.pid}/status`, 'utf8')
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(text)?.[1]) / 1024)
  }

  get openFiles(): number {
    return readdirSync(`/proc/${this.speaker.pid}/fd`).length
  }

  /** So many connects at once from these addresses of the hostile host, none of which waits; answers with who got through. */
  knock(count: number, addresses: readonly string[]): readonly string[] {
    const sockets = inNamespace(this.evil.namespace, () =>
      Array.from({ length: count }, (_, index) => knockFrom(addresses[index % addresses.length] ?? '')),
    )
    const through = this.connected().filter((address) => addresses.includes(address))
    for (const fd of sockets) close(fd)
    return through
  }

  /** From where connections to our listening socket stand, as our kernel says. */
  private connected(): readonly string[] {
    const sockets = inside(this.us.namespace, 'ss', ['-Htn', 'sport', '=', ':179'])
    return [...sockets.matchAll(/ (\S+):\d+ *$/gm)].map(([, address = '']) => address)
  }

  /** Octets that our kernel holds for the hostile peer. */
  get queued(): number {
    const sockets = inside(this.us.namespace, 'ss', ['-Htn', 'dst', hostileAddress])
    return Math.max(0, ...[...sockets.matchAll(/^\S+\s+\d+\s+(\d+)/gm)].map(([, octets]) => Number(octets)))
  }
}

function knockFrom(from: string): number {
  return withSocket('IPv4', (fd) => {
    bindAddress(fd, { address: from, port: 0 })
    const bytes = encodeSocketAddress({ address: ourAddress, port: 179 })
    connect(fd, bytes, bytes.length)
  })
}
