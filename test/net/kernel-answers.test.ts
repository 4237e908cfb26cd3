// What a Linux kernel answers by itself for an address that its node has and the engine claims, and what the engine says
// of it: an own address on lo stands for those that kube-proxy in IPVS mode has on kube-ipvs0.
import { expect } from 'chai'
import { inside, ip, sysctl } from './lan.ts'
import { arpRequest, nodeAndClient, solicitation, staged, v4, v6 } from './stage.ts'
import type { Host } from './lan.ts'

/** Does the kernel answer the client? No engine runs. */
function asks(client: Host, address: string): boolean {
  const [command, args]: readonly [string, readonly string[]] = address.includes(':')
    ? ['ndisc6', ['-1', '-n', '-w', '500', address, client.device]]
    : ['arping', ['-c', '1', '-w', '1', '-I', client.device, address]]
  try {
    inside(client.namespace, command, args)
    return true
  } catch {
    return false
  }
}

function has(node: Host, device: string): void {
  for (const address of [`${v4}/32`, `${v6}/128`]) {
    for (const other of ['lo', node.device])
      try {
        ip(node.namespace, ['addr', 'del', address, 'dev', other])
      } catch {
        // It is not there.
      }
    ip(node.namespace, ['addr', 'add', address, 'dev', device])
  }
}

describe('layer 2 on the wire: the kernel answers by itself', function () {
  this.timeout(180_000)
  const on = staged(nodeAndClient)
  afterEach(() => {
    sysctl(on().node.namespace, 'net.ipv4.conf.all.arp_ignore=0')
    return on().stage.stopEngines()
  })

  const rows: readonly (readonly [arpIgnore: number, elsewhere: boolean, here: boolean])[] = [
    [0, true, true],
    [1, false, true],
    [2, false, true],
    [3, true, true],
    [8, false, false],
  ]
  for (const [arpIgnore, elsewhere, here] of rows)
    it(`arp_ignore ${arpIgnore}: by ARP for an address of another interface ${elsewhere}, of this one ${here}`, () => {
      const { node, client } = on()
      sysctl(node.namespace, `net.ipv4.conf.${node.device}.arp_ignore=${arpIgnore}`)
      has(node, 'lo')
      expect(asks(client, v4)).to.equal(elsewhere)
      has(node, node.device)
      expect(asks(client, v4)).to.equal(here)
      sysctl(node.namespace, `net.ipv4.conf.${node.device}.arp_ignore=0`)
    })

  it('by NDP for an address of this interface, and of no other', () => {
    const { node, client } = on()
    has(node, 'lo')
    expect(asks(client, v6)).to.equal(false)
    has(node, node.device)
    expect(asks(client, v6)).to.equal(true)
  })

  it('without strictARP the claim is told to be held, with it not, as soon as it is set', async () => {
    const { node, client, stage, wire } = on()
    has(node, 'lo')
    const engine = stage.engine(node)
    engine.apply([v4, v6])
    await engine.ready(2)
    await engine.sees('held by lo', () => engine.claim(v4)?.heldBy === 'lo')
    sysctl(node.namespace, 'net.ipv4.conf.all.arp_ignore=1')
    sysctl(node.namespace, 'net.ipv4.conf.all.arp_announce=2')
    await engine.sees('no longer held', () => engine.claim(v4)?.heldBy === undefined)
    expect(engine.claim(v6)?.heldBy).to.equal(undefined)
    const from = wire.seen.length
    wire.send(arpRequest(client))
    wire.send(solicitation(client))
    const toClient = `to ${client.mac} ` // announcements go on beside it
    const answers = () => wire.texts(from).filter((text) => `${text} `.includes(toClient))
    await wire.find(new RegExp(`^arp reply .* for ${client.mac}`), { from })
    await wire.find(/^na .* flags SO/, { from })
    expect(answers()).to.have.length(2)
    sysctl(node.namespace, 'net.ipv4.conf.all.arp_ignore=0')
    await engine.sees('held by lo again', () => engine.claim(v4)?.heldBy === 'lo')
  })

  it('with strictARP from the start nothing is ever told of it', async () => {
    const { node, stage } = on()
    sysctl(node.namespace, 'net.ipv4.conf.all.arp_ignore=1')
    has(node, 'lo')
    const engine = stage.engine(node)
    engine.apply([v4])
    await engine.ready(1)
    has(node, node.device)
    await engine.sees('held by the interface itself', () => engine.claim(v4)?.heldBy === node.device)
    const holders = engine.said.flatMap(({ observed }) => observed?.claims.map(({ heldBy }) => heldBy) ?? [])
    expect(holders).not.to.include('lo')
  })
})
