// A newly assigned address is asked for on a real LAN: a kernel that has it, one that answers for anything (proxy_arp), a
// node of the cluster, and nobody.
import { expect } from 'chai'
import type { Claim } from '../../protocols/l2/claim.ts'
import { untilTrue } from '../support/until.ts'
import { ip, sysctl } from './lan.ts'
import type { Host } from './lan.ts'
import { arpRequest, nodeAndClient, solicitation, staged, v4, v6 } from './stage.ts'
import type { Stage } from './stage.ts'

const beside = (address: string): Claim => ({ address, interfaces: 'all', check: 'beside' })
const before = (address: string): Claim => ({ address, interfaces: 'all', check: 'full' })

/** In a network behind the router, in no subnet of the LAN. */
const remote = '198.51.100.7'

function withNeighbour(stage: Stage) {
  const pair = nodeAndClient(stage)
  return { ...pair, squatter: stage.host('squatter', 0x99), engine: stage.engine(pair.node) }
}

/** Until the kernel has the address for good it gives it up to whoever announces it. */
async function gives({ namespace, device }: Host, address: string): Promise<void> {
  const length = address.includes(':') ? 128 : 32
  ip(namespace, ['addr', 'add', `${address}/${length}`, 'dev', device])
  await untilTrue(
    'it has the address',
    () => ip(namespace, ['addr', 'show', 'dev', device, 'tentative']).trim() === '',
  )
}

function takes({ namespace, device }: Host): void {
  for (const address of [`${v4}/32`, `${v6}/128`])
    try {
      ip(namespace, ['addr', 'del', address, 'dev', device])
    } catch {
      // It is not there.
    }
}

