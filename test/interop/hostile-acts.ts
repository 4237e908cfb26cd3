// What a hostile peer does over TCP that is more than one message of the vectors: one act, one title (hostile-table.ts).
import { expect } from 'chai'
import { anyContext } from '../../protocols/bgp/context.ts'
import { encodeMessage } from '../../protocols/bgp/message.ts'
import type { Message } from '../../protocols/bgp/message.ts'
import { packAnnouncement } from '../../protocols/bgp/pack.ts'
import { neighbourCapture, openCapture } from '../../protocols/engine/libpcap.ts'
import { encodeEthernet } from '../../protocols/net/ethernet.ts'
import { encodeIpv4, ipv4Bytes } from '../../protocols/net/ipv4.ts'
import { encodeTcp } from '../../protocols/net/tcp.ts'
import { inside } from '../net/lan.ts'
import { inNamespace } from '../support/namespace.ts'
import { untilTrue } from '../support/until.ts'
import { contextOf, keepaliveBytes, openBytes } from './hostile-peer.ts'
import type { Wire } from './hostile-peer.ts'
import { plainRoutes } from './hostile-rows.ts'
import { hostileAddress, hostilePeer, ourAddress } from './hostile-scene.ts'
import type { HostileScene } from './hostile-scene.ts'
import { peerOf } from './scene.ts'

export type Act = { readonly title: string; readonly play: (scene: HostileScene) => Promise<void> }

const nobody = '192.0.2.77' // a peer by its configuration, and no host has the address

/** A peer that listens for somebody else, so that port 179 is open whatever becomes of the hostile one. */
const absent = {
  ...hostilePeer({ passive: true }, { remote: { address: nobody, port: 179 } }),
  name: 'absent',
}

export const acts: readonly Act[] = [
  {
    title: 'our own identifier, from another AS, is no fault (RFC 6286)',
    play: async ({ speaker, hostile }) => {
      const wire = await hostile.next()
      const { identifier } = await wire.message('open')
      wire.send(openBytes({ identifier }), keepaliveBytes)
      await speaker.established('hostile')
      wire.drop()
    },
  },
  {
    title: '4,096 octets full of default routes are one route',
    play: async ({ speaker, hostile }) => {
      const wire = await hostile.established()
      const prefixes = Array.from({ length: 4000 }, () => '0.0.0.0/0')
      wire.send(packAnnouncement(plainRoutes('IPv4', prefixes), 0, contextOf({})).message)
      await untilTrue('it is held', async () => {
        const { received } = await speaker.routes('hostile')
        return received.map(({ prefix }) => prefix).join() === '0.0.0.0/0'
      })
      expect(wire.hasEnded).to.equal(false)
      wire.drop()
    },
  },
  {
    title: 'a prefix limit of 32 bits is none, and one of two is one',
    play: async (scene) => {
      const three = ['203.0.113.0/26', '203.0.113.64/26', '203.0.113.128/26']
      const say = (wire: Wire) =>
        wire.send(packAnnouncement(plainRoutes('IPv4', three), 0, contextOf({})).message)
      await scene.meetAnew({ prefixLimits: { IPv4: 2 ** 32 - 1 } })
      const free = await scene.hostile.established()
      say(free)
      await untilTrue(
        'all three are held',
        async () => (await scene.speaker.routes('hostile')).received.length === 3,
      )
      expect(free.hasEnded).to.equal(false)
      await scene.meetAnew({ prefixLimits: { IPv4: 2 } })
      const limited = await scene.hostile.established()
      say(limited)
      expect(await limited.ending()).to.include({ code: 6, subcode: 1 })
      await scene.meetAnew({})
    },
  },
  {
    title: 'whoever is no peer any more is not answered, while others are listened for',
    play: async (scene) => {
      const { speaker } = scene
      speaker.apply({ peers: [peerOf({}), absent] })
      await speaker.sees(
        'only the absent one is listened for',
        ({ peers, listening }) => peers['hostile'] === undefined && listening.length > 0,
      )
      expect(scene.knock(50, [hostileAddress])).to.deep.equal([])
      scene.meet()
      await untilTrue('it is answered again', () => scene.knock(10, [hostileAddress]).length > 0)
    },
  },
  {
    title: 'nothing but BGP listens: no gossip, and no command port',
    play: async ({ us, speaker }) => {
      await speaker.sees('it listens', ({ listening }) => listening.length > 0)
      const sockets = inside(us.namespace, 'ss', ['-Htuln']).trim().split('\n')
      const ports = sockets.map((line) => {
        const [protocol = '', , , , local = ''] = line.split(/\s+/)
        return `${protocol} ${local.slice(local.lastIndexOf(':') + 1)}`
      })
      expect([...new Set(ports)]).to.deep.equal(['tcp 179'])
    },
  },
  {
    title: 'thousands of half-open connections in the name of a peer keep no other one out',
    play: async (scene) => {
      const { speaker, us, evil } = scene
      speaker.apply({ peers: [peerOf({}), hostilePeer(), absent] })
      await speaker.sees('the absent one is a peer', ({ peers }) => peers['absent'] !== undefined)
      const capture = inNamespace(evil.namespace, () =>
        openCapture(evil.device, { ...neighbourCapture, filter: 'less 1' }),
      )
      let sent = 0
      for (let port = 20_000; port < 28_000; port++) if (capture.inject(synOf(scene, port))) sent += 1
      capture.close()
      expect(sent).to.equal(8000)
      const halfOpen = inside(us.namespace, 'ss', ['-Htn', 'state', 'syn-recv'])
      console.log(`      ${halfOpen.split('\n').length - 1} stand half open`)
      await untilTrue('another one is let in', () => scene.knock(10, [hostileAddress]).length > 0)
      scene.meet()
    },
  },
  {
    title: 'a storm of ROUTE-REFRESH is answered, and ends with each answer',
    play: async (scene) => {
      const { speaker, hostile } = scene
      await scene.meetAnew({})
      scene.burden(3000)
      const wire = await hostile.established({ enhancedRefresh: true })
      await speaker.established('hostile')
      const refresh = { type: 'route-refresh', afi: 1, subtype: 0, safi: 1 } as const
      const storm = Array.from({ length: 50 }, () => encodeMessage(refresh, anyContext))
      const isEnd = (message: Message) => message.type === 'route-refresh' && message.subtype === 2
      await untilTrue('three answers are whole, though it is asked all the while', () => {
        wire.send(...storm)
        return wire.messages.filter(isEnd).length >= 3
      })
      expect(wire.hasEnded).to.equal(false)
      wire.drop()
      scene.burden(0)
      await scene.meetAnew({})
    },
  },
]

function synOf({ us, evil }: HostileScene, sourcePort: number): Uint8Array {
  const [source, destination] = [ipv4Bytes(nobody), ipv4Bytes(ourAddress)]
  const segment = {
    sourcePort,
    destinationPort: 179,
    sequence: sourcePort,
    acknowledgment: 0,
    flags: ['SYN'],
    window: 65_535,
    urgentPointer: 0,
    options: new Uint8Array(),
    payload: new Uint8Array(),
  } as const
  const ip = {
    source: nobody,
    destination: ourAddress,
    tos: 0,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 255,
    protocol: 6,
    options: new Uint8Array(),
  }
  return encodeEthernet({
    destination: us.mac,
    source: evil.mac,
    tags: [],
    etherType: 0x0800,
    payload: encodeIpv4({ ...ip, payload: encodeTcp(segment, source, destination) }),
  })
}
