// A switch that snoops MLD (RFC 4541) keeps groups from ports where nobody joined: solicitations must come through
// all the same, because the engine joins the groups of its claims.
import { expect } from 'chai'
import { untilTrue } from '../support/until.ts'
import { inside, ip, startQuerier } from './lan.ts'
import type { Host } from './lan.ts'
import { arpRequest, nodeAndClient, staged } from './stage.ts'
import type { Wire } from './wire.ts'

const v6 = '2001:db8::abcd:1234'
const group = 'ff02::1:ffcd:1234'

describe('layer 2 on the wire: a switch that snoops MLD', function () {
  this.timeout(180_000)
  const on = staged(
    async (stage) => {
      const { node, client, wire } = nodeAndClient(stage)
      const otherWire = stage.wire(stage.host('other', 2))
      await startQuerier(stage.lan)
      await untilSnooping(client, wire, otherWire)
      return { node, client, wire, otherWire, engine: stage.engine(node) }
    },
    { multicastSnooping: true },
  )

  it('lets the solicitation for a claim through, to the node that has it and to no other', async () => {
    const { lan, client, wire, otherWire, engine } = on()
    engine.apply([v6])
    await engine.ready(1)
    await untilTrue('the switch knows the group', () => {
      return inside(lan.namespace, 'bridge', ['mdb', 'show', 'dev', 'br0']).includes(group)
    })
    const from = wire.seen.length
    const otherFrom = otherWire.seen.length
    wire.send(solicitationFor(client, { target: v6, mac: '33:33:ff:cd:12:34', to: group }))
    await wire.find(/^na from 02:00:00:00:00:01 .* flags SO/, { from })
    expect(otherWire.texts(otherFrom).filter((text) => text.startsWith('ns'))).to.deep.equal([])
  })

  it('is told when the last claim of a group is gone', async () => {
    const { node, engine } = on()
    engine.apply([])
    await engine.sees('no claims', ({ claims }) => claims.length === 0)
    expect(ip(node.namespace, ['maddr', 'show', 'dev', 'eth0'])).to.not.include(group)
  })
})

/** Snooping is in force once a group that nobody joined is kept from every port: tried until it is so. */
async function untilSnooping(client: Host, wire: Wire, otherWire: Wire): Promise<void> {
  const nobody = { target: '2001:db8::7777:7777', mac: '33:33:ff:77:77:77', to: 'ff02::1:ff77:7777' }
  const isKeptBack = async (): Promise<boolean> => {
    const from = otherWire.seen.length
    wire.send(solicitationFor(client, nobody))
    wire.send(arpRequest(client, { target: '192.0.2.2' }))
    await otherWire.find(/^arp request/, { from }) // sent after it, so whatever comes has come
    return !otherWire.texts(from).some((text) => text.startsWith('ns'))
  }
  await untilTrue('the switch keeps unknown groups back', isKeptBack, { timeoutMs: 60_000, everyMs: 200 })
}

type Asked = { readonly target: string; readonly mac: string; readonly to: string }

function solicitationFor(client: Host, { target, mac, to }: Asked): string {
  return `ns from ${client.mac} fe80::50 to ${mac} ${to} target ${target} source-mac ${client.mac}`
}
