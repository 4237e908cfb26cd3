// What a LAN can throw at a node: frames of every wrong kind, and too many of them.
import { expect } from 'chai'
import { gratuitousRequest } from '../../protocols/arp/frame.ts'
import { parseFrame } from '../../protocols/l2/frame-text.ts'
import { unsolicitedAdvertisement } from '../../protocols/ndp/frame.ts'
import { untilTrue } from '../support/until.ts'
import { startFlood } from './flood.ts'
import { answeringNode, arpRequest, solicitation, staged, v4, v6, v6Group } from './stage.ts'

describe('layer 2 on the wire: hostile frames', function () {
  this.timeout(180_000)
  const on = staged(async (stage) => {
    const scene = await answeringNode(stage)
    const announced = stage.wire(scene.client, 'arp[14:4] = 0xc000026f') // sent by 192.0.2.111
    return { ...scene, announced }
  })

  function request(sender = '192.0.2.80', target = v4): Uint8Array {
    return parseFrame(arpRequest(on().client, { sender, target })) ?? new Uint8Array()
  }

  function asked(): Uint8Array {
    return parseFrame(solicitation(on().client)) ?? new Uint8Array()
  }

  /** The same, but our own ears may be full yet of what the flood left: whoever hears nothing asks again. */
  function answersAsked(): Promise<void> {
    const { wire } = on()
    const clear = async (): Promise<boolean> => {
      const from = wire.seen.length
      wire.send(request('192.0.2.82'))
      await wire.find(/^arp reply from 02:00:00:00:00:01 192\S+ for \S+ 192\.0\.2\.82 /, {
        from,
        timeoutMs: 1000,
      })
      return true
    }
    return untilTrue('a request is answered', clear).then(answers)
  }

  /** By both families. */
  async function answers(): Promise<void> {
    const { wire } = on()
    const from = wire.seen.length
    wire.send(request())
    await wire.find(/^arp reply from 02:00:00:00:00:01 192/, { from })
    wire.send(asked())
    await wire.find(/^na from 02:00:00:00:00:01 2001:db8::100 to .* flags SO /, { from })
  }

  async function countedAs(reason: string, frame: Uint8Array): Promise<void> {
    const { wire, engine } = on()
    const before = engine.observed.dropped[reason] ?? 0
    wire.send(frame)
    await engine.sees(`one more ${reason}`, ({ dropped }) => (dropped[reason] ?? 0) > before)
    await answers()
  }

  function tagged(vlan: number): Uint8Array {
    const plain = request()
    return Uint8Array.of(...plain.subarray(0, 12), 0x81, 0, 0x60, vlan, ...plain.subarray(12))
  }

  it('a frame of a VLAN is counted', () => countedAs('vlan-tagged', tagged(5)))

  it('a frame with a priority and no VLAN is answered', async () => {
    const { wire } = on()
    const from = wire.seen.length
    wire.send(tagged(0))
    await wire.find(/^arp reply from 02:00:00:00:00:01 192/, { from })
  })

  it('a frame that is cut off is counted', () => countedAs('cut-off', request().slice(0, 40)))

  it('ARP of another hardware type is counted', async () => {
    const frame = request()
    frame[15] = 6
    await countedAs('not-ethernet-ipv4', frame)
  })

  it('a request in the name of our own address is counted', () =>
    countedAs('spoofed', request(v4, '192.0.2.1')))

  it('our own announcement that comes back is counted', () =>
    countedAs('own-frame', gratuitousRequest(on().node.mac, v4)))

  it('another machine that announces our address is told, and answering goes on', async () => {
    const { client, engine } = on()
    const before = Date.now()
    await countedAs('foreign-announcement', gratuitousRequest(client.mac, v4))
    expect(engine.claim(v4)?.rival?.mac).to.equal(client.mac)
    expect(engine.claim(v4)?.rival?.seenAt).to.be.within(before - 1_000, Date.now() + 1_000) // clocks of two threads
  })

  it('an oversized request is answered all the same', async () => {
    const { wire } = on()
    const big = new Uint8Array(1500)
    big.set(request())
    const from = wire.seen.length
    wire.send(big)
    await wire.find(/^arp reply from 02:00:00:00:00:01 192/, { from })
  })

  it('a solicitation of a VLAN is counted', () => {
    const plain = asked()
    return countedAs(
      'vlan-tagged',
      Uint8Array.of(...plain.subarray(0, 12), 0x81, 0, 0, 5, ...plain.subarray(12)),
    )
  })

  it('a solicitation with a wrong checksum is counted', () => {
    const frame = asked()
    frame[56] = (frame[56] ?? 0) ^ 0xff
    return countedAs('malformed', frame)
  })

  it('a solicitation that came over a router is counted', () => {
    const frame = asked()
    frame[21] = 64 // hop limit
    return countedAs('malformed', frame)
  })

  it('a solicitation in the name of our own address is counted', () => {
    const { client } = on()
    const text = `ns from ${client.mac} ${v6} to ${v6Group.mac} ${v6Group.address} target ${v6} source-mac ${client.mac}`
    return countedAs('spoofed', parseFrame(text) ?? new Uint8Array())
  })

  it('our own advertisement that comes back is counted', () =>
    countedAs('own-frame', unsolicitedAdvertisement(on().node.mac, v6)))

  it('a solicitation that is longer than we keep is counted, not believed', async () => {
    const { client } = on()
    const text = `ns from ${client.mac} fe80::50 to ${v6Group.mac} ${v6Group.address} target ${v6} nonce ${'00'.repeat(62)}`
    await countedAs('cut-off', parseFrame(text) ?? new Uint8Array())
  })

  const floods: readonly [string, () => Uint8Array][] = [
    ['requests for addresses of others', () => request('192.0.2.80', '192.0.2.201')],
    ['requests for our address', () => request('192.0.2.81')],
    ['announcements of our address', () => gratuitousRequest(on().client.mac, v4)],
    ['solicitations of our address', asked],
    ['advertisements of our address', () => unsolicitedAdvertisement(on().client.mac, v6)],
    ['broken frames', () => request().slice(0, 30)],
  ]
  for (const [what, frame] of floods)
    it(`a flood of ${what} starves nobody: others are answered, and announcements go out`, async () => {
      const { client, announced, engine } = on()
      const flood = await startFlood(client, frame())
      const from = announced.seen.length
      engine.apply([v4, v6, '192.0.2.111'])
      const heard = announced.find(/^arp request from 02:00:00:00:00:01 192\.0\.2\.111 /, { from })
      await heard.catch(() => undefined) // while it goes on
      const sentPerSecond = await flood.stop()
      await heard
      await answersAsked()
      await engine.sees('alive', ({ alive }) => alive)
      process.stdout.write(`      ${Math.round(sentPerSecond)} frames/s were sent\n`)
      engine.apply([v4, v6])
      await engine.sees('the claim of before', ({ claims }) => claims.length === 2)
    })
})