describe('layer 2 on the wire: a new address', function () {
  this.timeout(180_000)
  const on = staged(withNeighbour)
  afterEach(async () => {
    const { squatter, engine } = on()
    takes(squatter)
    engine.apply([])
    await engine.sees('nothing is claimed', ({ claims }) => claims.length === 0)
  })

  it('that nobody has is announced and answered at once, and found free', async () => {
    const { node, client, engine, wire } = on()
    const from = wire.seen.length
    engine.apply([beside(v4), beside(v6)])
    await engine.ready(2)
    wire.send(arpRequest(client))
    wire.send(solicitation(client))
    await wire.find(/^arp reply .* to 02:00:00:00:00:50/, { from })
    await engine.sees('both are free', ({ claims }) => claims.every(({ check }) => check?.state === 'free'))
    const probe = `arp request from ${node.mac} 0.0.0.0 for 00:00:00:00:00:00 ${v4}`
    const probes = () => wire.texts(from).filter((text) => text.startsWith(probe)).length
    await untilTrue('three probes are heard', () => probes() === 3)
    const texts = wire.texts(from)
    const first = (pattern: RegExp) => texts.findIndex((text) => pattern.test(text))
    const announcement = first(new RegExp(`^arp request from ${node.mac} ${v4} `))
    expect(announcement).to.be.within(0, first(/^arp request from \S+ 0\.0\.0\.0 /))
  })

  it('that the kernel of another machine has is announced no more, and named with its MAC', async () => {
    const { node, client, squatter, engine, wire } = on()
    for (const address of [v4, v6]) await gives(squatter, address)
    engine.apply([beside(v4), beside(v6)])
    for (const address of [v4, v6]) {
      await engine.sees(`${address} is in use`, () => engine.claim(address)?.check?.state === 'in-use')
      expect(engine.claim(address)?.check).to.deep.include({ mac: squatter.mac, interfaceName: 'eth0' })
      expect(engine.claim(address)?.interfaces).to.deep.equal([])
    }
    const from = wire.seen.length
    wire.send(arpRequest(client))
    wire.send(solicitation(client))
    const patterns = [
      new RegExp(`^arp reply from ${squatter.mac} ${v4} `),
      new RegExp(`^na from ${squatter.mac} `),
    ]
    for (const pattern of patterns) await wire.find(pattern, { from })
    const ours = wire.texts(from).filter((text) => new RegExp(`^(arp reply|na) from ${node.mac}`).test(text))
    expect(ours).to.deep.equal([])
  })

  it('with a full check is on the wire as a question only, where another machine has it', async () => {
    const { node, squatter, engine, wire } = on()
    await gives(squatter, v4)
    const from = wire.seen.length
    engine.apply([before(v4)])
    await engine.sees('it is in use', () => engine.claim(v4)?.check?.state === 'in-use')
    const said = wire.texts(from).filter((text) => text.includes(`from ${node.mac} ${v4} `))
    expect(said).to.deep.equal([])
  })

  it('with a full check is announced once nobody has answered', async () => {
    const { node, engine, wire } = on()
    const from = wire.seen.length
    engine.apply([before(v6)])
    await engine.ready(1)
    expect(engine.claim(v6)?.check).to.deep.equal({ state: 'free' })
    await wire.find(new RegExp(`^na from ${node.mac} `), { from })
    const texts = wire.texts(from)
    const probe = texts.findIndex((text) => text.startsWith(`ns from ${node.mac} :: `))
    const announcement = texts.findIndex((text) => text.startsWith(`na from ${node.mac} `))
    expect(probe).to.be.within(0, announcement)
  })

  it('that a node of the cluster answers for is announced all the same', async () => {
    const { squatter, engine } = on()
    await gives(squatter, v4)
    engine.apply([beside(v4)], { nodeMacs: [squatter.mac] })
    await engine.sees('it is free', () => engine.claim(v4)?.check?.state === 'free')
    expect(engine.claim(v4)?.interfaces).to.deep.equal(['eth0'])
  })

  // As kube-proxy in IPVS mode gives it to each node, without strictARP.
  it('that a node without a speaker has beside all others is announced: it answers for what is only of the cluster', async () => {
    const { squatter, engine, node, wire } = on()
    const inside = '10.96.0.7'
    const everything = (what: 'add' | 'del') => {
      for (const address of [v4, inside]) ip(squatter.namespace, ['addr', what, `${address}/32`, 'dev', 'lo'])
    }
    everything('add') // lo stands for kube-ipvs0: the kernel answers on any interface for what it has on another
    try {
      engine.apply([beside(v4)])
      await engine.sees('it looks as if it were in use', () => engine.claim(v4)?.check?.state === 'in-use')
      const from = wire.seen.length
      engine.apply([before(v4)], { proxyMacs: [squatter.mac] })
      await engine.sees('it is free', () => engine.claim(v4)?.check?.state === 'free')
      await wire.find(new RegExp(`^arp request from ${node.mac} ${v4} `), { from })
      engine.apply([])
      await engine.sees('nothing is claimed', ({ claims }) => claims.length === 0)
      engine.apply([{ ...beside(v4), controls: [inside] }])
      await engine.sees('the check is over', () => engine.claim(v4)?.check?.state === 'free')
      expect(engine.claim(v4)?.check).to.deep.equal({ state: 'free', proxy: squatter.mac })
      expect(engine.claim(v4)?.interfaces).to.deep.equal(['eth0'])
    } finally {
      everything('del')
    }
  })

  // The last one: the router stays what it is made here.
  it('that a router answers for by proxy_arp, as for anything, is announced with a warning', async () => {
    const { squatter, engine } = on()
    const { namespace } = squatter
    ip(namespace, ['link', 'add', 'far0', 'type', 'veth', 'peer', 'name', 'far1'])
    for (const device of ['far0', 'far1']) ip(namespace, ['link', 'set', device, 'up'])
    ip(namespace, ['route', 'add', 'default', 'dev', 'far0'])
    const settings = [
      'ip_forward=1',
      'conf.eth0.proxy_arp=1',
      'conf.all.rp_filter=0',
      'conf.eth0.rp_filter=0',
    ]
    for (const setting of [...settings, 'neigh.eth0.proxy_delay=0']) sysctl(namespace, `net.ipv4.${setting}`)
    engine.apply([beside(remote)])
    await engine.sees('the check is over', () => engine.claim(remote)?.check?.state === 'free')
    expect(engine.claim(remote)?.check).to.deep.equal({ state: 'free', proxy: squatter.mac })
    await engine.ready(1)
    expect(engine.claim(remote)?.interfaces).to.deep.equal(['eth0'])
  })
})
