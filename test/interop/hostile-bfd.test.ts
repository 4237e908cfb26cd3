// BFD thrown at us: every malformed packet, forged ones in the router's name, and floods. The authenticated session with BIRD
// stays up all the time, and BGP beside it.
import { expect } from 'chai'
import { encodeBfd } from '../../protocols/bfd/packet.ts'
import type { BfdPacket } from '../../protocols/bfd/packet.ts'
import { neighbourCapture, openCapture } from '../../protocols/engine/libpcap.ts'
import type { Capture } from '../../protocols/engine/libpcap.ts'
import { startFlood } from '../net/flood.ts'
import { inNamespace } from '../support/namespace.ts'
import { needsNamespaces } from '../support/skip.ts'
import { untilTrue } from '../support/until.ts'
import { receivedBytes } from '../vectors/vector.ts'
import { startBirdBfd } from './bfd-router.ts'
import type { BfdRouter } from './bfd-router.ts'
import { bfdActs, bfdFrame, down, key, profile, routerAddress, strangerAddress } from './hostile-bfd-acts.ts'
import type { BfdWay } from './hostile-bfd-acts.ts'
import { vectorsOf } from './hostile-rows.ts'
import { hostileAddress, HostileScene, ourAddress } from './hostile-scene.ts'

describe('hostile BFD', function () {
  this.timeout(180_000)
  needsNamespaces('/usr/sbin/bird')
  let scene: HostileScene | undefined
  let router: BfdRouter | undefined
  let capture: Capture | undefined

  before(async () => {
    const made = new HostileScene()
    scene = made
    router = await startBirdBfd(made.them)
    await router.configure({
      address: ourAddress,
      timers: { txMs: 1000, rxMs: 1000, multiplier: 10 },
      authentication: 'meticulous keyed sha1',
      key,
    })
    await made.begin(profile)
    await made.speaker.sees('BFD is up', ({ bfd }) => bfd['router']?.state === 'up')
    capture = inNamespace(made.evil.namespace, () =>
      openCapture(made.evil.device, { ...neighbourCapture, filter: 'less 1' }),
    )
  })

  after(async () => {
    capture?.close()
    await router?.stop()
    await scene?.end()
  })

  function on(): HostileScene {
    if (scene === undefined) throw new Error('there is no scene')
    return scene
  }

  afterEach('BFD with the router has never been down, by both sides’ own view, and BGP stands', async () => {
    if (scene === undefined) return
    const { bfd } = await scene.speaker.now()
    expect(bfd['router']?.state).to.equal('up')
    expect(bfd['router']?.counters.downEvents).to.equal(0)
    await untilTrue('the router says Up', async () => (await router?.view(ourAddress))?.state === 'Up')
    await scene.honestStands()
  })

  function frame(payload: Uint8Array, from: string, way: BfdWay = {}): Uint8Array {
    return bfdFrame(on(), { payload, from, ...way })
  }

  function send(...frames: readonly Uint8Array[]): void {
    for (const bytes of frames)
      if (capture?.inject(bytes) !== true) throw new Error('the frame was not taken')
  }

  /** All that is refused, whatever for. */
  async function refused(): Promise<number> {
    const { bfd, bfdGeneral } = await on().speaker.now()
    const discarded = Object.values(bfd).reduce((sum, { counters }) => sum + counters.discarded, 0)
    return bfdGeneral.malformed + bfdGeneral.unknown + discarded
  }

  for (const [whose, address] of [
    ['a peer of ours', hostileAddress],
    ['the router', routerAddress],
  ] as const)
    it(`every packet of the vectors in the name of ${whose} is refused`, async () => {
      const before = await refused()
      const frames = vectorsOf('bfd').map((vector) => frame(receivedBytes(vector), address))
      send(...frames)
      await untilTrue('all are counted', async () => (await refused()) >= before + frames.length, {
        timeoutMs: 30_000,
      })
    })

  it('what came through a router, or from nobody we know, is dropped by the kernel', async () => {
    const before = await refused()
    const packet = encodeBfd(down)
    send(
      frame(packet, routerAddress, { ttl: 254 }),
      frame(packet, strangerAddress),
      frame(packet, routerAddress),
    )
    await untilTrue('the last is counted', async () => (await refused()) > before, { timeoutMs: 30_000 })
    expect(await refused()).to.equal(before + 1)
  })

  const floods: readonly (readonly [string, BfdPacket, string])[] = [
    ['of strangers', down, strangerAddress],
    [
      'with discriminators that nobody has',
      { ...down, state: 'up', yourDiscriminator: 0xbad },
      hostileAddress,
    ],
    ['in the router’s name, without the key', down, routerAddress],
  ]
  for (const [what, packet, address] of floods)
    it(`a flood ${what} disturbs nobody`, async () => {
      const heard = async () => (await on().speaker.now()).bfd['router']?.counters.packetsIn ?? 0
      const flood = await startFlood(on().evil, frame(encodeBfd(packet), address))
      const before = await heard()
      await untilTrue('the router is heard all the while', async () => (await heard()) >= before + 5, {
        timeoutMs: 60_000,
      })
      const perSecond = await flood.stop()
      console.log(`      ${Math.round(perSecond)} packets a second`)
      expect(perSecond).to.be.above(0)
    })

  for (const { title, play } of bfdActs) it(title, () => play({ scene: on(), send, refused }))
})
