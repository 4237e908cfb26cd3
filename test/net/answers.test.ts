// Real frames: what a client on the LAN asks, and what it hears.
import { expect } from 'chai'
import { EngineProcess } from './engine-process.ts'
import { addHost, createLan, destroyLan, inside, reasonToSkip } from './lan.ts'
import type { Host, Lan } from './lan.ts'
import { Wire } from './wire.ts'

const v4 = '192.0.2.100'
const v6 = '2001:db8::100'

describe('layer 2 on the wire: answers', function () {
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

  it('arping gets its answer', () => {
    expect(inside(client.namespace, 'arping', ['-c', '1', '-w', '2', '-I', client.device, v4])).to.include(
      node.mac,
    )
  })

  it('ndisc6 gets its answer', () => {
    const output = inside(client.namespace, 'ndisc6', ['-1', '-n', '-w', '2000', v6, client.device])
    expect(output.toLowerCase()).to.include(node.mac)
  })

  it('an ARP request is answered to the one who asked, with the MAC of the node', async () => {
    const from = wire.seen.length
    wire.send(`arp request from ${client.mac} 192.0.2.80 for 00:00:00:00:00:00 ${v4} to ff:ff:ff:ff:ff:ff`)
    const { text } = await wire.find(/^arp reply/, { from })
    expect(text).to.equal(`arp reply from ${node.mac} ${v4} for ${client.mac} 192.0.2.80 to ${client.mac}`)
  })

  it('an ARP probe is answered', async () => {
    const from = wire.seen.length
    wire.send(`arp request from ${client.mac} 0.0.0.0 for 00:00:00:00:00:00 ${v4} to ff:ff:ff:ff:ff:ff`)
    const { text } = await wire.find(/^arp reply/, { from })
    expect(text).to.equal(`arp reply from ${node.mac} ${v4} for ${client.mac} 0.0.0.0 to ${client.mac}`)
  })

  it('a probe of duplicate address detection is answered to all nodes', async () => {
    const from = wire.seen.length
    wire.send(
      `ns from ${client.mac} :: to 33:33:ff:00:01:00 ff02::1:ff00:100 target ${v6} nonce 0102030405ff`,
    )
    const { text } = await wire.find(/^na/, { from })
    expect(text).to.equal(
      `na from ${node.mac} ${v6} to 33:33:00:00:00:01 ff02::1 target ${v6} flags O target-mac ${node.mac}`,
    )
  })

  it('a unicast probe of reachability without an option is answered', async () => {
    const from = wire.seen.length
    wire.send(`ns from ${client.mac} fe80::50 to ${node.mac} ${v6} target ${v6}`)
    const { text } = await wire.find(/^na/, { from })
    expect(text).to.equal(
      `na from ${node.mac} ${v6} to ${client.mac} fe80::50 target ${v6} flags SO target-mac ${node.mac}`,
    )
  })

  it('a request for an address that is not claimed is not answered by the engine, and counted', async () => {
    const before = engine.observed.dropped['not-ours'] ?? 0
    wire.send(
      `arp request from ${client.mac} 192.0.2.80 for 00:00:00:00:00:00 192.0.2.200 to ff:ff:ff:ff:ff:ff`,
    )
    await engine.sees('one more frame not ours', ({ dropped }) => (dropped['not-ours'] ?? 0) > before)
  })

  it('each claim counts its requests, answers and announcements', () => {
    expect(engine.claim(v4)).to.deep.include({ interfaces: ['eth0'] })
    expect(engine.claim(v4)?.requestsReceived).to.be.at.least(3)
    expect(engine.claim(v4)?.responsesSent).to.equal(engine.claim(v4)?.requestsReceived)
    expect(engine.claim(v6)?.gratuitousSent).to.be.within(1, 3)
  })
})
