// 100,000 prefixes come and go on one session while BFD at 300 ms × 3 runs in the same thread: no session is lost.
import { expect } from 'chai'
import type { BfdConfig } from '../../protocols/bfd/config.ts'
import { startBirdBfd } from '../interop/bfd-router.ts'
import type { BfdRouter } from '../interop/bfd-router.ts'
import { HostileScene, ourAddress } from '../interop/hostile-scene.ts'
import { needsNamespaces } from '../support/skip.ts'
import { untilTrue } from '../support/until.ts'

const profile: BfdConfig = {
  desiredMinTxUs: 300_000,
  requiredMinRxUs: 300_000,
  detectMultiplier: 3,
  passive: false,
  multihop: false,
  minimumTtl: 255,
}
const prefixes = 100_000

describe('a burst of routes beside BFD', function () {
  this.timeout(600_000)
  needsNamespaces('/usr/sbin/bird')
  let scene: HostileScene | undefined
  let router: BfdRouter | undefined

  before(async () => {
    scene = new HostileScene()
    router = await startBirdBfd(scene.them)
    await router.configure({ address: ourAddress, timers: { txMs: 300, rxMs: 300, multiplier: 3 } })
    await scene.begin(profile)
    await scene.speaker.sees('BFD is up', ({ bfd }) => bfd['router']?.state === 'up')
  })

  after(async () => {
    await router?.stop()
    await scene?.end()
  })

  it(`${prefixes} prefixes are told, changed and withdrawn, and neither BFD nor BGP falls`, async () => {
    if (scene === undefined) throw new Error('there is no scene')
    const { speaker } = scene
    const wished = (count: number) =>
      speaker.sees(
        `all of ${count} are told`,
        ({ peers, loopLagMs }) => {
          worstMs = Math.max(worstMs, loopLagMs)
          const session = peers['router']?.session
          return session?.wished.IPv4 === count + 2 && !session.isTelling
        },
        300_000,
      )
    let worstMs = 0
    for (const round of [1, 2]) {
      scene.burden(prefixes, { peers: 'all', round })
      await wished(prefixes)
    }
    scene.burden(0)
    await wished(0)
    console.log(`      longest delay of the thread: ${worstMs} ms`)
    const { bfd } = await speaker.now()
    expect(bfd['router']?.counters.downEvents).to.equal(0)
    await untilTrue('the router says Up', async () => (await router?.view(ourAddress))?.state === 'Up')
    await scene.honestStands()
  })
})
