// What a LAN can throw at a node: frames of every wrong kind, and too many of them.
import { expect } from 'chai'
import { gratuitousRequest } from '../../protocols/arp/frame.ts'
import { parseFrame } from '../../protocols/l2/frame-text.ts'
import { EngineProcess } from './engine-process.ts'
import { startFlood } from './flood.ts'
import { addHost, createLan, destroyLan, reasonToSkip } from './lan.ts'
import type { Host, Lan } from './lan.ts'
import { Wire } from './wire.ts'

const v4 = '192.0.2.100'
const v6 = '2001:db8::100'

describe('layer 2 on the wire: hostile frames', function () {
  this.timeout(60_000)
  let lan: Lan
  let node: Host
  let client: Host
  let engine: EngineProcess
  let wire: Wire

  before(async function () {
    const reason = reasonToSkip()
    if (reason !== undefined) {
      process.stdout.write(`skipped: ${reason}\n`)
      this.skip()
    }
    lan = createLan()
    node = addHost(lan, 'node', 1)
    client = addHost(lan, 'client', 0x50)
    engine = new EngineProcess(node)
    engine.apply([v4, v6])
    await engine.ready(2)
    wire = new Wire(client)
  })

  after(async () => {
    wire?.close()
    await engine?.stop()
    if (lan !== undefined) destroyLan(lan)
  })

  function request(sender = '192.0.2.80', target = v4): Uint8Array {
    const text = `arp request from ${client.mac} ${sender} for 00:00:00:00:00:00 ${target} to ff:ff:ff:ff:ff:ff`
    return parseFrame(text) ?? new Uint8Array()
  }

  async function answers(): Promise<void> {
    const from = wire.seen.length
    wire.send(request())
    await wire.find(/^arp reply from 02:00:00:00:00:01 192/, { from })
  }

  async function countedAs(reason: string, frame: Uint8Array): Promise<void> {
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
    countedAs('own-frame', gratuitousRequest(node.mac, v4)))

  it('another machine that announces our address is told, and answering goes on', async () => {
    await countedAs('foreign-announcement', gratuitousRequest(client.mac, v4))
    expect(engine.claim(v4)?.rival?.mac).to.equal(client.mac)
    expect(Math.abs((engine.claim(v4)?.rival?.seenAt ?? 0) - Date.now())).to.be.below(10_000)
  })

  it('an oversized request is answered all the same', async () => {
    const big = new Uint8Array(1500)
    big.set(request())
    const from = wire.seen.length
    wire.send(big)
    await wire.find(/^arp reply from 02:00:00:00:00:01 192/, { from })
  })

  it('a solicitation that is longer than we keep is counted, not believed', async () => {
    const text = `ns from ${client.mac} fe80::50 to 33:33:ff:00:01:00 ff02::1:ff00:100 target ${v6} nonce ${'00'.repeat(62)}`
    await countedAs('cut-off', parseFrame(text) ?? new Uint8Array())
  })

  const floods: readonly [string, () => Uint8Array][] = [
    ['requests for addresses of others', () => request('192.0.2.80', '192.0.2.201')],
    ['requests for our address', () => request('192.0.2.81')],
    ['announcements of our address', () => gratuitousRequest(client.mac, v4)],
    ['broken frames', () => request().slice(0, 30)],
  ]
  for (const [what, frame] of floods)
    it(`a flood of ${what} starves nobody: others are answered, and announcements go out`, async () => {
      const flood = await startFlood(client, frame(), 2000)
      const from = wire.seen.length
      engine.apply([v4, v6, '192.0.2.111'])
      await wire.find(/^arp request from 02:00:00:00:00:01 192\.0\.2\.111 /, { from, timeoutMs: 2000 })
      const sentPerSecond = await flood.ended
      await answers()
      await engine.sees('alive', ({ alive, loopLagMs }) => alive && loopLagMs < 1000)
      process.stdout.write(`      ${Math.round(sentPerSecond)} frames/s were sent\n`)
      engine.apply([v4, v6])
      await engine.sees('the claim of before', ({ claims }) => claims.length === 2)
    })
})
