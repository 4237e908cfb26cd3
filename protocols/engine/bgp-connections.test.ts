// What becomes of bytes and endings, through the driver, without a network or a clock.
import { expect } from 'chai'
import { establish, stage } from '../../test/support/bgp-driver-stage.ts'
import type { Stage } from '../../test/support/bgp-driver-stage.ts'
import { keepalive, openOf, peerOf } from '../../test/support/bgp-fake-stream.ts'
import { anyContext } from '../bgp/context.ts'
import { encodeMessage } from '../bgp/message.ts'
import { concatBytes } from '../net/bytes.ts'
import { emptyTable } from './link-table.ts'

describe('a connection of a BGP session', () => {
  let on: Stage

  beforeEach(() => {
    on = stage()
  })

  afterEach(() => on.end())

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
})

function reasonOf({ driver }: Stage, peer: string): string | undefined {
  return driver.report(peer)?.session.lastFailure?.reason
}
