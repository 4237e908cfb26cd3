// Interfaces that go down, vanish, come back, change their MAC or their name, or are many.
import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { EngineProcess } from './engine-process.ts'
import { addHost, createLan, destroyLan, inside, ip, macOf, plug, reasonToSkip } from './lan.ts'
import type { Host, Lan } from './lan.ts'
import { Wire } from './wire.ts'

const v4 = '192.0.2.100'
const v6 = '2001:db8::100'

describe('layer 2 on the wire: interfaces', function () {
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

  /** Both families are answered with this MAC. */
  async function answersWith(mac: string): Promise<void> {
    const from = wire.seen.length
    wire.send(`arp request from ${client.mac} 192.0.2.80 for 00:00:00:00:00:00 ${v4} to ff:ff:ff:ff:ff:ff`)
    await wire.find(new RegExp(`^arp reply from ${mac} ${v4} for ${client.mac}`), { from })
    wire.send(
      `ns from ${client.mac} fe80::50 to 33:33:ff:00:01:00 ff02::1:ff00:100 target ${v6} source-mac ${client.mac}`,
    )
    await wire.find(new RegExp(`^na from ${mac} .* flags SO target-mac ${mac}`), { from })
  }

  /** Both families are announced, beginning with frame `from`. */
  async function announcedWith(mac: string, from: number): Promise<void> {
    await wire.find(new RegExp(`^arp request from ${mac} ${v4} `), { from, timeoutMs: 8000 })
    await wire.find(new RegExp(`^na from ${mac} .* target ${v6} flags O `), { from, timeoutMs: 8000 })
  }

  function interfaceNamed(name: string) {
    return engine.observed.interfaces.find((each) => each.name === name)
  }

  it('what went down is no candidate, and the claims are announced anew when it is up', async () => {
    ip(node.namespace, ['link', 'set', 'eth0', 'down'])
    await engine.sees('eth0 down', () => interfaceNamed('eth0')?.objection === 'down')
    expect(engine.claim(v4)?.interfaces).to.deep.equal([])
    const from = wire.seen.length
    ip(node.namespace, ['link', 'set', 'eth0', 'up'])
    await announcedWith(node.mac, from)
    await answersWith(node.mac)
  })

  it('the same when it was down for a moment only', async () => {
    const from = wire.seen.length
    const flap = 'link set eth0 down\nlink set eth0 up\n'
    execFileSync('ip', ['-n', node.namespace, '-batch', '-'], { input: flap })
    await announcedWith(node.mac, from)
    await answersWith(node.mac)
  })

  it('the same when only the carrier was lost', async () => {
    ip(lan.namespace, ['link', 'set', node.port, 'down'])
    await engine.sees('no carrier', () => interfaceNamed('eth0')?.objection === 'no carrier')
    const from = wire.seen.length
    ip(lan.namespace, ['link', 'set', node.port, 'up'])
    await announcedWith(node.mac, from)
    await answersWith(node.mac)
  })

  it('a new MAC is announced and answered with', async () => {
    const mac = macOf(0xa1)
    const from = wire.seen.length
    ip(node.namespace, ['link', 'set', 'eth0', 'address', mac])
    await announcedWith(mac, from)
    await answersWith(mac)
    ip(node.namespace, ['link', 'set', 'eth0', 'address', node.mac])
    await engine.sees('the MAC of before', () => interfaceNamed('eth0')?.mac === node.mac)
  })

  it('a new name is known, and nothing else changes', async () => {
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
    ip(lan.namespace, ['link', 'del', node.port])
    await engine.sees('eth0 gone', () => interfaceNamed('eth0') === undefined)
    const from = wire.seen.length
    plug(lan, node)
    await announcedWith(node.mac, from)
    await answersWith(node.mac)
    expect(ip(node.namespace, ['maddr', 'show', 'dev', 'eth0'])).to.include('ff02::1:ff00:100')
  })

  it('addresses are followed, and one that the kernel has itself is told', async () => {
    ip(node.namespace, ['addr', 'add', `${v4}/32`, 'dev', 'lo'])
    await engine.sees('held by lo', () => engine.claim(v4)?.heldBy === 'lo')
    ip(node.namespace, ['addr', 'del', `${v4}/32`, 'dev', 'lo'])
    await engine.sees('held no more', () => engine.claim(v4)?.heldBy === undefined)
  })

  it('a port of a bridge is no candidate, the bridge is', async () => {
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
    const lines = Array.from(
      { length: 300 },
      (_, index) => `link add veth${index} type veth peer name peer${index}\n`,
    )
    const script = lines.join('')
    execFileSync('ip', ['-n', node.namespace, '-batch', '-'], { input: script })
    await engine.sees('300 veths', ({ interfaces }) => interfaces.length >= 602, 15_000)
    const opened = engine.observed.interfaces.filter(({ candidate }) => candidate).map(({ name }) => name)
    expect(opened).to.deep.equal(['eth0'])
    await answersWith(node.mac)
    const removal = lines.map((_, index) => `link del veth${index}\n`).join('')
    execFileSync('ip', ['-n', node.namespace, '-batch', '-'], { input: removal })
    await engine.sees('no veths', ({ interfaces }) => interfaces.length < 10, 15_000)
    await answersWith(node.mac)
  })

  it('the kernel’s own ARP goes on beside it', () => {
    expect(
      inside(client.namespace, 'arping', ['-c', '1', '-w', '2', '-I', client.device, '192.0.2.1']),
    ).to.include(node.mac)
  })
})
