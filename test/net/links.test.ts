// Interfaces that go down, vanish, come back, change their MAC or their name, or are many.
import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { inside, ip, macOf, plug } from './lan.ts'
import { answeringNode, arpRequest, solicitation, staged, v4, v6, v6Group } from './stage.ts'

describe('layer 2 on the wire: interfaces', function () {
  this.timeout(180_000)
  const on = staged(answeringNode)

  /** Both families are answered with this MAC. */
  async function answersWith(mac: string): Promise<void> {
    const { client, wire } = on()
    const from = wire.seen.length
    wire.send(arpRequest(client))
    await wire.find(new RegExp(`^arp reply from ${mac} ${v4} for ${client.mac}`), { from })
    wire.send(solicitation(client))
    await wire.find(new RegExp(`^na from ${mac} .* flags SO target-mac ${mac}`), { from })
  }

  /** Both families are announced, beginning with frame `from`. */
  async function announcedWith(mac: string, from: number): Promise<void> {
    const { wire } = on()
    await wire.find(new RegExp(`^arp request from ${mac} ${v4} `), { from })
    await wire.find(new RegExp(`^na from ${mac} .* target ${v6} flags O `), { from })
  }

  function interfaceNamed(name: string) {
    const { engine } = on()
    return engine.observed.interfaces.find((each) => each.name === name)
  }

  it('what went down is no candidate, and the claims are announced anew when it is up', async () => {
    const { node, wire, engine } = on()
    ip(node.namespace, ['link', 'set', 'eth0', 'down'])
    await engine.sees('eth0 down', () => interfaceNamed('eth0')?.objection === 'down')
    expect(engine.claim(v4)?.interfaces).to.deep.equal([])
    const from = wire.seen.length
    ip(node.namespace, ['link', 'set', 'eth0', 'up'])
    await announcedWith(node.mac, from)
    await answersWith(node.mac)
  })

  it('the same when it was down for a moment only', async () => {
    const { node, wire } = on()
    const from = wire.seen.length
    const flap = 'link set eth0 down\nlink set eth0 up\n'
    execFileSync('ip', ['-n', node.namespace, '-batch', '-'], { input: flap })
    await announcedWith(node.mac, from)
    await answersWith(node.mac)
  })

  it('the same when only the carrier was lost', async () => {
    const { lan, node, wire, engine } = on()
    ip(lan.namespace, ['link', 'set', node.port, 'down'])
    await engine.sees('no carrier', () => interfaceNamed('eth0')?.objection === 'no carrier')
    const from = wire.seen.length
    ip(lan.namespace, ['link', 'set', node.port, 'up'])
    await announcedWith(node.mac, from)
    await answersWith(node.mac)
  })

  it('a new MAC is announced and answered with', async () => {
    const { node, wire, engine } = on()
    const mac = macOf(0xa1)
    const from = wire.seen.length
    ip(node.namespace, ['link', 'set', 'eth0', 'address', mac])
    await announcedWith(mac, from)
    await answersWith(mac)
    ip(node.namespace, ['link', 'set', 'eth0', 'address', node.mac])
    await engine.sees('the MAC of before', () => interfaceNamed('eth0')?.mac === node.mac)
  })

  it('a new name is known, and nothing else changes', async () => {
    const { node, engine } = on()
    const sent = engine.claim(v4)?.gratuitousSent
    ip(node.namespace, ['link', 'set', 'eth0', 'down'])
    ip(node.namespace, ['link', 'set', 'eth0', 'name', 'lan0', 'up'])
    ip(node.namespace, ['addr', 'add', '2001:db8::1/64', 'dev', 'lan0'])
    await engine.sees('lan0', () => engine.claim(v6)?.interfaces[0] === 'lan0')
    await answersWith(node.mac)
    expect(sent).to.be.a('number')
    ip(node.namespace, ['link', 'set', 'lan0', 'down'])
    ip(node.namespace, ['link', 'set', 'lan0', 'name', 'eth0', 'up'])
    await engine.sees('eth0', () => engine.claim(v6)?.interfaces[0] === 'eth0')
  })

  it('what was deleted is forgotten, and taken up when it is made again: groups included', async () => {
    const { lan, node, wire, engine } = on()
    ip(lan.namespace, ['link', 'del', node.port])
    await engine.sees('eth0 gone', () => interfaceNamed('eth0') === undefined)
    const from = wire.seen.length
    plug(lan, node)
    await announcedWith(node.mac, from)
    await answersWith(node.mac)
    expect(ip(node.namespace, ['maddr', 'show', 'dev', 'eth0'])).to.include(v6Group.address)
  })

  it('addresses are followed, and one that the kernel has itself is told', async () => {
    const { node, engine } = on()
    ip(node.namespace, ['addr', 'add', `${v4}/32`, 'dev', 'lo'])
    await engine.sees('held by lo', () => engine.claim(v4)?.heldBy === 'lo')
    ip(node.namespace, ['addr', 'del', `${v4}/32`, 'dev', 'lo'])
    await engine.sees('held no more', () => engine.claim(v4)?.heldBy === undefined)
  })

  it('a port of a bridge is no candidate, the bridge is', async () => {
    const { node, engine } = on()
    ip(node.namespace, ['link', 'add', 'br1', 'type', 'bridge'])
    ip(node.namespace, ['link', 'set', 'eth0', 'master', 'br1'])
    ip(node.namespace, ['link', 'set', 'br1', 'up'])
    await engine.sees('eth0 in br1', () => interfaceNamed('eth0')?.objection === 'part of br1')
    await engine.sees('br1', () => engine.claim(v6)?.interfaces[0] === 'br1')
    await answersWith(interfaceNamed('br1')?.mac ?? '')
    ip(node.namespace, ['link', 'del', 'br1'])
    await engine.sees('eth0 free', () => engine.claim(v6)?.interfaces[0] === 'eth0')
  })

  it('300 veths of containers are known, not opened, and cost nobody an answer', async () => {
    const { node, engine } = on()
    const lines = Array.from(
      { length: 300 },
      (_, index) => `link add veth${index} type veth peer name peer${index}\n`,
    )
    const script = lines.join('')
    execFileSync('ip', ['-n', node.namespace, '-batch', '-'], { input: script })
    await engine.sees('300 veths', ({ interfaces }) => interfaces.length >= 602)
    const opened = engine.observed.interfaces.filter(({ candidate }) => candidate).map(({ name }) => name)
    expect(opened).to.deep.equal(['eth0'])
    await answersWith(node.mac)
    const removal = lines.map((_, index) => `link del veth${index}\n`).join('')
    execFileSync('ip', ['-n', node.namespace, '-batch', '-'], { input: removal })
    await engine.sees('no veths', ({ interfaces }) => interfaces.length < 10)
    await answersWith(node.mac)
  })

  it('the kernel’s own ARP goes on beside it', () => {
    const { node, client } = on()
    expect(
      inside(client.namespace, 'arping', ['-c', '1', '-w', '30', '-I', client.device, '192.0.2.1']),
    ).to.include(node.mac)
  })
})
