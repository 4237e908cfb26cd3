// What a hostile host does over UDP that is more than one packet of the vectors: one act, one title (hostile-table.ts). It
// knows no key of the router's session; of its own it has one, and may be a bad neighbour with it.
import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { authenticationSection, signBfd } from '../../protocols/bfd/authentication.ts'
import type { BfdConfig } from '../../protocols/bfd/config.ts'
import type { BfdObserved } from '../../protocols/bfd/observed.ts'
import { encodeBfd } from '../../protocols/bfd/packet.ts'
import type { BfdPacket } from '../../protocols/bfd/packet.ts'
import { encodeEthernet } from '../../protocols/net/ethernet.ts'
import { encodeIpv4, ipv4Bytes } from '../../protocols/net/ipv4.ts'
import { encodeUdp } from '../../protocols/net/udp.ts'
import { startFlood } from '../net/flood.ts'
import { untilTrue } from '../support/until.ts'
import { hostileAddress, ourAddress } from './hostile-scene.ts'
import type { HostileScene } from './hostile-scene.ts'

export const routerAddress = '192.0.2.2'
export const strangerAddress = '192.0.2.99'
export const key = 'only we two know'

/** Slow enough for a machine that is busy with the flood itself. */
export const profile: BfdConfig = {
  desiredMinTxUs: 1_000_000,
  requiredMinRxUs: 1_000_000,
  detectMultiplier: 10,
  passive: false,
  multihop: false,
  minimumTtl: 255,
  authentication: { type: 'meticulousKeyedSha1', keyId: 7, key },
}

/** The same of the hostile host's own session, without a key: what it says is believed there. */
const { authentication: _, ...open } = profile

export const down: BfdPacket = {
  diagnostic: 0,
  state: 'down',
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 0xbad,
  yourDiscriminator: 0,
  desiredMinTxUs: 1_000_000,
  requiredMinRxUs: 1_000_000,
  requiredMinEchoRxUs: 0,
}

export type BfdWay = {
  readonly ttl?: number
  readonly sourcePort?: number
  readonly destinationPort?: number
}

/** A datagram of anybody's, on our link. */
export function bfdFrame(
  { us, evil }: HostileScene,
  {
    payload,
    from,
    ttl = 255,
    sourcePort = 49_152,
    destinationPort = 3784,
  }: BfdWay & { readonly payload: Uint8Array; readonly from: string },
): Uint8Array {
  const [source, destination] = [ipv4Bytes(from), ipv4Bytes(ourAddress)]
  const udp = encodeUdp({ sourcePort, destinationPort, payload }, source, destination)
  const ip = {
    source: from,
    destination: ourAddress,
    tos: 0xc0,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    ttl,
    protocol: 17,
    options: new Uint8Array(),
  }
  return encodeEthernet({
    destination: us.mac,
    source: evil.mac,
    tags: [],
    etherType: 0x0800,
    payload: encodeIpv4({ ...ip, payload: udp }),
  })
}

export type BfdStage = {
  readonly scene: HostileScene
  readonly send: (...frames: readonly Uint8Array[]) => void
  readonly refused: () => Promise<number>
}

export type BfdAct = { readonly title: string; readonly play: (stage: BfdStage) => Promise<void> }

