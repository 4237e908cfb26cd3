// A switch that snoops MLD (RFC 4541) keeps groups from ports where nobody joined: solicitations must come through
// all the same, because the engine joins the groups of its claims.
import { expect } from 'chai'
import { untilTrue } from '../support/until.ts'
import { EngineProcess } from './engine-process.ts'
import { addHost, createLan, destroyLan, inside, ip, reasonToSkip, startQuerier } from './lan.ts'
import type { Host, Lan } from './lan.ts'
import { Wire } from './wire.ts'

const v6 = '2001:db8::abcd:1234'
const group = 'ff02::1:ffcd:1234'

describe('layer 2 on the wire: a switch that snoops MLD', function () {
  this.timeout(60_000)
  let lan: Lan
  let node: Host
  let other: Host
  let client: Host
  let engine: EngineProcess
  let wire: Wire
  let otherWire: Wire

  before(async function () {
    const reason = reasonToSkip()
    if (reason !== undefined) {
      process.stdout.write(`skipped: ${reason}\n`)
      this.skip()
    }
    lan = createLan({ multicastSnooping: true })
    node = addHost(lan, 'node', 1)
    other = addHost(lan, 'other', 2)
    client = addHost(lan, 'client', 0x50)
    await startQuerier(lan)
    engine = new EngineProcess(node)
    wire = new Wire(client)
    otherWire = new Wire(other)
    // Snooping is in force once a group that nobody joined is kept from every port: tried until it is so.
    await untilTrue(
      'the switch keeps unknown groups back',
      async () => {
        const from = otherWire.seen.length
        wire.send(solicitation('2001:db8::7777:7777', '33:33:ff:77:77:77', 'ff02::1:ff77:7777'))
        wire.send(
          `arp request from ${client.mac} 192.0.2.80 for 00:00:00:00:00:00 192.0.2.2 to ff:ff:ff:ff:ff:ff`,
        )
        await otherWire.find(/^arp request/, { from }) // sent after it, so whatever comes has come
        return !otherWire.texts(from).some((text) => text.startsWith('ns'))
      },
      { timeoutMs: 15_000, everyMs: 200 },
    )
  })

  after(async () => {
    wire?.close()
    otherWire?.close()
    await engine?.stop()
    if (lan !== undefined) destroyLan(lan)
  })

  function solicitation(target: string, mac: string, to: string): string {
    return `ns from ${client.mac} fe80::50 to ${mac} ${to} target ${target} source-mac ${client.mac}`
  }

  it('lets the solicitation for a claim through, to the node that has it and to no other', async () => {
    engine.apply([v6])
    await engine.ready(1)
    await untilTrue('the switch knows the group', () => {
      return inside(lan.namespace, 'bridge', ['mdb', 'show', 'dev', 'br0']).includes(group)
    })
    const from = wire.seen.length
    const otherFrom = otherWire.seen.length
    wire.send(solicitation(v6, '33:33:ff:cd:12:34', group))
    await wire.find(/^na from 02:00:00:00:00:01 .* flags SO/, { from })
    expect(otherWire.texts(otherFrom).filter((text) => text.startsWith('ns'))).to.deep.equal([])
  })

  it('is told when the last claim of a group is gone', async () => {
    engine.apply([])
    await engine.sees('no claims', ({ claims }) => claims.length === 0)
    expect(ip(node.namespace, ['maddr', 'show', 'dev', 'eth0'])).to.not.include(group)
  })
})
