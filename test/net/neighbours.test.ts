// What a real neighbour cache does with our announcements (peers.md §6.3 measured it with hand-made frames).
import { expect } from 'chai'
import { gratuitousReply, gratuitousRequest } from '../../protocols/arp/frame.ts'
import { unsolicitedAdvertisement } from '../../protocols/ndp/frame.ts'
import { until } from '../support/until.ts'
import { inside, macOf, neighbour, setNeighbour, sysctl } from './lan.ts'
import { nodeAndClient, staged, v4, v6 } from './stage.ts'

const oldMac = macOf(0x99)

describe('layer 2 on the wire: a Linux neighbour cache', function () {
  this.timeout(180_000)
  const on = staged((stage) => {
    const { node, client, wire: clientWire } = nodeAndClient(stage)
    return { node, client, clientWire, nodeWire: stage.wire(node), engine: stage.engine(node) }
  })

  async function learned(address: string): Promise<string | undefined> {
    const { node, client } = on()
    return until('the new MAC', () => {
      const mac = neighbour(client, address)?.mac
      return mac === node.mac ? mac : undefined
    })
  }

  const frames: readonly [string, string, Uint8Array][] = [
    ['a gratuitous request', v4, gratuitousRequest(macOf(1), v4)],
    ['a gratuitous reply', v4, gratuitousReply(macOf(1), v4)],
    ['an unsolicited advertisement', v6, unsolicitedAdvertisement(macOf(1), v6)],
  ]
  for (const [what, address, frame] of frames)
    it(`${what} alone moves an entry that was confirmed a moment before`, async () => {
      const { node, client, nodeWire } = on()
      // In 1/100 s: for so long Linux keeps what it learned last, but for announcements.
      sysctl(client.namespace, `net.ipv4.neigh.${client.device}.locktime=60000`)
      setNeighbour(client, address, oldMac)
      nodeWire.send(frame)
      expect(await learned(address)).to.equal(node.mac)
    })

  for (const address of [v4, v6])
    it(`the first frame of a take-over of ${address} is enough`, async () => {
      const { node, client, clientWire, engine } = on()
      engine.apply([])
      await engine.sees('no claims', ({ claims }) => claims.length === 0)
      setNeighbour(client, address, oldMac)
      const from = clientWire.seen.length
      engine.apply([address])
      const first = await clientWire.find(address === v4 ? /^arp/ : /^na/, { from })
      expect(await learned(address)).to.equal(node.mac)
      expect(first.text).to.match(
        address === v4 ? /^arp request from 02:00:00:00:00:01 192/ : /flags O target-mac/,
      )
    })

  for (const address of [v4, v6])
    it(`an entry of ${address} that waits for an answer is completed by the take-over`, async () => {
      const { client, engine } = on()
      engine.apply([])
      await engine.sees('no claims', ({ claims }) => claims.length === 0)
      inside(client.namespace, 'ip', ['neigh', 'flush', 'dev', client.device])
      inside(client.namespace, 'bash', ['-c', `echo > /dev/udp/${address}/9`])
      await until('an entry that waits', () =>
        neighbour(client, address)?.state === 'INCOMPLETE' ? true : undefined,
      )
      engine.apply([address])
      await learned(address)
      await engine.ready(1)
      expect(engine.claim(address)?.responsesSent).to.equal(0) // the announcement did it, no answer
    })
})