export const bfdActs: readonly BfdAct[] = [
  {
    title: 'the discriminator of another session is no way into it: the address counts too, and the key',
    play: async (stage) => {
      const { bfd } = await stage.scene.speaker.now()
      const yourDiscriminator = bfd['router']?.localDiscriminator ?? 0
      expect(yourDiscriminator).to.be.above(0)
      const packet = encodeBfd({ ...down, state: 'up', yourDiscriminator })
      await areRefused(stage, [
        bfdFrame(stage.scene, { payload: packet, from: hostileAddress }),
        bfdFrame(stage.scene, { payload: packet, from: routerAddress }),
      ])
    },
  },
  {
    title: 'no source port makes up for the key, and no key but the one agreed on is one',
    play: async (stage) => {
      const forged = [
        signed({ keyId: 7, key: 'another key' }),
        signed({ keyId: 8, key }),
        signed({ keyId: 0, key: '' }),
        down,
      ]
      const frames = forged.flatMap((packet) =>
        [53, 49_151, 65_535].map((sourcePort) =>
          bfdFrame(stage.scene, { payload: encodeBfd(packet), from: routerAddress, sourcePort }),
        ),
      )
      await areRefused(stage, frames)
    },
  },
  {
    title: 'a passive session is begun by Down and by nothing else that has no discriminator of ours',
    play: async (stage) => {
      await withOwnSession(stage, { passive: true }, async (say, sees) => {
        const before = await stage.refused()
        for (const state of ['up', 'init'] as const) say({ state })
        await untilTrue('both are refused', async () => (await stage.refused()) >= before + 2)
        const { bfd } = await stage.scene.speaker.now()
        expect(bfd['hostile']).to.deep.include({ state: 'down', remoteDiscriminator: 0 })
        say({})
        await sees('Down begins it', ({ state, remoteDiscriminator }) => {
          return state === 'init' && remoteDiscriminator === down.myDiscriminator
        })
      })
    },
  },
  {
    title: 'intervals and multipliers at both ends are what they say, and no timer runs over',
    play: async (stage) => {
      await withOwnSession(stage, {}, async (say, sees) => {
        const longest = { desiredMinTxUs: 0xffff_ffff, requiredMinRxUs: 0xffff_ffff, detectMultiplier: 255 }
        say(longest)
        const { localDiscriminator } = await sees('it is heard', ({ state }) => state === 'init')
        say({ ...longest, state: 'init', yourDiscriminator: localDiscriminator })
        const up = await sees('it is up', ({ state }) => state === 'up')
        expect(up.detectionTimeMs).to.be.closeTo((255 * 0xffff_ffff) / 1000, 255)
        const least = { desiredMinTxUs: 1, requiredMinRxUs: 1, detectMultiplier: 255 }
        say({ ...least, state: 'up', yourDiscriminator: localDiscriminator, poll: true })
        const soon = await sees('it has the least', ({ detectionTimeMs = 0 }) => detectionTimeMs < 1e6)
        expect(soon.transmitIntervalMs).to.be.at.least(1000)
      })
    },
  },
  {
    title: 'echo packets of any length are nobody’s',
    play: async (stage) => {
      const echo = Array.from({ length: 41 }, (_, length) =>
        bfdFrame(stage.scene, {
          payload: new Uint8Array(length),
          from: routerAddress,
          sourcePort: 3785,
          destinationPort: 3785,
        }),
      )
      const before = await stage.refused()
      stage.send(...echo)
      await areRefused(stage, [bfdFrame(stage.scene, { payload: encodeBfd(down), from: routerAddress })])
      expect(await stage.refused()).to.equal(before + 1)
    },
  },
  {
    title: 'keys that change while packets come are the new ones at once, and the old ones no more',
    play: async ({ scene, refused }) => {
      const packet = encodeBfd(signed({ keyId: 7, key: 'key 0' }))
      const flood = await startFlood(scene.evil, bfdFrame(scene, { payload: packet, from: hostileAddress }))
      for (let round = 1; round <= 20; round++) {
        const authentication = { type: 'meticulousKeyedSha1', keyId: 7, key: `key ${round}` } as const
        scene.speaker.apply({ bfd: { router: profile, hostile: { ...profile, authentication } } })
        const before = await refused()
        await untilTrue('the old key is refused', async () => (await refused()) > before)
      }
      await flood.stop()
      scene.speaker.apply({ bfd: { router: profile, hostile: profile } })
    },
  },
]

type Say = (change: Partial<BfdPacket>) => void
type Sees = (what: string, holds: (session: BfdObserved) => boolean) => Promise<BfdObserved>

/** A session with the hostile host that asks for no key. */
async function withOwnSession(
  { scene, send }: BfdStage,
  change: Partial<BfdConfig>,
  play: (say: Say, sees: Sees) => Promise<void>,
): Promise<void> {
  const { speaker } = scene
  speaker.apply({ bfd: { router: profile } })
  await speaker.sees('no session with it is wished', ({ bfd }) => bfd['hostile'] === undefined)
  speaker.apply({ bfd: { router: profile, hostile: { ...open, ...change } } })
  await speaker.sees('one without a key is there', ({ bfd }) => bfd['hostile'] !== undefined)
  const say: Say = (packet) =>
    send(bfdFrame(scene, { payload: encodeBfd({ ...down, ...packet }), from: hostileAddress }))
  const sees: Sees = async (what, holds) => {
    const { bfd } = await speaker.sees(what, (observed) => {
      const session = observed.bfd['hostile']
      return session !== undefined && holds(session)
    })
    const session = bfd['hostile']
    if (session === undefined) throw new Error('unreachable')
    return session
  }
  await play(say, sees)
  speaker.apply({ bfd: { router: profile, hostile: profile } })
}

function signed(authentication: { readonly keyId: number; readonly key: string }): BfdPacket {
  const how = { type: 'meticulousKeyedSha1', ...authentication } as const
  const section = authenticationSection(how, 0x7fff_ffff)
  return signBfd({ ...down, authentication: section }, how, (algorithm, bytes) =>
    createHash(algorithm).update(bytes).digest(),
  )
}

async function areRefused({ send, refused }: BfdStage, frames: readonly Uint8Array[]): Promise<void> {
  const before = await refused()
  send(...frames)
  await untilTrue('all are counted', async () => (await refused()) >= before + frames.length)
}
