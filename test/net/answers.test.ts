// Real frames: what a client on the LAN asks, and what it hears.
import { expect } from 'chai'
import { inside } from './lan.ts'
import { addressProbe, answeringNode, arpRequest, staged, v4, v6 } from './stage.ts'

describe('layer 2 on the wire: answers', function () {
  this.timeout(180_000)
  const on = staged(answeringNode)

  it('arping gets its answer', () => {
    const { node, client } = on()
    expect(inside(client.namespace, 'arping', ['-c', '1', '-w', '30', '-I', client.device, v4])).to.include(
      node.mac,
    )
  })

  it('ndisc6 gets its answer', () => {
    const { node, client } = on()
    const output = inside(client.namespace, 'ndisc6', ['-1', '-n', '-w', '30000', v6, client.device])
    expect(output.toLowerCase()).to.include(node.mac)
  })

  it('an ARP request is answered to the one who asked, with the MAC of the node', async () => {
    const { node, client, wire } = on()
    const from = wire.seen.length
    wire.send(arpRequest(client))
    const { text } = await wire.find(/^arp reply/, { from })
    expect(text).to.equal(`arp reply from ${node.mac} ${v4} for ${client.mac} 192.0.2.80 to ${client.mac}`)
  })

  it('an ARP probe is answered', async () => {
    const { node, client, wire } = on()
    const from = wire.seen.length
    wire.send(arpRequest(client, { sender: '0.0.0.0' }))
    const { text } = await wire.find(/^arp reply/, { from })
    expect(text).to.equal(`arp reply from ${node.mac} ${v4} for ${client.mac} 0.0.0.0 to ${client.mac}`)
  })

  it('a probe of duplicate address detection is answered to all nodes', async () => {
    const { node, client, wire } = on()
    const from = wire.seen.length
    wire.send(addressProbe(client))
    const { text } = await wire.find(/^na/, { from })
    expect(text).to.equal(
      `na from ${node.mac} ${v6} to 33:33:00:00:00:01 ff02::1 target ${v6} flags O target-mac ${node.mac}`,
    )
  })

  it('a unicast probe of reachability without an option is answered', async () => {
    const { node, client, wire } = on()
    const from = wire.seen.length
    wire.send(`ns from ${client.mac} fe80::50 to ${node.mac} ${v6} target ${v6}`)
    const { text } = await wire.find(/^na/, { from })
    expect(text).to.equal(
      `na from ${node.mac} ${v6} to ${client.mac} fe80::50 target ${v6} flags SO target-mac ${node.mac}`,
    )
  })

  it('a request for an address that is not claimed is not answered by the engine, and counted', async () => {
    const { client, wire, engine } = on()
    const before = engine.observed.dropped['not-ours'] ?? 0
    wire.send(arpRequest(client, { target: '192.0.2.200' }))
    await engine.sees('one more frame not ours', ({ dropped }) => (dropped['not-ours'] ?? 0) > before)
  })

  it('each claim counts its requests, answers and announcements', async () => {
    const { engine } = on()
    await engine.sees('three requests', () => (engine.claim(v4)?.requestsReceived ?? 0) >= 3)
    expect(engine.claim(v4)).to.deep.include({ interfaces: ['eth0'] })
    expect(engine.claim(v4)?.responsesSent).to.equal(engine.claim(v4)?.requestsReceived)
    expect(engine.claim(v6)?.gratuitousSent).to.be.within(1, 3)
  })
})
