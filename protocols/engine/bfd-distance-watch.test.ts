// When one looks for packets that come from too far.
import { expect } from 'chai'
import { fakeClock } from '../../test/support/fake-clock.ts'
import type { FarPacket, FarPeer } from './bfd-distance.ts'
import { DistanceWatch } from './bfd-distance-watch.ts'

const router: FarPeer = { address: '192.0.2.1', multihop: true, minimumTtl: 254 }
const packet: FarPacket = { source: '192.0.2.1', ttl: 62, multihop: true }

function stage() {
  const { clock, advance } = fakeClock()
  const looks: { readonly peers: readonly FarPeer[]; readonly see: () => void; isOpen: boolean }[] = []
  const seen: FarPacket[] = []
  let isRefused = false
  const watch = new DistanceWatch({
    clock,
    watchFar: (peers, onSeen) => {
      if (isRefused) throw new Error('EPERM')
      const look = { peers, see: () => onSeen(packet), isOpen: true }
      looks.push(look)
      return { close: () => void (look.isOpen = false) }
    },
    onSeen: (one) => void seen.push(one),
  })
  const refuse = (on: boolean) => void (isRefused = on)
  return { watch, looks, seen, advance, refuse }
}

describe('looking for BFD packets that come from too far', () => {
  it('waits until a session had its time to come up', () => {
    const { watch, looks, advance } = stage()
    watch.follow([router])
    advance(4_999)
    expect(looks).to.have.lengthOf(0)
    advance(1)
    expect(looks.map(({ peers }) => peers)).to.deep.equal([[router]])
  })

  it('is over with the first packet, and begins again later: a flood costs one packet each time', () => {
    const { watch, looks, seen, advance } = stage()
    watch.follow([router])
    advance(5_000)
    looks[0]?.see()
    expect(seen).to.deep.equal([packet])
    advance(9_999)
    expect(looks).to.have.lengthOf(1)
    advance(1)
    expect(looks).to.have.lengthOf(2)
  })

  it('is over when all sessions are up', () => {
    const { watch, looks, advance } = stage()
    watch.follow([router])
    advance(5_000)
    watch.follow([])
    expect(looks[0]?.isOpen).to.equal(false)
    advance(60_000)
    expect(looks).to.have.lengthOf(1)
  })

  it('is not begun anew for the same sessions', () => {
    const { watch, looks, advance } = stage()
    watch.follow([router])
    advance(4_000)
    watch.follow([{ ...router }])
    advance(1_000)
    expect(looks).to.have.lengthOf(1)
  })

  it('is not put off by another session that comes and goes', () => {
    const { watch, looks, advance } = stage()
    for (let round = 0; round < 3; round++) {
      watch.follow([router, { ...router, address: '192.0.2.2' }])
      advance(2_000)
      watch.follow([router])
      advance(2_000)
    }
    expect(looks.at(-1)?.peers).to.deep.include(router)
  })

  it('is tried again where it was refused', () => {
    const { watch, looks, advance, refuse } = stage()
    refuse(true)
    watch.follow([router])
    advance(5_000)
    refuse(false)
    advance(10_000)
    expect(looks).to.have.lengthOf(1)
  })
})
